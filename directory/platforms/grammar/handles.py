"""Parsing of a row's handle, folding of handles for identity, and canonical URLs."""

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from directory.platforms.grammar import mastodon
from directory.platforms.grammar.forms import MAX_HANDLE_LENGTH, fold_user_id
from directory.platforms.grammar.links import EDGES, normalize, read_host, read_segments, strip_pasted
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, contradict, refuse, shorten
from directory.platforms.grammar.pages import is_program
from directory.platforms.grammar.sites import GRAMMARS, Grammar, find_site
from directory.platforms.grammar.urls import MAX_TEXT_LENGTH, parse_url
from directory.platforms.reference import Platform, find_platform

_SIGNS: Final = "@＠"


def handle_key(platform: str, handle: str) -> str:
    """Return the key of a handle on a platform (its slug): equal keys are the same handle.

    NFKC, without `@`, case folded unless the platform keeps it. Facebook takes no notice of dots, so they are left
    out there (https://www.facebook.com/help/329992603752372: periods and capitals do not tell usernames apart).
    """
    key = handle.lstrip(_SIGNS)
    grammar = GRAMMARS.get(platform)
    keeps_case = grammar is not None and grammar.platform.case_sensitive
    if key.isascii():
        key = key if keeps_case else key.lower()
    else:
        key = unicodedata.normalize("NFKC", key)
        # Again, as NFKC is not closed under casefolding.
        key = key if keeps_case else unicodedata.normalize("NFKC", key.casefold())
    return key.replace(".", "") if platform == "facebook" and "/" not in key else key


def public_handle(address: Address) -> str | None:
    """Return the public handle of an account: without a namespace that only URLs show."""
    if address.handle is None:
        return None
    word, slash, name = address.handle.partition("/")
    grammar = GRAMMARS.get(address.platform)
    return name if slash and grammar is not None and word in grammar.in_url_only else address.handle


def is_user_id_but_for_case(platform: str, text: str) -> bool:
    """Whether a text is, but for case, an id of a platform whose ids may have capitals."""
    grammar = GRAMMARS.get(platform)
    if grammar is None or grammar.user_id is None or text.isdecimal():
        return False
    return _caseless(grammar.user_id.pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _caseless(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def canonical_url(address: Address) -> str | None:
    """Return the canonical URL of an account, by handle if that is known; None if the platform has none."""
    grammar = GRAMMARS.get(address.platform)
    if grammar is None:
        return None
    handle, platform = address.handle, grammar.platform
    if handle is not None:
        if platform.slug == mastodon.SLUG:
            return mastodon.write_url(handle)
        word, slash, name = handle.partition("/")
        if slash and word in grammar.namespace_urls:
            return grammar.namespace_urls[word].replace("{handle}", _quote(name))
        if platform.handle_url is not None:
            return platform.handle_url.replace("{handle}", _quote(handle))
    if address.user_id is not None and platform.slug == mastodon.SLUG:
        return mastodon.write_id_url(address.user_id)
    if address.user_id is not None and platform.user_id_url is not None:
        return platform.user_id_url.replace("{user_id}", _quote(address.user_id))
    return None


def _quote(text: str) -> str:
    # Most handles: `quote` takes 2 µs to encode them and to find nothing.
    if text.isascii() and text.replace("_", "").isalnum():
        return text
    return quote(text, safe="@:+=&$,")


def parse_handle(platform: str, text: str) -> Address | NotAProfile:
    """Return the address in a handle's column: `@name`, a user id, a path (`company/name`) or a whole URL.

    `platform` is a slug or any alias. Never raises.
    """
    known = find_platform(platform)
    if known is None:
        return refuse(Reason.UNKNOWN_PLATFORM, platform)
    if len(text) > MAX_TEXT_LENGTH:
        return refuse(Reason.TOO_LONG, platform=known.slug)
    return read_handle(GRAMMARS[known.slug], text)


def read_handle(grammar: Grammar, text: str) -> Address | NotAProfile:
    """Return the address in the handle's column on a known platform."""
    handle = text.strip(EDGES)
    if not handle:
        return refuse(Reason.NOTHING_GIVEN, platform=grammar.platform.slug)
    outcome = _read_plain(grammar, normalize(handle[1:] if handle[0] in _SIGNS else handle))
    return outcome or _read_other(grammar, handle)


def _read_plain(grammar: Grammar, plain: str) -> Address | NotAProfile | None:
    """Return the address of a single handle or id, None if it cannot be one."""
    # Invisible characters would make two handles of what looks like one.
    if len(plain) > MAX_HANDLE_LENGTH or not plain.strip(".") or not plain.isprintable():
        return None
    if plain.lower() in grammar.not_handles:
        return _refuse(grammar.platform, grammar.not_handles[plain.lower()], plain)
    if grammar.id_in_handle is not None and grammar.id_in_handle.fullmatch(plain):
        return Address(grammar.platform.slug, None, fold_user_id(grammar.platform.slug, plain))
    for form in grammar.short:
        address = form.match([plain], None)
        if address is not None:
            return address
    if grammar.platform.slug == mastodon.SLUG:
        return mastodon.read_account(plain)
    if grammar.handle.fullmatch(plain):
        return _read_well_formed(grammar, plain)
    if grammar.platform.slug == "weibo" and not plain.isascii():
        return _read_in_space(grammar, "n", plain)
    return _read_plain(grammar, plain[1:]) if plain.startswith("+") else None


def _read_well_formed(grammar: Grammar, plain: str) -> Address | NotAProfile:
    """Return the address of a text with the syntax of a handle, unless the word is reserved."""
    platform = grammar.platform
    reserved = grammar.reserved if grammar.at_root else grammar.explicit if grammar.in_host else {}
    if plain.lower() in reserved:
        return _refuse(platform, reserved[plain.lower()], plain)
    if grammar.at_root and is_program(plain):
        return _refuse(platform, Reason.SERVICE_PAGE, plain)
    # A pasted host: “www.facebook.com” has the syntax of a handle.
    if "." in plain and "@" not in plain and platform.slug != "bluesky" and _is_host(plain):
        return _refuse(platform, Reason.BARE_HOST, plain)
    return Address(platform.slug, plain.lower() if grammar.in_host else plain)


def _read_in_space(grammar: Grammar, word: str, name: str) -> Address | None:
    """Return the address of a handle in a namespace, None if its own URL would not name it."""
    pattern = grammar.namespaces.get(word)
    if pattern is None or len(name) > MAX_HANDLE_LENGTH or pattern.fullmatch(name) is None:
        return None
    address = Address(grammar.platform.slug, f"{word}/{name}")
    return address if parse_url(canonical_url(address) or "") == address else None


def _is_host(text: str) -> bool:
    host = read_host(text)
    return host is not None and find_site(host) is not None


def _read_other(grammar: Grammar, text: str) -> Address | NotAProfile:
    """Return the address of a path or URL in place of a handle."""
    platform = grammar.platform
    if "/" in text or "\\" in text or "%" in text:
        segments = strip_pasted(read_segments(text.replace("\\", "/").lstrip("@")))
        spaced = _read_in_space(grammar, segments[0], segments[1]) if len(segments) > 1 else None
        if spaced is not None:
            return spaced
        if len(segments) == 1 and segments[0] != text:
            decoded = _read_plain(grammar, segments[0].lstrip(_SIGNS))
            if decoded is not None:
                return decoded
        # A path without its host: its first word must be one of the platform's (`company/name`).
        spelled = bool(segments) and segments[0].lower() in grammar.forms.by_word
        mistyped = {segments[0].lower(): Reason.MALFORMED_HANDLE} if spelled else {}
        outcome = grammar.forms.match(segments, None, mistyped) if spelled else None
        if isinstance(outcome, Address):
            return outcome
    from_url = parse_url(text)
    if isinstance(from_url, Address):
        if from_url.platform == platform.slug:
            return from_url
        other = GRAMMARS[from_url.platform].platform.name
        return contradict(
            f"“{shorten(text)}” in the handle's place, an address on {other},",
            f"the platform, {platform.name}",
            platform=platform.slug,
        )
    if from_url.platform == platform.slug:
        return from_url
    return _refuse(platform, Reason.MALFORMED_HANDLE, text)


def _refuse(platform: Platform, reason: Reason, text: str) -> NotAProfile:
    return refuse(reason, text, platform=platform.slug, name=platform.name, example=platform.handle_example)
