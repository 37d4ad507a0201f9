"""The input as pasted, parsed: an id of the registry, a URL, a handle or a name. No text raises an error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from directory.departments.external_ids import BY_NAME, SCHEMES, InvalidExternalIdError, parse_external_id
from directory.departments.government_domains import is_government_domain
from directory.departments.websites import spellings
from directory.ids import is_well_formed
from directory.lookalikes.skeletons import skeleton
from directory.platforms.addresses import (
    Address,
    NotAProfile,
    handle_key,
    may_be_url,
    parse_handle,
    parse_url,
    public_handle,
    read_first_link,
)
from directory.platforms.addresses import Reason as Refusal
from directory.platforms.grammar.forms import MAX_HANDLE_LENGTH
from directory.platforms.grammar.links import Link, tidy
from directory.platforms.grammar.sites import GRAMMARS, find_site
from directory.platforms.reference import PLATFORMS
from directory.resolve.host_lookalikes import find_imitated_platform
from directory.resolve.names import NameForm, StatedInput, parse_names, parse_stated
from directory.text.normalization import compact, is_unspaced

MAX_LENGTH: Final = 2000
# Tab and line breaks are blanks; other control characters, and lone surrogates, are in no URL and no name.
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_OWN_PATH: Final = re.compile(r"/v1/accounts/([0-9b-z]{7})")
# The lookaheads find the end of a run once, and not again after each of its dots (which would take quadratic time).
_URL_LIKE: Final = re.compile(
    r"://|^(?=[^\s/]++/)[^\s/]+\.[^\s/]{2,}/|^(?:acct:|at://|did:)"
    r"|^@?[^\s@/]++@(?=[^\s@/]++$)[^\s@/]+\.[^\s@/]+$",
    re.IGNORECASE,
)
# What an external id begins with: the name of its scheme, or the address of its register.
_EXTERNAL_ID: Final = re.compile(
    rf"(?:{'|'.join(map(re.escape, BY_NAME))})\s?[:：]|(?:https?://)?(?:www\.)?"
    rf"(?:{'|'.join(re.escape(prefix) for scheme in SCHEMES for prefix in scheme.prefixes)})",
    re.IGNORECASE,
)
# It may be a handle as well, which comes first.
_BARE_HOST: Final = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63}\.?")
# Weibo's URLs of displayed names.
_DISPLAYED: Final = "n/"
_KELVIN: Final = "\u212a"
_ON_ANY_HOST: Final = "mastodon"
# A handle on some platform or other.
_PLAIN_HANDLE: Final = re.compile(r"\W*+\w+\W*+")
# Words of a path before a handle or a name.
_SPACES: Final = frozenset(
    {"company", "in", "school", "showcase", "channel", "user", "c", "n", "u", "pages", "pg", "profile"}
)


@dataclass(frozen=True, slots=True)
class ParsedInput:
    """What a text may name. All fields with a value are looked up; `refusal` is why it is no URL of an account."""

    text: str
    registry_id: str | None = None
    address: Address | None = None
    # The handle as typed, and the platform where it was seen, if one is stated.
    handle: str | None = None
    platform: str | None = None
    # Of words; `names` has those of URLs too.
    name_forms: tuple[NameForm, ...] = ()
    # Whether the text can be a name, and is not one that only a handle is: Chinese, or of several words.
    is_name: bool = False
    is_post: bool = False
    is_url: bool = False
    refusal: str | None = None
    # A host or a word, for the message of the refusal.
    refused_text: str = ""
    # The platform whose host this one imitates, as in `platform`. If there is an address too, it is looked up first.
    imitated_platform: str | None = None
    keys: tuple[str, ...] = ()
    # The text without a stated platform, for the search, where it is words and no URL.
    words: str = ""
    # By what it may name a department: an external id, or `website:` with the host and path of a page.
    department_keys: tuple[str, ...] = ()

    @property
    def handle_as_typed(self) -> str:
        """The handle as typed, to compare with the registered one."""
        if self.imitated_platform is not None and self.address is not None:
            return self.address.handle or ""
        return self.handle or ""

    @property
    def is_government_domain(self) -> bool:
        """Whether it is the bare host of a site that only a public body can have."""
        sites = (key.removeprefix("website:").partition("/")[0] for key in self.department_keys)
        return not self.is_url and any(map(is_government_domain, sites))

    @property
    def names(self) -> tuple[NameForm, ...]:
        """The names that the text may be; what is in the handle's place of a URL is parsed only when it is needed."""
        if self.name_forms or not self.is_url or not self.handle or self.refusal == "look_alike_host":
            return self.name_forms
        return _names_in_url(self.handle, self.platform)


@lru_cache(maxsize=4096)
def _names_in_url(handle: str, platform: str | None) -> tuple[NameForm, ...]:
    return parse_names(StatedInput(handle.rpartition("/")[2], platform))


def parse_input(text: str, platform: str | None = None) -> ParsedInput:
    """Return what a text may name; `platform` (a slug) is where a bare handle or name was seen."""
    if len(text) > MAX_LENGTH:
        return ParsedInput(text[:MAX_LENGTH], refusal="too_long", refused_text=str(MAX_LENGTH))
    if _UNREADABLE.search(text):
        return ParsedInput(_UNREADABLE.sub("\ufffd", text), refusal="unreadable")
    stripped = text.strip()
    # str.isalnum is false for letters in a square, but true for their compatibility forms.
    if not any(map(str.isalnum, stripped)) and not any(map(str.isalnum, _as_letters(stripped))):
        return ParsedInput(text, refusal="nothing_given")
    own = _OWN_PATH.fullmatch(stripped)
    if own is not None:
        return ParsedInput(text, registry_id=own[1], refusal="not_registered")
    identified = _parse_external_id(text, stripped)
    if identified is not None:
        return identified
    if may_be_url(stripped):
        outcome = parse_url(stripped)
        if _names_a_profile(outcome) or _URL_LIKE.search(tidy(stripped)):
            return _parse_url_input(text, stripped, platform, outcome)
    parsed = _parse_words(text, stripped, platform)
    if platform is None and _BARE_HOST.fullmatch(stripped):
        parsed = replace(parsed, department_keys=_website_keys(read_first_link(f"https://{stripped}")))
    return replace(parsed, registry_id=stripped) if is_well_formed(stripped) else parsed


def _parse_external_id(text: str, stripped: str) -> ParsedInput | None:
    """Return what an external id names, written with its scheme or as an address; None for another text."""
    if not _EXTERNAL_ID.match(stripped):
        return None
    try:
        external_id = parse_external_id(stripped)
    except InvalidExternalIdError as error:
        # A text of another form may be a name: “ONS: Office for National Statistics”.
        if error.code != "wrong-check-digit":
            return None
        return ParsedInput(text, refusal="wrong_check_digit", refused_text=stripped[:80])
    return ParsedInput(text, refusal="unknown_external_id", refused_text=external_id, department_keys=(external_id,))


def _website_keys(link: Link | None) -> tuple[str, ...]:
    """Return the keys by which a page on the host of no platform may be that of a department."""
    if link is None or link.has_port:
        return ()
    return tuple(f"website:{host}{link.path.rstrip('/')}" for host in spellings(link.host.removeprefix("www.")))


def _as_letters(stripped: str) -> str:
    return skeleton(unicodedata.normalize("NFKC", stripped)) if not stripped.isascii() else ""


def _names_a_profile(outcome: Address | NotAProfile) -> bool:
    """Whether a text is the URL of a profile, also where its form does not show it: `http:/x.com/a`, `X: @a`.

    A displayed name after a platform's (官方微博：成都发布) is a name, however the platform writes it in URLs.
    """
    return isinstance(outcome, Address) and not (outcome.handle or "").startswith(_DISPLAYED)


def _parse_url_input(text: str, stripped: str, platform: str | None, outcome: Address | NotAProfile) -> ParsedInput:
    """Return what a text in the form of a URL names; `outcome` is what the platforms' grammar makes of it."""
    link = read_first_link(stripped) if _may_be_unknown_host(outcome) else None
    imitated = find_imitated_platform(link.host) if link is not None and _is_unknown_host(link, outcome) else None
    if imitated is not None and link is not None:
        handle = _handle_on_unknown_host(link)
        # If it is the URL of an account on a Mastodon server, that account may be registered all the same.
        address = outcome if isinstance(outcome, Address) else None
        return ParsedInput(
            text, address=address, handle=handle, platform=imitated, refusal="look_alike_host", refused_text=link.host,
            imitated_platform=imitated, is_post=address is not None and address.is_post, is_url=True,
            department_keys=_website_keys(link) if address is None else (),
        )  # fmt: skip
    if isinstance(outcome, NotAProfile):
        return _parse_refused_url(text, stripped, outcome, link, platform)
    if platform is not None and outcome.platform != platform:
        return ParsedInput(text, platform=outcome.platform, refusal="contradiction", is_url=True)
    if _KELVIN in unquote(stripped) and outcome.handle is not None:
        # U+212A is NFKC-equal to K, and no platform takes it for one.
        return ParsedInput(
            text, handle=outcome.handle.replace("K", _KELVIN), platform=outcome.platform, is_url=True,
            name_forms=_names_in_url(outcome.handle, outcome.platform), refusal="malformed_handle",
            refused_text=outcome.handle,
        )  # fmt: skip
    return ParsedInput(
        text,
        address=outcome,
        handle=public_handle(outcome),
        platform=outcome.platform,
        is_post=outcome.is_post,
        is_url=True,
    )


def _may_be_unknown_host(outcome: Address | NotAProfile) -> bool:
    return isinstance(outcome, NotAProfile) or outcome.platform == _ON_ANY_HOST


def _is_unknown_host(link: Link, outcome: Address | NotAProfile) -> bool:
    """Whether a link is on no host of a known platform; any host may be a Mastodon server, also a forged one."""
    if isinstance(outcome, NotAProfile):
        return outcome.reason is Refusal.UNKNOWN_HOST
    return outcome.platform == _ON_ANY_HOST and find_site(link.host) is None


def _parse_refused_url(
    text: str, stripped: str, outcome: NotAProfile, link: Link | None, platform: str | None
) -> ParsedInput:
    """Return what a URL names that is no profile: what is in the handle's place may still be known."""
    word = _malformed_handle(link, outcome) if link is not None else None
    if word is not None and outcome.platform is not None:
        names = parse_names(StatedInput(word, outcome.platform))
        return ParsedInput(
            text,
            handle=word,
            platform=outcome.platform,
            name_forms=names,
            refusal="malformed_handle",
            refused_text=word[:80],
            is_url=True,
        )
    if outcome.reason in {Refusal.NOT_A_URL, Refusal.UNKNOWN_HOST} and "/" not in stripped and ":" not in stripped:
        return replace(
            _parse_words(text, stripped, platform),
            refused_text=link.host if link else stripped[:80],
            department_keys=_website_keys(link),
        )
    refused_text = link.host if link is not None else stripped[:80]
    return ParsedInput(
        text,
        platform=outcome.platform,
        refusal=outcome.reason.value,
        refused_text=refused_text,
        is_url=True,
        department_keys=_website_keys(link) if outcome.reason is Refusal.UNKNOWN_HOST else (),
    )


def _malformed_handle(link: Link, outcome: NotAProfile) -> str | None:
    """Return what is in the place of a handle, though it cannot be one."""
    if not link.segments or outcome.platform is None:
        return None
    first, *behind = link.segments
    is_spaced = first.lower() in _SPACES or first.lower() in GRAMMARS[outcome.platform].forms.by_word
    if outcome.reason is Refusal.MALFORMED_HANDLE:
        return _displayable(behind[0] if is_spaced and behind else first)
    if outcome.reason is Refusal.SERVICE_PAGE and is_spaced and len(behind) == 1:
        return _displayable(behind[0])
    return None


def _handle_on_unknown_host(link: Link) -> str | None:
    """Return what is in the place of a handle on a host that is no platform's."""
    words = [_displayable(segment) for segment in link.segments if segment.lower() not in _SPACES]
    return words[0] if words and words[0] else None


def _displayable(segment: str) -> str:
    """Return a segment of a path as a handle, without the unreadable characters that it may encode."""
    return _UNREADABLE.sub("\ufffd", segment.lstrip("@")[:MAX_HANDLE_LENGTH])


def _parse_words(text: str, stripped: str, platform: str | None) -> ParsedInput:
    """Return what a handle or name names, with or without words that state a platform or a region."""
    stated = parse_stated(stripped, platform)
    handle = stated.handle
    if handle is None or len(handle) > MAX_HANDLE_LENGTH:
        names = parse_names(stated, stripped)
        return ParsedInput(
            text, platform=stated.platform, name_forms=names, refusal="not_registered", words=stated.rest
        )
    is_name = stated.mention is None and is_unspaced(compact(handle))
    outcome = parse_handle(stated.platform, handle) if stated.platform is not None else None
    # One word that can be a handle is a name only if the name is written so, and not because blanks are ignored.
    is_handle = isinstance(outcome, Address) or _PLAIN_HANDLE.fullmatch(handle) is not None
    names = parse_names(stated, stripped, "with_blanks" if is_handle and not is_name else "without_blanks")
    if stated.platform is None:
        return ParsedInput(
            text,
            handle=handle,
            name_forms=names,
            is_name=is_name,
            keys=handle_keys_on_any_platform(handle, NAMESPACES),
            refusal="not_registered",
            words=stated.rest if is_name else "",
        )
    return ParsedInput(
        text,
        address=outcome if isinstance(outcome, Address) else None,
        handle=handle,
        platform=stated.platform,
        name_forms=names,
        is_name=is_name,
        # `nasa` on LinkedIn may mean `company/nasa`.
        keys=handle_keys_on(stated.platform, handle.lstrip("@＠"))[1:],
        refusal=outcome.reason.value if isinstance(outcome, NotAProfile) and not is_name else "not_registered",
        refused_text=handle[:80],
        words=stated.rest if is_name else "",
    )


def handle_keys_on_any_platform(handle: str, words: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the different keys that a handle may have, on any platform; `handle_keys_on` returns those on one.

    `words` are those of namespaces in which it is looked up as well.
    """
    plain = unicodedata.normalize("NFKC", handle).lstrip("@")
    account = parse_handle(_ON_ANY_HOST, plain) if "@" in plain else None
    if isinstance(account, Address) and account.handle is not None:
        # The key has the server's name in its ASCII form.
        return (handle_key(_ON_ANY_HOST, account.handle),)
    # Platforms fold handles in three ways: letter case, letter case and dots, or nothing.
    folded = dict.fromkeys((handle_key("x", plain), handle_key("facebook", plain), plain))
    return (*folded, *(f"{word}/{next(iter(folded))}" for word in words))


def handle_keys_on(platform: str, handle: str) -> tuple[str, ...]:
    """Return the keys that a handle has on a platform: as it is, and in each of the platform's namespaces."""
    spaces = PLATFORMS[platform].namespaces
    return (handle_key(platform, handle), *(handle_key(platform, f"{space.word}/{handle}") for space in spaces))


NAMESPACES: Final = tuple(dict.fromkeys(space.word for platform in PLATFORMS.values() for space in platform.namespaces))
"""The words of all namespaces of handles."""
