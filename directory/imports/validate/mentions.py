"""Whom a rejected row names, as far as that can be read: a complete list that has it does list it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from directory.platforms.addresses import Address, NotAProfile, handle_key, identify
from directory.platforms.reference import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Nobody's address or handle is as long.
_MAX_LENGTH: Final = 2_000


def find_mentioned(values: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Return platform, user id and key of the handle that a row may be about, though none of it is taken as such.

    Also words of the platform's own pages, which older registries may hold as handles.
    """
    fields = {name: _read(values.get(name)) for name in ("platform", "handle", "url", "platform_user_id")}
    url = fields["url"]
    platform = fields["platform"] or (_find_platform(url) if url else None)
    handle = fields["handle"] or (url.rstrip("/").rpartition("/")[2].partition("?")[0] if url else None)
    if platform is None or not (handle or fields["platform_user_id"]):
        return
    account = identify(platform, handle, url, fields["platform_user_id"], lenient=True)
    if isinstance(account, NotAProfile) and url:
        account = identify(platform, handle, None, fields["platform_user_id"], lenient=True)
    if isinstance(account, Address):
        key = handle_key(account.platform, account.handle) if account.handle else ""
        yield account.platform, account.user_id or "", key


def _read(value: object) -> str | None:
    return str(value).strip()[:_MAX_LENGTH] or None if isinstance(value, (str, int)) else None


def _find_platform(url: str) -> str | None:
    """Return the platform whose host an address has."""
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    except ValueError:
        return None
    labels = host.split(".")
    hosts = {".".join(labels[place:]) for place in range(len(labels) - 1)}
    return next((platform.slug for platform in PLATFORMS.values() if not hosts.isdisjoint(platform.hosts)), None)
