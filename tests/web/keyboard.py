"""A reader who has a keyboard and nothing else."""

from typing import Final

from playwright.sync_api import Page

from tests.web.browser import Tab

# More than any page has before what it is about.
_STEPS: Final = 80
# Whether an outline or a shadow shows where the focus is, on the screen.
_IS_SEEN: Final = """element => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const hasOutline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return (hasOutline || style.boxShadow !== "none") && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
}"""


class Keyboard:
    """The keys of a tab; each step of the focus has to be seen."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._page: Page = tab.page

    def focused(self) -> tuple[str, str]:
        """Return role and name of the element with the focus, as a screen reader has them."""
        element = self._tab.cdp.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]
        tree = self._tab.cdp.send(
            "Accessibility.getPartialAXTree", {"objectId": element["objectId"], "fetchRelatives": False}
        )
        node = tree["nodes"][0]
        return node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "")

    def go_to(self, role: str, name: str) -> None:
        """Press Tab until the focus is on an element of this role whose name begins so."""
        passed = []
        for _ in range(_STEPS):
            self._page.keyboard.press("Tab")
            at = self.focused()
            assert self._page.locator(":focus").evaluate(_IS_SEEN), f"the focus on {at} is not seen"
            if at[0] == role and at[1].startswith(name):
                return
            passed.append(at)
        raise AssertionError(f"no {role} {name!r} in {_STEPS} steps: {passed}")

    def press(self, key: str) -> None:
        """Press a key, such as Enter or Space."""
        self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type into the element with the focus."""
        self._page.keyboard.type(text)

    def follow(self, name: str, role: str = "link") -> None:
        """Go to a link or a button, press Enter, and wait for the page behind it."""
        self.go_to(role, name)
        with self._page.expect_navigation():
            self.press("Enter")
