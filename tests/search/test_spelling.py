import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from directory.search.spelling import MAX_LENGTH, index_parts, max_edits, nearest_words, query_parts

WORDS = st.text("abcdeéжλ", min_size=3, max_size=14)


@st.composite
def mistyped(draw: st.DrawFn) -> tuple[str, str]:
    """Return a word that occurs and one that is typed for it, made by as many edits as are forgiven in it."""
    word = draw(WORDS)
    typed = word
    for _ in range(2):
        at = draw(st.integers(0, max(len(typed) - 1, 0)))
        kind = draw(st.sampled_from(("keep", "delete", "insert", "replace", "swap")))
        letter = draw(st.sampled_from("abxyz"))
        if kind == "delete":
            typed = typed[:at] + typed[at + 1 :]
        elif kind == "insert":
            typed = typed[:at] + letter + typed[at:]
        elif kind == "replace":
            typed = typed[:at] + letter + typed[at + 1 :]
        elif kind == "swap" and at:
            typed = typed[: at - 1] + typed[at] + typed[at - 1] + typed[at + 1 :]
    return word, typed


@settings(deadline=None)
@given(mistyped())
@example(("riverside", "rievrsde"))
@example(("abcd", "acbd"))
@example(("abcdefgh", "acbdegfh"))
@example(("abcdefgh", "bacdefhg"))
@example(("abcdefgh", "abdcegfh"))
def test_every_word_within_the_forgiven_edits_shares_a_part(pair: tuple[str, str]) -> None:
    word, typed = pair
    forgiven = max_edits(typed)
    assume(forgiven and OSA.distance(word, typed) <= forgiven)
    assert set(index_parts(word)) & set(query_parts(typed))


@pytest.mark.parametrize(
    ("word", "forgiven"),
    [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2), ("a" * MAX_LENGTH, 2), ("a" * 41, 0), ("abcd5", 0)],
)
def test_one_edit_is_forgiven_from_four_letters_on_and_two_from_eight(word: str, forgiven: int) -> None:
    assert max_edits(word) == forgiven


def test_the_nearest_comes_first_and_what_is_too_far_is_left_out() -> None:
    candidates = ["department", "departement", "apartment", "deportment", "compartment"]
    assert nearest_words("departmnt", candidates, 3) == ["department", "departement", "deportment"]
    assert nearest_words("police", ["police", "polite", "policies"], 1) == ["polite"]
