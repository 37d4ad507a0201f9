"""What recording observations costs next to plain COPY: `python -m benchmarks.observations [--accounts N] [--days N]`.

The same rows go, in turn, through COPY into a table without an index, through COPY into partitions by month with a
primary key as the registry has it, and through `record_observations` as NDJSON and as CSV, each into a copy of one
registry. It prints rows a second of processor time (Python and the backend), the share of the second COPY, and the
bytes that an observation takes with its index, as rows and packed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from benchmarks import machine, registries, servers
from directory.embedded.server import running
from directory.followers.packing import next_month, pack_months
from directory.followers.reading import read_blocks
from directory.followers.recording import RecordOptions, record_observations

FOLDER: Final = servers.ROOT / ".cache" / "benchmarks" / "observations"
LAST: Final = datetime(2026, 10, 31, 6, tzinfo=UTC)
_SOURCE: Final = "survey"
_BLOCK: Final = 1024 * 1024
_FORMS: Final = {
    "tsv": "{}\t{}\t{}\t{}\t{}\n",
    "csv": "{},{},{},{},{}\n",
    "ndjson": '{{"account":"{}","observed_at":"{}","source":"{}","followers":{},"posts":{}}}\n',
}
_COPY: Final = "COPY copied (account_id, observed_at, source, followers, posts) FROM STDIN"
_TABLE: Final = """
    CREATE TABLE copied (account_id text COLLATE "C" NOT NULL, observed_at timestamptz NOT NULL,
                         source text COLLATE "C" NOT NULL, followers bigint, posts bigint)
"""
_PARTITIONED: Final = """
    CREATE TABLE copied (account_id text COLLATE "C" NOT NULL, observed_at timestamptz NOT NULL,
                         source text COLLATE "C" NOT NULL, followers bigint, posts bigint,
                         PRIMARY KEY (account_id, observed_at, source)) PARTITION BY RANGE (observed_at)
"""


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--forms", nargs="*", choices=("ndjson", "csv"), default=["ndjson", "csv"])
    chosen = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running(FOLDER / "postgres") as postgres, psycopg.connect(postgres.superuser_url, autocommit=True) as admin:
        for statement in ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()"):
            admin.execute(statement)
        name = f"observations_{chosen.accounts}"
        url = registries.address(postgres.superuser_url, name)
        if not registries.exists(admin, name):
            registries.create(admin, postgres.superuser_url, name, "template0")
            environment = {"DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(FOLDER)}
            servers.run(["sample", "--accounts", str(chosen.accounts)], environment)
        with psycopg.connect(url) as conn:
            ids = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY md5(id)")]
        files = _write_files(ids, chosen.days, chosen.forms)
        print("| rows | by | rows/s of processor time | share of COPY | Python s | backend s | peak MiB |")
        print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
        for _ in range(chosen.rounds):
            _measure_round(admin, postgres.superuser_url, name, files, len(ids) * chosen.days, chosen.forms)


def _measure_round(
    admin: psycopg.Connection, server: str, template: str, files: dict[str, Path], rows: int, forms: list[str]
) -> None:
    works: list[tuple[str, Callable[[psycopg.Connection], None]]] = [
        ("COPY, no index", lambda conn: _copy(conn, files["tsv"], partitioned=False)),
        ("COPY", lambda conn: _copy(conn, files["tsv"], partitioned=True)),
        *((form, lambda conn, form=form: _record(conn, files[form])) for form in forms),
    ]
    reference = 0.0
    for name, work in works:
        url = registries.create(admin, server, "observations_work", template)
        admin.execute("CHECKPOINT")
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("SET synchronous_commit = off")
            postmaster = machine.postmaster(admin)
            python, backend = time.process_time(), machine.processor_of_postgres(postmaster)
            work(conn)
            python = time.process_time() - python
            backend = machine.processor_of_postgres(postmaster) - backend
            rate = rows / (python + backend)
            reference = rate if name == "COPY" else reference
            share = f"{rate / reference:.0%}" if reference else "–"
            peak = machine.peak(os.getpid())
            print(
                f"| {rows:,} | {name} | {rate:,.0f} | {share} | {python:.1f} | {backend:.1f} | {peak:.0f} |", flush=True
            )
            if name == forms[-1]:
                _print_sizes(conn, rows)


def _record(conn: psycopg.Connection, file: Path) -> None:
    with file.open("rb") as stream:
        report = record_observations(conn, read_blocks(stream), RecordOptions(source=_SOURCE))
    if report.refused_rows or not report.recorded:
        raise SystemExit(f"{report.refused_rows} rows refused: {report.refused[:1]}")


def _copy(conn: psycopg.Connection, file: Path, *, partitioned: bool) -> None:
    conn.execute(_PARTITIONED if partitioned else _TABLE)
    month = datetime(2016, 1, 1, tzinfo=UTC)
    while partitioned and month <= LAST:
        statement = sql.SQL("CREATE TABLE {} PARTITION OF copied FOR VALUES FROM ({}) TO ({})")
        name = sql.Identifier(f"copied_{month:%Y_%m}")
        conn.execute(statement.format(name, sql.Literal(month), sql.Literal(next_month(month))))
        month = next_month(month)
    with file.open("rb") as stream, conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        while block := stream.read(_BLOCK):
            copy.write(block)


def _print_sizes(conn: psycopg.Connection, rows: int) -> None:
    print("\n| observations | bytes each, with index |\n| --- | ---: |")
    conn.execute("VACUUM observations, observation_blocks")
    print(f"| as recorded | {_bytes(conn) / rows:.1f} |", flush=True)
    postmaster = machine.postmaster(conn)
    began = time.process_time() + machine.processor_of_postgres(postmaster)
    # The second run returns the space of the rows that the first one packed.
    for _ in range(2):
        pack_months(conn, LAST + timedelta(days=90))
    conn.execute("VACUUM observations, observation_blocks")
    took = time.process_time() + machine.processor_of_postgres(postmaster) - began
    print(f"| all packed, in {took:.1f} s of processor time | {_bytes(conn) / rows:.1f} |\n", flush=True)


def _bytes(conn: psycopg.Connection) -> int:
    """Return the bytes of all observations, with indexes."""
    row = conn.execute(
        """SELECT sum(pg_total_relation_size(oid)) FROM pg_class
            WHERE relkind = 'r' AND relname ~ '^observations_[0-9]|^observation_blocks$'"""
    ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _write_files(ids: list[str], days: int, forms: Sequence[str]) -> dict[str, Path]:
    """Write a series of daily counts for each account, all accounts of a day together, for COPY and in these forms."""
    files = {form: FOLDER / f"rows.{form}" for form in ("tsv", *forms)}
    with ExitStack() as stack:
        written = {form: stack.enter_context(path.open("w")) for form, path in files.items()}
        if "csv" in written:
            written["csv"].write("account,observed_at,source,followers,posts\n")
        for account, at, followers, posts in _rows(ids, days):
            for form, file in written.items():
                file.write(_FORMS[form].format(account, at, _SOURCE, followers, posts))
    return files


def _rows(ids: list[str], days: int) -> Iterator[tuple[str, str, int, int]]:
    for day in range(days):
        at = (LAST - timedelta(days=days - day)).isoformat()
        for number, account in enumerate(ids):
            yield account, at, 1_000 + number * 7 + day * (number % 13), 100 + day


if __name__ == "__main__":
    main()
