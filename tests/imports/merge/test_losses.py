"""Kinds of bodies: an import that takes the accounts of more than a tenth of one is stopped."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.imports.report import LossesRefused
from tests.imports.conftest import Load

Accounts = Callable[[], list[dict[str, Any]]]


def towns(numbers: range, kind: str = "local-government", region: str = "FR", **more: object) -> list[dict[str, Any]]:
    return [
        {
            "platform": "x",
            "handle": f"{kind[:4]}{number:03}",
            "name": f"{kind} {number}",
            "department": f"{kind} {number:03}",
            "department_type": kind,
            "region": region,
            "source": "list",
            **more,
        }
        for number in numbers
    ]


def test_a_list_that_loses_more_than_a_tenth_of_a_kind_is_stopped_however_long_it_is(
    load: Load, accounts: Accounts
) -> None:
    everything = [*towns(range(20), "police"), *towns(range(100))]
    load(everything)
    before = accounts()
    shorter = [*towns(range(17), "police"), *towns(range(100))]
    with pytest.raises(LossesRefused) as refused:
        load(shorter, complete=True)
    assert accounts() == before
    message = str(refused.value)
    assert "FR, police: 3 of 20 bodies with accounts (15.0 %), such as police 017, police 018, police 019" in message
    assert "--allow-losses 15%" in message
    assert refused.value.report.as_json()["lost"] == [
        {
            "country": "FR",
            "department_type": "police",
            "before": 20,
            "lost": 3,
            "first": ["police 017", "police 018", "police 019"],
        }
    ]
    report = load(shorter, complete=True, allow_losses=15.0)
    assert report.withdrawals.withdrawn == 3
    assert any("FR, police: 3 of 20" in line for line in report.lines())


def test_a_source_that_calls_every_body_by_another_name_loses_none(load: Load) -> None:
    load(towns(range(20)))
    renamed = [{**row, "department": f"City of {row['name']}"} for row in towns(range(20))]
    report = load(renamed, complete=True, replace=True)
    assert report.updated == 20
    assert report.losses == []


def test_a_source_that_changes_the_country_of_its_bodies_is_stopped(load: Load, accounts: Accounts) -> None:
    load(towns(range(20)))
    with pytest.raises(LossesRefused, match="FR, local-government: 3 of 20"):
        load([*towns(range(17)), *towns(range(17, 20), region="BE")])
    assert {account["region"]["code"] for account in accounts()} == {"FR"}


def test_bodies_that_another_source_lists_are_not_lost_nor_is_one_of_few(load: Load) -> None:
    load([*towns(range(20)), *towns(range(4), "police")])
    load(towns(range(15, 20), source="other"))
    report = load([*towns(range(15)), *towns(range(3), "police")], complete=True, allow_withdrawals=30, allow_losses=10)
    assert report.withdrawals.withdrawn == 1
    assert report.losses == []


def test_a_list_that_loses_two_of_a_few_bodies_is_stopped(load: Load) -> None:
    load([*towns(range(20)), *towns(range(4), "police")])
    with pytest.raises(LossesRefused, match="FR, police: 2 of 4"):
        load([*towns(range(20)), *towns(range(2), "police")], complete=True)
