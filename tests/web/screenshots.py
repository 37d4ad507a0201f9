"""Screenshots of the website: `make screenshots`, or `python -m tests.web.screenshots --url URL [NAME…]`.

They are of services that run: that of `make serve` and, where counts of followers are shown, that of `make demo`, since
the starter data have none. They go into docs/screenshots/. That of the front page is docs/screenshot.png, too, which
the README shows.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

from tests.web.browser import Scheme, open_browser

DOCS: Final = Path(__file__).parents[2] / "docs"
_HEIGHT: Final = 900


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A page below its language, and how it is looked at; `of_demo`: in the registry of invented accounts."""

    path: str
    language: str = "en"
    scheme: Scheme = "light"
    width: int = 1280
    of_demo: bool = False


SCREENSHOTS: Final = {
    "home": Screenshot(""),
    "home-phone": Screenshot("", language="zh", width=390),
    "search": Screenshot(f"accounts?q={quote('公安')}", language="zh"),
    "check": Screenshot("check?q={url}"),
    "look-alike": Screenshot("check?q={near}", language="zh", scheme="dark", width=390),
    "account": Screenshot("accounts/{account}"),
    "regions": Screenshot("regions", scheme="dark"),
    "region": Screenshot("regions/CN", language="zh"),
    "rankings": Screenshot("rankings?by=growth&region=CN-510000#ranking", scheme="dark", of_demo=True),
    "docs": Screenshot("docs", width=768),
}


def main() -> None:
    """Write the screenshots that are named on the command line, all of them where none is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the base URL of the service")
    parser.add_argument("--demo-url", default="http://127.0.0.1:8001", help="that of a service with invented accounts")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(SCREENSHOTS)}")
    asked = parser.parse_args()
    names = asked.names or list(SCREENSHOTS)
    urls = {
        of_demo: asked.demo_url if of_demo else asked.url for of_demo in {SCREENSHOTS[name].of_demo for name in names}
    }
    ids = {of_demo: _ids_of(url) for of_demo, url in urls.items()}
    folder = DOCS / "screenshots"
    folder.mkdir(exist_ok=True)
    with open_browser() as browser:
        for name in names:
            shot = SCREENSHOTS[name]
            page = browser.new_page(viewport={"width": shot.width, "height": _HEIGHT}, color_scheme=shot.scheme)
            path = f"{shot.language}/{shot.path.format_map(ids[shot.of_demo])}"
            page.goto(f"{urls[shot.of_demo]}/{path}", wait_until="networkidle")
            page.screenshot(path=folder / f"{name}.png")
            page.close()
    if (folder / "home.png").exists():
        shutil.copyfile(folder / "home.png", DOCS / "screenshot.png")


def _ids_of(base: str) -> dict[str, str]:
    """Return what stands in paths: an account that is followed, its URL, and a handle that resembles its own."""
    with urlopen(f"{base}/v1/accounts?platform=weibo&sort=-followers&limit=1") as answer:  # noqa: S310 - our own server
        (account,) = json.load(answer)["data"]
    return {"account": account["id"], "url": quote(account["url"], ""), "near": quote(f"{account['handle']}_", "")}


if __name__ == "__main__":
    main()
