"""Imports of two builds next to the limits of SQL: `python -m benchmarks.imports OLD NEW`, each a source tree.

In each round both builds, in turn, import the same rows into an empty registry of their own, the same rows once more,
the rows of which 5 % have another name, one row, and the rows into a registry with the starter data. Next to them
stand the same rows through plain COPY, and through staging and upsert in SQL alone (`benchmarks/import_limits.py`). It
prints seconds on the clock, of processor time of Python and of PostgreSQL (all below the postmaster), and the peak
memory of Python's processes, and fails where the registries differ in anything but ids, revisions and times.

The start of the program is part of each figure; the import of one row shows what it is.
"""

import argparse
import gzip
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks import import_limits, machine, registries, servers
from directory.embedded.server import running

FOLDER: Final = servers.ROOT / ".cache" / "benchmarks" / "imports"
CASES: Final = ("empty", "unchanged", "changed", "one row", "starter")
PORT: Final = 8540
_CHANGED_OF: Final = 20
_STARTER: Final = Path("directory") / "imports" / "starter"


@dataclass(frozen=True, slots=True)
class Build:
    """One of the builds: its name in the tables, its source tree and the settings that its commands run with."""

    name: str
    tree: Path
    environment: dict[str, str]

    def migrate(self, url: str) -> None:
        """Bring the database at `url` to the schema of this build."""
        servers.run(["migrate"], {**self.environment, "DATABASE_URL": url}, self.tree)

    def load(self, url: str, file: Path) -> machine.Cost:
        """Import a file, and return what that cost Python."""
        rejected = FOLDER / f"{self.name}.rejected.ndjson"
        rejected.unlink(missing_ok=True)
        kind = ["import-sources"] if file.suffix == ".csv" else ["import", "--skip-invalid", "--rejected", rejected]
        return servers.measure([*kind, file], {**self.environment, "DATABASE_URL": url}, self.tree)


@dataclass(slots=True)
class Report:
    """The costs so far: by case and subject, one per round; and how the registries of two builds differ."""

    costs: dict[str, dict[str, list[machine.Cost]]] = field(default_factory=dict[str, dict[str, list[machine.Cost]]])
    differences: list[str] = field(default_factory=list[str])

    def add(self, case: str, subject: str, cost: machine.Cost) -> None:
        """Add one round's cost of a subject, and print it."""
        self.costs.setdefault(case, {}).setdefault(subject, []).append(cost)
        print(f"{case}, {subject}: {cost.line()}", file=sys.stderr, flush=True)

    def table(self) -> str:
        """Return the medians, and of builds the ratios, as Markdown."""
        lines = [
            "| import | by | wall s | Python s | PostgreSQL s | peak MiB | old : new, wall | old : new, processor |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for case, subjects in self.costs.items():
            for subject, costs in subjects.items():
                cells = [
                    f"{statistics.median(seen):.2f}" for seen in zip(*(cost.seconds() for cost in costs), strict=True)
                ]
                peak = f"{max(cost.peak for cost in costs):.0f}" if costs[0].peak else "–"
                ratios = _ratios(subjects["old"], costs) if subject == "new" and "old" in subjects else ["", ""]
                lines.append(f"| {' | '.join([case, subject, *cells, peak, *ratios])} |")
        return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rows", type=Path, help="NDJSON, plain or .gz; without it, the starter data of NEW")
    parser.add_argument("--sources", type=Path, help="CSV of sources to import before the rows")
    parser.add_argument(
        "--cases", nargs="+", choices=CASES, default=CASES, help="the first is needed by the next three"
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--port", type=int, default=PORT, help="a free port, on which registries are read to compare them"
    )
    parser.add_argument(
        "--ignore", nargs="+", metavar="FIELD", default=[], help="fields in which registries may differ"
    )
    chosen = parser.parse_args()
    if {"unchanged", "changed", "one row"} & {*chosen.cases} and "empty" not in chosen.cases:
        parser.error("unchanged, changed and one row import into what empty left: name it too")
    return chosen


def main() -> None:
    """Measure, print the table, and fail where the registries differ."""
    chosen = arguments()
    builds = [build("old", chosen.old.resolve()), build("new", chosen.new.resolve())]
    source = chosen.rows or builds[1].tree / _STARTER / "starter.ndjson.gz"
    report = measure(
        builds,
        source,
        cases=chosen.cases,
        rounds=chosen.rounds,
        sources=chosen.sources,
        port=chosen.port,
        ignore=chosen.ignore,
    )
    print(f"{report.table()}\n\n{chosen.rounds} rounds.")
    if report.differences:
        sys.exit("\n".join(["the registries of old and new differ:", *report.differences]))
    print("Both builds made the same registries.")


def measure(
    builds: Sequence[Build],
    source: Path,
    *,
    cases: Sequence[str],
    rounds: int,
    sources: Path | None = None,
    port: int = PORT,
    ignore: Sequence[str] = (),
) -> Report:
    """Return what the cases cost one build or two, and how the registries of two differ; `port` is a free one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    files, report = write_files(source), Report()
    with running(FOLDER / "postgres") as postgres, psycopg.connect(postgres.superuser_url, autocommit=True) as conn:
        server = postgres.superuser_url
        # What the server does on its own accord would be counted for whichever build has its turn.
        for statement in ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()"):
            conn.execute(statement)
        for one in builds:
            _make_templates(conn, server, one, cases, [sources] if sources else [])
        for number in range(rounds):
            limits = registries.create(conn, server, "imports_limits", "template0")
            for name, cost in import_limits.measure(limits, files):
                report.add("limit", name, cost)
            for case in cases:
                for one in builds if number % 2 == 0 else reversed(builds):
                    report.add(case, one.name, _measure(conn, server, one, case, files))
        for case in ("changed" if "changed" in cases else "empty", "starter"):
            if case in cases and len(builds) > 1:
                both = [_documents(server, one, case, port) for one in builds]
                report.differences += [f"{case}: {line}" for line in registries.compare(*both, ignore=ignore)]
    return report


def write_files(rows: Path) -> import_limits.Files:
    """Write the rows, the same with every twentieth under another name, and one of them; return their files."""
    with gzip.open(rows, "rt", encoding="utf-8") if rows.suffix == ".gz" else rows.open(encoding="utf-8") as file:
        read: list[dict[str, Any]] = [json.loads(line) for line in file]
    # Another name, and none that is new: rows without one stay as they are.
    changed = [
        {**row, "name": f"{row['name']} Office"} if number % _CHANGED_OF == 7 and row.get("name") else row  # noqa: PLR2004 - any of them
        for number, row in enumerate(read)
    ]
    files = import_limits.Files(*(FOLDER / f"{name}.ndjson" for name in ("rows", "changed", "one")))
    for path, lines in ((files.rows, read), (files.changed, changed), (files.one, read[:1])):
        with path.open("w", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in lines)
    return files


def build(name: str, tree: Path) -> Build:
    """Return the build of a source tree."""
    # A build before the first release has another name for it, and refuses a setting that it does not know.
    code = "".join(path.read_text(encoding="utf-8") for path in (tree / "directory").glob("*.py"))
    setting = "DIRECTORY_SEED_DATA" if "DIRECTORY_SEED_DATA" in code else "DIRECTORY_STARTER"
    more = {setting: "none", "DIRECTORY_SNAPSHOT_EVERY": "0", "DIRECTORY_DATA_DIR": str(FOLDER / name)}
    return Build(name, tree, more)


def _make_templates(
    conn: psycopg.Connection, server: str, build: Build, cases: Sequence[str], sources: Sequence[Path]
) -> None:
    """Make the registries that rows are imported into: an empty one, and one with the build's starter data."""
    starter = [build.tree / _STARTER / name for name in ("sources.csv", "starter.ndjson.gz")]
    for case, files in (("empty", sources), ("starter", [*starter, *sources])):
        if case in cases:
            url = registries.create(conn, server, f"imports_{build.name}_{case}_template", "template0")
            build.migrate(url)
            for file in files:
                build.load(url, file)
            _settle(url)


def _measure(
    conn: psycopg.Connection, server: str, build: Build, case: str, files: import_limits.Files
) -> machine.Cost:
    """Import once, into a fresh copy where the case begins with one; return what it cost Python and PostgreSQL."""
    fresh = case in {"empty", "starter"}
    name = f"imports_{build.name}_{case if fresh else 'empty'}"
    url = registries.create(conn, server, name, f"{name}_template") if fresh else registries.address(server, name)
    file = {"changed": files.changed, "one row": files.one}.get(case, files.rows)
    conn.execute("CHECKPOINT")
    postmaster = machine.postmaster(conn)
    before = machine.processor_of_postgres(postmaster)
    cost = build.load(url, file)
    cost.postgres = machine.processor_of_postgres(postmaster) - before
    _settle(url)
    return cost


def _settle(url: str) -> None:
    """Do what autovacuum would have done by the next import."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")


def _documents(server: str, build: Build, case: str, port: int) -> registries.Documents:
    """Return the public documents of what a case left, as this build serves them."""
    name = f"imports_{build.name}_{'starter' if case == 'starter' else 'empty'}"
    environment = {**build.environment, "DATABASE_URL": registries.address(server, name), "DIRECTORY_WORKERS": "1"}
    with servers.service(f"imports {build.name}", port, environment, build.tree) as service:
        return registries.read(service.base)


def _ratios(old: Sequence[machine.Cost], new: Sequence[machine.Cost]) -> list[str]:
    def middle(of: Iterator[float]) -> str:
        return f"{statistics.median(of):.2f}"

    pairs = [*zip(old, new, strict=True)]
    return [
        middle(one.wall / other.wall for one, other in pairs),
        middle((one.python + one.postgres) / (other.python + other.postgres) for one, other in pairs),
    ]


if __name__ == "__main__":
    main()
