"""How well a search answers the evaluation set: the share found in the first three, and the mean reciprocal rank."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

SET = Path(__file__).parent / "evaluation.ndjson"
FIRST = 3
RANKED = 10

Record: TypeAlias = Mapping[str, Any]
# Takes a query and further parameters, gives accounts as `/v1/accounts` lists them, the best first.
Ask: TypeAlias = Callable[[str, Mapping[str, str]], Sequence[Record]]


@dataclass(frozen=True)
class Miss:
    """A question of which no acceptable account came in the first three; `rank` is None if none in the first ten."""

    question: Record
    rank: int | None
    first: list[str]

    def __str__(self) -> str:
        """Return it as a line."""
        expected = " | ".join(name_of(account) for account in self.question["accounts"][:FIRST])
        got = " | ".join(self.first) or "nothing"
        parameters = "".join(f" {key}={value}" for key, value in self.question["parameters"].items())
        place = f"at {self.rank}" if self.rank else "not at all"
        return f"{self.question['class']}: {self.question['query']!r}{parameters}: {expected}, {place}; got {got}"


@dataclass
class Score:
    """What came of some questions."""

    asked: int = 0
    found: int = 0
    reciprocal_ranks: float = 0.0

    @property
    def share(self) -> float:
        """Return the share of questions with an acceptable account in the first three, from 0 to 1."""
        return self.found / self.asked if self.asked else 0.0

    @property
    def mean_reciprocal_rank(self) -> float:
        """Return the mean of 1/rank of the first acceptable account among the first ten, 0 where there is none."""
        return self.reciprocal_ranks / self.asked if self.asked else 0.0

    def add(self, rank: int | None) -> None:
        """Count one question."""
        self.asked += 1
        self.found += rank is not None and rank <= FIRST
        self.reciprocal_ranks += 1 / rank if rank else 0.0


@dataclass
class Scores:
    """The scores of a set over all and by class, and what was missed."""

    total: Score = field(default_factory=Score)
    classes: dict[str, Score] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)

    def table(self) -> str:
        """Return the scores as lines of text: class, questions, share found, mean reciprocal rank."""
        rows = [*self.classes.items(), ("over all", self.total)]
        width = max(len(kind) for kind, _ in rows)
        heading = f"{'class':{width}}  asked  in first {FIRST}    MRR"
        lines = [
            f"{kind:{width}}  {score.asked:5}  {score.share:10.1%}  {score.mean_reciprocal_rank:5.3f}"
            for kind, score in rows
        ]
        return "\n".join([heading, *lines])


def read_set(path: Path = SET) -> list[Record]:
    """Return the questions of the committed set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def score(ask: Ask, questions: Iterable[Record]) -> Scores:
    """Ask every question and say what came of it."""
    scores = Scores()
    for question in questions:
        answer = ask(question["query"], question["parameters"])[:RANKED]
        rank = find_rank(answer, question["accounts"])
        scores.total.add(rank)
        scores.classes.setdefault(question["class"], Score()).add(rank)
        if rank is None or rank > FIRST:
            scores.misses.append(Miss(question, rank, [name_of(record) for record in answer[:FIRST]]))
    return scores


def find_rank(answer: Sequence[Record], accounts: Sequence[Record]) -> int | None:
    """Return the place, from 1, of the first record that is one of the accounts; None if there is none."""
    return next((rank for rank, record in enumerate(answer, 1) if any(is_same(record, one) for one in accounts)), None)


def is_same(record: Record, account: Record) -> bool:
    """Whether a public record is the account: by platform and user id where the set has one, else by handle."""
    return all(record[key] == account[key] for key in ("platform", "platform_user_id", "handle") if key in account)


def name_of(record: Record) -> str:
    """Return which account a record is."""
    return f"{record['name']} ({record['platform']}/{record.get('handle') or record.get('platform_user_id')})"
