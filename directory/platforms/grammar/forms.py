"""The URL forms of a platform, made from their templates into matchers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from directory.platforms.grammar.links import Link
from directory.platforms.grammar.outcomes import Address, Reason
from directory.platforms.reference import Platform

_PLACEHOLDER: Final = re.compile(r"\{(?:([a-z]+)([/:]))?(handle|user_id|any)\}")
# A slash between segments, not one inside a placeholder.
_SLASH: Final = re.compile(r"/(?![^{}]*\})")
_NUMBER: Final = "[1-9][0-9]{0,14}"
# No handle or id is longer; what is, is refused before a pattern is tried on it.
LONGEST_HANDLE: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """What one segment of a path, or one value of a query, must be: a literal, or a pattern around a value."""

    literal: str | None = None
    pattern: re.Pattern[str] | None = None
    kind: str = "any"
    prefix: str = ""

    def read(self, text: str) -> str | None:
        """Give the value that the text holds (empty where none is asked for), or None if the text does not fit."""
        if self.literal is not None:
            return "" if text == self.literal or text.lower() == self.literal else None
        if self.pattern is None:
            return ""
        found = self.pattern.fullmatch(text) if len(text) <= LONGEST_HANDLE else None
        if found is None:
            return None
        return self.prefix + found["value"] if self.kind != "any" else ""


@dataclass(frozen=True, slots=True)
class Form:
    """One URL form. What follows its last segment (a tab, a post) does not matter."""

    platform: str
    # The segments of the path, then the values of the query in the order of its names.
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    # How many segments the path has at least.
    length: int

    def match(self, segments: list[str], link: Link | None) -> Address | None:
        """Read path segments (and the link's query, if the form has one) as this form, or give None."""
        if len(segments) < self.length:
            return None
        texts = segments
        if self.names:
            given = link.parameters() if link is not None and link.query else {}
            texts = segments[: self.length] + [given.get(name, "") for name in self.names]
        handle: str | None = None
        user_id: str | None = None
        for part, text in zip(self.parts, texts, strict=False):
            value = part.read(text)
            if value is None or not value.isprintable():
                return None
            if part.kind == "handle":
                handle = value
            elif part.kind == "user_id":
                user_id = value
        return Address(self.platform, handle, user_id)


@dataclass(slots=True)
class Forms:
    """The forms that hold on one host, found by their first segment."""

    by_word: dict[str, list[Form]] = field(default_factory=dict[str, list[Form]])
    open: list[Form] = field(default_factory=list[Form])

    def add(self, form: Form) -> None:
        """Take in one more form; of forms that begin alike the first added is tried first."""
        word = form.parts[0].literal
        (self.open if word is None else self.by_word.setdefault(word, [])).append(form)

    def match(self, segments: list[str], link: Link | None, reserved: Mapping[str, Reason]) -> Address | Reason | None:
        """Read path segments as the first form that fits; give the reason if they begin with a reserved word."""
        word = segments[0].lower()
        for form in self.by_word.get(word, ()):
            address = form.match(segments, link)
            if address is not None:
                return address
        if word in reserved:
            return reserved[word]
        for form in self.open:
            address = form.match(segments, link)
            if address is not None:
                return address
        return None


def _pattern(platform: Platform, kind: str, space: str) -> str:
    if kind == "handle":
        patterns = {namespace.word: namespace.pattern for namespace in platform.namespaces}
        return patterns[space] if space else platform.handle_pattern
    if platform.user_id_pattern is None:
        message = f"{platform.slug} has a URL form with a user id, and no pattern of one"
        raise ValueError(message)
    return platform.user_id_pattern


def _sign(platform: Platform) -> str:
    """Give the pattern of signs that people write before a handle: `@`, and `+` where no handle begins with it."""
    return "@?" if re.fullmatch(platform.handle_pattern, f"+{platform.handle_example}") else "[@+]?"


def make_part(platform: Platform, template: str, space: str = "") -> Part:
    """Make the matcher of one segment's template; `space` is the namespace of a handle that names none."""
    pattern, end, kind, prefix = "", 0, "any", ""
    for found in _PLACEHOLDER.finditer(template):
        pattern += re.escape(template[end : found.start()])
        end = found.end()
        word, separator, what = found.groups()
        if what == "any":
            pattern += ".{1,200}"
            continue
        kind = what
        if separator == ":":
            prefix = word
            pattern += f"(?P<value>{_NUMBER})"
            continue
        space = word if separator == "/" else space if what == "handle" else ""
        prefix = f"{space}/" if space else ""
        # People write the sign of a handle into addresses that have none.
        sign = _sign(platform) if template == "{handle}" and not space else ""
        pattern += f"{sign}(?P<value>{_pattern(platform, what, space)})"
    if not end:
        return Part(literal=template.lower())
    if template == "{any}":
        return Part()
    return Part(pattern=re.compile(pattern + re.escape(template[end:])), kind=kind, prefix=prefix)


def split_template(template: str) -> tuple[str, list[str], list[tuple[str, str]]]:
    """Split a URL template into its host without `www.`, its segments and its query."""
    host, _, rest = template.partition("://")[2].partition("/")
    path, _, query = rest.partition("?")
    pairs = [(name.lower(), value) for name, _, value in (pair.partition("=") for pair in query.split("&")) if name]
    return host.removeprefix("www."), [segment for segment in _SLASH.split(path) if segment], pairs


def make_form(platform: Platform, template: str, space: str = "") -> tuple[str, Form]:
    """Make a form from its template; before it the host it holds on (`{handle}.…` where the handle is a label)."""
    host, segments, query = split_template(template)
    templates = (*segments, *(value for _, value in query))
    parts = tuple(make_part(platform, part, space) for part in templates)
    return host, Form(platform.slug, parts, tuple(name for name, _ in query), len(segments))
