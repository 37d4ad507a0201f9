import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.text.normalization import compact, fold, is_unspaced, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("成都發布", "成都发布"),
        ("臺灣", "台湾"),
        ("ＭＥＴ　Ｐｏｌｉｃｅ", "met police"),
        ("Straße ﬁre Æsir Łódź Øresund", "strasse fire aesir lodz oresund"),
        ("ΑΘΉΝΑ", "αθηνα"),
        ("Ёлка", "елка"),
        ("ｶﾞｽ ガス", "がす がす"),
        ("وِزَارَة الصِّحَّة", "وزاره الصحه"),
        ("Zürich", "zurich"),
        ("Zu\u0308rich", "zurich"),
        ("İstanbul", "istanbul"),
        ("O'Brien’s U.S. office", "obriens us office"),
        ("Saint-Denis/Paris_13", "saint denis paris 13"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_ways_of_writing_one_text_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other) == other


@settings(deadline=None)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(st.text())
def test_what_is_canonically_equal_folds_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(st.text())
def test_folded_text_has_nothing_that_a_query_of_the_database_could_take_for_its_own(text: str) -> None:
    assert not set(fold(text)) & set("'\"\\&|!()<>:*\0\n\t")


def test_accents_are_folded_where_they_are_accents_and_kept_where_they_are_letters() -> None:
    assert fold("é") == "e"
    assert fold("กรุงเทพ") == unicodedata.normalize("NFKC", "กรุงเทพ")
    assert fold("が") != fold("か")


def test_words_are_parted_where_scripts_meet_and_written_together_without_blanks() -> None:
    assert words("平安北京Police 110") == ["平安北京", "police", "110"]
    assert compact("Met-Police UK") == "metpoliceuk"
    assert words("…") == []


@pytest.mark.parametrize(("word", "expected"), [("成都", True), ("서울", True), ("กรุง", True), ("police", False)])
def test_scripts_without_blanks_are_told_from_others(word: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_unspaced(word) is expected
