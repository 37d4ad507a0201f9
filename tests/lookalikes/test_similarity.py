"""Similarity of handles: reasons and scores, and that what is similar shares a key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.lookalikes.keys import look_alike_keys, query_keys
from directory.lookalikes.similarity import SCORES, compare_handles

PAIRS: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("youtube", "NASA", "nasa", ("letter_case",)),
    ("x", "NАSA", "NASA", ("confusable",)),
    ("x", "paypaI", "paypal", ("confusable",)),
    ("x", "NlH", "nih", ("confusable",)),
    ("x", "rnodern", "modern", ("confusable",)),
    ("x", "vvhitehouse", "WhiteHouse", ("confusable",)),
    ("x", "ＮＡＳＡ", "NASA", ("full_width",)),
    ("weibo", "n/成都發布", "n/成都发布", ("traditional_simplified",)),
    ("linkedin", "company/zurich", "company/zürich", ("accents",)),
    ("x", "NASA_", "NASA", ("separators",)),
    ("x", "N4SA", "nasa", ("digits_for_letters",)),
    ("x", "wh1tehouse", "whitehouse", ("digits_for_letters",)),
    ("x", "nsaa", "nasa", ("swapped_letters",)),
    ("x", "nasaa", "nasa", ("doubled_letters",)),
    ("weibo", "n/城都发布", "n/成都发布", ("same_pinyin",)),
    ("weibo", "n/chengdufabu", "n/成都发布", ("same_pinyin",)),
    ("weibo", "n/成都发布官方", "n/成都发布", ("official_word",)),
    ("x", "nasa", "nasagov", ("official_word",)),
    ("x", "real_NASA_official", "NASA", ("separators", "official_word")),
    ("x", "0fficial_nasa", "nasa", ("confusable", "separators", "official_word")),
    ("x", "NASAuk", "NASA", ("country_suffix",)),
    ("linkedin", "in/nasa", "company/nasa", ("other_kind",)),
    ("mastodon", "press@evil.example", "press@social.bund.de", ("other_server",)),
    ("bluesky", "nasa.bsky.social", "nasa.gov", ("other_domain",)),
]
UNLIKE: list[tuple[str, str, str]] = [
    ("x", "completely", "different"),
    ("weibo", "n/南京发布", "n/北京发布"),
    ("x", "ab", "ac"),
    ("x", "whitehouse", "greenhouse"),
]
# One character more or less, or two exchanged, in Chinese.
EDITED = [("成都市发布", "成都发布"), ("都发布", "成都发布"), ("都成发布", "成都发布"), ("成都发布布1", "成都发布布")]


@pytest.mark.parametrize(("platform", "given", "registered", "reasons"), PAIRS)
def test_a_disguise_is_found_and_explained(
    platform: str, given: str, registered: str, reasons: tuple[str, ...]
) -> None:
    similarity = compare_handles(platform, given, registered)
    assert similarity is not None
    assert similarity.reasons == reasons
    assert 0.5 < similarity.score < 1
    assert set(query_keys(platform, given)) & set(look_alike_keys(platform, registered))


@pytest.mark.parametrize(("platform", "given", "registered"), UNLIKE)
def test_what_is_not_alike_is_not_called_so(platform: str, given: str, registered: str) -> None:
    assert compare_handles(platform, given, registered) is None


@pytest.mark.parametrize(("given", "registered"), EDITED)
def test_an_edit_in_chinese_is_found(given: str, registered: str) -> None:
    similarity = compare_handles("weibo", f"n/{given}", f"n/{registered}")
    assert similarity is not None
    assert similarity.reasons in {("one_edit",), ("swapped_letters",)}
    assert set(query_keys("weibo", f"n/{given}")) & set(look_alike_keys("weibo", f"n/{registered}"))


def test_equal_handles_differ_in_nothing() -> None:
    similarity = compare_handles("x", "NASA", "NASA")
    assert similarity is not None
    assert (similarity.score, similarity.reasons) == (1, ())


def test_one_edit_says_less_of_a_short_handle_and_little_of_a_number() -> None:
    long, short, number = (
        compare_handles("x", *pair)
        for pair in (("whitehousf", "whitehouse"), ("nasx", "nasa"), ("expo2024", "expo2025"))
    )
    assert long is not None and short is not None and number is not None  # noqa: PT018 - for the types
    assert long.score > short.score > 0.7 > number.score
    assert {long.reasons, short.reasons, number.reasons} == {("one_edit",)}


def test_every_reason_but_one_edit_has_its_score() -> None:
    assert {reason for *_, reasons in PAIRS for reason in reasons} == set(SCORES)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_is_too_odd_and_no_work_unbounded(one: str, other: str) -> None:
    compare_handles("x", one, other)
    assert len(query_keys("x", one)) <= 160
    assert len(look_alike_keys("weibo", one, [other])) <= 160
