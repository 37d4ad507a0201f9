"""Run all measurements and print their table: `python -m benchmarks [--write]`; `make bench` installs what it needs."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks import addresses, evaluation, load, machine, measure, report, rows, searches, servers, transfers
from directory.embedded.server import running

FOLDER = servers.ROOT / ".cache" / "benchmarks"
SEED = 1


def arguments() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--accounts", type=int, default=50_000, help="synthetic accounts to measure on")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; within each, all that is compared runs in turn")
    parser.add_argument("--seconds", type=float, default=4, help="seconds of load for each figure")
    parser.add_argument("--port", type=int, default=8510, help="the first of four free ports")
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/README.md")
    parser.add_argument("--works", nargs="+", metavar="TEXT", help="measure only works with this in their name")
    parser.add_argument("--transfers", action="store_true", help="measure only how files of snapshots are sent")
    chosen = parser.parse_args()
    if chosen.works and chosen.write:
        parser.error("--write needs all works: omit --works")
    return chosen


def main() -> None:
    """Measure, print the figures, and write them with --write."""
    chosen = arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running(FOLDER / "postgres") as postgres:
        if chosen.transfers:
            sent = [*run_transfers(chosen, postgres.superuser_url)]
            print("\n\n".join(report.transfers(sent)))
            return
        figures: list[measure.Figures] = []
        memory: dict[str, float] = {}
        for figure in run(chosen, postgres.superuser_url, memory):
            print(report.line(figure), flush=True)
            figures.append(figure)
        if chosen.works:
            return
        with psycopg.connect(postgres.superuser_url) as conn:
            server = f"PostgreSQL {conn.info.parameter_status('server_version')} (embedded)"
        found = evaluation.score_starter(database(postgres.superuser_url, "starter"), chosen.port, FOLDER / "data")
    print(f"\n{found.table()}", *found.misses, sep="\n")
    text = report.table(
        figures,
        memory,
        found,
        [*machine.describe(), servers.datasette_version(), server, load.generator()],
        chosen.accounts,
    )
    print(f"\n{text}")
    if chosen.write:
        report.write(Path(__file__).with_name("README.md"), text)


def run(chosen: argparse.Namespace, server: str, memory: dict[str, float]) -> Iterator[measure.Figures]:
    """Yield each measurement as soon as it is complete; at the end `memory` has the peaks in MiB."""
    environment = {"DATABASE_URL": prepare(server, chosen.accounts), "DIRECTORY_DATA_DIR": str(FOLDER / "data")}
    with ExitStack() as stack:
        port, exported = chosen.port, FOLDER / "accounts.ndjson"
        uncached = {**environment, "DIRECTORY_RESPONSE_CACHE_BYTES": "0"}
        service = stack.enter_context(servers.service("service", port, uncached))
        cached = stack.enter_context(servers.service("service, cached", port + 1, environment))
        accounts = rows.fetch(service.base, exported)
        rows.write_sqlite(FOLDER / "benchmark.db", accounts)
        ceiling = stack.enter_context(servers.ceiling(port + 2, exported))
        datasette = stack.enter_context(servers.datasette(port + 3, FOLDER / "benchmark.db", len(accounts)))
        on = measure.Subjects(service, cached, ceiling, datasette)
        works = [*addresses.works(service.base, accounts), *searches.works(accounts)]
        if chosen.works:
            works = [work for work in works if any(text in work.name for text in chosen.works)]
        yield from measure.requests(works, on, rounds=chosen.rounds, seconds=chosen.seconds)
        if chosen.works:
            return
        yield from measure.downloads(on, rounds=chosen.rounds, accounts=len(accounts))
        memory.update({server.name: machine.peak(server.pid) for server in (ceiling, service, cached, datasette)})
    if transfers.can_measure():
        yield from run_transfers(chosen, server)
    fresh = [database(server, f"import_{number}") for number in range(chosen.rounds)]
    yield measure.imports(FOLDER, exported, fresh)


def run_transfers(chosen: argparse.Namespace, server: str) -> Iterator[measure.Figures]:
    """Yield each measurement of how files of snapshots are sent."""
    url, folder = database(server, "transfers"), FOLDER / "transfers"
    yield from transfers.measure(url, folder, chosen.port, rounds=chosen.rounds, seconds=chosen.seconds)


def prepare(server: str, accounts: int) -> str:
    """Return the URL of a database with that many synthetic accounts, created if it does not exist."""
    name = f"sample_{accounts}_{SEED}"
    with psycopg.connect(server) as conn:
        made = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if made is not None:
        return _address(server, name)
    url = database(server, f"{name}_new")
    servers.run(["sample", "--accounts", accounts, "--seed", SEED], {"DATABASE_URL": url})
    with psycopg.connect(server, autocommit=True) as conn:
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        conn.execute(statement.format(sql.Identifier(f"{name}_new"), sql.Identifier(name)))
    return _address(server, name)


def database(server: str, name: str) -> str:
    """Create a migrated database, replacing one of that name, and return its URL."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    url = _address(server, name)
    servers.run(["migrate"], {"DATABASE_URL": url})
    return url


def _address(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


if __name__ == "__main__":
    main()
