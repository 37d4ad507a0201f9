"""The pages of the website that its tests visit."""

from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page: its path, in which `{german}` and so on stand for ids of accounts of tests/web/registry.py.

    `languages` are those that it has below their own paths; without any its path is absolute. `is_drawn_by_script`:
    a script replaces what readers without scripts see.
    """

    path: str
    languages: tuple[str, ...] = LANGUAGES
    status: int = 200
    is_drawn_by_script: bool = False


PAGES: Final = (
    WebPage(""),
    # What matched is marked, and filters are chips.
    WebPage("accounts?q=layout&platform=weibo,x&status=-dormant"),
    WebPage("accounts?q=zzqqxxw&platform=weibo"),
    WebPage("/docs", languages=(), is_drawn_by_script=True),
    WebPage("/problems", languages=()),
    WebPage("/problems/invalid-parameters", languages=()),
    # Found by a browser's Accept alone.
    WebPage("/v1/acounts", languages=(), status=404),
    WebPage("/v1/accounts?regoin=CN", languages=(), status=400),
)


def paths() -> list[tuple[str, WebPage]]:
    """Return the path of each page in each language, with the page."""
    found = [
        (f"/{language}/{page.path}", page) for language in LANGUAGES for page in PAGES if language in page.languages
    ]
    return [*found, *((page.path, page) for page in PAGES if not page.languages)]
