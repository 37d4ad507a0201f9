"""The job of an import: a dry run first, then the import, within the places of its token, and never half of it."""

import gzip
import io
import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from psycopg.sql import SQL, Identifier

from directory.imports import queries, sent_files
from directory.jobs.queries import select_jobs

ROWS = (
    "platform,handle,name,department,department_type,region\n"
    "x,chengdu,Chengdu,Chengdu Government,government,CN-510100\n"
    "x,paris,Paris,Ville de Paris,government,FR-75C\n"
)
BAD = ROWS + "x,,Nobody,Nothing,government,CN-510100\n"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def send(conn: psycopg.Connection, token_id: str) -> Callable[..., str]:
    """Return what stores an import and queues its job."""

    def store(
        content: bytes | str,
        *,
        name: str = "list.csv",
        regions: tuple[str, ...] = (),
        departments: tuple[str, ...] = (),
        **options: object,
    ) -> str:
        content = content.encode() if isinstance(content, str) else content
        with conn.transaction():
            found = queries.insert_import(
                conn,
                token=token_id,
                actor="Editor",
                source="s1",
                name=name,
                size=len(content),
                options=options,
                places=(regions, departments),
            )
            queries.copy_file(conn, found, [content[:10], content[10:]])
            queries.queue_job(conn, get(conn, found))
        return found

    return store


def get(conn: psycopg.Connection, found: str) -> queries.Import:
    imported = queries.select_import(conn, found)
    assert imported is not None
    return imported


def verdicts(conn: psycopg.Connection, found: str) -> list[tuple[int, str, bool]]:
    """Return line, verdict and whether an account is named of each row."""
    rows = queries.select_verdicts(conn, found, after=(0, 0), verdict=None, limit=100)
    return [(line, (row := json.loads(text))["verdict"], row["account"] is not None) for line, _, text in rows]


def apply(conn: psycopg.Connection, found: str) -> None:
    with conn.transaction():
        assert queries.begin_applying(conn, found, "Chief")
        queries.queue_job(conn, get(conn, found))


def count(conn: psycopg.Connection, table: str = "accounts") -> int:
    row = conn.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def test_an_import_is_checked_first_and_written_once_it_is_applied(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    found = send(ROWS)
    run_jobs()
    checked = get(conn, found)
    assert (checked.status, checked.revision, count(conn)) == ("checked", None, 0)
    assert checked.report is not None
    assert checked.report["accounts"]["created"] == 2
    assert verdicts(conn, found) == [(2, "created", False), (3, "created", False)]
    apply(conn, found)
    run_jobs()
    applied = get(conn, found)
    assert (applied.status, count(conn)) == ("applied", 2)
    assert verdicts(conn, found) == [(2, "created", True), (3, "created", True)]
    actor = conn.execute("SELECT actor FROM revisions WHERE revision = %s", (applied.revision,)).fetchone()
    assert actor == ("Chief",)
    assert select_jobs(conn, 10) == []


def test_the_verdicts_tell_changed_rows_from_those_that_say_nothing_new(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    for text in (ROWS, ROWS.replace("Chengdu,", "Chengdu City,", 1)):
        found = send(text)
        run_jobs()
        apply(conn, found)
        run_jobs()
    assert verdicts(conn, found) == [(2, "changed", True), (3, "unchanged", True)]


def test_a_row_that_is_wrong_refuses_the_import_with_its_line_and_remedy(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    found = send(BAD)
    run_jobs()
    refused = get(conn, found)
    assert (refused.status, count(conn)) == ("refused", 0)
    (row,) = queries.select_verdicts(conn, found, after=(0, 0), verdict="rejected", limit=10)
    assert row[0] == 4
    assert json.loads(row[2])["errors"][0]["remedy"]
    assert not queries.begin_applying(conn, found, "Chief")


def test_invalid_rows_are_left_out_if_that_is_asked_for(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    found = send(BAD, skip_invalid=True)
    run_jobs()
    assert (get(conn, found).status, len(verdicts(conn, found))) == ("checked", 3)


def test_a_token_of_a_region_writes_nothing_elsewhere(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    found = send(ROWS, regions=("CN-510000",))
    run_jobs()
    assert get(conn, found).status == "refused"
    (row,) = queries.select_verdicts(conn, found, after=(0, 0), verdict="rejected", limit=10)
    assert (row[0], json.loads(row[2])["errors"][0]["code"]) == (3, "outside-places")


def test_a_token_of_a_region_takes_no_account_from_elsewhere_by_stating_its_own_region(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    first = send(ROWS)
    run_jobs()
    apply(conn, first)
    run_jobs()
    found = send(ROWS.replace("FR-75C", "CN-510100"), regions=("CN-510000",))
    run_jobs()
    assert get(conn, found).status == "refused"
    (row,) = queries.select_verdicts(conn, found, after=(0, 0), verdict="rejected", limit=10)
    assert row[0] == 3


def test_a_complete_list_of_a_narrowed_token_withdraws_nothing_elsewhere(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    first = send(ROWS)
    run_jobs()
    apply(conn, first)
    run_jobs()
    own = ROWS.replace("x,paris,Paris,Ville de Paris,government,FR-75C\n", "")
    found = send(own, regions=("CN-510000",), complete=True, allow_withdrawals=100.0)
    run_jobs()
    refused = get(conn, found)
    assert refused.status == "failed"
    assert "outside of the regions" in (refused.error or "")


def test_a_token_of_a_department_writes_to_that_and_no_other(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    first = send(ROWS)
    run_jobs()
    apply(conn, first)
    run_jobs()
    row = conn.execute("SELECT id FROM departments WHERE name = 'Chengdu Government'").fetchone()
    assert row
    found = send(ROWS.replace(",Chengdu,", ",Chengdu City,"), departments=(row[0],))
    run_jobs()
    assert get(conn, found).status == "refused"
    assert [line for line, verdict, _ in verdicts(conn, found) if verdict == "rejected"] == [3]


def test_packed_files_are_unpacked_and_bombs_are_refused(
    conn: psycopg.Connection,
    send: Callable[..., str],
    run_jobs: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = send(gzip.compress(ROWS.encode()), name="list.csv.gz")
    run_jobs()
    assert get(conn, found).status == "checked"
    monkeypatch.setattr(sent_files, "UNPACKED_MAX", 10_000_000)
    bomb = send(gzip.compress(b"x" * 20_000_000), name="bomb.csv.gz")
    cut = send(gzip.compress(ROWS.encode())[:-9], name="cut.csv.gz")
    run_jobs()
    assert "unpacks to more than" in (get(conn, bomb).error or "")
    assert "damaged" in (get(conn, cut).error or "")
    assert count(conn) == 0


def test_a_workbook_that_is_packed_again_is_read(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(ROWS.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    found = send(gzip.compress(file.getvalue()), name="list.xlsx.gz")
    run_jobs()
    assert get(conn, found).status == "checked"


def test_a_job_that_runs_again_applies_nothing_twice(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    found = send(ROWS)
    run_jobs()
    apply(conn, found)
    queries.queue_job(conn, get(conn, found))
    run_jobs()
    assert (get(conn, found).status, count(conn, "revisions")) == ("applied", get(conn, found).revision)


def test_an_import_that_was_deleted_leaves_nothing(
    conn: psycopg.Connection, send: Callable[..., str], run_jobs: Callable[[], None]
) -> None:
    found = send(ROWS)
    queries.delete_import(conn, found)
    run_jobs()
    assert (count(conn, "imports"), count(conn, "import_chunks"), count(conn, "import_verdicts")) == (0, 0, 0)
