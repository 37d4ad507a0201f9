"""Markdown of our own as HTML for the pages: headings with ids, tables that scroll, examples that can be run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

_NOT_IN_IDS: Final = re.compile(r"[^\w\- ]")
# The examples of a block: paths of the API, alone on a line or in a request of curl, that anybody may GET.
_EXAMPLES: Final = re.compile(
    r"(?:^|https?://(?:localhost|127\.0\.0\.1):8000)(/(?:v1|docs|schemas)\b[^\s'\"{}]*)", re.MULTILINE
)
_SENDS: Final = re.compile(r"curl[^\n]*\s(?:-X\s*POST|--data|-d|-H|--header|-T)\b")
_MAX_CACHED: Final = 128


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second level: its id in the page, and its text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered text: its title (the heading of the first level, which is left out), its headings, its HTML."""

    title: str
    headings: tuple[Heading, ...]
    html: Markup


@lru_cache(_MAX_CACHED)
def render(
    text: str, link: Callable[[str], str], scroll_label: str, try_label: str, ids: tuple[str, ...] = ()
) -> Document:
    """Return Markdown as HTML.

    `link` maps each target of a link; `scroll_label` begins the name of a table that scrolls, `try_label` stands before
    the examples of a block; `ids` are those of the headings by position, where they are not made of their words. HTML
    in the text is escaped.
    """
    parser = _parser()
    tokens = parser.parse(text)
    title = ""
    headings: list[Heading] = []
    seen: dict[str, int] = {}
    given = iter(ids)
    section, tables = "", 0
    body: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.type == "heading_open":
            words = section = _text_of(tokens[position + 1])
            if token.tag == "h1":
                title = words
                position += 3
                continue
            token.attrSet("id", next(given, None) or _unique(_id_of(words), seen))
            if token.tag == "h2":
                headings.append(Heading(str(token.attrs["id"]), words))
        if token.type == "table_open":
            tables += 1
            # A reader of regions tells them apart by their names alone.
            token.attrSet("aria-label", f"{scroll_label} {tables} · {section}")
        for child in token.children or ():
            if child.type == "link_open":
                target = link(str(child.attrs["href"]))
                child.attrSet("href", target)
                if target.startswith(("https://", "http://")):
                    child.attrSet("rel", "noopener")
        body.append(token)
        position += 1
    environment = {"link": link, "try_label": try_label}
    # The parser escapes what the text has of HTML, and the rules below escape what they add.
    return Document(title, tuple(headings), Markup(parser.renderer.render(body, parser.options, environment)))  # noqa: S704


@lru_cache(_MAX_CACHED)
def heading_ids(text: str) -> tuple[str, ...]:
    """Return the ids of the headings of a text below the first level, in their order."""
    tokens = _parser().parse(text)
    seen: dict[str, int] = {}
    return tuple(
        _unique(_id_of(_text_of(tokens[position + 1])), seen)
        for position, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag != "h1"
    )


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in (("fence", _render_fence), ("table_open", _open_table), ("table_close", _close_table)):
        parser.add_render_rule(name, rule)
    return parser


def _render_fence(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, environment: Mapping[str, Any]
) -> str:
    content = tokens[index].content
    # A block that scrolls is reached by the keyboard.
    block = Markup('<pre tabindex="0" lang="en"><code>{}</code></pre>\n').format(content)
    examples = [] if _SENDS.search(content) else list(dict.fromkeys(_EXAMPLES.findall(content)))
    if not examples:
        return block
    links = Markup("").join(
        Markup('<li><a href="{}"><code>{}</code></a></li>\n').format(environment["link"](f"..{path}"), path)
        for path in examples
    )
    return block + Markup('<p class="try">{}</p>\n<ul class="try">\n{}</ul>\n').format(environment["try_label"], links)


def _open_table(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _environment: Mapping[str, Any]
) -> str:
    label = escape(tokens[index].attrs["aria-label"])
    return Markup('<div class="scroll" role="region" tabindex="0" aria-label="{}"><table>\n').format(label)


def _close_table(
    _self: RendererHTML, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _environment: Mapping[str, Any]
) -> str:
    return "</table></div>\n"


def _text_of(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in {"text", "code_inline"})


def _id_of(words: str) -> str:
    """Return the id of a heading, as GitHub makes it: the links between the texts work there, too."""
    return _NOT_IN_IDS.sub("", words.lower()).replace(" ", "-")


def _unique(name: str, seen: dict[str, int]) -> str:
    count = seen.get(name, 0)
    seen[name] = count + 1
    return f"{name}-{count}" if count else name
