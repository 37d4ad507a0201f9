"""Mastodon: any server may be a host, so an address is known by its form, `https://server/@user`."""

import re
from dataclasses import replace
from typing import Final

from directory.platforms.grammar.forms import is_post
from directory.platforms.grammar.links import Link, read_host
from directory.platforms.grammar.outcomes import Address
from directory.platforms.grammar.sites import GRAMMARS

SLUG: Final = "mastodon"
_HANDLE: Final = GRAMMARS[SLUG].handle
_LONGEST: Final = 200
# What may stand behind `/@user` on a server that is not known as one: a post's number, a tab.
_BEHIND: Final = re.compile(r"[0-9]{15,20}|with_replies|media|following|followers|featured|about|tagged", re.IGNORECASE)
_TELLING: Final = re.compile(r"(?:.*\.)?(?:social|mastodon|mstdn|toot|masto)[a-z0-9-]*\..+|.+\.social")
# Other services that write `/@name` as well.
_NO_SERVERS: Final = frozenset(
    (
        *("clubhouse.com", "dev.to", "hashnode.com", "hive.blog", "ko-fi.com", "kwai.com", "lbry.tv", "lemon8-app.com"),
        *(
            "likee.video",
            "linktr.ee",
            "observablehq.com",
            "odysee.com",
            "open.substack.com",
            "peakd.com",
            "rednote.com",
        ),
        *("steemit.com", "substack.com", "triller.co", "unsplash.com", "vero.co"),
    )
)
_FEED: Final = re.compile(r"\.(?:rss|atom|json)$")


def read_account(text: str) -> Address | None:
    """Read `user@server` (with or without a leading `@`, or `acct:`), or give None."""
    user, sign, server = text.removeprefix("acct:").lstrip("@").rpartition("@")
    host = read_host(server) if sign and len(text) <= _LONGEST else None
    if host is None:
        return None
    handle = f"{user}@{host}"
    return Address(SLUG, handle) if _HANDLE.fullmatch(handle) else None


def read_profile(link: Link, *, known: bool) -> Address | None:
    """Read a link as a profile on a server; on one that is not `known` as such only its plainest forms count."""
    segments = link.segments
    known = known or _TELLING.fullmatch(link.host) is not None
    if segments and segments[0] in {"web", "deck"} and known:
        segments = segments[1:]
    if link.host.removeprefix("www.") in _NO_SERVERS:
        return None
    if not segments or (len(segments) > 1 and not known and not _BEHIND.fullmatch(segments[1])):
        return None
    if segments[0] == "users" and len(segments) > 1:
        user = segments[1]
    elif segments[0].startswith("@"):
        user = segments[0][1:]
    else:
        return None
    # A server shows the accounts of others as /@user@other.
    user = _FEED.sub("", user)
    account = read_account(user if "@" in user else f"{user}@{link.host}")
    return replace(account, is_post=is_post(segments[1:])) if account else None
