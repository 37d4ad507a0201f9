"""The requests: for each work, many different paths of this service, and of Datasette for the same result."""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.rows import Document, division

TABLE = "/benchmark/accounts"
DISTINCT = 2000
DEEP = 40_000
PAGE = 25


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of request: its name, and its paths for the service and for Datasette."""

    name: str
    service: Sequence[str]
    datasette: Sequence[str]


def works(base: str, accounts: Sequence[Document]) -> list[Work]:
    """Return the works for the rows of the service at `base`; `accounts` is all of them by descending followers."""
    return [_one(accounts), _list(accounts), _deep(base, accounts), _facets(accounts)]


def _one(accounts: Sequence[Document]) -> Work:
    step = max(1, len(accounts) // DISTINCT)
    ids = [account["id"] for account in accounts[::step]]
    return Work(
        "one account",
        [f"/v1/accounts/{name}" for name in ids],
        [f"{TABLE}/{name}.json?_shape=objects" for name in ids],
    )


def _list(accounts: Sequence[Document]) -> Work:
    found = Counter((division(account), account["platform"]) for account in accounts)
    pairs = [pair for pair, number in found.items() if number >= PAGE]
    common = f"_sort_desc=followers&_size={PAGE}&_shape=objects&_nocount=1&_nofacet=1"
    return Work(
        f"list: province and platform, top {PAGE} by followers",
        [f"/v1/accounts?region={place}&platform={kind}&sort=-followers&limit={PAGE}" for place, kind in pairs],
        [f"{TABLE}.json?division={place}&platform={kind}&{common}" for place, kind in pairs],
    )


def _deep(base: str, accounts: Sequence[Document]) -> Work:
    """Walk to the row by large pages, then on by pages of the measured size to have many cursors."""
    at = min(DEEP, len(accounts) * 4 // 5)
    ours: list[str] = []
    theirs: list[str] = []
    path = "/v1/accounts?sort=-followers&limit=1000"
    for _ in range(at // 1000):
        path = _next(base, path)
    path = path.replace("limit=1000", f"limit={PAGE}")
    common = f"_sort_desc=followers&_size={PAGE}&_shape=objects&_nocount=1&_nofacet=1"
    for number in itertools.count(at // 1000 * 1000, PAGE):
        if len(ours) == DISTINCT // 20 or number + PAGE >= len(accounts):
            break
        last = accounts[number - 1]
        token = f"{last['followers']['count']},{last['id']}"
        ours.append(path)
        theirs.append(f"{TABLE}.json?{common}&_next={quote(token)}")
        path = _next(base, path)
    return Work(f"deep page: {PAGE} rows after row {at:,}", ours, theirs)


def _next(base: str, path: str) -> str:
    with urlopen(base + path, timeout=30) as answer:  # noqa: S310 - our own server
        cursor = json.load(answer)["page"]["next"]
    return f"{path.partition('&cursor=')[0]}&cursor={quote(cursor)}"


def _facets(accounts: Sequence[Document]) -> Work:
    pairs = sorted({(division(account), account["status"]) for account in accounts})
    ours = "facets=platform,department_type&count=exact&limit=1"
    theirs = "_facet=platform&_facet=department_type&_size=1&_shape=objects"
    return Work(
        "facets: platform and department type of a province and status",
        [f"/v1/accounts?region={place}&status={status}&{ours}" for place, status in pairs],
        [f"{TABLE}.json?division={place}&status={status}&{theirs}" for place, status in pairs],
    )
