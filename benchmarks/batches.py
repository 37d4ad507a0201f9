"""What a batch of 1,000 texts costs to resolve, without HTTP: `python -m benchmarks.batches URL`.

The database is one that `directory sample` filled. Every text is asked for once: nothing is known of it. For each kind
the least and the middle of the rounds are printed, and what of the middle one was spent in Python.
"""

import argparse
import itertools
import random
import string
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from benchmarks.questions import MARK
from directory.database.connections import Database
from directory.resolve.resolver import resolve
from directory.search import query_plan

TEXTS: Final = 1_000
SEED: Final = 5
_LETTERS: Final = 9
# Of a mixed batch, percent by kind: as in pasted lists, most are right.
_MIXED: Final = {"registered": 60, "look-alikes": 15, "names": 10, "unknown": 10, "another platform": 5}

Kinds = dict[str, Callable[[int], list[str]]]


class Account(NamedTuple):
    """What texts are made of."""

    url: str
    handle: str
    name: str


def main() -> None:
    """Measure each mixture and print its line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with closing(Database(options.url, statement_timeout_ms=60_000)) as database:
        kinds = _kinds(_accounts(database), random.Random(SEED))  # noqa: S311 - the same texts each time
        _measure(database, kinds["mixed"](TEXTS))  # what is read once: readings, and statements that are prepared
        print("| 1,000 texts | least, ms | middle, ms | of it Python, ms |\n| --- | ---: | ---: | ---: |")
        for name, texts in kinds.items():
            figures = sorted(_measure(database, texts(TEXTS)) for _ in range(options.rounds))
            (least, _), (middle, python) = figures[0], figures[len(figures) // 2]
            print(f"| {name} | {least:.0f} | {middle:.0f} | {python:.0f} |", flush=True)


def _accounts(database: Database) -> Iterator[Account]:
    """Return accounts without end, each once before the first comes again."""
    statement = """SELECT url, handle, name FROM accounts
                    WHERE url IS NOT NULL AND handle IS NOT NULL AND name IS NOT NULL ORDER BY md5(id)"""
    with database.read() as conn:
        return itertools.cycle([Account(*row) for row in conn.execute(statement)])


def _kinds(accounts: Iterator[Account], chance: random.Random) -> Kinds:
    """Return for each kind what makes so many texts of it."""

    def mistyped(handle: str) -> str:
        at = chance.randrange(1, max(2, len(handle) - 1))
        return handle[:at] + handle[at + 1 : at + 2] + handle[at] + handle[at + 2 :]

    def each(make: Callable[[], str]) -> Callable[[int], list[str]]:
        return lambda number: [make() for _ in range(number)]

    kinds: Kinds = {
        "registered": each(lambda: next(accounts).url),
        "look-alikes": each(lambda: f"https://weibo.com/{mistyped(next(accounts).handle)}"),
        "names": each(lambda: next(accounts).name.removesuffix(MARK) + chance.choice(["", "官方", "微博", "发布"])),
        "unknown": each(lambda: f"https://weibo.com/{''.join(chance.choices(string.ascii_lowercase, k=_LETTERS))}"),
        "another platform": each(lambda: f"https://www.facebook.com/{next(accounts).handle}"),
    }

    def mixed(number: int) -> list[str]:
        texts = [text for kind, share in _MIXED.items() for text in kinds[kind](number * share // 100)]
        chance.shuffle(texts)
        return texts

    return {**kinds, "mixed": mixed}


def _measure(database: Database, texts: Sequence[str]) -> tuple[float, float]:
    """Return the milliseconds of a batch: on the clock, and of this thread's processor time."""
    with database.snapshot() as conn:
        began, spent = time.perf_counter(), time.thread_time()
        answers = [*resolve(conn, texts, plan=lambda name: query_plan.try_plan_query(database, name))]
        took = (time.perf_counter() - began) * 1000, (time.thread_time() - spent) * 1000
    if len(answers) != len(texts):
        raise RuntimeError(f"{len(answers)} answers to {len(texts)} texts")
    return took


if __name__ == "__main__":
    main()
