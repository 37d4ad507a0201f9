"""Handles and user ids of synthetic accounts, in each platform's syntax; none of them is a real one.

A handle has `sample` and the account's number in it. A number in the place of a user id has more digits, or
greater ones, than any that its platform has assigned: Weibo's uids have 10 digits, Bilibili's and Toutiao's fit
a signed 64-bit integer.
"""

from collections.abc import Callable, Mapping
from typing import Final

# One in this many Weibo accounts has no custom URL, only the uid.
_WEIBO_BARE: Final = 4


def _handle(stem: str, number: int) -> dict[str, str]:
    return {"handle": f"{stem}-sample-{number}"}


def _weibo(stem: str, number: int) -> dict[str, str]:
    """Return a uid of 12 digits, and for most accounts a handle."""
    identity = {"platform_user_id": str(990_000_000_000 + number)}
    return identity if number % _WEIBO_BARE == 0 else _handle(stem, number) | identity


def _toutiao(_stem: str, number: int) -> dict[str, str]:
    """Return an id of 20 digits."""
    return {"platform_user_id": str(99 * 10**18 + number)}


def _bilibili(_stem: str, number: int) -> dict[str, str]:
    """Return an id of 19 digits, above 2^63."""
    return {"platform_user_id": str(99 * 10**17 + number)}


def _app(stem: str, number: int) -> dict[str, str]:
    """Return a package name."""
    return {"handle": f"cn.gov.sample.{stem}{number}"}


_FORMS: Final[Mapping[str, Callable[[str, int], dict[str, str]]]] = {
    "weibo": _weibo,
    "toutiao": _toutiao,
    "bilibili": _bilibili,
    "app": _app,
}


def identify(platform: str, stem: str, number: int) -> dict[str, str]:
    """Return the identity of account `number`: `handle`, `platform_user_id` or both."""
    return _FORMS.get(platform, _handle)(stem, number)
