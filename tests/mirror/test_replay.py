"""A snapshot and the delta from it yield the later snapshot, byte for byte, after any history."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from directory.mirror.replay import (
    TABLE_BY_KIND,
    ChangeSorter,
    Key,
    apply_changes,
    compose_accounts,
    join_into_blocks,
    key_function,
    split_lines,
    to_json,
)
from directory.snapshots.contents.deltas import delta_file_name, write_deltas
from directory.snapshots.contents.tables import TABLES
from directory.snapshots.contents.text_formats import write_ndjson_and_json
from tests.changes.histories import MERGE, STEPS, Step, latest, take

WHOLE: Final = 2**40


def written(conn: psycopg.Connection, folder: Path) -> dict[str, bytes]:
    """Write the tables as in a snapshot, and return them by name."""
    folder.mkdir()
    for table in TABLES:
        write_ndjson_and_json(conn, table, folder, latest(conn))
    return {table.name: (folder / f"{table.name}.ndjson").read_bytes() for table in TABLES}


def replayed(
    before: dict[str, bytes], delta: bytes, after: dict[str, bytes], folder: Path, most: int
) -> dict[str, bytes]:
    """Return the tables after the changes of a delta, with at most `most` bytes of them in memory.

    Of the tables `after` them only the counts are taken.
    """
    folder.mkdir()
    changes = ChangeSorter(folder, most)
    changes.read(split_lines([delta]))
    tables = {
        name: b"".join(apply_changes(text.splitlines(keepends=True), key_function(name), changes.sorted_changes(name)))
        for name, text in before.items()
    }
    counts = (table["followers"].splitlines(keepends=True) for table in (before, after))
    accounts = compose_accounts(tables["accounts"].splitlines(keepends=True), *counts)
    return {**tables, "accounts": b"".join(accounts), "followers": after["followers"]}


@settings(
    max_examples=12,
    deadline=None,
    # Each example is rolled back.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=STEPS, second=STEPS, third=STEPS, most=st.sampled_from([1, 1000, 2**26]))
@example(first=[("mention", 0, 0)], second=MERGE, third=[("delete", 0, 0)], most=1)
def test_a_snapshot_and_the_delta_from_it_make_the_next_one_byte_for_byte(
    conn: psycopg.Connection, first: list[Step], second: list[Step], third: list[Step], most: int
) -> None:
    with conn.transaction(force_rollback=True), TemporaryDirectory() as name:
        folder = Path(name)
        states, revisions = [], []
        for number, steps in enumerate((first, second, third)):
            for step in steps:
                take(conn, step)
            states.append(written(conn, folder / f"state {number}"))
            revisions.append(latest(conn))
        for number, (since, until) in enumerate(itertools.combinations(range(3), 2)):
            target = folder / f"deltas {number}"
            target.mkdir()
            if revisions[since] == revisions[until]:
                assert states[since] == states[until]
                continue
            # As the build of the later one has it, with the one between them if there is one.
            earlier = sorted(set(revisions[since:until]) - {revisions[until]})
            write_deltas(conn, target, revisions[until], earlier, WHOLE)
            delta = (target / delta_file_name(revisions[since])).read_bytes()
            assert replayed(states[since], delta, states[until], folder / f"runs {number}", most) == states[until]


def test_every_kind_of_record_has_its_table(conn: psycopg.Connection) -> None:
    row = conn.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'versions_kind_check'"
    ).fetchone()
    assert row is not None
    assert all(f"'{kind}'" in row[0] for kind in TABLE_BY_KIND)
    # Observations are no records, and their table is downloaded.
    assert row[0].count("'::text") == len(TABLE_BY_KIND) + 1
    assert {*TABLE_BY_KIND.values(), "followers", "tombstones"} == {table.name for table in TABLES}


@pytest.mark.parametrize(
    ("table", "line", "key"),
    [
        ("accounts", b'{"id":"abc","platform":"x"}\n', ("abc",)),
        ("accounts", b'{"platform":"x","id":"abc"}\n', ("abc",)),
        ("regions", '{"code":"CN-é","level":"x"}\n'.encode(), ("CN-é",)),
        ("sources", b'{"id":"a\\"b","title":"x"}\n', ('a"b',)),
        ("tombstones", b'{"kind":"account","id":"a","action":"delete","revision":10}\n', ("account", "a", 10)),
    ],
)
def test_the_key_of_a_line_is_read_wherever_it_stands(table: str, line: bytes, key: Key) -> None:
    assert key_function(table)(line) == key


@given(
    before=st.dictionaries(st.text(max_size=3), st.integers(0, 9)),
    rounds=st.lists(st.tuples(st.text(max_size=3), st.none() | st.integers(0, 9)), max_size=30),
    most=st.integers(1, 2000),
)
def test_runs_on_the_disk_are_merged_as_if_all_were_in_memory(
    before: dict[str, int], rounds: list[tuple[str, int | None]], most: int
) -> None:
    def line(id_: str, value: int) -> bytes:
        return to_json({"id": id_, "value": value}) + b"\n"

    told = [
        to_json({"kind": "source", "id": id_, "after": None if value is None else {"id": id_, "value": value}}
             | {"action": "delete", "revision": number, "at": "now"})
        for number, (id_, value) in enumerate(rounds)
    ]  # fmt: skip
    after: dict[str, int | None] = {**before, **dict(rounds)}
    with TemporaryDirectory() as folder:
        changes = ChangeSorter(Path(folder), most)
        assert changes.read(told) == len(rounds)
        lines = [line(id_, before[id_]) for id_ in sorted(before)]
        merged = b"".join(
            join_into_blocks(apply_changes(lines, key_function("sources"), changes.sorted_changes("sources")))
        )
    assert merged == b"".join(line(id_, value) for id_, value in sorted(after.items()) if value is not None)


@given(text=st.binary(max_size=50), size=st.integers(1, 9))
def test_lines_are_split_wherever_blocks_end(text: bytes, size: int) -> None:
    blocks = [text[start : start + size] for start in range(0, len(text), size)]
    lines = list(split_lines(blocks))
    assert b"".join(lines) == text
    assert all(line.endswith(b"\n") for line in lines[:-1])
    assert all(line.count(b"\n") <= 1 for line in lines)
