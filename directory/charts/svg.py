"""SVG documents for any page: named for screen readers, readable in light and in dark, without scripts.

`leather` draws lines, scales and axes in colours, a font and numbers of 28 digits of its own; `finish` replaces these.
Elements carry their colours as attributes, which no policy of a page forbids. A picture of the theme `auto` follows the
preference of the reader by a style sheet of its own. It has a ground of its own, too: in an `<img>` Chromium has it
follow the reader, not the page, which may be light all the same.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from directory.charts.words import WORDS, Language

THEMES: Final = ("auto", "light", "dark")
MEDIA_TYPE: Final = "image/svg+xml"
_FONT: Final = "system-ui, 'Noto Sans CJK SC', sans-serif"
_LABEL_HEIGHT: Final = 16
# What XML 1.0 cannot have.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECIMALS: Final = re.compile(r"-?\d+\.\d+")
_NUMBERS: Final = frozenset({"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r", "transform"})


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of the ground, of text, of lines behind, and of what is drawn."""

    ground: str
    ink: str
    grid: str
    accent: str

    @property
    def rules(self) -> str:
        """The palette as rules of a style sheet."""
        return (
            f"text{{fill:{self.ink}}}line{{stroke:{self.grid}}}path{{stroke:{self.accent}}}rect{{fill:{self.accent}}}"
            f".ground{{fill:{self.ground}}}"
        )


# Contrast with the ground: of text 4.5 at least, of what is drawn 3 (WCAG 1.4.3, 1.4.11).
_LIGHT: Final = Palette(ground="#fff", ink="#3b3b3b", grid="#d5d5d5", accent="#0b62bd")
_DARK: Final = Palette(ground="#121212", ink="#d8d8d8", grid="#4c4c4c", accent="#6cb6ff")
# Opened by itself, a picture has a page around it, which is dark only with a colour scheme.
_STYLE: Final = f":root{{color-scheme:light dark}}{_LIGHT.rules}@media(prefers-color-scheme:dark){{{_DARK.rules}}}"
POLICY: Final = f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
"""The Content-Security-Policy of a document: its own style sheet, and nothing else."""


def finish(  # noqa: PLR0913 - what a document states
    content: ET.Element,
    *,
    key: str,
    width: int,
    height: int,
    title: str,
    description: str,
    theme: str,
    notice: str | None = None,
    language: Language = "en",
) -> str:
    """Return the document with some content. `key` makes its ids unique on a page that has several.

    With a `notice` that data are invented, title and description say so, and a line below the content.
    """
    parts = [content]
    if notice is not None:
        title, description = WORDS[language].invented_title.format(title=title), f"{notice} {description}"
        parts.append(_label(WORDS[language].invented, width, height))
        height += _LABEL_HEIGHT
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(width),
            "height": str(height),
            "viewBox": f"0 0 {width} {height}",
            "lang": WORDS[language].tag,
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc",
            "font-family": _FONT,
            "font-size": "12",
        },
    )
    ET.SubElement(root, "title", {"id": f"{key}-title"}).text = clean(title)
    ET.SubElement(root, "desc", {"id": f"{key}-desc"}).text = clean(description)
    palette = _DARK if theme == "dark" else _LIGHT
    if theme == "auto":
        ET.SubElement(root, "style").text = _STYLE
        ground = {"class": "ground", "width": str(width), "height": str(height), "fill": palette.ground}
        ET.SubElement(root, "rect", ground)
    for part in parts:
        for element in part.iter():
            _restyle(element, palette)
        root.append(part)
    return ET.tostring(root, encoding="unicode")


def _label(text: str, width: int, top: int) -> ET.Element:
    group = ET.Element("g")
    attributes = {"x": str(width // 2), "y": str(top + 11), "text-anchor": "middle"}
    ET.SubElement(group, "text", attributes).text = text
    return group


def clean(text: str) -> str:
    """Return a text without the characters that no XML document can have."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _restyle(element: ET.Element, palette: Palette) -> None:
    """Set an element to the colours of the palette, and numbers of one decimal."""
    for name in ("class", "font-family", "font-size", "fill", "stroke"):
        element.attrib.pop(name, None)
    for name in _NUMBERS & element.attrib.keys():
        element.set(
            name, _DECIMALS.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), element.attrib[name])
        )
    match element.tag:
        case "text":
            element.set("fill", palette.ink)
            element.text = clean(element.text or "")
        case "line":
            element.set("stroke", palette.grid)
        case "rect":
            element.set("fill", palette.accent)
        case "path":
            element.attrib |= {
                "fill": "none",
                "stroke": palette.accent,
                "stroke-linejoin": "round",
                # A single count is a path of no length, which is a dot with round ends.
                "stroke-linecap": "round",
            }
            line = element.attrib["d"].replace("M ", "M").replace(" L ", "L")
            element.set("d", line if "L" in line else f"{line}h0")
