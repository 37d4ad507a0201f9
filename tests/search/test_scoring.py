from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.search.scoring import Record, is_same, score

QUESTIONS: list[Record] = [
    {"class": "a", "query": "first", "parameters": {}, "accounts": [{"platform": "x", "handle": "A", "name": "A"}]},
    {"class": "a", "query": "second", "parameters": {}, "accounts": [{"platform": "x", "handle": "B", "name": "B"}]},
    {"class": "b", "query": "fourth", "parameters": {}, "accounts": [{"platform": "x", "handle": "D", "name": "D"}]},
    {"class": "b", "query": "never", "parameters": {}, "accounts": [{"platform": "x", "handle": "Z", "name": "Z"}]},
]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def record(handle: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - what JSON holds
    return {"platform": "x", "handle": handle, "platform_user_id": None, "name": handle, **values}


def alphabet(_query: str, _parameters: Mapping[str, str]) -> Sequence[Record]:
    """Answer every query with A to Z."""
    return [record(letter) for letter in LETTERS]


def test_the_share_counts_the_first_three_and_the_rank_the_first_ten() -> None:
    scores = score(alphabet, QUESTIONS)
    assert (scores.total.asked, scores.total.found, scores.total.share) == (4, 2, 0.5)
    # 1/1, 1/2, 1/4, and Z, the 26th, counts nothing.
    assert scores.total.mean_reciprocal_rank == pytest.approx((1 + 1 / 2 + 1 / 4) / 4)


def test_each_class_has_its_own_score() -> None:
    classes = score(alphabet, QUESTIONS).classes
    assert {kind: (each.asked, each.share) for kind, each in classes.items()} == {"a": (2, 1.0), "b": (2, 0.0)}


def test_a_miss_says_what_was_asked_expected_and_given() -> None:
    fourth, never = score(alphabet, QUESTIONS).misses
    assert str(fourth) == "b: 'fourth': D (x/D), at 4; got A (x/A) | B (x/B) | C (x/C)"
    assert str(never) == "b: 'never': Z (x/Z), not at all; got A (x/A) | B (x/B) | C (x/C)"


def test_parameters_are_passed_on_and_told() -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    def ask(query: str, parameters: Mapping[str, str]) -> Sequence[Record]:
        asked.append((query, parameters))
        return []

    scores = score(ask, [{**QUESTIONS[0], "parameters": {"region": "CN"}}])
    assert asked == [("first", {"region": "CN"})]
    assert str(scores.misses[0]) == "a: 'first' region=CN: A (x/A), not at all; got nothing"


def test_any_of_several_acceptable_accounts_will_do() -> None:
    either = {**QUESTIONS[3], "accounts": [*QUESTIONS[3]["accounts"], *QUESTIONS[1]["accounts"]]}
    assert score(alphabet, [either]).total.mean_reciprocal_rank == 0.5


def test_an_account_is_known_by_platform_and_user_id_or_handle_and_not_by_its_name() -> None:
    with_id = {"platform": "weibo", "platform_user_id": "7", "name": "成都发布"}
    assert is_same(record("cdfb", platform="weibo", platform_user_id="7"), with_id)
    assert not is_same(record("cdfb", platform="weibo", platform_user_id="8", name="成都发布"), with_id)
    assert not is_same(record("A", platform="facebook"), {"platform": "x", "handle": "A", "name": "A"})
    assert not is_same(record("a"), {"platform": "x", "handle": "A", "name": "A"})


def test_the_table_has_a_line_for_each_class_and_one_over_all() -> None:
    assert score(alphabet, QUESTIONS).table().splitlines() == [
        "class     asked  in first 3    MRR",
        "a             2      100.0%  0.750",
        "b             2        0.0%  0.125",
        "over all      4       50.0%  0.438",
    ]


def test_no_questions_score_nothing() -> None:
    scores = score(alphabet, [])
    assert (scores.total.share, scores.total.mean_reciprocal_rank) == (0.0, 0.0)
