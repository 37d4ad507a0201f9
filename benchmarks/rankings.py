"""Rankings and aggregates compared with DuckDB over Parquet files and with SQLite, without HTTP.

`python -m benchmarks.rankings URL FOLDER` asks a registry with daily observations, as `directory sample --days` leaves
one, and the same rows in two Parquet files and in a SQLite file, which it writes to FOLDER unless they are there.
SQLite is what Datasette asks; it has no median. Answers are compared before anything is timed: the same records in the
same order with the same values. Figures are milliseconds of the processor, of Python and the database together, the
median of rounds in which all take their turns. No answer is a cached one.
"""

import argparse
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import psycopg
from flask.testing import FlaskClient

from benchmarks import machine
from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database, connect

ROUNDS: Final = 5
_ACCOUNTS: Final = """
    SELECT id, platform, department_type, country, coalesce(division, country) AS region, followers FROM account_records
"""
_OBSERVATIONS: Final = """
    SELECT account_id, observed_at, source, followers FROM observation_series WHERE followers IS NOT NULL
     ORDER BY (observed_at AT TIME ZONE 'UTC')::date, account_id
"""
# {0} to {2}: the counts at the ends of the windows. Of those of one time the last source by id.
_GROWTH: Final = """
    WITH f0 AS ({0}), f1 AS ({1}), f2 AS ({2}), ranked AS (
        SELECT a.id, f0.count - f1.count AS value,
               rank() OVER (ORDER BY f0.count - f1.count DESC NULLS LAST) AS rank,
               CASE WHEN f1.count - f2.count IS NOT NULL
                    THEN rank() OVER (ORDER BY f1.count - f2.count DESC NULLS LAST) END AS previous_rank
          FROM {accounts} AS a
          LEFT JOIN f0 ON f0.account_id = a.id LEFT JOIN f1 ON f1.account_id = a.id LEFT JOIN f2 ON f2.account_id = a.id
         WHERE {condition})
    SELECT rank, previous_rank, value, id FROM ranked WHERE value IS NOT NULL ORDER BY value DESC, id DESC LIMIT 25
"""
_FOLLOWERS: Final = """
    SELECT rank() OVER (ORDER BY followers DESC) AS rank, NULL, followers, id
      FROM {accounts} AS a WHERE followers IS NOT NULL AND {condition} ORDER BY followers DESC, id DESC LIMIT 25
"""
_GROUPS: Final = """
    SELECT {keys}, count(*), count(followers), sum(followers){median} FROM {accounts} GROUP BY {groups}
     ORDER BY count(*) DESC
"""


@dataclass(frozen=True)
class Question:
    """A request, the same as SQL of each peer (None where it cannot answer), and how an answer becomes rows."""

    name: str
    path: str
    duckdb: str
    sqlite: str | None
    read: Callable[[dict[str, Any]], list[tuple[Any, ...]]]


def main() -> None:
    """Write the files, compare the answers, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with connect(options.url) as conn:
        _write_files(conn, options.folder)
        postmaster = machine.postmaster(conn)
    with (
        closing(Database(options.url, statement_timeout_ms=600_000)) as database,
        closing(duckdb.connect()) as duck,
        closing(sqlite3.connect(options.folder / "registry.sqlite")) as lite,
        tempfile.TemporaryDirectory() as folder,
    ):
        config = Config(data_dir=Path(folder), download_cache_dir=Path(folder) / "download-cache")
        client = create_app(config, database).test_client()
        duck.execute("SET TimeZone = 'UTC'")
        date = client.get("/v1/rankings?limit=1").get_json()["ranking"]["date"]
        print("| question | service | DuckDB | SQLite | DuckDB : service |\n| --- | ---: | ---: | ---: | ---: |")
        for question in _questions(options.folder, date):
            _compare(question, client, duck, lite)
            _report(question.name, _measure(question, client, duck, lite, postmaster, options.rounds))


def _questions(folder: Path, date: str) -> Iterator[Question]:
    """Yield the questions as of the end of a day."""
    accounts = f"'{folder / 'accounts.parquet'}'"
    observations = f"'{folder / 'observations.parquet'}'"
    for name, parameters, condition in (
        ("all", "", "true"),
        ("platform", "&platform=weibo", "platform = 'weibo'"),
        ("province", "&region=CN-510000", "region = 'CN-510000'"),
    ):
        yield Question(
            f"followers: {name}",
            f"/v1/rankings?by=followers{parameters}",
            _FOLLOWERS.format(accounts=accounts, condition=condition),
            _FOLLOWERS.format(accounts="accounts", condition=condition),
            _read_ranking,
        )
        of_duck, of_lite = (
            [_counts(source, date, 7 * step, is_duck=is_duck) for step in range(3)]
            for source, is_duck in ((observations, True), ("observations", False))
        )
        yield Question(
            f"growth within a week: {name}",
            f"/v1/rankings?by=growth&days=7{parameters}",
            _GROWTH.format(*of_duck, accounts=accounts, condition=condition),
            _GROWTH.format(*of_lite, accounts="accounts", condition=condition),
            _read_ranking,
        )
    for name, values, median in (
        ("three dimensions", "accounts,followers,median", ", median(followers)"),
        ("three dimensions, no median", "accounts,followers", ""),
    ):
        keys = "platform, department_type, region"
        groups = {"keys": keys, "groups": keys, "median": median}
        yield Question(
            name,
            f"/v1/aggregates?by=platform,department_type,region&region_level=2&limit=1000&values={values}",
            _GROUPS.format(accounts=accounts, **groups),
            None if median else _GROUPS.format(accounts="accounts", **groups),
            _read_groups,
        )


def _counts(table: str, date: str, days: int, *, is_duck: bool) -> str:
    """Return the SQL of the last count of each account in the week to the end of the day so many days before."""
    if is_duck:
        end = f"(TIMESTAMPTZ '{date}' + to_days({1 - days}))"
        return f"""SELECT account_id, arg_max(followers, (observed_at, source)) AS count FROM {table}
                    WHERE observed_at < {end} AND observed_at >= {end} - to_days(7)
                    GROUP BY account_id"""  # noqa: S608 - names of our own
    end = f"unixepoch('{date}', '{1 - days} days')"
    return f"""SELECT account_id, count FROM (
                   SELECT account_id, followers AS count, max(observed_at || source) FROM {table}
                    WHERE observed_at < {end} AND observed_at >= {end} - 7 * 86400
                    GROUP BY account_id)"""  # noqa: S608 - likewise


def _read_ranking(body: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(row["rank"], row["previous_rank"], row["value"], row["account"]["id"]) for row in body["data"]]


def _read_groups(body: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the groups: keys, accounts, known, sum and the median if it was asked for."""
    return [
        (
            *row["group"].values(),
            row["accounts"],
            *(row["followers"][name] for name in ("known", "sum", "median") if name in row["followers"]),
        )
        for row in body["data"]
    ]


def _compare(
    question: Question, client: FlaskClient, duck: duckdb.DuckDBPyConnection, lite: sqlite3.Connection
) -> None:
    """End with what differs; groups are compared without their order, and as many as a page has."""
    body = client.get(question.path).get_json()
    ours = question.read(body)
    peers = {"DuckDB": duck.execute(question.duckdb).fetchall()}
    if question.sqlite is not None:
        peers["SQLite"] = lite.execute(question.sqlite).fetchall()
    for name, rows in peers.items():
        theirs = [tuple(int(v) if isinstance(v, float) and v.is_integer() else v for v in row) for row in rows]
        expected = [tuple(int(v) if isinstance(v, float) and v.is_integer() else v for v in row) for row in ours]
        is_ranking = question.read is _read_ranking
        if theirs[: len(ours)] != expected if is_ranking else not {*expected} <= {*theirs}:
            message = f"{question.name}: {name} answers otherwise\n{theirs[:3]}\n{expected[:3]}"
            raise SystemExit(message)


def _measure(
    question: Question,
    client: FlaskClient,
    duck: duckdb.DuckDBPyConnection,
    lite: sqlite3.Connection,
    postmaster: int,
    rounds: int,
) -> dict[str, list[float]]:
    """Return the milliseconds of each system by round."""
    works: dict[str, Callable[[], object]] = {
        "service": lambda: client.get(question.path).get_data(),
        "DuckDB": lambda: duck.execute(question.duckdb).fetchall(),
    }
    if question.sqlite is not None:
        statement = question.sqlite
        works["SQLite"] = lambda: lite.execute(statement).fetchall()
    # Enough of each for the ticks of 10 ms in which PostgreSQL's time is known.
    repeats = {
        name: max(1, min(100, round(300 / max(1.0, _spend(work, postmaster, 1))))) for name, work in works.items()
    }
    figures: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            figures[name].append(_spend(work, postmaster, repeats[name]))
    return figures


def _spend(work: Callable[[], object], postmaster: int, repeats: int) -> float:
    """Return the milliseconds of the processor that one of `repeats` takes, of this process and of PostgreSQL."""
    own, postgres = machine.spent([os.getpid()]), machine.processor_of_postgres(postmaster)
    for _ in range(repeats):
        work()
    spent = (machine.spent([os.getpid()]) - own) / 1e6 + (machine.processor_of_postgres(postmaster) - postgres) * 1e3
    return spent / repeats


def _report(name: str, figures: dict[str, list[float]]) -> None:
    middle = {system: statistics.median(values) for system, values in figures.items()}
    ratio = statistics.median(peer / own for peer, own in zip(figures["DuckDB"], figures["service"], strict=True))
    cells = [f"{middle[system]:.1f}" if system in middle else "–" for system in ("service", "DuckDB", "SQLite")]
    print(f"| {name} | {' | '.join(cells)} | {ratio:.2f} |", flush=True)


def _write_files(conn: psycopg.Connection[Any], folder: Path) -> None:
    """Write the rows as Parquet and as SQLite, unless they are there."""
    if (folder / "registry.sqlite").exists():
        return
    with closing(duckdb.connect()) as duck:
        for name, query in (("accounts", _ACCOUNTS), ("observations", _OBSERVATIONS)):
            text = folder / f"{name}.csv"
            with (
                text.open("wb") as file,
                conn.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)".encode()) as copy,
            ):
                for block in copy:
                    file.write(block)
            duck.read_csv(str(text), sample_size=-1).write_parquet(str(folder / f"{name}.parquet"), compression="zstd")
        rows = duck.read_parquet(str(folder / "accounts.parquet")).fetchall()
        seen = duck.execute(
            "SELECT account_id, epoch(observed_at), source, followers FROM read_parquet(?)",
            [str(folder / "observations.parquet")],
        )
        # Complete or not there.
        unfinished = folder / "unfinished.sqlite"
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as lite:
            lite.execute(
                "CREATE TABLE accounts (id PRIMARY KEY, platform, department_type, country, region, followers)"
            )
            lite.execute("CREATE TABLE observations (account_id, observed_at, source, followers)")
            lite.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)", rows)
            while some := seen.fetchmany(100_000):
                lite.executemany("INSERT INTO observations VALUES (?, ?, ?, ?)", some)
            # What a capable operator would add for these questions.
            lite.execute("CREATE INDEX by_followers ON accounts (followers)")
            lite.execute("CREATE INDEX by_time ON observations (observed_at, account_id, source, followers)")
            lite.execute("ANALYZE")
            lite.commit()
        unfinished.rename(folder / "registry.sqlite")


if __name__ == "__main__":
    main()
