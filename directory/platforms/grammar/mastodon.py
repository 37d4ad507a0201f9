"""Mastodon: any server may be a host, so an address is known by its form, `https://server/@user`."""

from typing import Final

from directory.platforms.grammar.links import Link, read_host
from directory.platforms.grammar.outcomes import Address
from directory.platforms.grammar.sites import GRAMMARS

SLUG: Final = "mastodon"
_HANDLE: Final = GRAMMARS[SLUG].handle
_LONGEST: Final = 200


def read_account(text: str) -> Address | None:
    """Read `user@server` (with or without a leading `@`, or `acct:`), or give None."""
    user, sign, server = text.removeprefix("acct:").lstrip("@").rpartition("@")
    host = read_host(server) if sign and len(text) <= _LONGEST else None
    if host is None:
        return None
    handle = f"{user}@{host}"
    return Address(SLUG, handle) if _HANDLE.fullmatch(handle) else None


def read_profile(link: Link, *, known: bool) -> Address | None:
    """Read a link as a profile on a server; on one that is not `known` as such only its plainest form counts."""
    segments = link.segments
    if segments and segments[0] in {"web", "deck"} and known:
        segments = segments[1:]
    if not segments or (len(segments) > 1 and not known):
        return None
    if segments[0] == "users" and len(segments) > 1:
        user = segments[1]
    elif segments[0].startswith("@"):
        user = segments[0][1:]
    else:
        return None
    # A server shows the accounts of others as /@user@other.
    return read_account(user if "@" in user else f"{user}@{link.host}")
