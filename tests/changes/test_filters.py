"""Filters find what a plain reading of every change finds: what matched before the change, or matches after it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.app import create_app
from directory.changes.schemas import ACTIONS, KINDS
from directory.config import Config
from directory.database.connections import Database
from tests.changes.histories import MERGE, REGIONS, WORDS, take
from tests.changes.reading import Change, get, read_on, wait_for

STEPS = 60
PLATFORMS = ("weibo", "x")


@dataclass(frozen=True)
class Belonging:
    """What filters find a record by."""

    platform: str | None = None
    department: str | None = None
    regions: frozenset[str] = frozenset()


@dataclass
class Reading:
    """A plain reading of the changes: where each record belonged before and after each."""

    paths: dict[str, frozenset[str]]
    accounts: dict[str, Belonging] = field(default_factory=dict)
    handles: dict[str, Belonging] = field(default_factory=dict)

    def read(self, change: Change) -> list[Belonging]:
        """Return where the record belonged before and after a change, as far as it was there."""
        if change["kind"] == "handle":
            return self.read_handle(change)
        states = [self.belonging(change["kind"], record) for record in (change["before"], change["after"]) if record]
        if change["kind"] == "account":
            self.accounts.pop(change["id"], None)
            if change["after"]:
                self.accounts[change["id"]] = states[-1]
        return states

    def read_handle(self, change: Change) -> list[Belonging]:
        """A handle belongs where its account belongs when the handle changes; without one, where it belonged."""
        states = [self.handles[change["id"]]] if change["before"] else []
        if change["after"]:
            known = self.accounts.get(change["after"]["account"])
            self.handles[change["id"]] = known or states[0]
            states.append(self.handles[change["id"]])
        return states

    def belonging(self, kind: str, record: Change) -> Belonging:
        """Return where a record belongs by what it says."""
        if kind == "region":
            return Belonging(regions=frozenset(record["path"]))
        if kind == "platform":
            return Belonging(platform=record["slug"])
        if kind in {"source", "observations"}:
            return Belonging()
        regions = self.paths[record["region"]["code"]] if record["region"] else frozenset()
        if kind == "department":
            return Belonging(department=record["id"], regions=regions)
        return Belonging(record["platform"], (record["department"] or {}).get("id"), regions)


@dataclass(frozen=True)
class World:
    """A registry with a history, a client of it, and each change with where its record belonged."""

    client: FlaskClient
    since: int
    told: list[tuple[Change, list[Belonging]]]
    departments: list[str]


@pytest.fixture(scope="module")
def world(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a registry with a long random history, always the same."""
    chance = random.Random(2011)  # noqa: S311 - not for secrets
    database = Database(module_database_url, statement_timeout_ms=10_000)
    since = database.revision
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        for step in MERGE:
            take(conn, step)
        for _ in range(STEPS):
            take(conn, (chance.choice(WORDS), chance.randrange(3), chance.randrange(3)))
        paths = {
            code: frozenset(path.strip("/").split("/")) for code, path in conn.execute("SELECT code, path FROM regions")
        }
        departments = [id_ for (id_,) in conn.execute("SELECT id FROM departments ORDER BY id")]
        (latest,) = conn.execute("SELECT max(revision) FROM revisions").fetchone() or (0,)
    wait_for(database, latest)
    folder: Path = tmp_path_factory.mktemp("filters")
    client = create_app(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), database).test_client()
    reading = Reading(paths)
    told = [(change, reading.read(change)) for change in read_on(client, since, limit=1000)[0]]
    yield World(client, since, told, departments)
    database.close()


def admits(values: list[str], found: set[str]) -> bool:
    """Whether a filter admits a record that has these values."""
    included = {value for value in values if not value.startswith("-")}
    return (not included or bool(included & found)) and not {f"-{value}" for value in found} & set(values)


def is_meant(change: Change, states: list[Belonging], query: dict[str, list[str]]) -> bool:
    """Whether a query matches a change."""
    return (
        admits(query["kind"], {change["kind"]})
        and admits(query["action"], {change["action"]})
        and any(
            admits(query["platform"], {state.platform} - {None})  # type: ignore[arg-type]
            and admits(query["department"], {state.department} - {None})  # type: ignore[arg-type]
            and admits(query["region"], set(state.regions))
            for state in states
        )
    )


def terms(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Make filters of some values, each asked for or excluded."""
    chosen = st.lists(st.sampled_from(values), max_size=2, unique=True)
    return chosen.flatmap(lambda names: st.tuples(*(st.sampled_from((name, f"-{name}")) for name in names))).map(list)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_filter_finds_what_matched_before_or_matches_after(world: World, data: st.DataObject) -> None:
    query: dict[str, list[str]] = {
        "kind": data.draw(terms(KINDS)),
        "action": data.draw(terms(ACTIONS)),
        "platform": data.draw(terms(PLATFORMS)),
        "department": data.draw(terms(tuple(world.departments))),
        "region": data.draw(terms((*REGIONS, "CN"))),
    }
    asked: dict[str, Any] = {name: ",".join(values) for name, values in query.items() if values}
    expected = [change for change, states in world.told if is_meant(change, states, query)]
    assert read_on(world.client, world.since, limit=50, **asked)[0] == expected


def test_what_moves_away_is_news_for_who_reads_the_place_that_it_left(world: World) -> None:
    moves = [
        change
        for change, states in world.told
        if change["action"] == "update" and len({state.regions for state in states}) > 1
    ]
    assert {change["kind"] for change in moves} >= {"account", "department"}
    for move in moves:
        if move["kind"] == "account" and move["before"]["region"] and move["after"]["region"]:
            for record in (move["before"], move["after"]):
                assert move in read_on(world.client, move["revision"] - 1, region=record["region"]["code"])[0]


def test_a_region_means_all_below_and_values_are_taken_in_every_form(world: World) -> None:
    whole = read_on(world.client, world.since, region="CN", kind="account", action="update")[0]
    placed = [change["after"]["region"] for change in whole if change["after"]["region"]]
    assert {region["code"] for region in placed} >= {"CN-510000", "CN-510100"}
    assert read_on(world.client, world.since, platform="新浪微博") == read_on(
        world.client, world.since, platform="weibo"
    )
    assert read_on(world.client, world.since, region="cn-sc") == read_on(world.client, world.since, region="CN-510000")
    both = world.client.get(f"/v1/changes?since={world.since}&kind=source&kind=department,handle&limit=1000").get_json()
    assert both["data"] == get(world.client, since=world.since, kind="department,handle,source", limit=1000)["data"]
    assert {change["kind"] for change in both["data"]} == {"department", "handle", "source"}
