"""The accounts that a release states of a body, each as platform, handle, id and URL."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from directory.platforms.addresses import Address, canonical_url, handle_key, identify, public_handle

# Networks by the platform's slug, with what stands before the value in an address.
_NETWORKS: Final = {
    "facebook": ("facebook", "https://www.facebook.com/"),
    "instagram": ("instagram", "https://www.instagram.com/"),
    "linkedin": ("linkedin", "https://www.linkedin.com/company/"),
    "pinterest": ("pinterest", "https://www.pinterest.com/"),
    "snapchat": ("snapchat", "https://www.snapchat.com/add/"),
    "threads": ("threads", "https://www.threads.com/@"),
    "tiktok": ("tiktok", "https://www.tiktok.com/@"),
    "twitter": ("x", "https://x.com/"),
    "vk": ("vk", "https://vk.com/"),
    "weibo": ("weibo", "https://weibo.com/"),
}
_CHANNEL: Final = re.compile("UC[A-Za-z0-9_-]{22}")


def find_accounts(stated: Mapping[str, str]) -> Iterator[Address]:
    """Yield the accounts of a body; what is no address of a profile is left out."""
    for network, (platform, start) in _NETWORKS.items():
        value = stated.get(network)
        if value:
            yield from _read(platform, None, value if value.startswith("http") else f"{start}{value}", None)
    yield from _youtube(stated.get("youtube"), stated.get("youtubeHandle"))
    if stated.get("weixin"):
        yield from _read("wechat", stated["weixin"], None, None)


def to_columns(address: Address) -> dict[str, str]:
    """Return the columns of an import row that identify an account; its id is in the place of a handle it has not."""
    columns = {
        "platform": address.platform,
        "platform_user_id": address.user_id,
        "handle": public_handle(address) if address.handle else address.user_id,
        "url": canonical_url(address),
    }
    return {column: value for column, value in columns.items() if value}


def keys_of(address: Address) -> frozenset[tuple[str, str]]:
    """Return what an account is known by: its handle as the platform compares it, its id, or both."""
    keys = {(address.platform, handle_key(address.platform, address.handle))} if address.handle else set()
    return frozenset(keys | ({(address.platform, f"id {address.user_id}")} if address.user_id else set()))


def _youtube(channel: str | None, handle: str | None) -> Iterator[Address]:
    """Yield the channel with its handle: two statements of one account, and no two accounts.

    Releases before 2026 repeat the channel's id as its handle.
    """
    if handle and _CHANNEL.fullmatch(handle):
        channel, handle = channel or handle, None
    if handle and (both := [*_read("youtube", f"@{handle}", None, channel)]):
        yield from both
    elif channel:
        yield from _read("youtube", None, f"https://www.youtube.com/channel/{channel}", None)


def _read(platform: str, handle: str | None, url: str | None, user_id: str | None) -> Iterator[Address]:
    found = identify(platform, handle, url, user_id)
    if isinstance(found, Address):
        yield found
