"""Asking two builds the same in turn: what each took, and whether their answers are the same."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote, urlsplit

from psycopg import Connection

from benchmarks import machine
from benchmarks.servers import Server
from benchmarks.texts import Texts

# As many texts as a batch may have.
BATCH: Final = 1_000
_PAGE: Final = 25
_MILLION: Final = 1_000_000
# Texts of one build before the other's turn; of a round each build begins as many turns as the other.
_TURN: Final = 10
_SINGLE: Final = 40
_MAX_SHOWN: Final = 20
_TIMEOUT: Final = 60
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Build:
    """One build that is up, and its database."""

    name: str
    server: Server
    url: str
    database: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: a path, and a body where it is posted."""

    path: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of question: the class of its texts, how many make a request, and what requests it takes of them."""

    name: str
    kind: str
    request: Callable[[list[str]], Request]
    texts: int = 1
    requests: int = _SINGLE


def _batch(texts: list[str]) -> Request:
    return Request("/v1/resolve", json.dumps({"queries": texts}, ensure_ascii=False).encode())


def _resolve(texts: list[str]) -> Request:
    return Request(f"/v1/resolve?q={quote(texts[0], safe='')}")


def _search(texts: list[str]) -> Request:
    return Request(f"/v1/accounts?q={quote(texts[0], safe='')}&limit={_PAGE}")


def _suggest(texts: list[str]) -> Request:
    return Request(f"/v1/suggest?q={quote(texts[0], safe='')}")


_BATCHES: Final = ("mixed", "registered", "look-alikes", "unknown", "names")
_RESOLVED: Final = ("registered", "handles", "look-alikes", "unknown", "names")
_SOUGHT: Final = (
    "2 Chinese characters",
    "4 Chinese characters",
    "a Latin word",
    "two words",
    "a mistyped word",
    "pinyin",
)
WORKS: Final = (
    *(Work(f"batch of {BATCH:,}: {kind}", kind, _batch, BATCH, 1) for kind in _BATCHES),
    *(Work(f"resolve: {kind}", kind, _resolve) for kind in _RESOLVED),
    *(Work(f"search: {kind}", kind, _search) for kind in _SOUGHT),
    Work("suggest", "beginnings", _suggest),
)


@dataclass(slots=True)
class Cost:
    """What a request took, on average of a round, in milliseconds."""

    wall: float = 0.0
    processor: float = 0.0


@dataclass(slots=True)
class Report:
    """What was measured so far, by the work's name: a pair of costs a round, and numbers of verdicts of each build."""

    builds: Sequence[Build]
    counts_only: bool
    costs: dict[str, list[list[Cost]]] = field(default_factory=dict[str, list[list[Cost]]])
    verdicts: dict[str, list[Counter[str]]] = field(default_factory=dict[str, list[Counter[str]]])
    differing: int = 0
    differences: list[str] = field(default_factory=list[str])
    _clients: dict[str, HTTPConnection] = field(default_factory=dict[str, HTTPConnection])

    def measure(self, conn: Connection[Any], work: Work, texts: Texts) -> None:
        """Ask both builds once more for a work; its first time is not counted: then all opens and is prepared."""
        is_first = work.name not in self.costs
        rounds = self.costs.setdefault(work.name, [])
        if is_first:
            self._ask_both(conn, work, texts, swap=True)
        rounds.append(self._ask_both(conn, work, texts, swap=len(rounds) % 2 == 1))

    def _ask_both(self, conn: Connection[Any], work: Work, texts: Texts, *, swap: bool) -> list[Cost]:
        costs = [Cost() for _ in self.builds]
        batches = [texts.take(work.kind, work.texts) for _ in range(work.requests)]
        for number, begin in enumerate(range(0, len(batches), _TURN)):
            turn = batches[begin : begin + _TURN]
            requests = [work.request(batch) for batch in turn]
            answers: dict[str, list[bytes]] = {}
            both = [*zip(self.builds, costs, strict=True)]
            for build, cost in reversed(both) if swap == (number % 2 == 0) else both:
                answers[build.name] = self._ask(conn, build, requests, cost)
            for batch, *pair in zip(turn, *(answers[build.name] for build in self.builds), strict=True):
                self._compare(work, batch, pair)
        return [Cost(cost.wall / len(batches), cost.processor / len(batches)) for cost in costs]

    def _ask(self, conn: Connection[Any], build: Build, requests: Sequence[Request], cost: Cost) -> list[bytes]:
        """Ask one build, add what that took to `cost`, and return the answers."""
        client = self._clients.get(build.name)
        if client is None:
            address = urlsplit(build.server.base).netloc
            client = self._clients[build.name] = HTTPConnection(address, timeout=_TIMEOUT)
        pids = [*machine.tree(build.server.pid), *machine.backends(conn, build.database)]
        spent, began = machine.spent(pids), time.perf_counter()
        answers = [_send(client, request) for request in requests]
        cost.wall += (time.perf_counter() - began) * 1000
        cost.processor += (machine.spent([*pids, *_new(conn, build, pids)]) - spent) / _MILLION
        return answers

    def _compare(self, work: Work, texts: Sequence[str], answers: Sequence[bytes]) -> None:
        read = [json.loads(answer) for answer in answers]
        counters = self.verdicts.setdefault(work.name, [Counter() for _ in self.builds])
        listed = [each["data"] if work.request is _batch else [each] for each in read]
        for counter, each in zip(counters, listed, strict=True):
            counter.update(map(_told, each))
        if self.counts_only or answers[0] == answers[1]:
            return
        changed = [text for text, *pair in zip(texts, *listed, strict=True) if pair[0] != pair[1]]
        self.differing += len(changed) or 1
        shown = [f"{work.name}: {text!r}" for text in changed] or [f"{work.name}: the same JSON in other bytes"]
        self.differences += shown[: _MAX_SHOWN - len(self.differences)]

    def tables(self) -> Iterator[str]:
        """Yield the table of what it took, then that of what was answered."""
        old, new = (build.name for build in self.builds)
        lines = [
            f"| work | {old}, ms | {new}, ms | {old} : {new} | {old}, processor ms | {new}, same | {old} : {new} |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for name, rounds in self.costs.items():
            cells = [f"{name}"]
            for of in (_wall, _processor):
                before, after = ([of(costs[at]) for costs in rounds] for at in (0, 1))
                ratio = statistics.median(one / other for one, other in zip(before, after, strict=True))
                cells += [f"{statistics.median(before):.2f}", f"{statistics.median(after):.2f}", f"{ratio:.2f}"]
            lines.append(f"| {' | '.join(cells)} |")
        yield "\n".join(lines)
        lines = [f"| work | {old} | {new} |", "| --- | --- | --- |"]
        for name, counters in self.verdicts.items():
            cells = [", ".join(f"{count:,} {word}" for word, count in sorted(each.items())) for each in counters]
            lines.append(f"| {name} | {cells[0]} | {'the same' if cells[0] == cells[1] else cells[1]} |")
        yield "\n".join(lines)


def _wall(cost: Cost) -> float:
    return cost.wall


def _processor(cost: Cost) -> float:
    return cost.processor


def _told(answer: dict[str, Any]) -> str:
    """Return the verdict of an answer, or whether a search found anything."""
    return str(answer["verdict"]) if "verdict" in answer else "found" if answer.get("data") else "found nothing"


def _send(client: HTTPConnection, request: Request) -> bytes:
    headers = {"Content-Type": "application/json"} if request.body is not None else {}
    client.request("POST" if request.body is not None else "GET", request.path, request.body, headers)
    answer = client.getresponse()
    body = answer.read()
    if answer.status != _OK:
        raise RuntimeError(f"{request.path} was answered with {answer.status}: {body[:500]!r}")
    return body


def _new(conn: Connection[Any], build: Build, pids: Sequence[int]) -> list[int]:
    """Return those processes that began while the build was asked."""
    return [pid for pid in machine.backends(conn, build.database) if pid not in pids]
