"""Maps of counts by region, as equal tiles: one for each country of the world, one for each province of China.

Tiles show no border, so none that is disputed; a city state is as large as a continent, as accounts are not counted by
area; and each is a target for a finger at a width of 320 pixels. `docs/maps.md` says which packages with shapes were
looked at, and why none is used. Colours are classes of `maps.css`, for policies that forbid inline styles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from directory.charts.svg import clean
from directory.regions.reference import CHINA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LAYOUTS: Final = ("world", "china")
# More shades of one colour are not told apart.
CLASSES_MAX: Final = 5
# The distance of tiles. 12 of them fit into 320 pixels with the margins of a page, at the 24 that WCAG 2.5.8 asks for.
_PITCH: Final = 24
_CAPTION: Final = 20
_NO_TILE: Final = ".."


@dataclass(frozen=True, slots=True)
class Area:
    """A region of a map: its page, its name with its count as a sentence, and its count, None if that is not known."""

    href: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Texts:
    """What a map says, in the language of the page.

    `parts` names the parts of the map in the order in which they are read. `between` writes the counts of a class.
    """

    title: str
    description: str
    parts: Mapping[str, str]
    none: str
    unknown: str
    between: Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class _Tile:
    code: str
    # What comes after the link has opened, with letters and with the Chinese short name.
    drawing: str
    chinese_drawing: str


@dataclass(frozen=True, slots=True)
class _Part:
    width: int
    height: int
    tiles: tuple[_Tile, ...]


def codes(layout: str) -> frozenset[str]:
    """Return the codes of the regions that have a tile. Accounts of others have to be listed next to the map."""
    return frozenset(tile.code for part in _load(layout).values() for tile in part.tiles)


def parts(layout: str) -> tuple[str, ...]:
    """Return the names of the parts of a map, from north-west to south-east."""
    return tuple(_load(layout))


def class_bounds(counts: Iterable[int]) -> list[tuple[int, int]]:
    """Return the lowest and the highest count of each class, of up to CLASSES_MAX that take in all counts above 0.

    Counts of accounts differ by powers of ten, so each class begins at so many times the one before. Bounds are of the
    series 1, 2, 5, 10, … and the steps between them are the smallest with which the classes suffice.
    """
    present = [count for count in counts if count > 0]
    if not present:
        return []
    low, high = _level_at(min(present)), _level_at(max(present))
    stride = 1
    while high // stride - low // stride >= CLASSES_MAX:
        stride += 1
    begins = [_level(place * stride) for place in range(low // stride, high // stride + 2)]
    return [(begin, following - 1) for begin, following in pairwise(begins)]


def render_map(layout: str, areas: Mapping[str, Area], texts: Texts, *, chinese: bool = False) -> str:
    """Return a map with its legend as an element for an HTML page, which is well-formed XML too.

    A tile without an area is drawn as unknown, and is no link.
    """
    bounds = class_bounds(area.count for area in areas.values() if area.count is not None)
    layout_parts = _load(layout)
    written = ['<div class="map"><div class="map-parts">']
    for place, (name, caption) in enumerate(texts.parts.items()):
        part = layout_parts[name]
        several = len(texts.parts) > 1
        title = f"{texts.title}: {caption}" if several else texts.title
        top = _CAPTION if several else 0
        written.append(
            f'<svg xmlns="http://www.w3.org/2000/svg" class="map-part" role="group" '
            f'viewBox="0 {-top} {part.width} {part.height + top}" width="{part.width}" height="{part.height + top}">'
            f"<title>{escape(title)}</title>"
        )
        if place == 0:
            written.append(f"<desc>{escape(texts.description)}</desc>")
        if several:
            written.append(f'<text class="map-caption" aria-hidden="true" x="1" y="-6">{escape(caption)}</text>')
        written.append('<g fill="none" stroke="currentColor" font-size="10" text-anchor="middle">')
        written.extend(_draw(tile, areas.get(tile.code), bounds, chinese=chinese) for tile in part.tiles)
        written.append("</g></svg>")
    written.append(f"</div>{_legend(bounds, texts)}</div>")
    return clean("".join(written))


def _draw(tile: _Tile, area: Area | None, bounds: list[tuple[int, int]], *, chinese: bool) -> str:
    drawing = tile.chinese_drawing if chinese else tile.drawing
    if area is None:
        return f'<g class="map-unknown" aria-hidden="true">{drawing}</g>'
    # The title is the name of the link and its tooltip; with an `aria-label`, too, it would be read twice.
    return (
        f'<a href="{escape(area.href)}" class="{_style_class(area.count, bounds)}">'
        f"<title>{escape(area.label)}</title>{drawing}</a>"
    )


def _style_class(count: int | None, bounds: list[tuple[int, int]]) -> str:
    if count is None:
        return "map-unknown"
    if count <= 0:
        return "map-none"
    return f"map-class-{1 + next(place for place, (_, high) in enumerate(bounds) if count <= high)}"


def _legend(bounds: list[tuple[int, int]], texts: Texts) -> str:
    entries = [(f"map-class-{place}", texts.between(low, high)) for place, (low, high) in enumerate(bounds, start=1)]
    entries += [("map-none", texts.none), ("map-unknown", texts.unknown)]
    return f'<ul class="map-legend">{"".join(_legend_entry(*entry) for entry in entries)}</ul>'


def _legend_entry(style_class: str, text: str) -> str:
    return (
        '<li><svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" aria-hidden="true">'
        f'<g class="{style_class}" fill="none" stroke="currentColor">'
        f'<rect x="1" y="1" width="16" height="16" rx="3"/></g></svg> {escape(text)}</li>'
    )


def _level(place: int) -> int:
    """Return a number of the series 1, 2, 5, 10, 20 and so on."""
    power, step = divmod(place, 3)
    return int((1, 2, 5)[step] * 10**power)


def _level_at(count: int) -> int:
    """Return the place in the series of the last number that is not above a count."""
    place = 0
    while _level(place + 1) <= count:
        place += 1
    return place


@cache
def _load(layout: str) -> dict[str, _Part]:
    """Return the parts of a layout by name; the files are tables of tiles as they lie."""
    text = files("directory.web").joinpath("tiles", f"{layout}.txt").read_text(encoding="utf-8")
    rows: dict[str, list[list[str]]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            rows[name] = []
        elif line and not line.startswith("#"):
            rows[name].append(line.split())
    return {name: _part(cells, layout) for name, cells in rows.items()}


def _part(rows: list[list[str]], layout: str) -> _Part:
    tiles = tuple(
        _tile(cell, layout, column * _PITCH, row * _PITCH)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell != _NO_TILE
    )
    return _Part(max(len(cells) for cells in rows) * _PITCH, len(rows) * _PITCH, tiles)


def _tile(cell: str, layout: str, left: int, top: int) -> _Tile:
    letters, chinese = cell[:2], cell[2:] or cell
    # Hong Kong, Macao and Taiwan have the same two letters as a code of ISO 3166-1, under which they are registered.
    code = f"CN-{CHINA[letters]}0000" if layout == "china" and letters in CHINA else letters
    square = f'<rect x="{left + 1}" y="{top + 1}" width="{_PITCH - 2}" height="{_PITCH - 2}" rx="3"/>'
    text = (
        f'<text aria-hidden="true" x="{left + _PITCH // 2}" y="{top + 16}" '
        'fill="currentColor" stroke="none">{}</text>'
    )
    return _Tile(code, square + text.format(letters), square + text.format(chinese))
