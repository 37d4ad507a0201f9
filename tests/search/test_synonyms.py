import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.search import abbreviations
from directory.search.expressions import contains_pattern
from directory.search.parsing import parse_query
from directory.search.synonyms import (
    character_variants,
    is_added_word,
    is_stop_word,
    name_variants,
    spelling_variants,
    synonym_units,
)
from directory.text.normalization import fold


def keys(text: str) -> list[str]:
    return name_variants(parse_query(text).tokens)


@pytest.mark.parametrize(
    ("typed", "registered"),
    [
        ("The Exampleton Library", "Exampleton Library"),
        ("Exampleton Library", "The Exampleton Library"),
        ("Die Bundesregierung", "Bundesregierung"),
        ("La Prefecture", "Prefecture"),
        ("Parks & Recreation", "Parks and Recreation"),
        ("Parks + Recreation", "Parks and Recreation"),
        ("Parks&Recreation", "Parks and Recreation"),
        ("Parks and Recreation", "Parks & Recreation"),
        ("Parques & Recreacion", "Parques y Recreación"),
        ("Dept. of Health", "Department of Health"),
        ("Department of Health", "Dept. of Health"),
        ("US Bureau", "U.S. Bureau"),
        ("United States Bureau", "U.S. Bureau"),
        ("U. S. Bureau", "United States Bureau"),
        ("USA Bureau", "United States of America Bureau"),
        ("Saint Example Co.", "St. Example County"),
        ("Mount Example", "Mt. Example"),
        ("Fort Example", "Ft Example"),
        ("Government of Example", "Gov't of Example"),
        ("Govt of Example", "Gov't of Example"),
        ("Nat'l Guard", "National Guard"),
        ("Int'l Assn.", "International Association"),
        ("Example Univ", "Example University"),
        ("Min. of Examples", "Ministry of Examples"),
        ("Example Centre", "Example Center"),
        ("Example Ctr", "Example Centre"),
        ("Labor Office", "Labour Office"),
        ("Ministry of Defense", "Ministry of Defence"),
        ("Organisation", "Organization"),
        ("U.S. Dept. of Health & Human Svcs.", "United States Department of Health and Human Services"),
        ("United States Department of Health and Human Services", "U.S. Dept. of Health & Human Svcs."),
    ],
)
def test_a_whole_name_is_sought_as_registers_write_it(typed: str, registered: str) -> None:
    assert parse_query(registered).key in keys(typed)


@pytest.mark.parametrize(
    ("typed", "registered"),
    [
        ("Saint Example", "Street Example"),
        ("Los Example", "La Example"),
        ("County", "Company"),
        ("Or Example", "Our Example"),
    ],
)
def test_what_only_shares_a_short_form_is_not_taken_for_it(typed: str, registered: str) -> None:
    assert parse_query(registered).key not in keys(typed)


def test_words_that_stand_for_themselves_are_no_units() -> None:
    assert not synonym_units(("exampleton", "成都"))
    assert [unit.words for unit in synonym_units(("united", "states", "embassy"))] == [
        ("united", "states"),
        ("embassy",),
    ]


def test_an_article_and_a_conjunction_may_be_left_out_where_more_follows() -> None:
    assert [unit.is_optional for unit in synonym_units(("the", "parks", "and", "library"))] == [
        True,
        False,
        True,
        False,
    ]
    assert [unit.is_optional for unit in synonym_units(("parks", "and"))] == [False, False]
    assert [unit.is_optional for unit in synonym_units(("the",))] == [False]
    assert [unit.is_optional for unit in synonym_units(("los", "angeles"))] == [False, False]


def test_every_abbreviation_is_written_as_it_is_folded_and_leads_both_ways() -> None:
    for run, others in abbreviations.alternatives().items():
        assert fold(" ".join(run)).split() == list(run)
        assert run not in others
        assert all(run in abbreviations.alternatives()[other] for other in others if len(run) == len(other) == 1)


@given(
    st.lists(st.sampled_from(["us", "united", "states", "of", "the", "and", "&", "st", "dept", "co", "x"]), max_size=10)
)
def test_a_name_has_few_ways_of_writing_and_its_own_is_the_first(words: list[str]) -> None:
    sought = parse_query(" ".join([*words, "x"]))
    found = name_variants(sought.tokens)
    assert len(found) <= 30
    assert len(set(found)) == len(found)
    assert found[0] == sought.key


def test_words_that_say_nothing_and_words_that_are_added_are_told_from_others() -> None:
    assert is_stop_word("the")
    assert is_added_word("official")
    assert not is_stop_word("police")
    assert not is_added_word("police")


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("文艺", ["文艺", "文芸"]),
        ("横滨", ["横滨", "横浜"]),
        ("茅け崎", ["茅け崎", "茅が崎", "茅か崎"]),
        ("霞が", ["霞が", "霞け", "霞か"]),
        ("佐佐木", ["佐佐木", "佐々木"]),
        ("佐々木", ["佐々木", "佐佐木"]),
        ("井之头", ["井之头", "井の头"]),
        ("成都发布", ["成都发布"]),
        ("おかやま", ["おかやま"]),
        ("之", ["之"]),
        ("々", ["々"]),
    ],
)
def test_a_run_is_written_in_other_ways_where_names_are(run: str, expected: list[str]) -> None:
    assert spelling_variants(run) == expected


@given(st.text(st.sampled_from("芸艺弁辩浜滨佐々けがかの之木あ"), min_size=1, max_size=12))
def test_every_run_is_among_its_variants_of_which_there_are_few(text: str) -> None:
    run = fold(text)
    found = spelling_variants(run)
    assert found[0] == run
    assert len(found) <= 8
    assert {len(each) for each in found} == {len(run)}
    assert all(re.fullmatch(contains_pattern(run), each) for each in found)
    assert (character_variants(run) is None) == (len(found) == 1)
