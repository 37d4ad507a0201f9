"""Two builds of the service side by side: `python -m benchmarks.builds OLD NEW`, each the folder of a source tree.

Both serve copies of one registry, which OLD fills and NEW migrates, with one worker each and no kept answers. Both are
asked the same texts in turn, none of them twice. For each work it prints milliseconds on the clock, and of processor
time of the server and its PostgreSQL, with the ratios (the middle one of the rounds'). Answers are compared byte for
byte; builds that differ on purpose are compared by how many verdicts of each kind they give (`--counts`).

The rows are those of the starter data and of `--rows`; without real ones, `directory sample`.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks import registries, servers, side_by_side
from benchmarks.texts import Texts, distinct
from directory.embedded.server import running

FOLDER = servers.ROOT / ".cache" / "benchmarks" / "builds"
REAL = servers.ROOT.parent / "shared" / "data"
SEED = 7
_CACHE_SETTINGS = ("DIRECTORY_RESPONSE_CACHE_BYTES", "DIRECTORY_ANSWER_CACHE_BYTES")
_STARTER = Path("directory") / "imports" / "starter"


def arguments() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument(
        "--rows", type=Path, nargs="*", help="NDJSON to import in addition to the starter data, and CSV of sources"
    )
    parser.add_argument("--accounts", type=int, default=50_000, help="synthetic ones, where there are no real rows")
    parser.add_argument("--import-each", action="store_true", help="have NEW import the rows too; ids then differ")
    parser.add_argument("--counts", action="store_true", help="compare numbers of verdicts alone, not bytes")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument(
        "--minutes", type=float, default=4, help="begin no work after so many, without the first import"
    )
    parser.add_argument("--works", nargs="+", metavar="TEXT", default=[""], help="only works with this in their name")
    parser.add_argument("--port", type=int, default=8530, help="the first of two free ports")
    chosen = parser.parse_args()
    if chosen.rows is None:
        chosen.rows = sorted(path for kind in ("sources.csv", "*.ndjson.gz") for path in REAL.glob(kind))
        # What is no list of accounts, and what the starter data hold already.
        chosen.rows = [path for path in chosen.rows if path.name.partition(".")[0] in {"sources", "accounts", "more"}]
    return chosen


def main() -> None:
    """Measure, print the table, and fail where answers differ that must not."""
    chosen = arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running(FOLDER / "postgres") as postgres, ExitStack() as stack:
        server = postgres.superuser_url
        trees = {"old": chosen.old.resolve(), "new": chosen.new.resolve()}
        rows = {"old": _rows(server, trees["old"], chosen)}
        rows["new"] = _rows(server, trees["new"], chosen) if chosen.import_each else rows["old"]
        builds = []
        for number, (name, tree) in enumerate(trees.items()):
            url = _copy(server, rows[name], f"builds_{name}")
            servers.run(["migrate"], {"DATABASE_URL": url}, tree)
            builds.append(stack.enter_context(_serve(name, tree, url, chosen.port + number)))
        conn = stack.enter_context(psycopg.connect(server, autocommit=True))
        with psycopg.connect(builds[0].url) as one:
            places = [name for (name,) in one.execute("SELECT name_local FROM regions WHERE code LIKE 'CN-%'")]
            texts = Texts([*distinct(_accounts(one))], sorted(filter(None, places)), SEED)
        report = side_by_side.Report(builds, counts_only=chosen.counts or chosen.import_each)
        end = time.monotonic() + chosen.minutes * 60
        works = [work for work in side_by_side.WORKS if any(text in work.name for text in chosen.works)]
        for _ in range(chosen.rounds):
            for work in works:
                if time.monotonic() < end:
                    report.measure(conn, work, texts)
        print("\n\n".join(report.tables()))
        if report.differences:
            sys.exit("\n".join([f"{report.differing} answers differ, among them:", *report.differences]))


@contextmanager
def _serve(name: str, tree: Path, url: str, port: int) -> Iterator[side_by_side.Build]:
    # A build before the first release has another name for it, and refuses a setting that it does not know.
    code = (tree / "directory" / "config.py").read_text(encoding="utf-8")
    cache = next(name for name in _CACHE_SETTINGS if name in code)
    settings = {
        "DATABASE_URL": url,
        "DIRECTORY_DATA_DIR": str(FOLDER / name),
        "DIRECTORY_PUBLIC_URL": "https://directory.example",
        cache: "0",
        "DIRECTORY_SNAPSHOT_EVERY": "0",
        "DIRECTORY_WORKERS": "1",
    }
    with servers.service(name, port, settings, tree) as server:
        yield side_by_side.Build(name, server, url, f"builds_{name}")


def _rows(server: str, tree: Path, chosen: argparse.Namespace) -> str:
    """Return the name of a database with the rows as this tree imports them, made where it is not there yet."""
    name = f"rows_{_digest(tree, chosen)}"
    with psycopg.connect(server) as conn:
        if registries.exists(conn, name):
            return name
    print(f"importing the rows by {tree}", file=sys.stderr, flush=True)
    url = _copy(server, "template0", f"{name}_new")
    environment = {"DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(FOLDER / "import")}
    if chosen.rows:
        servers.run(["migrate"], environment, tree)
        files = [
            tree / _STARTER / "sources.csv",
            tree / _STARTER / "starter.ndjson.gz",
            *map(Path.resolve, chosen.rows),
        ]
        for path in files:
            rejected = ["--skip-invalid", "--rejected", FOLDER / "rejected.ndjson"]
            command = ["import-sources"] if path.suffix == ".csv" else ["import", *rejected]
            servers.run([*command, path], environment, tree)
    else:
        servers.run(["sample", "--accounts", chosen.accounts, "--seed", SEED], environment, tree)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")
    with psycopg.connect(server, autocommit=True) as conn:
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        conn.execute(statement.format(sql.Identifier(f"{name}_new"), sql.Identifier(name)))
    return name


def _digest(tree: Path, chosen: argparse.Namespace) -> str:
    """Return what tells apart rows that another program, or other files, would give."""
    found = hashlib.sha256(str(chosen.accounts).encode())
    sources = (path for folder in ("directory", "migrations") for path in (tree / folder).rglob("*"))
    for path in (*sorted(sources), *chosen.rows):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _copy(server: str, rows: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as conn:
        return registries.create(conn, server, name, rows)


def _accounts(conn: psycopg.Connection) -> Sequence[tuple[str, str, str]]:
    return conn.execute(
        "SELECT url, handle, name FROM accounts"
        " WHERE url IS NOT NULL AND handle IS NOT NULL AND name IS NOT NULL ORDER BY id"
    ).fetchall()


if __name__ == "__main__":
    main()
