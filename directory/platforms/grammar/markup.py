"""Links in marks (HTML, Markdown, MediaWiki, BBCode, Org, Slack, reST): what a click leads to, not what is shown."""

import re
from html.parser import HTMLParser
from typing import Final

_IMAGE: Final = re.compile(r"!\[[^\[\]]{0,500}\]\([^()]{0,500}\)")
_MARKDOWN: Final = re.compile(
    r"\[(?:[^\[\]]++|\[[^\[\]]{0,200}+\]){0,50}\]"
    # Between angle brackets an address may have spaces and any parentheses.
    r"\(\s{0,5}(?:<([^<>\n]{1,1000})>|<?((?:[^\s()<>]++|\([^\s()<>]{0,200}+\)){1,50}))[^()]{0,200}+\)"
)
_WIKI: Final = re.compile(r"\[(https?:[^\s\[\]|]+)\s[^\[\]]{0,500}\]", re.IGNORECASE)
_ORG: Final = re.compile(r"\[\[([^\s\[\]]{1,1000})\]\[[^\[\]]{0,500}\]\]")
_BBCODE: Final = re.compile(
    r"""\[url\s{0,5}=\s{0,5}["']?([^\s"'\[\]]{1,1000})["']?\s{0,5}\].{0,500}?\[/url\]""", re.IGNORECASE | re.DOTALL
)
_SLACK: Final = re.compile(r"<(https?:[^\s<>|]{1,1000})\|[^<>]{0,500}>", re.IGNORECASE)
_RST: Final = re.compile(r"`[^`<>]{0,500}<([^\s<>`]+)>`_")
# Marks that are left because they are not whole, or lead to where something else stands in the text.
_LEFT: Final = re.compile(
    r"""<a[\s/]|\][(\[]|\]:\s|\[\[|\[url\s{0,5}=|[<\[]https?:[^\s|]{0,1000}+\||":https?:|\s<https?:[^\s<>]{0,1000}+>`""",
    re.IGNORECASE,
)
# Ten links with their ends. For each tag that is not closed the parser reads all that follows.
_MAX_TAGS: Final = 20
_HREFS: Final = frozenset({"href", "xlink:href"})
# Characters that browsers remove anywhere in a URL.
_REMOVED: Final = dict.fromkeys(map(ord, "\t\n\r"))


class _Hypertext(HTMLParser):
    """Gathers the text of HTML, with the address of each link in the place of what the link shows."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._is_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of a link; what it shows is passed over until it ends."""
        if tag.startswith("http"):
            # No tag, but an address in its marks: <https://example.org/>.
            self.handle_data(f" {(self.get_starttag_text() or '').strip('<>')} ")
            return
        # Of an attribute that is given twice browsers take the first.
        address = next((value for name, value in attrs if name in _HREFS and value), None)
        if address is not None:
            self.parts.append(f" {address.strip().translate(_REMOVED).replace(' ', '%20')} ")
            self._is_link = self._is_link or tag == "a"

    def handle_endtag(self, tag: str) -> None:
        """End a link."""
        if tag == "a":
            self._is_link = False

    def handle_data(self, data: str) -> None:
        """Take text that no link shows."""
        if not self._is_link:
            self.parts.append(data)


def replace_link_markup(text: str) -> str:
    """Return a text with what each marked-up link leads to in the place of the link, and without what it shows."""
    # First, as an address may stand in the marks of a tag here.
    if "[" in text:
        text = _MARKDOWN.sub(_markdown_address, _IMAGE.sub(" ", text))
        text = _BBCODE.sub(r" \1\n", _ORG.sub(r" \1\n", text))
        text = _WIKI.sub(r" \1\n", text)
    if "<" in text:
        text = _SLACK.sub(r" \1 ", _RST.sub(r" \1 ", text))
        text = _unlabel_html(text) if "href" in text.lower() else text
    return text


def _markdown_address(link: re.Match[str]) -> str:
    return f" {(link[1] or link[2]).replace(' ', '%20')}\n"


def shows_another(text: str) -> bool:
    """Whether marks are left in a text (after `unlabel`) by which one link may be shown, and lead to another."""
    return _LEFT.search(text) is not None


def _unlabel_html(text: str) -> str:
    text = "<".join(text.split("<", _MAX_TAGS + 1)[: _MAX_TAGS + 1])
    parser = _Hypertext()
    try:
        parser.feed(text)
        parser.close()
    except AssertionError:
        # So Python gives up on declarations that it does not know, but not in all versions: nothing is read then.
        return ""
    return "".join(parser.parts)
