"""What libpq and gc.freeze save in one thread: `python -m benchmarks.in_process`.

The processor time of a thread scatters less than that of servers on a busy machine. Both statements, and all settings,
take their turns within each round, on the registry of `benchmarks.worker`.
"""

import argparse
import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from unittest.mock import patch

import psycopg
from werkzeug.test import Client

from benchmarks import machine, worker
from benchmarks.texts import Texts, distinct
from directory.accounts.queries import account
from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.prepared_statements import fetch_prepared
from directory.embedded.server import running

_STATEMENTS: Final = 500
_BATCHES: Final = 14
# A threshold, and whether `gc.freeze` is called, as in `directory/worker/application.py`. A higher threshold than
# Python's gains 4 to 7 % on top of it.
_SETTINGS: Final = {
    "Python's own": (700, False),
    "threshold": (10_000, False),
    "freeze": (700, True),
    "threshold and freeze": (10_000, True),
}


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args()
    worker.FOLDER.mkdir(parents=True, exist_ok=True)
    with running(worker.FOLDER / "postgres") as postgres:
        url = worker.registry(postgres.superuser_url)
        with closing(Database(url, statement_timeout_ms=60_000)) as database:
            _measure_statements(database, chosen.rounds)
            _measure_collection(database, url, chosen.rounds)


def _measure_statements(database: Database, rounds: int) -> None:
    """Print microseconds of this thread and of PostgreSQL for the statement of one account."""
    seen: list[tuple[Any, Any]] = []

    def spy(_: Any, statement: Any, parameters: Any) -> list[tuple[str]]:  # noqa: ANN401 - any query
        seen.append((statement, parameters))
        return [("",)]

    with database.read() as conn:
        ids = [id_ for (id_,) in conn.execute("SELECT id FROM accounts LIMIT %s", [_STATEMENTS])]
        with patch.object(account, "fetch_prepared", spy):
            for id_ in ids:
                account.select_account(conn, id_)

        def by_psycopg(statement: Any, parameters: Mapping[str, Any]) -> None:  # noqa: ANN401 - likewise
            conn.execute(statement, parameters, prepare=True).fetchall()

        ways: dict[str, Callable[[Any, Any], object]] = {
            "libpq": lambda statement, parameters: fetch_prepared(conn, statement, parameters),
            "psycopg": by_psycopg,
        }
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for number, (name, way) in itertools.product(range(rounds + 1), ways.items()):
            backend, thread = machine.spent([conn.info.backend_pid]), time.thread_time()
            for statement, parameters in seen:
                way(statement, parameters)
            thread = time.thread_time() - thread
            backend = machine.spent([conn.info.backend_pid]) - backend
            if number:  # at first statements are prepared
                figures[name].append((thread * 1e6 / _STATEMENTS, backend / 1000 / _STATEMENTS))
    for name, each in figures.items():
        here, there = (statistics.median(one) for one in zip(*each, strict=True))
        print(f"a statement by {name}: {here:.0f} µs here, {there:.0f} µs in PostgreSQL", flush=True)


def _measure_collection(database: Database, url: str, rounds: int) -> None:
    """Print the share of garbage collection in batches of 1,000 texts to resolve, and its longest pause."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config.from_environment({"DATABASE_URL": url, "DIRECTORY_DATA_DIR": folder})
        client = Client(create_app(config, database))
        batches = _batches(url)
        figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in _SETTINGS}
        for _, (name, (threshold, is_frozen)) in itertools.product(range(rounds), _SETTINGS.items()):
            gc.collect()
            gc.unfreeze()
            gc.set_threshold(threshold)
            if is_frozen:
                gc.freeze()
            with _pauses() as pauses:
                begin = time.thread_time()
                for batch in itertools.islice(batches, _BATCHES):
                    if client.post("/v1/resolve", json={"queries": batch}).status_code != 200:  # noqa: PLR2004 - OK
                        raise RuntimeError("a batch was not answered")
                took = time.thread_time() - begin
            figures[name].append((took / _BATCHES * 1000, sum(pauses) / took, max(pauses) * 1000))
    for name, each in figures.items():
        took, share, longest = (statistics.median(one) for one in zip(*each, strict=True))
        print(f"{name}: {took:.0f} ms a batch, {share:.0%} of it collection, the longest pause {longest:.0f} ms")


def _batches(url: str) -> Iterator[list[str]]:
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "SELECT url, handle, name FROM accounts"
            " WHERE url IS NOT NULL AND handle IS NOT NULL AND name IS NOT NULL ORDER BY id"
        ).fetchall()
    texts = Texts([*distinct(rows)], ["成都", "北京"], worker.SEED)
    kinds = {kind: itertools.cycle(texts.take(kind, 1_500)) for kind in worker.SHARES}
    while True:
        yield [text for kind, share in worker.SHARES.items() for text in itertools.islice(kinds[kind], share * 10)]


@contextmanager
def _pauses() -> Iterator[list[float]]:
    """Yield a list to which the seconds of each collection in the block are added."""
    pauses, started = [0.0], 0.0

    def note(phase: str, _: dict[str, int]) -> None:
        nonlocal started
        if phase == "start":
            started = time.thread_time()
        else:
            pauses.append(time.thread_time() - started)

    gc.callbacks.append(note)
    try:
        yield pauses
    finally:
        gc.callbacks.remove(note)


if __name__ == "__main__":
    main()
