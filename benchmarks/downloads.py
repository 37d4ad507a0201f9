"""Downloads of everything: until the first byte, until the last, and whether all systems send the same accounts."""

import csv
import io
import json
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

from benchmarks.answers import DisagreementError
from benchmarks.questions import DATASETTE, PLATFORMATIC, ROAPI, SERVICE
from benchmarks.servers import Server

CEILING: Final = "empty Flask"
_CHUNK: Final = 1 << 20
_TIMEOUT: Final = 300


@dataclass(frozen=True, slots=True)
class Way:
    """A download: of which system, its path, and what is sent with the request; `form` is read to compare accounts."""

    system: str
    path: str
    form: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""


@dataclass(slots=True)
class Download:
    """The downloads of one way: seconds until the first byte and until the last of each round, and the bytes."""

    name: str
    first: list[float] = field(default_factory=list[float])
    last: list[float] = field(default_factory=list[float])
    bytes: int = 0

    def cells(self, accounts: int) -> list[str]:
        """Return the medians as cells of a table."""
        took = statistics.median(self.last)
        first = f"{statistics.median(self.first):.3f}" if self.first else "–"
        return [self.name, f"{self.bytes:,}", first, f"{took:.3f}", f"{accounts / took:,.0f}"]


def ways(number: int, accounts: int) -> dict[str, Way]:
    """Return all ways to download everything, by name; `number` is another one in each round."""
    # A filter that matches all accounts and that nobody asked for before: the file is not in the download cache.
    new = f"updated_after=2000-01-{number + 1:02}"
    compressed = f"updated_after=2001-01-{number + 1:02}"
    plain = {"Accept-Encoding": "identity"}
    everything = "SELECT * FROM accounts"
    return {
        "service, NDJSON, new": Way(SERVICE, f"/v1/accounts.ndjson?{new}", "ndjson", plain),
        "service, NDJSON, again": Way(SERVICE, f"/v1/accounts.ndjson?{new}", "ndjson", plain),
        "service, NDJSON by zstd, new": Way(
            SERVICE, f"/v1/accounts.ndjson?{compressed}", "", {"Accept-Encoding": "zstd"}
        ),
        "service, CSV, new": Way(SERVICE, f"/v1/accounts.csv?{new}", "csv", plain),
        "ROAPI, JSON": Way(ROAPI, "/api/sql", "json", {"Accept": "application/json"}, everything),
        "ROAPI, CSV": Way(ROAPI, "/api/sql", "csv", {"Accept": "application/csv"}, everything),
        "Datasette, NDJSON": Way(
            DATASETTE,
            f"/benchmark/accounts.json?_shape=array&_nl=on&_size={accounts + 1}&_nocount=1&_nofacet=1",
            "ndjson",
        ),
        "Datasette, CSV": Way(DATASETTE, "/benchmark/accounts.csv?_stream=on&_size=max", "csv"),
        "Platformatic DB, JSON": Way(PLATFORMATIC, f"/accounts/?limit={accounts + 1}", "json"),
        "a finished file by Flask": Way(CEILING, "/file", "ndjson"),
    }


def measure(on: Mapping[str, Server], url: str, ids: frozenset[str], *, rounds: int) -> list[Download]:
    """Return the downloads by all ways, in turn within each round, and of `COPY` of the peers' table at `url`."""
    found: dict[str, Download] = {}
    for number in range(rounds):
        for name, way in ways(number, len(ids)).items():
            first, last, body = _fetch(on[way.system], way)
            if number == 0 and way.form and (sent := read(way.form, body)) != ids:
                raise DisagreementError(
                    f"download, {name}: {len(sent)} accounts, and not the {len(ids)} that there are"
                )
            download = found.setdefault(name, Download(name))
            download.first.append(first)
            download.last.append(last)
            download.bytes = len(body)
        copied = found.setdefault("COPY of the peers' table", Download("COPY of the peers' table"))
        with psycopg.connect(url) as conn, conn.cursor() as cursor:
            begin = time.perf_counter()
            with cursor.copy("COPY accounts TO STDOUT") as copy:
                copied.bytes = sum(len(part) for part in copy)
            copied.last.append(time.perf_counter() - begin)
    return [*found.values()]


def _fetch(server: Server, way: Way) -> tuple[float, float, bytes]:
    client = HTTPConnection(urlsplit(server.base).netloc, timeout=_TIMEOUT)
    begin = time.perf_counter()
    client.request("POST" if way.body else "GET", way.path, way.body or None, dict(way.headers))
    answer = client.getresponse()
    parts = [answer.read(1)]
    first = time.perf_counter() - begin
    while part := answer.read(_CHUNK):
        parts.append(part)
    last = time.perf_counter() - begin
    client.close()
    if answer.status != 200:  # noqa: PLR2004 - OK
        raise RuntimeError(f"{way.system} answered {way.path} with {answer.status}: {parts[0] + parts[-1][:500]!r}")
    return first, last, b"".join(parts)


def read(form: str, body: bytes) -> frozenset[str]:
    """Return the ids of the accounts in a download."""
    return frozenset(_ids(form, body))


def _ids(form: str, body: bytes) -> Iterator[str]:
    if form == "csv":
        yield from (row["id"] for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
        return
    rows: Any = json.loads(body) if form == "json" else map(json.loads, body.splitlines())
    yield from (row["id"] for row in rows)
