"""The measurements: all subjects run in turn within each round, so that noise of the machine affects all of them."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks import load, rows, servers
from benchmarks.addresses import Work
from benchmarks.servers import Server

CHUNK = 1 << 20


@dataclass(slots=True)
class Figures:
    """The figures of one work: for each subject one per round, in the order of the rounds."""

    name: str
    unit: str
    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, subject: str, figure: float) -> None:
        """Add one round's figure of a subject."""
        self.of.setdefault(subject, []).append(figure)

    def median(self, subject: str) -> float | None:
        """Return the median of a subject, None if it was not measured."""
        return statistics.median(self.of[subject]) if subject in self.of else None

    def ratio(self, subject: str, to: str) -> float | None:
        """Return the median of the rounds' ratios of two subjects, None if one was not measured."""
        if subject not in self.of or to not in self.of:
            return None
        return statistics.median(a / b for a, b in zip(self.of[subject], self.of[to], strict=True))


@dataclass(frozen=True, slots=True)
class Subjects:
    """The servers that are compared: the service without and with its response cache, the ceiling, and Datasette."""

    service: Server
    cached: Server
    ceiling: Server
    datasette: Server

    def paths_for(self, work: Work) -> list[tuple[Server, Sequence[str]]]:
        """Return each server with its paths for a work, in the order of their turns."""
        ours = [(server, work.service) for server in (self.service, self.cached)]
        return [(self.ceiling, ["/"]), *ours, (self.datasette, work.datasette)]


def requests(works: Sequence[Work], on: Subjects, *, rounds: int, seconds: float) -> Iterator[Figures]:
    """Yield requests per second of each work, for all servers in turn."""
    for work in works:
        figures = Figures(work.name, "requests per second")
        subjects = on.paths_for(work)
        for server, paths in subjects:
            load.drive(server.base, paths, 1)  # connections, statements and pages that are read for the first time
        for _ in range(rounds):
            for server, paths in subjects:
                seen = load.drive(server.base, paths, seconds)
                if seen.failures:
                    raise RuntimeError(f"{server.name} failed {seen.failures} times at {work.name}, as in {paths[0]}")
                figures.add(server.name, seen.per_second)
        yield figures


def downloads(on: Subjects, *, rounds: int, accounts: int) -> Iterator[Figures]:
    """Yield the seconds of a download of all accounts: new, repeated, and by the other servers."""
    stream = f"{on.datasette.base}/benchmark/accounts"
    forms = {
        "csv": (f"{stream}.csv?_stream=on&_size=max", 1),
        "ndjson": (f"{stream}.json?_shape=array&_nl=on&_size=max", 0),
    }
    for form, (theirs, heading) in forms.items():
        figures = Figures(f"all accounts as {form.upper()}", "seconds")
        for number in range(rounds):
            # A filter that matches all accounts and is not in the download cache.
            new = f"{on.service.base}/v1/accounts.{form}?updated_after=2000-01-{number + 1:02}"
            figures.add("service, new", _fetch(new, accounts + heading))
            figures.add("service, again", _fetch(new, accounts + heading))
            figures.add("Datasette", _fetch(theirs, accounts + heading))
            figures.add("ceiling", _fetch(f"{on.ceiling.base}/file", accounts))
        yield figures


def _fetch(url: str, lines: int) -> float:
    begin = time.perf_counter()
    seen, last = 0, b""
    with urlopen(Request(url, headers={"Accept-Encoding": "identity"}), timeout=120) as answer:  # noqa: S310 - ours
        while chunk := answer.read(CHUNK):
            seen += chunk.count(b"\n")
            last = chunk[-1:]
    took = time.perf_counter() - begin
    seen += last != b"\n"
    if seen < lines:  # a text with a line break is more lines of CSV than rows
        raise RuntimeError(f"{url} gave {seen} lines instead of {lines}")
    return took


def imports(folder: Path, accounts: Path, databases: Sequence[str]) -> Figures:
    """Return the seconds of an import into each empty database, of the same import again, and into SQLite."""
    source = folder / "import.ndjson"
    rows.write_import(source, rows.read(accounts))
    figures = Figures("import", "seconds")
    for url in databases:
        environment = {"DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(folder / "data")}
        figures.add("service, new", servers.run(["import", source], environment))
        figures.add("service, again", servers.run(["import", source], environment))
        figures.add("SQLite", rows.write_sqlite(folder / "import.db", rows.read(accounts)))
    return figures
