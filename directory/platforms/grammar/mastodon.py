"""Mastodon: any server may be a host, so a profile URL is recognized by its form, `https://server/@user`."""

import re
from dataclasses import replace
from typing import Final

from directory.platforms.grammar.forms import MAX_HANDLE_LENGTH, is_post
from directory.platforms.grammar.links import Link, read_host
from directory.platforms.grammar.outcomes import Address
from directory.platforms.grammar.sites import GRAMMARS
from directory.platforms.reference import PLATFORMS

SLUG: Final = "mastodon"
_HANDLE: Final = GRAMMARS[SLUG].handle
_SERVERS: Final = frozenset(PLATFORMS[SLUG].hosts)
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,19}")
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
    """Return the address in `user@server` (with or without a leading `@`, or `acct:`), else None."""
    user, sign, server = text.removeprefix("acct:").lstrip("@").rpartition("@")
    host = read_host(server) if sign and len(text) <= MAX_HANDLE_LENGTH else None
    return _account(user, host) if host is not None else None


def _account(user: str, host: str) -> Address | None:
    handle = f"{user}@{host}"
    return Address(SLUG, handle) if _HANDLE.fullmatch(handle) else None


def read_profile(link: Link, *, known: bool) -> Address | None:
    """Return the profile of a link on a server, else None; on servers that are not `known` only plain forms count."""
    segments = link.segments
    # Known servers lead on from there; of others that is not known.
    host = bare if (bare := link.host.removeprefix("www.")) in _SERVERS else link.host
    # Any host may be called so: this says how its paths are read, and not that it can be trusted.
    looks_known = known or _TELLING.fullmatch(link.host) is not None
    if segments and segments[0] in {"web", "deck"} and looks_known:
        segments = segments[1:]
    if link.has_port or link.host.removeprefix("www.") in _NO_SERVERS:
        return None
    if segments[:2] == ["ap", "users"]:
        # Servers since Mastodon 4.5 name accounts by number in ActivityPub, and lead browsers on to the profile.
        return _read_number(link, segments)
    if not segments or (len(segments) > 1 and not looks_known and not _BEHIND.fullmatch(segments[1])):
        return None
    if segments[0] == "users" and len(segments) > 1:
        user = segments[1]
    elif segments[0].startswith("@"):
        user = segments[0][1:]
    else:
        return None
    user = _FEED.sub("", user)
    # A server shows the accounts of others as /@user@other; what a stranger's server shows there is its own affair.
    if "@" in user and host not in _SERVERS:
        return None
    account = read_account(user) if "@" in user else _account(user, host)
    return replace(account, is_post=is_post(segments[1:])) if account else None


def _read_number(link: Link, segments: list[str]) -> Address | None:
    number = segments[2] if len(segments) > 2 else ""  # noqa: PLR2004 - behind `ap` and `users`
    if not _NUMBER.fullmatch(number):
        return None
    return Address(SLUG, None, f"{number}@{link.host}", is_post=is_post(segments[3:]))


def write_url(handle: str) -> str:
    """Return the URL of the profile of `user@server`."""
    user, _, server = handle.rpartition("@")
    return f"https://{server}/@{user}"


def write_id_url(user_id: str) -> str:
    """Return the URL by which a server names an account of its own, from `number@server`."""
    number, _, server = user_id.rpartition("@")
    return f"https://{server}/ap/users/{number}"
