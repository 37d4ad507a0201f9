"""Headless Chromium: Debian's, driven by Playwright, so that nothing is fetched for it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
SWITCHES = ("--disable-quic", "--disable-background-networking", "--disable-component-update")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; Debian has it as chromium")

Scheme = Literal["light", "dark"]

# Buttons change their colours within 0.3 s of another colour scheme: what is measured is where that ends.
_RUN_AXE = """
    new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)))
    .then(() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => null))))
    .then(() => axe.run(document, OPTIONS)).then(found => JSON.stringify(found.violations.map(each =>
        `${each.id} (${each.impact}) ${each.nodes.length} times, first ${each.nodes[0].html.slice(0, 200)}`)))
"""
_FIND_FAINT_TEXT = """() => {
    const luminance = colour => {
        const [red, green, blue] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = element => {
        const colour = getComputedStyle(element).backgroundColor;
        return colour === "rgba(0, 0, 0, 0)" && element.parentElement ? ground(element.parentElement) : colour;
    };
    const contrast = element => {
        const ink = luminance(getComputedStyle(element).color), paper = luminance(ground(element));
        return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    };
    const texts = [...document.querySelectorAll("body *")].filter(
        each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && each.checkVisibility());
    return texts.filter(each => contrast(each) < 4.5).map(each => each.outerHTML.slice(0, 200));
}"""
# What axe is asked: everything; or the one rule that takes long, and that another colour scheme changes; or the rest.
EVERYTHING = "{rules: {'target-size': {enabled: true}}}"
NO_CONTRAST = "{rules: {'target-size': {enabled: true}, 'color-contrast': {enabled: false}}}"
CONTRAST = "{runOnly: ['color-contrast']}"


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Yield a Chromium without a profile of its own; Playwright runs it without a sandbox."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


@cache
def axe_core() -> str:
    """Return the script of axe-core."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


class Tab:
    """A tab, and what it requests and writes on its console."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.requests: list[str] = []
        self.messages: list[str] = []
        self.encoded_bytes = 0.0
        self.cdp: CDPSession = context.new_cdp_session(self.page)
        self.cdp.send("Network.enable")
        # Each visit is the first one of a reader.
        self.cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.cdp.on("Network.loadingFinished", self._add_bytes)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.messages.append(f"exception: {error}"))
        # A policy that is violated is a message on the console, too.

    def _add_bytes(self, event: dict[str, float]) -> None:
        self.encoded_bytes += event["encodedDataLength"]

    def forget(self) -> None:
        """Discard what was requested and written so far."""
        self.requests.clear()
        self.messages.clear()
        self.encoded_bytes = 0.0

    def foreign_requests(self, address: str) -> list[str]:
        """Return the requests that leave the host of the application."""
        host = urlsplit(address).netloc
        urls = [urlsplit(url) for url in self.requests]
        return [url.geturl() for url in urls if url.netloc != host and url.scheme not in {"data", "blob"}]

    def run_axe(self, options: str = EVERYTHING) -> list[str]:
        """Return what axe finds on the page as it is: rule, impact, how often, and the first element."""
        # By the debugger and as no script of the page's, which its policy would refuse.
        self.cdp.send("Runtime.evaluate", {"expression": axe_core()})
        run = {"expression": _RUN_AXE.replace("OPTIONS", options), "awaitPromise": True, "returnByValue": True}
        answer = self.cdp.send("Runtime.evaluate", run)
        assert "exceptionDetails" not in answer, answer
        found: list[str] = json.loads(answer["result"]["value"])
        return found

    def faint_text(self) -> list[str]:
        """Return the text that stands out too little from its ground, without axe, which takes a hundred times as long.

        The contrast as WCAG 2.2 counts it, of at least 4.5 as level AA asks of text that is not large.
        """
        found: list[str] = self.page.evaluate(_FIND_FAINT_TEXT)
        return found

    def overflow(self, width: int) -> list[str]:
        """Return the elements that stick out on a screen of this width in pixels, if the page scrolls sideways."""
        self.page.set_viewport_size({"width": width, "height": 900})
        found: list[str] = self.page.evaluate(
            """() => {
                if (document.scrollingElement.scrollWidth <= innerWidth) return [];
                const wide = [...document.body.querySelectorAll("*")].filter(
                    each => each.getBoundingClientRect().right > innerWidth + 0.5);
                return [`${document.scrollingElement.scrollWidth} px`,
                        ...wide.slice(-3).map(each => each.outerHTML.slice(0, 200))];
            }"""
        )
        return found

    def keep_picture(self, name: str) -> None:
        """Write what the tab shows to the folder of DIRECTORY_TEST_PICTURES, if that is set."""
        if folder := os.environ.get("DIRECTORY_TEST_PICTURES"):
            self.page.screenshot(path=Path(folder) / f"{name}.png")
