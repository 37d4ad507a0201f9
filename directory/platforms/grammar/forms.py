"""URL forms of a platform, compiled from their templates to matchers.

A second set of names on a platform is a namespace, a word before the handle (`in/name`). YouTube has `user`, `c` and
`name` besides its `@` handles: their words are in the handle's key alone, which is its identity, and the public handle
leaves them out (`is_in_url_only`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from directory.platforms.grammar.links import Link
from directory.platforms.grammar.outcomes import Address, Reason
from directory.platforms.reference import Platform

_PLACEHOLDER: Final = re.compile(r"\{(?:([a-z]+)([/:]))?(handle|user_id|any|words|language)\}")
# A slash between segments, not one inside a placeholder.
_SLASH: Final = re.compile(r"/(?![^{}]*\})")
_NUMBER: Final = "[1-9][0-9]{0,14}"
# No handle or id is longer; longer texts are refused before any pattern runs on them. Mastodon's are the longest: a
# name of 60 characters, a sign and a host name of 253 (RFC 1035, 2.3.4). The database has the same bound.
MAX_HANDLE_LENGTH: Final = 320
# What follows an author's name in the URL of a post: `status/1`, a number, a title that ends in an id, the
# nine letters of Weibo.
_POST: Final = re.compile(
    r"(?:status(?:es)?|posts?|p|reels?|tv|videos?|photos?|permalink|comments|community|pulls?|issues)/[^/]+(?:/.*)?"
    r"|[0-9]+(?:/.*)?|[^/]{1,300}-[0-9a-f]{10,12}|(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{9}"
)
# Pages that show one post, with its author in the query.
_OF_POST: Final = frozenset({"permalink.php", "story.php", "s"})


def is_post(behind: list[str]) -> bool:
    """Whether the segments after an author's name make the path the URL of one post."""
    return bool(behind) and _POST.fullmatch("/".join(behind)) is not None


def fold_user_id(platform: str, user_id: str) -> str:
    """Return a user id in the form for comparisons: the host of `did:web:` in lower case, all others unchanged.

    Source: https://w3c-ccg.github.io/did-method-web/ (the method-specific identifier is a domain name).
    """
    return user_id.lower() if platform == "bluesky" else user_id


@dataclass(frozen=True, slots=True)
class Part:
    """The matcher of a path segment or a query value: a literal, or a pattern around a value."""

    literal: str | None = None
    pattern: re.Pattern[str] | None = None
    kind: str = "any"
    prefix: str = ""

    def read(self, text: str) -> str | None:
        """Return the value in the text ("" if the segment has none), None if the text does not match."""
        if self.literal is not None:
            return "" if text == self.literal or text.lower() == self.literal else None
        if self.pattern is None:
            return ""
        found = self.pattern.fullmatch(text) if len(text) <= MAX_HANDLE_LENGTH else None
        if found is None:
            return None
        return self.prefix + found["value"] if self.kind in {"handle", "user_id"} else ""


@dataclass(frozen=True, slots=True)
class Form:
    """One URL form. Segments after its last one (a tab, a post) are ignored."""

    platform: str
    # The segments of the path, then the values of the query in the order of its names.
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    # Least number of segments of the path.
    length: int
    # Whether everything after the first word is a handle or an id, so that a mismatch is a mistyped one.
    plain: bool

    def match(self, segments: list[str], link: Link | None) -> Address | None:
        """Return the address in path segments (and the query, if the form has one); None if they do not match."""
        # Segments after the path of a program decide what it shows: `s/article?__biz=` is not identified by its query.
        if len(segments) < self.length or (self.names and any(segments[self.length :])):
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
            # Browsers resolve dot segments, so no handle consists of dots.
            if part.kind in {"handle", "user_id"} and not value.rpartition("/")[2].strip("."):
                return None
            if part.kind == "handle":
                handle = value
            elif part.kind == "user_id":
                user_id = fold_user_id(self.platform, value)
        post = self.parts[0].literal in _OF_POST if self.names else is_post(segments[self.length :])
        return Address(self.platform, handle, user_id, is_post=post)


@dataclass(slots=True)
class Forms:
    """The forms of one host, by their first segment."""

    by_word: dict[str, list[Form]] = field(default_factory=dict[str, list[Form]])
    open: list[Form] = field(default_factory=list[Form])
    # Forms that begin with the language of a page, which may be a reserved word of the platform too.
    localized: list[Form] = field(default_factory=list[Form])

    def add(self, form: Form) -> None:
        """Add a form; forms with the same beginning are tried in the order of their addition."""
        word = form.parts[0].literal
        if form.parts[0].kind == "language":
            self.localized.append(form)
            return
        (self.open if word is None else self.by_word.setdefault(word, [])).append(form)

    def match(self, segments: list[str], link: Link | None, reserved: Mapping[str, Reason]) -> Address | Reason | None:
        """Return the address by the first form that matches, or the reason if the path begins with a reserved word."""
        word = segments[0].lower()
        begun = self.by_word.get(word, [])
        for form in (*begun, *self.localized):
            address = form.match(segments, link)
            if address is not None:
                return address if not form.names or self._is_only(form, address, segments, link) else reserved.get(word)
        if word in reserved:
            mistyped = reserved[word] is Reason.SERVICE_PAGE and any(
                form.plain and len(segments) >= form.length for form in begun
            )
            return Reason.MALFORMED_HANDLE if mistyped else reserved[word]
        for form in self.open:
            address = form.match(segments, link)
            if address is not None:
                return address
        return None

    def _is_only(self, form: Form, address: Address, segments: list[str], link: Link | None) -> bool:
        """Whether no other parameter names another account: it is unknown which of two a program uses."""
        others = (other for other in self.by_word.get(segments[0].lower(), ()) if other.names not in {(), form.names})
        return all(other.match(segments, link) in {None, address} for other in others)


def _pattern(platform: Platform, kind: str, space: str) -> str:
    if kind == "handle":
        patterns = {namespace.word: namespace.pattern for namespace in platform.namespaces}
        return patterns[space] if space else platform.handle_pattern
    if platform.user_id_pattern is None:
        message = f"{platform.slug} has a URL form with a user id, and no pattern of one"
        raise ValueError(message)
    return platform.user_id_pattern


def _sign(platform: Platform) -> str:
    """Return the pattern of signs before a handle: `@`, and `+` on platforms where no handle begins with it."""
    return "[@＠]{0,2}" if re.fullmatch(platform.handle_pattern, f"+{platform.handle_example}") else "[@＠+]{0,2}"


def make_part(platform: Platform, template: str, space: str = "") -> Part:
    """Return the matcher of a segment's template; `space` is the namespace of handles without one."""
    pattern, end, kind, prefix = "", 0, "any", ""
    for found in _PLACEHOLDER.finditer(template):
        pattern += re.escape(template[end : found.start()])
        end = found.end()
        word, separator, what = found.groups()
        if what == "any":
            pattern += ".{1,200}"
            continue
        if what == "words":
            pattern += "(?![0-9]+$).{1,200}"
            continue
        if what == "language":
            pattern += "[a-z]{2}(?:-[A-Za-z]{2,4})?"
            kind = what
            continue
        kind = what
        if separator == ":":
            prefix = word
            pattern += f"(?P<value>{_NUMBER})"
            continue
        space = word if separator == "/" else space if what == "handle" else ""
        prefix = f"{space}/" if space else ""
        # People add the sign of a handle to URLs that have none.
        sign = _sign(platform) if template in {"{handle}", "{user_id}"} and not space else ""
        pattern += f"{sign}(?P<value>{_pattern(platform, what, space)})"
    if not end:
        return Part(literal=template.lower())
    if template == "{any}":
        return Part()
    return Part(pattern=re.compile(pattern + re.escape(template[end:])), kind=kind, prefix=prefix)


def split_template(template: str) -> tuple[str, list[str], list[tuple[str, str]]]:
    """Return the host without `www.`, the segments and the query of a URL template."""
    host, _, rest = template.partition("://")[2].partition("/")
    path, _, query = rest.partition("?")
    pairs = [(name.lower(), value) for name, _, value in (pair.partition("=") for pair in query.split("&")) if name]
    return host.removeprefix("www."), [segment for segment in _SLASH.split(path) if segment], pairs


def make_form(platform: Platform, template: str, space: str = "") -> tuple[str, Form]:
    """Return the host of a template (`{handle}.…` where the handle is a label) and its form."""
    host, segments, query = split_template(template)
    templates = (*segments, *(value for _, value in query))
    parts = tuple(make_part(platform, part, space) for part in templates)
    plain = not query and segments[1:] in (["{handle}"], ["{user_id}"])
    return host, Form(platform.slug, parts, tuple(name for name, _ in query), len(segments), plain)
