import dataclasses

import psycopg
import pytest

from directory import reference_data, reference_digest
from directory.departments.reference import DEPARTMENT_TYPES
from directory.platforms.reference import PLATFORMS
from directory.platforms.upsert import select_differing_platforms, upsert_platforms
from directory.regions.reference import regions
from directory.regions.upsert import select_differing_regions, upsert_regions
from directory.sources.reference import SOURCES


def _revision(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    assert row is not None
    return int(row[0])


def test_everything_that_is_shipped_is_there(conn: psycopg.Connection) -> None:
    counts = conn.execute(
        """
        SELECT (SELECT count(*) FROM regions), (SELECT count(*) FROM platforms),
               (SELECT count(*) FROM department_types), (SELECT count(*) FROM sources)
        """
    ).fetchone()
    assert counts == (len(regions()), len(PLATFORMS), len(DEPARTMENT_TYPES), len(SOURCES))
    assert conn.execute("SELECT path FROM regions WHERE code = 'CN-510104'").fetchone() == (
        "CN/CN-510000/CN-510100/CN-510104/",
    )
    unattributed = "SELECT DISTINCT source FROM regions WHERE source NOT IN (SELECT id FROM sources)"
    assert conn.execute(unattributed).fetchall() == []


def test_what_is_the_same_makes_no_revision(conn: psycopg.Connection) -> None:
    before = _revision(conn)
    reference_data.sync_reference_data(conn)
    assert _revision(conn) == before


def test_what_differs_is_written_and_nothing_else(conn: psycopg.Connection) -> None:
    before = _revision(conn)
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'test')")
        conn.execute("UPDATE regions SET name = 'Elsewhere' WHERE code = 'US-OH'")
        conn.execute("UPDATE platforms SET aliases = '{}' WHERE slug = 'x'")
        conn.execute("UPDATE department_types SET name_zh = '其它' WHERE slug = 'other'")
        conn.execute("DELETE FROM sources WHERE id = 'regions-gbt2260'")
    reference_data.sync_reference_data(conn)
    assert _revision(conn) == before + 2
    written = conn.execute("SELECT kind, id FROM versions WHERE revision = %s ORDER BY kind", (before + 2,)).fetchall()
    assert written == [("platform", "x"), ("region", "US-OH"), ("source", "regions-gbt2260")]
    assert conn.execute("SELECT name_zh FROM department_types WHERE slug = 'other'").fetchone() == ("其他",)


def test_a_start_compares_a_digest_and_finds_rows_that_were_changed(
    conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reference_digest.is_current(conn)
    with conn.transaction(force_rollback=True):
        conn.execute("SELECT begin_revision('test', 'test')")
        conn.execute("UPDATE regions SET name = 'Elsewhere' WHERE code = 'US-OH'")
        assert not reference_digest.is_current(conn)
    with conn.transaction(force_rollback=True):
        conn.execute("INSERT INTO search_pending (account_id) VALUES ('0000000')")
        assert not reference_digest.is_current(conn)
    assert reference_digest.is_current(conn)
    monkeypatch.setattr(reference_digest, "_digest_program", lambda: "that of another program")
    assert not reference_digest.is_current(conn)
    reference_digest.store_digest(conn)
    assert reference_digest.is_current(conn)


def test_a_changed_region_and_platform_are_found_and_updated(conn: psycopg.Connection) -> None:
    region = dataclasses.replace(regions()["US-OH"], name="Ohio State")
    platform = dataclasses.replace(PLATFORMS["x"], name="X Corp")
    assert select_differing_regions(conn, [region, regions()["US-TX"]]) == [region]
    assert select_differing_platforms(conn, [platform, PLATFORMS["weibo"]]) == [platform]
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'test')")
        upsert_regions(conn, [region])
        upsert_platforms(conn, [platform])
    assert select_differing_regions(conn, [region]) == []
    assert select_differing_platforms(conn, [platform]) == []
