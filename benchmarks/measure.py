"""The measurements: all subjects run in turn within each round, so that noise of the machine affects all of them."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import Connection

from benchmarks import load, machine
from benchmarks.questions import KEYSET, PLATFORMATIC, Request, Work
from benchmarks.servers import Server

# Connections are opened, statements prepared, and pages read for the first time; and Node compiles what is asked often,
# before which it is several times as slow.
_WARM_SECONDS: Final = 1
_NODE_SECONDS: Final = 3


@dataclass(slots=True)
class Figures:
    """The figures of one work: for each subject one per round, in the order of the rounds."""

    name: str
    unit: str
    of: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

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
class Subject:
    """What is measured: a server, how it is asked, and the database whose backends work for it."""

    name: str
    system: str
    server: Server
    headers: Mapping[str, str]
    database: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of a subject: the load, and processor microseconds of server and PostgreSQL for each request."""

    load: load.Load
    server: float
    postgres: float

    @property
    def processor(self) -> float:
        """Processor microseconds for a request."""
        return self.server + self.postgres


@dataclass(slots=True)
class Measured:
    """The samples of one work: for each subject one per round."""

    name: str
    of: dict[str, list[Sample]] = field(default_factory=dict[str, list[Sample]])

    def median(self, subject: str, figure: Callable[[Sample], float]) -> float:
        """Return the median of a figure of a subject."""
        return statistics.median(map(figure, self.of[subject]))

    def ratio(self, subject: str, to: str, figure: Callable[[Sample], float]) -> float:
        """Return the median of the rounds' ratios of a figure of two subjects."""
        return statistics.median(
            figure(one) / figure(other) for one, other in zip(self.of[subject], self.of[to], strict=True)
        )


def requests(
    conn: Connection[Any], works: Sequence[Work], subjects: Sequence[Subject], *, rounds: int, seconds: float
) -> Iterator[Measured]:
    """Yield the samples of each work, of all subjects in turn."""
    for work in works:
        asked = {
            subject.name: [each.asked[subject.system] for each in work.questions if subject.system in each.asked]
            for subject in subjects
        }
        measured = Measured(work.name)
        for subject in subjects:
            if asked[subject.name]:
                warm = _NODE_SECONDS if subject.system in {PLATFORMATIC, KEYSET} else _WARM_SECONDS
                load.drive(subject.server.base, asked[subject.name], warm, subject.headers)
        for number in range(rounds):
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                if asked[subject.name]:
                    found = _sample(conn, subject, asked[subject.name], seconds)
                    if found.load.failures:
                        raise RuntimeError(f"{subject.name} failed {found.load.failures} times at {work.name}")
                    measured.of.setdefault(subject.name, []).append(found)
        # In the order of the subjects, whichever had the first turn.
        measured.of = {subject.name: measured.of[subject.name] for subject in subjects if subject.name in measured.of}
        yield measured


def _sample(conn: Connection[Any], subject: Subject, asked: Sequence[Request], seconds: float) -> Sample:
    server, backends = machine.tree(subject.server.pid), machine.backends(conn, subject.database)
    before = machine.spent(server), machine.spent(backends)
    driven = load.drive(subject.server.base, asked, seconds, subject.headers)
    # Of connections that were opened meanwhile all is of this round.
    after = machine.spent(server), machine.spent({*backends, *machine.backends(conn, subject.database)})
    answered = max(1, driven.requests)
    return Sample(driven, *((late - early) / 1000 / answered for late, early in zip(after, before, strict=True)))
