import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from math import log
from statistics import linear_regression

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.sample.places import SamplePlace
from directory.sample.rows import ACCOUNTS_MAX, MARK, Row, generate
from directory.sample.shares import LEVELS, PLATFORMS, STATUSES

# A change of this line is a change of every sample that anybody has made: say so in the changelog.
DIGEST = "39ce1d1dd6319b150976b521de0c79ef219b9d159cb38afda081a1237896cfb4"
SCRIPT = """
import hashlib, json
from directory.regions.reference import regions
from directory.sample.places import list_places
from directory.sample.rows import generate
rows = generate(2_000, 7, list_places(regions().values()))
print(hashlib.sha256("".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def rows(places: list[SamplePlace]) -> list[Row]:
    """Return a sample of 42,000 accounts."""
    return list(generate(42_000, 1, places))


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_the_same_number_and_seed_give_the_same_bytes_in_every_process(hash_seed: str) -> None:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == DIGEST


def test_another_seed_gives_another_registry(places: list[SamplePlace]) -> None:
    assert list(generate(50, 1, places)) != list(generate(50, 2, places))


@pytest.mark.parametrize(("key", "weights"), [("platform", PLATFORMS), ("status", STATUSES)])
def test_shares_are_within_half_a_percent_of_the_published(rows: list[Row], key: str, weights: dict[str, int]) -> None:
    counts = Counter(row[key] for row in rows)
    for value, weight in weights.items():
        assert abs(counts[value] / len(rows) - weight / sum(weights.values())) < 0.005 * weight / sum(weights.values())


def test_levels_are_within_half_a_percent_of_the_published(rows: list[Row], places: list[SamplePlace]) -> None:
    level = {place.code: place.level for place in places}
    counts = Counter(level[str(row["region"])] for row in rows)
    for name, weight in LEVELS.items():
        assert abs(counts[name] / len(rows) - weight / 4_891) < 0.005 * weight / 4_891  # type: ignore[index]


def test_every_place_has_accounts_of_several_departments(rows: list[Row], places: list[SamplePlace]) -> None:
    departments: dict[str, set[object]] = {place.code: set() for place in places}
    for row in rows:
        departments[str(row["region"])].add(row["department"])
    assert all(len(names) >= 2 for names in departments.values())


def test_followers_keep_zipfs_law(rows: list[Row]) -> None:
    followers = sorted((int(row["followers"]) for row in rows if "followers" in row), reverse=True)
    ranked = [(log(rank), log(number)) for rank, number in enumerate(followers, start=1)]
    slope, _ = linear_regression([rank for rank, _ in ranked], [number for _, number in ranked])
    assert slope == pytest.approx(-1, abs=0.02)
    assert 10_000_000 < followers[0] <= 60_000_000


def test_more_of_the_most_followed_are_of_provinces_and_prefectures_than_chance_would_have(rows: list[Row]) -> None:
    top = sorted(rows, key=lambda row: -int(row.get("followers", 0)))[:100]
    assert sum(str(row["region"]).endswith("00") for row in top) > 70


def test_names_of_departments_follow_the_place(rows: list[Row]) -> None:
    departments = {(row["region"], row["department"]) for row in rows}
    assert ("CN-510100", "成都市公安局") in departments
    assert ("CN-510000", "四川省公安厅") in departments
    assert ("CN-110000", "北京市公安局") in departments
    assert ("CN-110105", "北京市公安局朝阳分局") in departments


@settings(max_examples=60, deadline=None)
@given(accounts=st.integers(1, 400), seed=st.integers(0, 2**63 - 1))
def test_every_sample_has_the_number_asked_for_and_no_identity_twice(
    places: list[SamplePlace], accounts: int, seed: int
) -> None:
    rows = list(generate(accounts, seed, places))
    assert len(rows) == accounts
    for key in ("handle", "platform_user_id"):
        identities = [(row["platform"], str(row[key]).casefold()) for row in rows if key in row]
        assert len(identities) == len(set(identities))


@settings(max_examples=60, deadline=None)
@given(accounts=st.integers(1, 400), seed=st.integers(0, 2**63 - 1))
def test_every_row_is_marked_as_synthetic(places: list[SamplePlace], accounts: int, seed: int) -> None:
    for row in generate(accounts, seed, places):
        assert row["source"] == "synthetic"
        assert str(row["name"]).endswith(MARK)
        assert "sample" in str(row.get("handle", "sample"))
        assert str(row.get("platform_user_id", "99")).startswith("99")


@pytest.mark.parametrize("accounts", [-1, 0, ACCOUNTS_MAX + 1])
def test_a_number_out_of_bounds_is_refused(places: list[SamplePlace], accounts: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 5000000"):
        next(generate(accounts, 1, places))


def test_rows_come_one_by_one(places: list[SamplePlace]) -> None:
    assert len(list(islice(generate(ACCOUNTS_MAX, 1, places), 3))) == 3
