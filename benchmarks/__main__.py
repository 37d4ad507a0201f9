"""Compare the service with its peers and print the tables: `python -m benchmarks [--write]`, by `make bench`.

Before anything is timed, answers are compared (`benchmarks/answers.py`): the run ends where systems answer differently.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request as HTTPRequest
from urllib.request import urlopen

import psycopg
from psycopg import Connection, sql

from benchmarks import (
    answers,
    downloads,
    evaluation,
    imports,
    load,
    machine,
    measure,
    peers,
    questions,
    registries,
    report,
    rows,
    servers,
    transfers,
    web_pages,
)
from benchmarks.downloads import CEILING
from benchmarks.measure import Subject
from benchmarks.questions import DATASETTE, KEYSET, PLATFORMATIC, ROAPI, SERVICE, Question, Request, Work
from directory.embedded.server import running

FOLDER = servers.ROOT / ".cache" / "benchmarks"
SEED = 1
CACHED = f"{SERVICE}, cached"
NGINX = "nginx"
_PROGRAMS = ("wrk", "nginx")


def arguments() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--accounts", type=int, default=50_000, help="synthetic accounts to measure on")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; within each, all that is compared runs in turn")
    parser.add_argument("--seconds", type=float, default=1, help="seconds of load for each figure")
    parser.add_argument("--port", type=int, default=8510, help="the first of seven free ports; ROAPI takes two more")
    parser.add_argument("--write", action="store_true", help="write the tables to benchmarks/README.md")
    parser.add_argument("--works", nargs="+", metavar="TEXT", help="measure only works with this in their name")
    parser.add_argument("--check", action="store_true", help="only compare the answers")
    parser.add_argument("--transfers", action="store_true", help="measure only how files of snapshots are sent")
    chosen = parser.parse_args()
    if chosen.write and (chosen.works or chosen.check or chosen.transfers):
        parser.error("--write needs all works: omit --works, --check and --transfers")
    return chosen


def main() -> None:
    """Measure, print the tables, and write them with --write."""
    chosen = arguments()
    if missing := [name for name in _PROGRAMS if shutil.which(name) is None]:
        sys.exit(f"{' and '.join(missing)} not found; on Debian or Ubuntu: apt-get install {' '.join(missing)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    parts: list[str] = []
    try:
        for part in _parts(chosen):
            print(f"\n{part}\n", flush=True)
            parts.append(part)
    except answers.DisagreementError as error:
        sys.exit(f"The run ends here, as answers differ. {error}")
    if chosen.write:
        report.write(Path(__file__).with_name("README.md"), "\n\n".join(parts))


def _parts(chosen: argparse.Namespace) -> Iterator[str]:
    """Yield each part of the report as soon as it is measured."""
    is_whole = not (chosen.works or chosen.check or chosen.transfers)
    with running(FOLDER / "postgres") as postgres, psycopg.connect(postgres.superuser_url, autocommit=True) as conn:
        if not chosen.transfers:
            yield from _compare(conn, postgres.superuser_url, chosen)
        if is_whole or chosen.transfers:
            url, folder = database(postgres.superuser_url, "transfers"), FOLDER / "transfers"
            sent = transfers.measure(url, folder, chosen.port, rounds=chosen.rounds, seconds=chosen.seconds)
            yield from report.transfers([*sent])
        if is_whole:
            url = database(postgres.superuser_url, "starter")
            yield report.evaluation(evaluation.score_starter(url, chosen.port, FOLDER / "data"))
    if is_whole:
        yield "Imports of these accounts next to SQL alone (`benchmarks/imports.py`)."
        yield _import(FOLDER)


def _compare(conn: Connection, server: str, chosen: argparse.Namespace) -> Iterator[str]:
    """Yield the parts of the report on requests, downloads and memory."""
    name = f"sample_{chosen.accounts}_{SEED}"
    url = prepare(conn, server, name, chosen.accounts)
    with ExitStack() as stack:
        on, accounts = _start(stack, conn, server, url, chosen)
        idle = {name: machine.proportional(on[name].pid) for name in (CACHED, PLATFORMATIC, DATASETTE, ROAPI, CEILING)}
        works = [
            work
            for work in questions.works(on[SERVICE].base, accounts)
            if not chosen.works or any(text in work.name for text in chosen.works)
        ]

        def ask(system: str, request: Request) -> bytes:
            address = HTTPRequest(on[system].base + request.path, request.body.encode() or None, load.IDENTITY)  # noqa: S310 - ours
            with urlopen(address, timeout=60) as answer:  # noqa: S310 - ours
                body: bytes = answer.read()
            return body

        for line in answers.check(works, ask, [SERVICE, CACHED, DATASETTE, PLATFORMATIC, KEYSET, ROAPI]):
            print(line, flush=True)
        if chosen.check:
            return
        measured = []
        for each in _requests(conn, works, on, name, chosen):
            print(report.line(each), flush=True)
            measured.append(each)
        facts = [*machine.describe(), *peers.versions(), load.generator()]
        with psycopg.connect(server) as one:
            facts.append(f"PostgreSQL {one.info.parameter_status('server_version')} (embedded)")
        yield report.describe(facts, len(accounts))
        yield from report.requests(measured)
        ids = frozenset(account["id"] for account in accounts)
        if not chosen.works or "page" in chosen.works:
            pages = web_pages.works(on[SERVICE].base, accounts)
            web_pages.compare(on, pages, ids)
            yield web_pages.table([*web_pages.measure_pages(conn, pages, on, CACHED, name, chosen)])
        if chosen.works:
            return
        found = downloads.measure(on, registries.address(server, "peers"), ids, rounds=chosen.rounds)
        yield report.downloads(found, len(accounts))
        yield report.memory({name: (before, machine.proportional(on[name].pid)) for name, before in idle.items()})


def _start(
    stack: ExitStack, conn: Connection, server: str, url: str, chosen: argparse.Namespace
) -> tuple[dict[str, servers.Server], list[rows.Document]]:
    """Start all systems on the same rows; return them by name, and the rows."""
    port, exported = chosen.port, FOLDER / "accounts.ndjson"
    environment = {
        "DATABASE_URL": url,
        "DIRECTORY_DATA_DIR": str(FOLDER / "data"),
        "DIRECTORY_SEED_DATA": "none",
        "DIRECTORY_SNAPSHOT_EVERY": "0",
    }
    enter = stack.enter_context
    uncached = {**environment, "DIRECTORY_RESPONSE_CACHE_BYTES": "0"}
    on = {
        SERVICE: enter(servers.service(SERVICE, port, uncached)),
        CACHED: enter(servers.service(CACHED, port + 1, environment)),
    }
    accounts = rows.fetch(on[SERVICE].base, exported)
    flat = [*map(rows.flatten, accounts)]
    rows.write_sqlite(FOLDER / "benchmark.db", flat)
    rows.write_ndjson(FOLDER / "rows.ndjson", flat)
    conn.execute("DROP DATABASE IF EXISTS peers WITH (FORCE)")
    # By PostgreSQL's own locales pg_trgm makes no trigrams of Chinese.
    conn.execute("CREATE DATABASE peers TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8'")
    rows.write_postgres(registries.address(server, "peers"), flat)
    page = _get(on[SERVICE].base + _page(accounts))
    (FOLDER / "page").mkdir(exist_ok=True)
    (FOLDER / "page" / "page.json").write_bytes(page)
    block = f"  server {{\n    location / {{ root {FOLDER / 'page'}; }}\n  }}\n"
    return {
        **on,
        CEILING: enter(servers.ceiling(port + 2, exported)),
        NGINX: enter(servers.nginx(NGINX, port + 3, block, "/page.json")),
        DATASETTE: enter(peers.datasette(port + 4, FOLDER / "benchmark.db", len(flat))),
        PLATFORMATIC: (
            platformatic := enter(peers.platformatic(port + 5, registries.address(server, "peers"), len(flat)))
        ),
        KEYSET: platformatic,
        ROAPI: enter(peers.roapi(port + 6, FOLDER / "rows.ndjson")),
    }, accounts


def _requests(
    conn: Connection, works: Sequence[Work], on: dict[str, servers.Server], database: str, chosen: argparse.Namespace
) -> Iterator[measure.Measured]:
    """Yield what is measured of each work, then of one page that is asked for again and again."""
    subjects = [
        Subject(SERVICE, SERVICE, on[SERVICE], load.COMPRESSED, database),
        Subject(f"{SERVICE}, uncompressed", SERVICE, on[SERVICE], load.IDENTITY, database),
        Subject(CACHED, SERVICE, on[CACHED], load.COMPRESSED, database),
        *(
            Subject(name, name, on[name], load.COMPRESSED, "peers" if name in {PLATFORMATIC, KEYSET} else "")
            for name in (PLATFORMATIC, KEYSET, DATASETTE, ROAPI)
        ),
    ]
    yield from measure.requests(conn, works, subjects, rounds=chosen.rounds, seconds=chosen.seconds)
    lists = [work for work in works if work.rule == "ranked"]
    if not lists:
        return
    page = lists[0].questions[0].asked[SERVICE]
    asked = {SERVICE: page, CEILING: Request("/"), NGINX: Request("/page.json")}
    again = Work("the same page again, an empty answer of Flask, a file by nginx", "own", [Question("", asked, asked)])
    ceilings = [
        Subject(CACHED, SERVICE, on[CACHED], load.COMPRESSED, database),
        Subject(f"{CACHED}, 304", SERVICE, on[CACHED], {**load.COMPRESSED, "If-None-Match": "*"}, database),
        *(Subject(name, name, on[name], load.COMPRESSED) for name in (CEILING, NGINX)),
    ]
    yield from measure.requests(conn, [again], ceilings, rounds=chosen.rounds, seconds=chosen.seconds)


def _page(accounts: Sequence[rows.Document]) -> str:
    return f"/v1/accounts?platform={accounts[0]['platform']}&sort=-followers&limit={questions.PAGE}"


def _get(url: str) -> bytes:
    with urlopen(url, timeout=60) as answer:  # noqa: S310 - ours
        body: bytes = answer.read()
    return body


def _import(folder: Path) -> str:
    """Return the table of imports of the exported accounts by this build."""
    source = folder / "import.ndjson"
    rows.write_import(source, rows.read(folder / "accounts.ndjson"))
    build = imports.build("service", servers.ROOT)
    return imports.measure([build], source, cases=("empty", "unchanged", "changed", "one row"), rounds=1).table()


def prepare(conn: Connection, server: str, name: str, accounts: int) -> str:
    """Return the URL of a database with that many synthetic accounts, made where it is not there yet."""
    if registries.exists(conn, name):
        url = registries.address(server, name)
        servers.run(["migrate"], {"DATABASE_URL": url})
        return url
    url = database(server, f"{name}_new")
    servers.run(["sample", "--accounts", accounts, "--seed", SEED], {"DATABASE_URL": url})
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    conn.execute(statement.format(sql.Identifier(f"{name}_new"), sql.Identifier(name)))
    return registries.address(server, name)


def database(server: str, name: str) -> str:
    """Create a migrated database, replacing one of that name, and return its URL."""
    with psycopg.connect(server, autocommit=True) as conn:
        url = registries.create(conn, server, name, "template0")
    servers.run(["migrate"], {"DATABASE_URL": url})
    return url


if __name__ == "__main__":
    main()
