"""The chart of a ranking: a bar for each place."""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leather.scales import Linear  # type: ignore[import-untyped]

from directory.charts.svg import clean, finish
from directory.charts.words import WORDS, Language, Words

# More bars make no picture.
BARS_MAX: Final = 50
WIDTH: Final = 720
_ROW: Final = 26
_BAR: Final = 14
_LABEL: Final = 250
_VALUE: Final = 70
# At 12 pixels; a Chinese character has two.
_COLUMN: Final = 6.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One place: its rank, what it is called, and the value by which it is ranked."""

    rank: int
    label: str
    value: float


def render_ranking(
    bars: Sequence[Bar],
    *,
    key: str,
    title: str,
    theme: str = "auto",
    notice: str | None = None,
    language: Language = "en",
) -> str:
    """Return the SVG document of a ranking, in the order of `bars`, of which the first BARS_MAX are drawn.

    Values may be negative. `key` is unique among the pictures of a page: letters, digits and hyphens. `notice` states
    that data are invented.
    """
    shown, words = bars[:BARS_MAX], WORDS[language]
    group = ET.Element("g")
    if not shown:
        attributes = {"x": str(WIDTH // 2), "y": str(_ROW // 2 + 4), "text-anchor": "middle"}
        ET.SubElement(group, "text", attributes).text = words.nothing_ranked
    values = [bar.value for bar in shown]
    low, high = min(0, *values, 0), max(0, *values, 0)
    scale = Linear(low, high if high > low else low + 1)
    zero = _project(scale, 0)
    for place, bar in enumerate(shown):
        _draw(group, bar, place * _ROW, zero, _project(scale, bar.value), words)
    return finish(
        group,
        key=f"ranking-{key}",
        width=WIDTH,
        height=max(1, len(shown)) * _ROW,
        title=title,
        description=_describe(shown, words),
        theme=theme,
        notice=notice,
        language=language,
    )


def _project(scale: Linear, value: float) -> float:
    return float(scale.project(value, _LABEL, WIDTH - _VALUE))


def _draw(group: ET.Element, bar: Bar, top: int, zero: float, end: float, words: Words) -> None:
    baseline = str(top + _ROW // 2 + 4)
    label = ET.SubElement(group, "text", {"x": str(_LABEL - 8), "y": baseline, "text-anchor": "end"})
    label.text = _shorten(f"{bar.rank}. {bar.label}")
    ET.SubElement(
        group,
        "rect",
        {
            "x": str(min(zero, end)),
            "y": str(top + (_ROW - _BAR) // 2),
            "width": str(max(abs(end - zero), 1.0)),
            "height": str(_BAR),
        },
    )
    ET.SubElement(group, "text", {"x": str(max(zero, end) + 6), "y": baseline}).text = words.shorten(bar.value)


def _shorten(text: str) -> str:
    """Return a label that fits next to the bars."""
    left = (_LABEL - 16) / _COLUMN
    for place, letter in enumerate(clean(text)):
        left -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if left < 1:
            return f"{text[:place]}…"
    return text


def _describe(bars: Sequence[Bar], words: Words) -> str:
    return "; ".join(f"{bar.rank}. {bar.label}: {bar.value:,.10g}" for bar in bars) or words.nothing_ranked
