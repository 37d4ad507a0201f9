"""Maps of tiles: every region of the table has one, and what is drawn is safe, complete and readable."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.regions import reference
from directory.web.maps import CLASSES_MAX, LAYOUTS, Area, Texts, class_bounds, codes, parts, render_map

SVG = "{http://www.w3.org/2000/svg}"


def texts(layout: str) -> Texts:
    """Return what an English page says."""
    names = {name: name.replace("_", " ").title() for name in parts(layout)}
    return Texts("Accounts", "By place & size", names, "none", "not known", lambda low, high: f"{low}–{high}")


def render(layout: str, counts: dict[str, int | None], *, chinese: bool = False) -> ET.Element:
    """Return a map, read as XML."""
    areas = {code: Area(f"/en/regions/{code}", f"<{code}>: {count}", count) for code, count in counts.items()}
    return read(render_map(layout, areas, texts(layout), chinese=chinese))


def read(text: str) -> ET.Element:
    """Return an element; raise ParseError if it is not well-formed."""
    return ET.fromstring(text)  # noqa: S314 - it is ours


def links(drawn: ET.Element) -> dict[str, ET.Element]:
    """Return the links of a map by where they lead."""
    return {link.attrib["href"]: link for link in drawn.iter(f"{SVG}a")}


def test_every_country_and_province_of_the_table_has_one_tile() -> None:
    regions = [region for region in reference.regions().values() if region.dissolved_on is None]
    assert codes("world") == {region.code for region in regions if region.level == "country"}
    provinces = {region.code for region in regions if region.parent_code == "CN" and region.level == "province"}
    assert codes("china") == provinces | {"HK", "MO", "TW"}
    assert len(codes("china")) == len(reference.CHINA) + 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tiles_lie_on_places_of_their_own_and_fit_a_narrow_page(layout: str) -> None:
    drawn = render(layout, dict.fromkeys(codes(layout), 1))
    for part in drawn.findall(f".//{SVG}svg[@class='map-part']"):
        places = Counter((tile.attrib["x"], tile.attrib["y"]) for tile in part.iter(f"{SVG}rect"))
        assert set(places.values()) == {1}
        # At 320 pixels a page has 288 between its margins.
        assert float(part.attrib["width"]) <= 288
    assert len(links(drawn)) == len(codes(layout))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_link_has_its_name_and_the_map_has_nothing_that_the_policy_forbids(layout: str) -> None:
    drawn = render(layout, {code: place % 3 or None for place, code in enumerate(sorted(codes(layout)))})
    for href, link in links(drawn).items():
        assert link.findtext(f"{SVG}title", "").startswith(f"<{href.removeprefix('/en/regions/')}>: ")
    assert drawn.findtext(f".//{SVG}desc") == "By place & size"
    assert not [each.tag for each in drawn.iter() if "style" in each.attrib or each.tag.endswith(("style", "script"))]
    assert not [name for each in drawn.iter() for name in each.attrib if name.startswith("on")]


def test_none_unknown_and_left_out_differ() -> None:
    drawn = render("world", {"FR": 0, "DE": None, "SG": 7})
    classes = {href[-2:]: link.attrib["class"] for href, link in links(drawn).items()}
    assert classes == {"FR": "map-none", "DE": "map-unknown", "SG": "map-class-1"}
    # China has no count here: its tile is there, and no link.
    left_out = drawn.findall(f".//{SVG}g[@class='map-unknown']")
    assert "CN" in {text.text for group in left_out for text in group.iter(f"{SVG}text")}
    assert ["".join(entry.itertext()).strip() for entry in drawn.iter("li")] == ["5–9", "none", "not known"]


def test_a_chinese_page_has_the_short_names_of_the_provinces() -> None:
    drawn = links(render("china", {"CN-510000": 3, "HK": 1}, chinese=True))
    assert {href: link.findtext(f"{SVG}text") for href, link in drawn.items()} == {
        "/en/regions/CN-510000": "川",
        "/en/regions/HK": "港",
    }


def test_parts_come_in_the_order_of_the_texts() -> None:
    english = texts("world")
    order = Texts(english.title, english.description, {"asia": "亚洲", "africa": "非洲"}, "", "", english.between)
    drawn = read(render_map("world", {}, order))
    assert [caption.text for caption in drawn.iter(f"{SVG}text") if "class" in caption.attrib] == ["亚洲", "非洲"]


@given(st.lists(st.integers(0, 10**12), max_size=300))
def test_each_count_above_zero_is_in_one_class(counts: list[int]) -> None:
    bounds = class_bounds(counts)
    assert len(bounds) <= CLASSES_MAX
    assert all(low <= high for low, high in bounds)
    assert all(high + 1 == low for (_, high), (low, _) in pairwise(bounds))
    for count in filter(None, counts):
        assert sum(low <= count <= high for low, high in bounds) == 1
    if bounds:
        # No class at either end is without a count.
        assert any(count <= bounds[0][1] for count in counts if count)
        assert any(count >= bounds[-1][0] for count in counts)


@given(st.text(), st.text())
def test_a_map_is_well_formed_whatever_a_region_is_called(label: str, href: str) -> None:
    area = Area(href, label, 1)
    read(render_map("china", {"CN-510000": area}, texts("china")))


def test_text_can_be_read_on_every_shade_in_light_and_in_dark() -> None:
    sheet = files("directory.web").joinpath("static", "maps.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--map-([\w-]+): (#\w+);", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    ]
    assert len(schemes) == 2
    for colours, ground in zip(schemes, ("#ffffff", "#10161f"), strict=True):
        assert contrast(colours["edge"], ground) >= 3
        for shade in range(1, CLASSES_MAX + 1):
            assert contrast(colours[str(shade)], colours["on-low" if shade <= 3 else "on-high"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
