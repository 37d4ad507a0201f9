"""Questions to a large registry compared with those to a small one: `python -m benchmarks.scale SMALL LARGE`.

SMALL and LARGE are the addresses of two databases that `directory sample` filled, with some 50,000 and 1,000,000
accounts. Both are served without kept answers and asked in turn over one connection each. No text is asked twice: it
is the first time that counts, as for anybody who types it. Texts are all that occur in names of the small registry, not
their beginnings alone; ids, profiles and cursors are each registry's own. It prints milliseconds (median, 95th
percentile, most), their ratios, and that of processor time of the server and its PostgreSQL.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit
from urllib.request import urlopen

import psycopg
from psycopg import Connection

from benchmarks import load, machine, servers
from benchmarks.questions import ALL, MARK, PAGE

# Asked before any is counted: connections are opened and statements prepared by them.
_FIRST: Final = 5
_DEEP: Final = 40_000
_PARTS: Final = 5
_HAN: Final = re.compile("[\u4e00-\u9fff]+")
_LATIN: Final = re.compile("[a-z]{5,}")
_PLACES: Final = ("CN", "CN-510000", "CN-110000", "CN-440000", "CN-330000")
_FREQUENT: Final = (
    "公安",
    "发布",
    "政府",
    "人民政府",
    "教育局",
    "交警",
    "市",
    "局",
    "gongan",
    "fabu",
    "zhengfu",
    "jiaoyu",
)
Classes = dict[str, list[str]]


@dataclass(slots=True)
class Registry:
    """A registry that is served: its connection, its PostgreSQL, and what it took so far for one class."""

    base: str
    pid: int
    database: str
    client: HTTPConnection
    took: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    processor: int = 0

    def at(self, share: float) -> float:
        """Return the milliseconds that this share of the answers took at most."""
        ordered = sorted(took for took, _ in self.took)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def arguments() -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--number", type=int, default=120, help="questions of each class")
    parser.add_argument("--seconds", type=float, default=15, help="the longest that a class may take")
    parser.add_argument(
        "--classes", nargs="+", metavar="TEXT", default=[""], help="only classes with this in their name"
    )
    parser.add_argument("--port", type=int, default=8550, help="the first of two free ports")
    return parser.parse_args()


def main() -> None:
    """Measure each class and print its line."""
    chosen = arguments()
    with ExitStack() as stack:
        conn = stack.enter_context(psycopg.connect(chosen.small, autocommit=True))
        other = stack.enter_context(psycopg.connect(chosen.large, autocommit=True))
        both: dict[str, tuple[Registry, Connection[Any]]] = {}
        for number, (name, url, one) in enumerate((("small", chosen.small, conn), ("large", chosen.large, other))):
            environment = {
                "DATABASE_URL": url,
                "DIRECTORY_DATA_DIR": str(servers.ROOT / ".cache" / "benchmarks" / name),
                "DIRECTORY_SEED_DATA": "none",
                "DIRECTORY_SNAPSHOT_EVERY": "0",
                "DIRECTORY_RESPONSE_CACHE_BYTES": "0",
            }
            server = stack.enter_context(servers.service(name, chosen.port + number, environment))
            client = HTTPConnection(urlsplit(server.base).netloc, timeout=120)
            both[name] = (Registry(server.base, server.pid, one.info.dbname, client), one)
        print(
            "| class | small, ms: p50 / p95 / most | large, ms | p50 | p95 | processor | the slowest of the large one |"
        )
        print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
        shared = _shared(conn)
        for name in (classes := {label: _own(registry) for label, (registry, _) in both.items()})["small"]:
            if any(text in name for text in chosen.classes):
                _measure(name, {label: classes[label][name] for label in both}, both, chosen)
        for name, paths in shared.items():
            if any(text in name for text in chosen.classes):
                _measure(name, dict.fromkeys(both, paths), both, chosen)


def _measure(
    name: str,
    paths: dict[str, list[str]],
    both: dict[str, tuple[Registry, Connection[Any]]],
    chosen: argparse.Namespace,
) -> None:
    for registry, _ in both.values():
        registry.took, registry.processor = [], 0
    end = time.monotonic() + chosen.seconds
    asked = min(chosen.number + _FIRST, *(len(each) for each in paths.values()))
    for number in range(asked):
        if time.monotonic() > end and number > 2 * _FIRST:
            break
        # In turn, and each as often the first as the other.
        for label in sorted(both, reverse=number % 2 == 1):
            registry, conn = both[label]
            _ask(registry, conn, paths[label][number], is_counted=number >= _FIRST)
    small, large = both["small"][0], both["large"][0]
    slowest = max(large.took)
    cells = [
        name,
        *(f"{each.at(0.5):.2f} / {each.at(0.95):.2f} / {max(each.took)[0]:.1f}" for each in (small, large)),
        f"{large.at(0.5) / small.at(0.5):.2f}",
        f"{large.at(0.95) / small.at(0.95):.2f}",
        f"{large.processor / max(1, small.processor):.2f}",
        f"{unquote(slowest[1])[:80]}: {slowest[0]:.1f} ms",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


def _ask(registry: Registry, conn: Connection[Any], path: str, *, is_counted: bool) -> None:
    pids = [*machine.tree(registry.pid), *machine.backends(conn, registry.database)]
    spent, begin = machine.spent(pids), time.perf_counter()
    registry.client.request("GET", path, headers=load.COMPRESSED)
    answer = registry.client.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begin) * 1000
    if answer.status != 200:  # noqa: PLR2004 - OK
        raise RuntimeError(f"{path} was answered with {answer.status}: {body[:300]!r}")
    if is_counted:
        registry.took.append((took, path))
        registry.processor += machine.spent(pids) - spent


def _own(registry: Registry) -> Classes:
    """Return the classes whose paths are made of a registry's own ids, profiles and cursors."""
    first: list[dict[str, Any]] = _get(registry, f"/v1/accounts?limit={ALL}&sort=-followers&platform=weibo")["data"]
    path = f"/v1/accounts?sort=-followers&limit={ALL}"
    for _ in range(_DEEP // ALL):
        page = _get(registry, path)["page"]
        if page["next"] is None:
            break
        path = f"/v1/accounts?sort=-followers&limit={ALL}&cursor={quote(page['next'])}"
    return {
        "one account": [f"/v1/accounts/{account['id']}" for account in first],
        "resolve: a registered profile": [
            f"/v1/resolve?q={quote(account['url'], safe='')}" for account in first if account["url"]
        ],
        "resolve: a look-alike": [
            f"/v1/resolve?q={quote(url[:-2] + url[-1] + url[-2], safe='')}"
            for url in (one["url"] for one in first)
            if url
        ],
        f"deep page: after row {_DEEP:,}": [
            path.replace(f"limit={ALL}", f"limit={length}") for length in range(1, 101)
        ],
    }


def _get(registry: Registry, path: str) -> Any:  # noqa: ANN401 - any JSON
    with urlopen(registry.base + path, timeout=120) as answer:  # noqa: S310 - ours
        return json.load(answer)


def _shared(conn: Connection[Any]) -> Classes:
    """Return the classes that both registries are asked alike, of all texts in names of the registry of `conn`."""
    rows = conn.execute("SELECT name, handle FROM accounts WHERE name IS NOT NULL").fetchall()
    runs = [run for name, _ in rows for run in _HAN.findall(name.removesuffix(MARK))]
    pairs = _shuffled(run[at : at + 2] for run in runs for at in range(len(run) - 1))
    fours = _shuffled(run[at : at + 4] for run in runs for at in range(len(run) - 3))
    words = _shuffled(word for _, handle in rows if handle for word in _LATIN.findall(handle.lower()))
    pages = [f"&limit={PAGE + more}" for more in range(20)]
    # A part of the texts for each class: none is asked for twice.
    pair, four, word = (_parts(texts) for texts in (pairs, fours, words))
    platforms = ("weibo", "wechat", "douyin", "toutiao", "kuaishou")
    lists = [f"region={place}&platform={kind}" for place in _PLACES for kind in platforms]
    dimensions = ("platform", "status", "department_type", "language", "verification", "subject")
    return {
        "search: 2 characters": [f"{_search(text)}&limit={PAGE}" for text in next(pair)],
        "search: 4 characters": [f"{_search(text)}&limit={PAGE}" for text in next(four)],
        "search: a Latin word": [f"{_search(text)}&limit={PAGE}" for text in next(word)],
        "search: a mistyped word": [_search(text[:2] + text[3] + text[2] + text[4:]) for text in next(word)],
        "search: frequent words": [f"{_search(text)}{page}" for text in _FREQUENT for page in pages],
        "search: frequent words by followers": [
            f"{_search(text)}&sort=-followers{page}" for text in _FREQUENT for page in pages
        ],
        "search within a region": [f"{_search(text)}&region={_PLACES[at % 5]}" for at, text in enumerate(next(pair))],
        "search as of the first revision": [f"{_search(text)}&as_of=1" for text in next(pair)],
        "count of a search": [f"{_search(text)}&count=exact" for text in next(pair)],
        "count of frequent words": [f"{_search(text)}&count=exact{page}" for text in _FREQUENT for page in pages],
        "facets of a search": [f"{_search(text)}&facets=platform,status&limit=1" for text in next(four)],
        "suggest": [
            f"/v1/suggest?q={quote(text)}" for text in _shuffled([*next(pair), *(each[:4] for each in next(word))])
        ],
        "list: region and platform by followers": [
            f"/v1/accounts?{one}&sort=-followers{page}" for one in lists for page in pages
        ],
        "list as of the first revision": [f"/v1/accounts?{one}&as_of=1{page}" for one in lists for page in pages],
        "count of a list": [f"/v1/accounts?{one}&count=exact{page}" for one in lists for page in pages],
        "facets of a list": [
            f"/v1/accounts?{one}&facets={first},{second}&limit=1"
            for one in lists
            for first in dimensions
            for second in dimensions
            if first != second
        ],
        "changes": [f"/v1/changes?since={number}&limit={PAGE}" for number in (0, 1)] * 60,
    }


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the parts of which none has a text of another."""
    return iter([texts[at::_PARTS] for at in range(_PARTS)])


def _search(text: str) -> str:
    return f"/v1/accounts?q={quote(text)}"


def _shuffled(texts: Iterable[str]) -> Sequence[str]:
    """Return each text once, in an order that is the same in each run."""
    found = sorted({*texts})
    random.Random(3).shuffle(found)  # noqa: S311 - no secret
    return found
