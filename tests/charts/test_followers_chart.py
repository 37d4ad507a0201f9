"""Pictures of followers and of rankings, as documents."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.charts.followers_chart import FORMS, Form, render_followers
from directory.charts.ranking_chart import Bar, render_ranking
from directory.charts.series import Point, interval_of, split_absurd, with_gaps
from directory.charts.svg import THEMES
from directory.charts.words import LANGUAGES, WORDS, Language

SVG = "{http://www.w3.org/2000/svg}"
DAYS = st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2200, 1, 1))
NAMES = st.text(max_size=60)


def check(text: str, *, theme: str = "auto") -> ET.Element:
    """Return the root of a picture that any page can embed."""
    root = ET.fromstring(text)  # noqa: S314 - our own document
    title, desc = root[0], root[1]
    assert (root.tag, root.attrib["role"], title.tag, desc.tag) == (f"{SVG}svg", "img", f"{SVG}title", f"{SVG}desc")
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    assert title.text
    assert desc.text
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "path", "line", "text", "rect"}
    assert ("style" in tags) == (theme == "auto")
    assert not {name for element in root.iter() for name in element.attrib if name.startswith("on") or name == "style"}
    assert not re.search(r"\d\.\d{2}|NaN|inf\b", "".join(element.attrib.get("d", "") for element in root.iter()))
    return root


@given(
    st.dictionaries(DAYS, st.integers(0, 10**12), max_size=30),
    NAMES,
    st.sampled_from(FORMS),
    st.sampled_from(THEMES),
    st.sampled_from(LANGUAGES),
)
def test_any_series_is_a_picture_that_any_page_can_embed(
    counts: dict[dt.date, int], name: str, form: Form, theme: str, language: Language
) -> None:
    points = [Point(day, counts[day]) for day in sorted(counts)]
    text = render_followers(points, account_id="2345678", name=name, form=form, theme=theme, language=language)
    check(text, theme=theme)
    assert len(text) < 12_000


@given(st.lists(st.builds(Bar, st.integers(1, 10**6), NAMES, st.integers(-(10**12), 10**12)), max_size=60), NAMES)
def test_any_ranking_is_a_picture_that_any_page_can_embed(bars: list[Bar], title: str) -> None:
    root = check(render_ranking(bars, key="test", title=f"Ranking {title}"))
    drawn = [element for element in root.iter(f"{SVG}rect") if "class" not in element.attrib]
    assert len(drawn) == min(len(bars), 50)
    for element in drawn:
        assert 0 < float(element.attrib["width"]) <= 720


def test_a_picture_of_invented_data_says_so_in_its_title_its_description_and_to_the_eye() -> None:
    notice = "This is a demonstration."
    points = [Point(dt.date(2026, 1, 1), 7)]
    pictures = [
        render_followers(points, account_id="2345678", name="a", form=form, notice=notice) for form in FORMS
    ] + [render_ranking([Bar(1, "a", 7)], key="test", title="Ranking", notice=notice)]
    for text in pictures:
        root = check(text)
        assert str(root[0].text).endswith(" (invented)")
        assert str(root[1].text).startswith(notice)
        (label,) = (element for element in root.iter(f"{SVG}text") if element.text == "Invented data")
        assert float(label.attrib["y"]) < float(root.attrib["height"])


def test_an_absurd_count_is_stated_and_not_drawn_unless_another_confirms_it() -> None:
    counts = [812, 900, 2_000_000_000, 1000, 60_000, 60_100_000, 61_000_000, 0]
    points = [Point(dt.date(2026, 1, day), count) for day, count in enumerate(counts, start=1)]
    drawn, absurd = split_absurd(points)
    assert [point.followers for point in absurd] == [2_000_000_000, 0]
    assert sorted([*drawn, *absurd], key=lambda point: point.day) == points
    text = render_followers(points, account_id="2345678", name="a")
    assert "Left out: 2,000,000,000 on 2026-01-03, 0 on 2026-01-08, a thousand times" in text
    assert "most 61,000,000 on 2026-01-07, fewest 812" in text


def test_a_line_breaks_off_where_nobody_counted_for_long() -> None:
    days = [dt.date(2026, 1, day) for day in (1, 2, 3, 20, 21)]
    points = [Point(day, 10) for day in days]
    assert [day for day, followers in with_gaps(points) if followers is None] == [dt.date(2026, 1, 20)]
    root = check(render_followers(points, account_id="2345678", name="平安北京"))
    assert sum(element.tag == f"{SVG}path" for element in root.iter()) == 2
    assert root[0].text == "Followers of 平安北京"
    assert (root[1].text or "").startswith("From 10 on 2026-01-01 to 10 on 2026-01-21;")


def test_long_series_have_longer_intervals() -> None:
    assert [interval_of(days) for days in (1, 400, 401, 2800, 2801)] == ["day", "day", "week", "week", "month"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.0134, "0.0134"), (999, "999"), (60_000, "60k"), (999_600, "1,000k"), (1_500_000, "1.5M"),
        (-2_000_000, "-2M"), (3e15, "3,000,000G"),
    ],
)  # fmt: skip
def test_counts_are_short(value: float, text: str) -> None:
    assert WORDS["en"].shorten(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(5432, "5,432"), (60_000, "6万"), (1_500_000, "150万"), (12_345_678, "1,235万"), (-250_000_000, "-2.5亿")],
)
def test_counts_are_short_by_ten_thousands_in_chinese(value: float, text: str) -> None:
    assert WORDS["zh"].shorten(value) == text


def test_a_picture_has_no_english_words_for_readers_of_chinese() -> None:
    counts = [812, 900, 2_000_000_000, 1000, 0]
    points = [Point(dt.date(2026, 1, day), count) for day, count in enumerate(counts, start=1)]
    title = WORDS["zh"].name_ranking("regions", "growth_rate", 7, "2026-01-07")
    assert title == "地区 7 天粉丝增长率排行，2026-01-07"
    pictures = [
        *(
            render_followers(shown, account_id="2345678", name="平安北京", notice="这是演示。", language="zh")
            for shown in (points, points[:1], [])
        ),
        *(
            render_ranking(bars, key="test", title=title, notice="这是演示。", language="zh")
            for bars in ([Bar(1, "四川省", 1_500_000)], [])
        ),
    ]
    for text in pictures:
        root = check(text)
        assert root.attrib["lang"] == "zh-Hans"
        assert str(root[0].text).endswith("（虚构）")
        assert not re.search("[A-Za-z]", "".join(root.itertext()).replace(str(root[2].text), ""))
