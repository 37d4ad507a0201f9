from hypothesis import given, settings
from hypothesis import strategies as st

from directory.lookalikes.keys import look_alike_keys, query_keys

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@settings(max_examples=300, deadline=None)
@given(
    word=st.text(LETTERS, min_size=3, max_size=20),
    place=st.integers(0, 19),
    letter=st.sampled_from(LETTERS),
    kind=st.sampled_from(("add", "remove", "change", "swap")),
)
def test_whatever_is_one_edit_away_shares_a_key(word: str, place: int, letter: str, kind: str) -> None:
    at = place % len(word)
    edited = {
        "add": word[:at] + letter + word[at:],
        "remove": word[:at] + word[at + 1 :],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
    }[kind]
    if len(edited) >= 3:
        assert set(query_keys("x", edited)) & set(look_alike_keys("x", word))
        assert set(query_keys(None, edited)) & set(look_alike_keys("x", word))


@settings(max_examples=300, deadline=None)
@given(word=st.text("成都发布北京ab1の행ก", min_size=4, max_size=15), place=st.integers(0, 14))
def test_what_has_one_character_less_or_two_exchanged_shares_a_key_in_scripts_without_blanks(
    word: str, place: int
) -> None:
    word, at = f"发{word}", place % len(word)
    for edited in (word[:at] + word[at + 1 :], word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]):
        alike = {key for key in look_alike_keys("weibo", edited) if key.startswith("=")}
        assert alike & set(query_keys("weibo", word))


def test_names_are_keys_where_accounts_are_found_by_them() -> None:
    assert set(query_keys("weibo", "n/城都发布")) & set(look_alike_keys("weibo", "cdfb", ["成都发布"]))
    # Elsewhere a name has one key, and only one that is written without blanks.
    assert look_alike_keys("x", "cdfb", ["成都发布"]) == (*look_alike_keys("x", "cdfb"), "~成都发布")
    assert look_alike_keys("x", "cdfb", ["Chengdu Release"]) == look_alike_keys("x", "cdfb")
    assert look_alike_keys("x", None) == ()
