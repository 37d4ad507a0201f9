"""Pages of the site next to their JSON and to Datasette's pages of the same rows.

The JSON of a page is what the page itself links to as its data. Before anything is timed, the ids of the accounts in a
page are compared with those in its JSON and in Datasette's page. Repeated pages are 25 of them, asked for in turn.
`make bench BENCH="--works page"` measures them alone.
"""

import argparse
import html
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urljoin
from urllib.request import Request as HTTPRequest
from urllib.request import urlopen

from psycopg import Connection

from benchmarks import load, measure, questions, rows
from benchmarks.answers import DisagreementError
from benchmarks.measure import Measured, Subject
from benchmarks.questions import DATASETTE, SERVICE, Question, Request, Work
from benchmarks.servers import Server

PAGE: Final = "page"
PAGE_CACHED: Final = "page, cached"
JSON: Final = "its JSON"
JSON_CACHED: Final = "its JSON, cached"
COLUMNS: Final = (PAGE, JSON, PAGE_CACHED, JSON_CACHED, DATASETTE)
_COMPARED: Final = 12
# So few that each comes again many times within a second, whatever the worker that it reaches.
_REPEATED: Final = 25
_DATA_LINK: Final = re.compile(r'<link rel="alternate" type="application/json" href="([^"]+)"')
_NO_EXTRAS: Final = "_nocount=1&_nofacet=1"


def works(base: str, accounts: Sequence[rows.Document]) -> list[Work]:
    """Return the pages that are asked for, each with its JSON and Datasette's page of the same rows."""
    found = []
    for work in questions.works(base, accounts):
        if work.rule not in {"record", "ranked"} or work.name.startswith("deep"):
            continue
        asked = [
            _page_of(base, question, is_repeated=number < _REPEATED)
            for number, question in enumerate(work.questions[: questions.DISTINCT // 4])
        ]
        found.append(Work(f"page: {work.name}", "own", asked))
    return found


def _page_of(base: str, question: Question, *, is_repeated: bool) -> Question:
    path = question.asked[SERVICE].path.replace("/v1/", "/en/", 1)
    link = _DATA_LINK.search(get(base + path))
    if link is None:
        raise RuntimeError(f"{path} names no data")
    data = urljoin(base + path, html.unescape(link[1])).removeprefix(base)
    theirs = question.asked[DATASETTE].path.replace(".json", "").replace(questions.DATASETTE_OPTIONS, _NO_EXTRAS)
    asked = {PAGE: Request(path), JSON: Request(data), DATASETTE: Request(theirs)}
    if is_repeated:
        asked |= {PAGE_CACHED: asked[PAGE], JSON_CACHED: asked[JSON]}
    return Question(question.text, asked, asked)


def compare(on: dict[str, Server], found: Sequence[Work], ids: frozenset[str]) -> None:
    """Raise DisagreementError where a page, its JSON and Datasette's page do not show the same accounts."""
    for work in found:
        for question in work.questions[:_COMPARED]:
            shown = {
                system: ids & set(re.findall(r"[0-9b-z]{7}", get(on[server].base + question.asked[system].path)))
                for system, server in ((PAGE, SERVICE), (JSON, SERVICE), (DATASETTE, DATASETTE))
            }
            # A page of one account shows those that are similar, too; a list may end within a count of followers.
            if not (shown[PAGE] >= shown[JSON] and shown[PAGE] & shown[DATASETTE]):
                raise DisagreementError(f"{work.name}: {question.text}: {shown}")


def measure_pages(
    conn: Connection[Any],
    found: Sequence[Work],
    on: dict[str, Server],
    cached: str,
    database: str,
    chosen: argparse.Namespace,
) -> Iterator[Measured]:
    """Yield what is measured of each page, of all subjects in turn."""
    subjects = [
        Subject(PAGE, PAGE, on[SERVICE], load.COMPRESSED, database),
        Subject(JSON, JSON, on[SERVICE], load.COMPRESSED, database),
        Subject(PAGE_CACHED, PAGE_CACHED, on[cached], load.COMPRESSED, database),
        Subject(JSON_CACHED, JSON_CACHED, on[cached], load.COMPRESSED, database),
        Subject(DATASETTE, DATASETTE, on[DATASETTE], load.COMPRESSED),
    ]
    yield from measure.requests(conn, found, subjects, rounds=chosen.rounds, seconds=chosen.seconds)


def table(measured: Sequence[Measured]) -> str:
    """Return the table of processor microseconds, and of the three ratios that are asked for."""
    lines = [
        f"| page | {' | '.join(COLUMNS)} | page to its JSON | cached | Datasette to page |",
        f"| --- |{' ---: |' * (len(COLUMNS) + 3)}",
    ]
    for each in measured:
        figures = [f"{each.median(name, lambda sample: sample.processor):,.0f}" for name in COLUMNS]
        ratios = [
            f"{each.ratio(one, other, lambda sample: sample.processor):.2f}"
            for one, other in ((JSON, PAGE), (JSON_CACHED, PAGE_CACHED), (DATASETTE, PAGE))
        ]
        lines.append(f"| {each.name} | {' | '.join([*figures, *ratios])} |")
    return "\n".join(lines)


def get(url: str) -> str:
    """Return the text of an answer."""
    with urlopen(HTTPRequest(url, headers=load.IDENTITY), timeout=60) as answer:  # noqa: S310 - ours
        text: str = answer.read().decode()
    return text
