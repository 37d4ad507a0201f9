import json
from importlib.resources import files

from hypothesis import given, settings
from hypothesis import strategies as st

from directory.text import pinyin
from directory.text.pinyin import (
    initial_spellings,
    pair_readings,
    pairs_of,
    readings,
    segment,
    spellings,
    syllables,
)


def test_a_character_has_every_reading_that_is_in_use_the_frequent_one_first() -> None:
    assert set(readings("长")) == {"chang", "zhang"}
    assert set(readings("重")) == {"zhong", "chong"}
    assert readings("会") == ("hui",)
    assert readings("a") == readings("か") == ()


def test_a_word_is_read_as_that_word_too() -> None:
    assert "lu an" in pair_readings("六安")
    assert spellings("重庆发布")[0] == "chong qing fa bu"
    assert spellings("六安发布")[0] == "lu an fa bu"
    assert spellings("abc") == initial_spellings("北京a") == []


def test_initials_allow_for_every_reading() -> None:
    assert {"cqfb", "zqfb"} <= set(initial_spellings("重庆发布"))


def test_letters_are_parted_into_syllables_with_tones_and_without_and_broken_off() -> None:
    assert ("bei", "jing", "ji", "jiu") in segment("beijingjijiu")
    assert ("bei", "jing") in segment("bei3jing1")
    assert ("bei", "j") in segment("beij")
    assert {("xian",), ("xi", "an")} <= set(segment("xian"))
    assert ("lu", "you") in segment("lvyou")
    assert segment("12") == segment("größe") == segment("") == ()
    assert pairs_of(("bei", "jing", "ji")) == ["bei jing", "jing ji"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(syllables())), min_size=1, max_size=8))
def test_what_is_joined_of_syllables_is_always_parted_into_syllables(parts: list[str]) -> None:
    joined = "".join(parts)
    assert segment(joined)
    assert all("".join(way) == joined for way in segment(joined))


@settings(deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyz12345", max_size=200))
def test_any_letters_are_parted_in_bounded_ways(letters: str) -> None:
    assert len(segment(letters)) <= 6


def test_the_phrases_are_those_of_pypinyin() -> None:
    # The whole file, as pypinyin reads it itself.
    phrases = json.loads((files("pypinyin") / "phrases_dict.json").read_text("utf-8"))
    assert pinyin._load_pypinyin() == phrases  # noqa: SLF001 - shared with pypinyin, so nothing of its own shows it
