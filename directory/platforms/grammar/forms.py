"""The URL forms of a platform, made from their templates into matchers."""

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
# No handle or id is longer; what is, is refused before a pattern is tried on it. Mastodon's are the longest: a name of
# 60 characters, a sign and a host name of 253 (RFC 1035, 2.3.4). The database has the same bound (migration 0015).
MAX_HANDLE_LENGTH: Final = 320
# What stands behind an author's name in the address of a post: `status/1`, a number, a title that ends in an id, the
# nine letters of Weibo.
_POST: Final = re.compile(
    r"(?:status(?:es)?|posts?|p|reels?|tv|videos?|photos?|permalink|comments|community|pulls?|issues)/[^/]+(?:/.*)?"
    r"|[0-9]+(?:/.*)?|[^/]{1,300}-[0-9a-f]{10,12}|(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{9}"
)
# Pages that show one post, and say its author in the query.
_OF_POST: Final = frozenset({"permalink.php", "story.php", "s"})


def is_post(behind: list[str]) -> bool:
    """Say whether what stands behind an author's name in a path makes it the address of one post."""
    return bool(behind) and _POST.fullmatch("/".join(behind)) is not None


def fold_user_id(platform: str, user_id: str) -> str:
    """Return a user id in the form by which it is compared: the host of `did:web:` in lower case, all others as given.

    Source: https://w3c-ccg.github.io/did-method-web/ (the method-specific identifier is a domain name).
    """
    return user_id.lower() if platform == "bluesky" else user_id


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
        found = self.pattern.fullmatch(text) if len(text) <= MAX_HANDLE_LENGTH else None
        if found is None:
            return None
        return self.prefix + found["value"] if self.kind in {"handle", "user_id"} else ""


@dataclass(frozen=True, slots=True)
class Form:
    """One URL form. What follows its last segment (a tab, a post) does not matter."""

    platform: str
    # The segments of the path, then the values of the query in the order of its names.
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    # How many segments the path has at least.
    length: int
    # Whether all that stands behind the first word is a handle or an id, so that what does not fit is a mistyped one.
    plain: bool

    def match(self, segments: list[str], link: Link | None) -> Address | None:
        """Read path segments (and the link's query, if the form has one) as this form, or give None."""
        # What stands behind the path of a program decides what it shows: `s/article?__biz=` is no address by its query.
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
            # Browsers take dots alone for steps in the path, so nobody can be called so.
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
    """The forms that hold on one host, found by their first segment."""

    by_word: dict[str, list[Form]] = field(default_factory=dict[str, list[Form]])
    open: list[Form] = field(default_factory=list[Form])
    # Those that begin with the language of a page, which the platform may keep as a word of its own as well.
    localized: list[Form] = field(default_factory=list[Form])

    def add(self, form: Form) -> None:
        """Take in one more form; of forms that begin alike the first added is tried first."""
        word = form.parts[0].literal
        if form.parts[0].kind == "language":
            self.localized.append(form)
            return
        (self.open if word is None else self.by_word.setdefault(word, [])).append(form)

    def match(self, segments: list[str], link: Link | None, reserved: Mapping[str, Reason]) -> Address | Reason | None:
        """Read path segments as the first form that fits; give the reason if they begin with a reserved word."""
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
        """Whether no other parameter names another account: which of two a program takes is not known."""
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
    """Give the pattern of signs that people write before a handle: `@`, and `+` where no handle begins with it."""
    return "[@＠]{0,2}" if re.fullmatch(platform.handle_pattern, f"+{platform.handle_example}") else "[@＠+]{0,2}"


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
        # People write the sign of a handle into addresses that have none.
        sign = _sign(platform) if template in {"{handle}", "{user_id}"} and not space else ""
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
    plain = not query and segments[1:] in (["{handle}"], ["{user_id}"])
    return host, Form(platform.slug, parts, tuple(name for name, _ in query), len(segments), plain)
