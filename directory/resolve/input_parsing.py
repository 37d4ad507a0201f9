"""What did the person paste: an id of the registry, an address, a handle, a name? Never raises on any text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

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
from directory.resolve.host_lookalikes import find_imitated
from directory.resolve.name_forms import NameForm
from directory.resolve.names import Stated, read_names, read_stated
from directory.text.normalization import compact, is_unspaced

MAX_LENGTH: Final = 2000
# Tab and line breaks are blanks; other control characters, and halves of characters, are in no address and no name.
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_OWN_PATH: Final = re.compile(r"/v1/accounts/([0-9b-z]{7})")
# What ends a run of characters is looked for once, and not anew behind each of its dots.
_URL_LIKE: Final = re.compile(
    r"://|^(?=[^\s/]++/)[^\s/]+\.[^\s/]{2,}/|^(?:acct:|at://|did:)"
    r"|^@?[^\s@/]++@(?=[^\s@/]++$)[^\s@/]+\.[^\s@/]+$",
    re.IGNORECASE,
)
# Weibo's addresses of displayed names.
_DISPLAYED: Final = "n/"
_KELVIN: Final = "\u212a"
_ON_ANY_HOST: Final = "mastodon"
# What is a handle on some platform or other.
_PLAIN_HANDLE: Final = re.compile(r"\W*+\w+\W*+")
# Words of a path behind which a handle or a name stands.
_SPACES: Final = frozenset(
    {"company", "in", "school", "showcase", "channel", "user", "c", "n", "u", "pages", "pg", "profile"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a text may name. All that is filled in is looked up; `refusal` is why it is no address, if it is none."""

    text: str
    registry_id: str | None = None
    address: Address | None = None
    # The handle as it stands in the text, and the platform that it was seen on, if one was stated.
    handle: str | None = None
    platform: str | None = None
    # Of words; `names` has those of addresses too.
    forms: tuple[NameForm, ...] = ()
    # Whether the text can be a name and is none that only a handle is: Chinese, or of several words.
    is_name: bool = False
    is_post: bool = False
    is_url: bool = False
    refusal: str | None = None
    # What the refusal shows: a host, a word.
    shown: str = ""
    # The platform whose host this one looks like. An address beside it is looked up first; `platform` is this one.
    imitated: str | None = None
    keys: tuple[str, ...] = ()
    # What is left beside a stated platform, for the search, where the text is in words and no address.
    words: str = ""

    @property
    def written(self) -> str:
        """The handle that is held against the registered one, as it stands in the text."""
        if self.imitated is not None and self.address is not None:
            return self.address.handle or ""
        return self.handle or ""

    @property
    def names(self) -> tuple[NameForm, ...]:
        """The names that the text may be; what stands in the handle's place of an address is read when it is needed."""
        if self.forms or not self.is_url or not self.handle or self.refusal == "look_alike_host":
            return self.forms
        return _names_in(self.handle, self.platform)


@lru_cache(maxsize=4096)
def _names_in(handle: str, platform: str | None) -> tuple[NameForm, ...]:
    return read_names(Stated(handle.rpartition("/")[2], platform))


def read(text: str, platform: str | None = None) -> Asked:
    """Read what a person pasted; `platform` (a slug) is where a bare handle or name was seen."""
    if len(text) > MAX_LENGTH:
        return Asked(text[:MAX_LENGTH], refusal="too_long", shown=str(MAX_LENGTH))
    if _UNREADABLE.search(text):
        return Asked(_UNREADABLE.sub("\ufffd", text), refusal="unreadable")
    stripped = text.strip()
    # Letters in a square are none to Unicode, but for their compatibility forms.
    if not any(map(str.isalnum, stripped)) and not any(map(str.isalnum, _as_letters(stripped))):
        return Asked(text, refusal="nothing_given")
    own = _OWN_PATH.fullmatch(stripped)
    if own is not None:
        return Asked(text, registry_id=own[1], refusal="not_registered")
    if may_be_url(stripped):
        outcome = parse_url(stripped)
        if _names_a_profile(outcome) or _URL_LIKE.search(tidy(stripped)):
            return _read_url(text, stripped, platform, outcome)
    asked = _read_words(text, stripped, platform)
    if is_well_formed(stripped):
        return replace(asked, registry_id=stripped)
    return asked


def _as_letters(stripped: str) -> str:
    return skeleton(unicodedata.normalize("NFKC", stripped)) if not stripped.isascii() else ""


def _names_a_profile(outcome: Address | NotAProfile) -> bool:
    """Whether a text is an address, also where nobody would know it by its form: `http:/x.com/a`, `Twitter/a`, `X: @a`.

    A displayed name behind a platform's (官方微博：成都发布) is a name, however the platform writes it in addresses.
    """
    return isinstance(outcome, Address) and not (outcome.handle or "").startswith(_DISPLAYED)


def _read_url(text: str, stripped: str, platform: str | None, outcome: Address | NotAProfile) -> Asked:
    """Read a text that has the form of an address; `outcome` is what its grammar makes of it."""
    link = read_first_link(stripped) if _may_be_strange(outcome) else None
    imitated = find_imitated(link.host) if link is not None and _is_strange(link, outcome) else None
    if imitated is not None and link is not None:
        handle = _last_word(link)
        # Where it is the address of an account on a server of its own, that account may be registered all the same.
        address = outcome if isinstance(outcome, Address) else None
        return Asked(
            text, address=address, handle=handle, platform=imitated, refusal="look_alike_host", shown=link.host,
            imitated=imitated, is_post=address is not None and address.is_post, is_url=True,
        )  # fmt: skip
    if isinstance(outcome, NotAProfile):
        return _read_refused(text, stripped, outcome, link, platform)
    if platform is not None and outcome.platform != platform:
        return Asked(text, platform=outcome.platform, refusal="contradiction", is_url=True)
    if _KELVIN in unquote(stripped) and outcome.handle is not None:
        # The sign of a unit is a K to Unicode, and to no platform.
        return Asked(
            text, handle=outcome.handle.replace("K", _KELVIN), platform=outcome.platform, is_url=True,
            forms=_names_in(outcome.handle, outcome.platform), refusal="malformed_handle", shown=outcome.handle,
        )  # fmt: skip
    return Asked(
        text,
        address=outcome,
        handle=public_handle(outcome),
        platform=outcome.platform,
        is_post=outcome.is_post,
        is_url=True,
    )


def _may_be_strange(outcome: Address | NotAProfile) -> bool:
    return isinstance(outcome, NotAProfile) or outcome.platform == _ON_ANY_HOST


def _is_strange(link: Link, outcome: Address | NotAProfile) -> bool:
    """Tell whether a link is on no host of a known platform: any server may be one of Mastodon's, also a forged one."""
    if isinstance(outcome, NotAProfile):
        return outcome.reason is Refusal.UNKNOWN_HOST
    return outcome.platform == _ON_ANY_HOST and find_site(link.host) is None


def _read_refused(text: str, stripped: str, outcome: NotAProfile, link: Link | None, platform: str | None) -> Asked:
    """Read an address that names no account: what stands in the handle's place may still be known by it."""
    word = _handle_place(link, outcome) if link is not None else None
    if word is not None and outcome.platform is not None:
        names = read_names(Stated(word, outcome.platform))
        return Asked(
            text,
            handle=word,
            platform=outcome.platform,
            forms=names,
            refusal="malformed_handle",
            shown=word[:80],
            is_url=True,
        )
    if outcome.reason in {Refusal.NOT_A_URL, Refusal.UNKNOWN_HOST} and "/" not in stripped and ":" not in stripped:
        return replace(_read_words(text, stripped, platform), shown=link.host if link else stripped[:80])
    shown = link.host if link is not None else stripped[:80]
    return Asked(text, platform=outcome.platform, refusal=outcome.reason.value, shown=shown, is_url=True)


def _handle_place(link: Link, outcome: NotAProfile) -> str | None:
    """Return what stands where a handle would stand, though it cannot be one."""
    if not link.segments or outcome.platform is None:
        return None
    first, *behind = link.segments
    is_spaced = first.lower() in _SPACES or first.lower() in GRAMMARS[outcome.platform].forms.by_word
    if outcome.reason is Refusal.MALFORMED_HANDLE:
        return _show(behind[0] if is_spaced and behind else first)
    if outcome.reason is Refusal.SERVICE_PAGE and is_spaced and len(behind) == 1:
        return _show(behind[0])
    return None


def _last_word(link: Link) -> str | None:
    """Return what stands in a handle's place on a host that is no platform's."""
    words = [_show(segment) for segment in link.segments if segment.lower() not in _SPACES]
    return words[0] if words and words[0] else None


def _show(segment: str) -> str:
    """Return a segment of a path as a handle; what it encodes may be what no text may hold."""
    return _UNREADABLE.sub("\ufffd", segment.lstrip("@")[:MAX_HANDLE_LENGTH])


def _read_words(text: str, stripped: str, platform: str | None) -> Asked:
    """Read a handle or a name, with or without words that state a platform or a region."""
    stated = read_stated(stripped, platform)
    handle = stated.handle
    if handle is None or len(handle) > MAX_HANDLE_LENGTH:
        names = read_names(stated, stripped)
        return Asked(text, platform=stated.platform, forms=names, refusal="not_registered", words=stated.rest)
    is_name = stated.mentioned is None and is_unspaced(compact(handle))
    outcome = parse_handle(stated.platform, handle) if stated.platform is not None else None
    # One word that can be a handle is a name only if it is written so, and not because blanks are set aside.
    is_handle = isinstance(outcome, Address) or _PLAIN_HANDLE.fullmatch(handle) is not None
    names = read_names(stated, stripped, "spelled" if is_handle and not is_name else "squeezed")
    if stated.platform is None:
        return Asked(
            text,
            handle=handle,
            forms=names,
            is_name=is_name,
            keys=keys_anywhere(handle, SPACES),
            refusal="not_registered",
            words=stated.rest if is_name else "",
        )
    return Asked(
        text,
        address=outcome if isinstance(outcome, Address) else None,
        handle=handle,
        platform=stated.platform,
        forms=names,
        is_name=is_name,
        # `nasa` on LinkedIn is written for `company/nasa`.
        keys=keys_on(stated.platform, handle.lstrip("@＠"))[1:],
        refusal=outcome.reason.value if isinstance(outcome, NotAProfile) and not is_name else "not_registered",
        shown=handle[:80],
        words=stated.rest if is_name else "",
    )


def keys_anywhere(handle: str, words: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the different keys that a handle may have, whatever the platform: `keys_on` says which is whose.

    `words` are those of namespaces in which it is looked for as well.
    """
    plain = unicodedata.normalize("NFKC", handle).lstrip("@")
    account = parse_handle(_ON_ANY_HOST, plain) if "@" in plain else None
    if isinstance(account, Address) and account.handle is not None:
        # With the server's name in its ASCII form.
        return (handle_key(_ON_ANY_HOST, account.handle),)
    # Handles are folded in three ways: letter case aside, dots aside as well, neither.
    folded = dict.fromkeys((handle_key("x", plain), handle_key("facebook", plain), plain))
    return (*folded, *(f"{word}/{next(iter(folded))}" for word in words))


def keys_on(platform: str, handle: str) -> tuple[str, ...]:
    """Return the keys that a handle has on a platform: as it is, and in each of the platform's namespaces."""
    spaces = PLATFORMS[platform].namespaces
    return (handle_key(platform, handle), *(handle_key(platform, f"{space.word}/{handle}") for space in spaces))


SPACES: Final = tuple(dict.fromkeys(space.word for platform in PLATFORMS.values() for space in platform.namespaces))
"""The words of all namespaces of handles."""
