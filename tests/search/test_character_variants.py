import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.search.expressions import contains_pattern
from directory.search.synonyms import character_variants, spelling_variants
from directory.text.normalization import fold


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
