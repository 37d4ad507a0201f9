"""The links of an HTML page, with their relations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Final, NamedTuple
from urllib.parse import urljoin

_LINKS: Final = frozenset({"a", "area", "link"})
# As many as the largest portals have on a page.
_LINKS_MAX: Final = 10_000
_HREF_MAX: Final = 2_048


class Link(NamedTuple):
    """A link: the element, its URL, and its relations in lower case."""

    element: str
    url: str
    relations: frozenset[str]

    def __str__(self) -> str:
        """Return it as HTML, without its text and its other attributes."""
        relations = f' rel="{" ".join(sorted(self.relations))}"' if self.relations else ""
        return f'<{self.element} href="{self.url}"{relations}>'

    @property
    def is_by_a_visitor(self) -> bool:
        """Whether the page says that a visitor or an advertiser wrote it."""
        return not self.relations.isdisjoint({"ugc", "sponsored"})


def read_links(content: bytes, url: str) -> list[Link]:
    """Return the links of a page at a URL, in order; those in comments, scripts and templates are none."""
    parser = _LinkParser(url)
    # A wrong character set spoils letters, and no URL, which is ASCII.
    # `&#…;` with more than 4,300 digits is a ValueError: what stands before it counts.
    with suppress(ValueError):
        parser.feed(content.decode("utf-8", "replace"))
    return parser.links


class _LinkParser(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.links: list[Link] = []
        self._base: str | None = None
        self._url = url
        self._templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add a link; the first attribute of a name counts, as in browsers."""
        if tag == "template":
            self._templates += 1
        values = {name: value or "" for name, value in reversed(attrs)}
        href = values.get("href", "").strip()[:_HREF_MAX]
        if not href or self._templates or len(self.links) >= _LINKS_MAX:
            return
        if tag == "base" and self._base is None:
            self._base = _join(self._url, href)
        if tag in _LINKS and (address := _join(self._base or self._url, href)) is not None:
            self.links.append(Link(tag, address, frozenset(values.get("rel", "").lower().split())))

    def parse_html_declaration(self, i: int) -> int:
        """Skip `<!…>` as browsers do: html.parser of Python 3.11 fails with AssertionError at `<![`."""
        return self.parse_comment(i) if self.rawdata.startswith("<!--", i) else self.parse_bogus_comment(i)

    def handle_endtag(self, tag: str) -> None:
        """Leave a template."""
        if tag == "template" and self._templates:
            self._templates -= 1


def _join(base: str, href: str) -> str | None:
    try:
        return urljoin(base, href)
    except ValueError:
        return None


def find_links(links: list[Link], relation: str) -> Iterator[Link]:
    """Yield the links with a relation."""
    return (link for link in links if relation in link.relations)
