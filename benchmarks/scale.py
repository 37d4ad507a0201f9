"""The cost of searching and resolving in a large registry compared with a small one, without HTTP.

`python -m benchmarks.scale SMALL LARGE` takes the addresses of two databases that `directory sample` filled, with some
50,000 and 1,000,000 accounts, and asks both in turn for texts of each class of `benchmarks.searches`, taken from the
small one; whole handles and profiles are each registry's own. Nothing that was understood before is kept.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final
from urllib.parse import parse_qs, urlsplit

from psycopg import sql

from benchmarks import searches
from directory.accounts.parameters import Filter
from directory.accounts.queries.list import PageRequest
from directory.accounts.search_pages import select_relevance_page
from directory.database.connections import Database
from directory.resolve.resolver import resolve
from directory.search import query_plan

TEXTS: Final = 60
TIMES: Final = 5
# Read from the page, and the one more that says whether there is a next.
ROWS: Final = 26
_OWN: Final = {"search: a whole handle": "handle", "resolve: a registered profile": "url"}

Ask = Callable[[Database, str], object]


def main() -> None:
    """Measure each class and print its line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--texts", nargs="+", help="these texts in place of the classes")
    options = parser.parse_args()
    with (
        closing(Database(options.small, statement_timeout_ms=60_000)) as small,
        closing(Database(options.large, statement_timeout_ms=60_000)) as large,
    ):
        both = (small, large)
        asked = _texts(options.texts) if options.texts else _classes(both)
        print(
            "| texts | small, ms | large, ms | ratio | the text with the highest |\n| --- | ---: | ---: | ---: | --- |"
        )
        for name, ask, texts in asked:
            _report(name, _measure(both, ask, texts))


def find(database: Database, text: str) -> object:
    """Find the first page of a text, all of its understanding included."""
    query_plan.clear_caches()
    search = query_plan.plan_query(database, text)
    with database.read() as conn:
        return select_relevance_page(database, conn, Filter(search_text=text, search=search), PageRequest(limit=ROWS))


def judge(database: Database, text: str) -> object:
    """Resolve a text."""
    query_plan.clear_caches()
    with database.read() as conn:
        return [*resolve(conn, [text], plan=lambda name: query_plan.try_plan_query(database, name))]


def _texts(texts: Sequence[str]) -> Iterator[tuple[str, Ask, Sequence[Sequence[str]]]]:
    for text in texts:
        yield text, find, [[text], [text]]


def _classes(both: Sequence[Database]) -> Iterator[tuple[str, Ask, Sequence[Sequence[str]]]]:
    """Yield each class with how it is asked for, and its texts for each registry."""
    with both[0].read() as conn:
        accounts = [json.loads(row[0]) for row in conn.execute("SELECT document FROM accounts ORDER BY id")]
    for work in searches.works(accounts):
        if work.name == "suggest":
            continue
        if (column := _OWN.get(work.name)) is not None:
            texts = [_own(database, column) for database in both]
        else:
            every = [parse_qs(urlsplit(address).query)["q"][0] for address in work.service]
            texts = [every[:: max(1, len(every) // TEXTS)]] * len(both)
        yield work.name, judge if work.name.startswith("resolve") else find, texts


def _own(database: Database, column: str) -> list[str]:
    statement = "SELECT {} FROM accounts WHERE handle IS NOT NULL AND url IS NOT NULL ORDER BY md5(id) LIMIT {}"
    with database.read() as conn:
        return [row[0] for row in conn.execute(sql.SQL(statement).format(sql.Identifier(column), TEXTS))]


def _measure(both: Sequence[Database], ask: Ask, texts: Sequence[Sequence[str]]) -> list[tuple[str, float, float]]:
    """Return the least seconds of each text on both registries in turn, without the first request."""
    figures = []
    for pair in zip(*texts, strict=True):
        least = [float("inf"), float("inf")]
        for time_of in range(TIMES + 1):
            for number, (database, text) in enumerate(zip(both, pair, strict=True)):
                began = time.perf_counter()
                ask(database, text)
                if time_of:
                    least[number] = min(least[number], time.perf_counter() - began)
        figures.append((pair[0], least[0], least[1]))
    return figures


def _report(name: str, figures: Sequence[tuple[str, float, float]]) -> None:
    small = statistics.fmean(small for _, small, _ in figures) * 1000
    large = statistics.fmean(large for _, _, large in figures) * 1000
    text, least, most = max(figures, key=lambda figure: figure[2] / figure[1])
    print(f"| {name} | {small:.2f} | {large:.2f} | {large / small:.1f} | {text}: {most / least:.1f} |", flush=True)


if __name__ == "__main__":
    main()
