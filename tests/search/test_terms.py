from hypothesis import given, settings
from hypothesis import strategies as st

from directory.search.terms import AccountNames, IndexEntry, analyze


def naming(*names: str, handle: str | None = None, department: str | None = None) -> AccountNames:
    return AccountNames(names, handle, department)


def terms_of(account: AccountNames) -> set[str]:
    return set(analyze(account).terms.split())


def test_a_name_is_cut_into_its_whole_its_beginnings_its_characters_its_pinyin_and_its_initials() -> None:
    account = naming("北京急救", handle="BjJijiu", department="卫健委")
    made, terms = analyze(account), terms_of(account)
    assert {
        "=北京急救",
        "~beijingjijiu",
        "~bjjj",
        "^北",
        "^北京急救",
        "北京急救",
        "*急救",
        "*京",
        "!bj",
        "!bjj",
    } <= terms
    assert {"=bjjijiu", "^bjj", ">jij", "jijiu", "*jij", "*卫健", "卫健委"} <= terms
    assert "=卫健委" not in terms
    assert made.texts == "\n 北京急救 \n bjjijiu \n 卫健委 "
    assert made.name_length == 4
    assert {"北京", "急", "健委"} <= made.characters
    assert made.words == {"jijiu"}


def test_words_that_elide_are_found_with_and_without_what_is_elided() -> None:
    assert {"linterieur", "interieur"} <= terms_of(naming("Ministère de l'Intérieur"))


def test_a_handle_in_a_namespace_is_cut_without_it() -> None:
    assert "=nasa" in terms_of(naming(handle="company/nasa"))


def test_an_account_without_a_name_is_found_by_its_user_id() -> None:
    entry = analyze(AccountNames((), None, None, "UCx-1"))
    assert entry.terms.split() == ["=ucx1"]
    assert entry == IndexEntry(entry.terms, "", 0, frozenset(), frozenset())


@settings(deadline=None)
@given(
    st.lists(st.text(max_size=60), max_size=3),
    st.none() | st.text(min_size=1, max_size=200),
    st.none() | st.text(max_size=200),
)
def test_any_naming_is_cut_into_terms_that_an_index_takes(
    names: list[str], handle: str | None, department: str | None
) -> None:
    terms = terms_of(AccountNames(tuple(names), handle, department))
    assert all(0 < len(term.encode()) < 2_000 for term in terms)
    assert not any(set(term) & set("':\\\0") for term in terms)
    assert len(terms) < 4_000
