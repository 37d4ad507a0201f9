"""What each part of `directory/worker` and of its way to PostgreSQL gains: `python -m benchmarks.worker`.

For each part it starts two workers on one registry with the starter data, one of them without the part
(`benchmarks/worker_parts.py`), compares their answers, and then measures both in turn: requests per second, processor
time of a request (of the worker and of its PostgreSQL backends) and the 99th percentile of the time to an answer. A
ratio is the median of the rounds' ratios (without : with), and their range: from 1.10 on a part gains 10 %. The
complete worker starts first, and answers about a tenth less for that reason alone: the gains are rather too low.
"""

import argparse
import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import urlopen

import psycopg

from benchmarks import keep_alive, machine, servers
from benchmarks.__main__ import database
from benchmarks.keep_alive import Run
from benchmarks.servers import Server
from benchmarks.texts import Texts, distinct
from benchmarks.worker_parts import NOTHING, PARTS
from directory.embedded.server import running
from directory.imports.pipeline import load_starter

FOLDER = servers.ROOT / ".cache" / "benchmarks" / "worker"
SEED: Final = 3
_DOWNLOAD: Final = "/v1/accounts.ndjson"
_CACHED: Final = ("/v1/accounts?region=GB", "/v1/accounts?platform=x&limit=50", "/v1/departments", "/v1/platforms")
# As most pasted lists are.
SHARES: Final = {"registered": 65, "look-alikes": 15, "names": 10, "unknown": 10}
_CONNECTIONS: Final = 4
_MANY_CONNECTIONS: Final = 16
# More than a worker has threads.
_SLOW_READERS: Final = 4
_MILLION: Final = 1_000_000
_EXPECTED: Final = (200, 304)

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that is up, and the name of its connections to PostgreSQL."""

    server: Server
    application_name: str

    @property
    def port(self) -> int:
        """The port that it serves."""
        return urlsplit(self.server.base).port or 0

    def spent(self, conn: psycopg.Connection[Any]) -> int:
        """Return the nanoseconds of processor time that the worker and its backends have used."""
        rows = conn.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self.application_name])
        return machine.spent([*machine.tree(self.server.pid), *(pid for (pid,) in rows)])


class Requests:
    """The requests of each round: of uncached cases none is the same twice."""

    def __init__(self, conn: psycopg.Connection[Any], base: str) -> None:
        accounts = [
            *distinct(
                conn.execute(
                    "SELECT url, handle, name FROM accounts WHERE url IS NOT NULL"
                    " AND handle IS NOT NULL AND name IS NOT NULL ORDER BY id"
                ).fetchall()
            )
        ]
        self._texts = Texts(accounts, ["成都", "北京"], SEED)
        # These may come again, as no response to POST is cached.
        many = Texts(accounts, ["成都", "北京"], SEED)
        self._many = {kind: itertools.cycle(many.take(kind, 1_500)) for kind in SHARES}
        ids = conn.execute("SELECT id FROM accounts ORDER BY md5(id::text) LIMIT 2000").fetchall()
        self._ids = itertools.cycle(str(id_) for (id_,) in ids)
        regions = conn.execute(
            "SELECT country FROM accounts WHERE country IS NOT NULL GROUP BY 1 HAVING count(*) > 25 ORDER BY 1"
        )
        self._regions = itertools.cycle([code for (code,) in regions])
        self._numbers = itertools.count()
        self._etags = []
        for path in _CACHED:
            with urlopen(base + path, timeout=30) as response:  # noqa: S310 - our own server
                self._etags.append(response.headers["ETag"])

    def cached(self) -> list[bytes]:
        """Return requests that are answered from the response cache."""
        return [keep_alive.get(path) for path in _CACHED] * 150

    def not_modified(self) -> list[bytes]:
        """Return requests that are answered 304."""
        both = zip(_CACHED, self._etags, strict=True)
        return [keep_alive.get(path, f"If-None-Match: {etag}\r\n") for path, etag in both] * 150

    def records(self, number: int = 300) -> list[bytes]:
        """Return requests for single accounts."""
        return [keep_alive.get(f"/v1/accounts/{id_}", self._uncached()) for id_ in itertools.islice(self._ids, number)]

    def lists(self, number: int = 200) -> list[bytes]:
        """Return requests for first pages of lists."""
        regions = itertools.islice(self._regions, number)
        return [keep_alive.get(f"/v1/accounts?region={code}&sort=-followers", self._uncached()) for code in regions]

    def _uncached(self) -> str:
        # Every other header of this kind has responses of its own in the cache.
        return f"Accept-Encoding: x-{next(self._numbers)}\r\n"

    def resolve_one(self) -> list[bytes]:
        """Return requests of one text each."""
        return [keep_alive.get(f"/v1/resolve?q={quote(text, safe='')}") for text in self._texts.take("mixed", 120)]

    def resolve_hundred(self) -> list[bytes]:
        """Return requests of 100 texts each."""
        return [self.batch(100) for _ in range(8)]

    def batch(self, number: int) -> bytes:
        """Return one request of so many texts."""
        texts = [
            text for kind, share in SHARES.items() for text in itertools.islice(self._many[kind], number * share // 100)
        ]
        return keep_alive.post("/v1/resolve", json.dumps({"queries": texts}, ensure_ascii=False).encode())


Work = Callable[[int], Run]


@dataclass(frozen=True, slots=True)
class Case:
    """A class of requests: `prepare` makes the work of one round, which is then done on each of the two workers."""

    name: str
    prepare: Callable[[Requests], Work]


def _driven(requests: Callable[[Requests], list[bytes]], connections: int = _CONNECTIONS) -> Callable[[Requests], Work]:
    def prepare(of: Requests) -> Work:
        made = requests(of)
        return lambda port: keep_alive.drive(port, made, connections)

    return prepare


def _long_among_short(of: Requests) -> Work:
    """Measure a batch of 1,000 texts while eight connections request lists; the answers are those of the batch."""
    batch, short = of.batch(1_000), of.lists(5_000)

    def work(port: int) -> Run:
        ended = threading.Event()
        thread = threading.Thread(target=keep_alive.drive, args=(port, short, 8, 60.0, ended))
        thread.start()
        time.sleep(0.2)
        try:
            return keep_alive.drive(port, [batch, batch], 1)
        finally:
            ended.set()
            thread.join()

    return work


def _lists_with_slow_readers(of: Requests) -> Work:
    lists = of.lists()

    def work(port: int) -> Run:
        with keep_alive.read_slowly(port, _DOWNLOAD, _SLOW_READERS):
            return keep_alive.drive(port, lists, _CONNECTIONS, timeout=10)

    return work


CASES: Final = (
    Case("cached lists", _driven(Requests.cached)),
    Case("304", _driven(Requests.not_modified)),
    Case("records, uncached", _driven(lambda of: of.records())),
    Case("lists, uncached", _driven(lambda of: of.lists())),
    Case("records over 16 connections", _driven(lambda of: of.records(1_000), _MANY_CONNECTIONS)),
    Case("resolve one text", _driven(Requests.resolve_one)),
    Case("resolve 100 texts", _driven(Requests.resolve_hundred, 1)),
    Case("resolve 1,000 texts", _driven(lambda of: [of.batch(1_000)] * 2, 1)),
    Case("resolve 1,000 texts among lists", _long_among_short),
    Case("lists with slow readers", _lists_with_slow_readers),
    Case("download of all accounts", lambda _: lambda port: keep_alive.download(port, _DOWNLOAD)),
)


def _measure(worker: Worker, work: Work, conn: psycopg.Connection[Any]) -> tuple[Run, Figures]:
    """Do the work of a round on a worker; return it with milliseconds a request."""
    before = worker.spent(conn)
    run = work(worker.port)
    spent = worker.spent(conn) - before
    done = sum(answer is not None for answer in run.answers)
    p99 = statistics.quantiles(run.latencies, n=100)[98] if len(run.latencies) > 1 else run.seconds
    wall = run.seconds / max(done, 1)
    return run, {"wall": wall * 1000, "processor": spent / max(done, 1) / _MILLION, "p99": p99 * 1000}


def _compare(case: Case, one: Run, other: Run) -> None:
    for mine, its in zip(one.answers, other.answers, strict=True):
        # Where slow readers hold all threads, some requests have no answer.
        if mine is not None and its is not None and (mine != its or mine[0] not in _EXPECTED):
            raise RuntimeError(f"{case.name}: answers differ, or are of an error:\n{mine!r:.500}\n{its!r:.500}")


def measure(
    workers: tuple[Worker, Worker],
    requests: Requests,
    cases: Sequence[Case],
    conn: psycopg.Connection[Any],
    rounds: int,
) -> Iterator[str]:
    """Yield a line of the table for each case: with the part, without it, and the ratios."""
    for case in cases:
        figures: tuple[list[Figures], list[Figures]] = ([], [])
        for number in range(rounds + 1):
            halves: tuple[list[Figures], list[Figures]] = ([], [])
            # Each worker is the first once a round: the second finds PostgreSQL's pages in the processor's cache.
            for order in ((0, 1), (1, 0)):
                work = case.prepare(requests)
                runs = {which: _measure(workers[which], work, conn) for which in order}
                _compare(case, runs[0][0], runs[1][0])
                for which in order:
                    halves[which].append(runs[which][1])
            # Round 0 fills caches, prepares statements, and shows that the answers are the same.
            if number:
                for which in (0, 1):
                    one, other = halves[which]
                    figures[which].append({key: (one[key] + other[key]) / 2 for key in one})
        yield _line(case.name, *figures)


def _line(name: str, with_part: list[Figures], without: list[Figures]) -> str:
    cells = [name]
    for key in ("wall", "processor", "p99"):
        one, other = ([figures[key] for figures in each] for each in (with_part, without))
        ratios = [b / a for a, b in zip(one, other, strict=True)]
        middle = [statistics.median(each) for each in (one, other)]
        shown = [f"{1000 / each:,.0f}" if key == "wall" else f"{each:.3g}" for each in middle]
        cells += [*shown, f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})"]
    return f"| {' | '.join(cells)} |"


HEAD: Final = (
    "| requests | per s with | without | ratio | processor, ms | without | ratio | p99, ms | without | ratio |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def arguments() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", nargs="+", metavar="TEXT", default=[""], help="only parts with this in their name")
    parser.add_argument("--cases", nargs="+", metavar="TEXT", default=[""], help="only cases with this in their name")
    parser.add_argument("--port", type=int, default=8540, help="the first of two free ports")
    return parser.parse_args()


def main() -> None:
    """Measure, and print a table for each part."""
    chosen = arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = [case for case in CASES if any(text in case.name for text in chosen.cases)]
    with running(FOLDER / "postgres") as postgres:
        url = registry(postgres.superuser_url)
        with psycopg.connect(url, autocommit=True) as conn:
            for part in PARTS:
                if any(text in part for text in chosen.parts):
                    with ExitStack() as stack:
                        workers = (
                            stack.enter_context(_started(NOTHING, "with", url, chosen.port)),
                            stack.enter_context(_started(part, "without", url, chosen.port + 1)),
                        )
                        print(f"\nwithout {part}\n\n{HEAD}", flush=True)
                        requests = Requests(conn, workers[0].server.base)
                        for line in measure(workers, requests, cases, conn, chosen.rounds):
                            print(line, flush=True)


def registry(server: str) -> str:
    """Return the URL of a database with the starter data, made where it is not there yet."""
    with psycopg.connect(server) as conn:
        made = conn.execute("SELECT FROM pg_database WHERE datname = 'worker'").fetchone()
    if made is not None:
        return urlunsplit(urlsplit(server)._replace(path="/worker"))
    with psycopg.connect(database(server, "worker_new"), autocommit=True) as conn:
        load_starter(conn)
        conn.execute("VACUUM ANALYZE")
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute("ALTER DATABASE worker_new RENAME TO worker")
    return registry(server)


@contextmanager
def _started(part: str, name: str, url: str, port: int) -> Iterator[Worker]:
    application_name = f"worker-{name}"
    environment = {
        "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}application_name={application_name}",
        "DIRECTORY_DATA_DIR": str(FOLDER / name),
        "DIRECTORY_PUBLIC_URL": "https://directory.example",
    }
    with servers.worker(application_name, part, port, environment) as server:
        yield Worker(server, application_name)


if __name__ == "__main__":
    main()
