import string

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.ids import ALPHABET, check_character, explain_malformed, is_well_formed

BODIES = st.text(ALPHABET, min_size=6, max_size=6)


def test_every_id_that_the_database_makes_is_well_formed(conn: psycopg.Connection) -> None:
    made = conn.execute("SELECT encode_id(n) FROM generate_series(1, 594823320, 1189647) AS n").fetchall()
    assert len(made) == 500
    assert all(is_well_formed(text) for (text,) in made)


@given(BODIES, st.integers(0, 6), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(body: str, place: int, character: str) -> None:
    text = body + check_character(body)
    wrong = text[:place] + character + text[place + 1 :]
    assert is_well_formed(wrong) == (wrong == text)


@given(BODIES, st.integers(0, 4))
def test_two_neighbours_exchanged_are_noticed(body: str, place: int) -> None:
    text = body + check_character(body)
    wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert is_well_formed(wrong) == (wrong == text)


@pytest.mark.parametrize(
    ("text", "part"),
    [("", "7 characters"), ("0000000 ", "7 characters"), ("AAAAAAA", "made of"), ("００００００0", "made of")],
)
def test_what_is_wrong_is_said(text: str, part: str) -> None:
    assert part in (explain_malformed(text) or "")


def test_ids_spell_no_words() -> None:
    assert not set(ALPHABET) & set("aeiouyl" + string.ascii_uppercase)
