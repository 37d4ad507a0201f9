"""Handles next to the name of their platform: `Twitter: @NASA`, `@NASA on X`, `微信号：chengdufabu`."""

import re
from typing import Final
from urllib.parse import quote

from directory.platforms.reference import find_platform

_MAX_LENGTH: Final = 160
_SLASHED: Final = re.compile(r"([A-Za-z]{2,20})/+(\S{2,120})")
_BEFORE: Final = re.compile(
    r"(?P<label>[^\s@＠:：|/][^@＠:：|/]{0,38}?)\s{0,3}(?:[:：|–—-]|(?=[@＠]))"
    r"\s{0,3}/?(?P<sign>[@＠]?)(?P<name>\S{2,80})"
)
_AFTER: Final = re.compile(
    r"(?P<sign>[@＠])(?P<name>\S{2,80})\s{1,3}(?:on\s|at\s|[-–—|]\s|\()\s{0,3}(?P<label>[^\s@＠)][^@＠)]{0,38})\)?"
)
# What people add to a platform's name.
_ADDED: Final = re.compile(
    r"^(?:our|official|官方|政务)\s*|\s*(?:id|handle|account|page|profile|channel|user ?name|号|账号|帐号|帳號|昵称)$",
    re.IGNORECASE,
)
# Names of platforms that are everyday words too: these need the sign.
_WORDS: Final = frozenset(
    {"medium", "threads", "discord", "rumble", "periscope", "meetup", "storify", "parler", "truth"}
)
_MIN_LENGTH: Final = 6
# A slash in a handle is no part of a path.
_NOTHING: Final = ""


def expand(text: str) -> str | None:
    """Return the URL for a handle next to its platform's name, None for any other text.

    Without `@` only a name that is no everyday word counts: “Line: 12” and “Note: none” name no accounts.
    """
    if len(text) > _MAX_LENGTH:
        return None
    slashed = _SLASHED.fullmatch(text)
    if slashed is not None:
        return _behind_host(slashed[1], slashed[2])
    found = _BEFORE.fullmatch(text) or _AFTER.fullmatch(text)
    if found is None:
        return None
    label = _ADDED.sub("", _ADDED.sub("", found["label"]))
    platform = find_platform(label) or find_platform(found["label"])
    if platform is None or not (found["sign"] or _is_plain(label)):
        return None
    name = found["name"]
    if platform.slug == "mastodon":
        return f"@{name}"
    if platform.slug == "wechat":
        return f"https://open.weixin.qq.com/qr/code?username={quote(name, safe=_NOTHING)}"
    return platform.handle_url.replace("{handle}", quote(name, safe=_NOTHING)) if platform.handle_url else None


def _behind_host(label: str, path: str) -> str | None:
    platform = find_platform(label)
    if platform is None or not (path.startswith("@") or _is_plain(label) or label.lower() == "fb"):
        return None
    return f"https://{platform.hosts[0]}/{path}"


def _is_plain(label: str) -> bool:
    """Whether a platform's name is not an everyday word, so that it needs no sign after it."""
    return not label.isascii() or (len(label) >= _MIN_LENGTH and label.lower() not in _WORDS)
