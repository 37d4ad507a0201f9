"""The badge of an account: what this registry says of it, for the page of the body that runs it.

It names the handle and the platform, so that on a page of somebody else it vouches for nothing of theirs.
"""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from directory.charts.svg import finish
from directory.charts.words import Language
from directory.platforms.reference import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

Standing = Literal["official", "unproven", "unlisted", "invented"]
WIDTH: Final = 280
HEIGHT: Final = 68
_WORDS: Final[Mapping[Language, Mapping[Standing, str]]] = {
    "en": {
        "official": "Official account",
        "unproven": "Not vouched for",
        "unlisted": "No longer listed",
        "invented": "Invented example",
    },
    "zh": {"official": "官方账号", "unproven": "未经核验", "unlisted": "已不再收录", "invented": "虚构示例"},
}
# A tick, a question mark and a cross in a circle: the words do not stand alone, and no colour tells them apart.
_MARKS: Final[Mapping[Standing, str]] = {
    "official": "M17 34 L24 41 L37 27",
    "unproven": "M21 29 A6 6 0 1 1 27 36 L27 39 M27 44 L27 45",
    "unlisted": "M20 27 L34 41 M34 27 L20 41",
    "invented": "M20 27 L34 41 M34 27 L20 41",
}
_CIRCLE: Final = "M27 17 A17 17 0 1 1 26.9 17"
_BORDER: Final = (
    "M8.5 .5H271.5A8 8 0 0 1 279.5 8.5V59.5A8 8 0 0 1 271.5 67.5H8.5A8 8 0 0 1 .5 59.5V8.5A8 8 0 0 1 8.5 .5"
)
_LEFT: Final = 54
_LINES: Final = (22, 40, 57)
# Of letters of 12 pixels, as wide as the widest of the system's fonts has them.
_THIN: Final = frozenset("fijlrtI.,:;!|'()[] ")
_PIXELS: Final = {"thin": 4.6, "wide": 12.0, "capital": 9.0, "other": 7.4}
# The settings have it in English.
_TITLES: Final[Mapping[str, str]] = {"Directory of official accounts": "官方账号名录"}


@dataclass(frozen=True, slots=True)
class BadgeAccount:
    """What a badge shows of an account; of one that was deleted, nothing but that."""

    platform: str | None
    handle: str | None
    name: str | None
    is_listed: bool
    is_verified: bool
    is_invented: bool = False

    @property
    def standing(self) -> Standing:
        """Return what the registry says of it."""
        if self.is_invented:
            return "invented"
        if not self.is_listed:
            return "unlisted"
        return "official" if self.is_verified else "unproven"


def render_badge(
    account: BadgeAccount,
    *,
    account_id: str,
    registry: str,
    language: Language,
    theme: str,
) -> str:
    """Return the SVG document of an account's badge; `registry` is the name of the registry in the settings."""
    standing = account.standing
    status = _WORDS[language][standing]
    title = _TITLES.get(registry, registry) if language == "zh" else registry
    shown = account.handle or account.name or account_id
    platform = _platform_name(account.platform, language)
    suffix = f" · {platform}" if platform else ""
    about = f"{shown}{suffix}"
    content = ET.Element("g")
    for path in (_BORDER, _CIRCLE, _MARKS[standing]):
        ET.SubElement(content, "path", {"d": path, "stroke-width": "1" if path is _BORDER else "2.5"})
    # A long handle is cut rather than the platform: the same handle elsewhere is somebody else's.
    pixels = WIDTH - _LEFT - 8
    lines = (_fit(status, pixels), f"{_fit(shown, pixels - _measure(suffix))}{suffix}", _fit(title, pixels))
    for y, text, weight in zip(_LINES, lines, ("700", "400", "400"), strict=True):
        line = ET.SubElement(content, "text", {"x": str(_LEFT), "y": str(y), "font-weight": weight})
        line.text = text
    return finish(
        content,
        key=f"badge-{account_id}",
        width=WIDTH,
        height=HEIGHT,
        title=f"{status}: {about}",
        description=title,
        theme=theme,
        language=language,
    )


def _platform_name(slug: str | None, language: Language) -> str:
    if slug is None or (platform := PLATFORMS.get(slug)) is None:
        return slug or ""
    return platform.name_local if language == "zh" and platform.language.startswith("zh") else platform.name


def _measure(text: str) -> float:
    return sum(_PIXELS[_width_of(character)] for character in text)


def _fit(text: str, pixels: float) -> str:
    """Return a text that is no wider than so many pixels, as far as that can be told without its font."""
    for number, character in enumerate(text):
        pixels -= _PIXELS[_width_of(character)]
        if pixels < 0:
            return f"{text[: max(0, number - 1)]}…"
    return text


def _width_of(character: str) -> str:
    if unicodedata.east_asian_width(character) in "WF":
        return "wide"
    if character in _THIN:
        return "thin"
    return "capital" if character.isupper() else "other"
