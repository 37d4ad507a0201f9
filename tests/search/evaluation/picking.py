"""How a rule picks its accounts: in an order that nobody chose, until it has as many queries as it is to have."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from tests.search.evaluation.accounts import Account, read_accounts
from tests.search.evaluation.answers import starter_registry
from tests.search.evaluation.texts import Text

T = TypeVar("T")


@dataclass(frozen=True)
class Proposal:
    """A query that a rule makes of an account, and why the account must be found by it."""

    query: str
    why: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the key of a question."""
        return self.query, *self.parameters.values()


@dataclass(frozen=True)
class Question(Proposal):
    """A query of the evaluation set with its class and its answer."""

    kind: str = ""
    answer: tuple[Account, ...] = ()

    def record(self) -> dict[str, object]:
        """Return the line of the set."""
        return {
            "class": self.kind,
            "query": self.query,
            "parameters": dict(self.parameters),
            "accounts": [account.reference() for account in self.answer],
            "why": self.why,
        }


@dataclass(frozen=True)
class Rule:
    """A way to make queries of one class: of each account it proposes some, the best first."""

    kind: str
    count: int
    propose: Callable[[Account], Iterator[Proposal]]

    def questions(self) -> list[Question]:
        """Return `count` questions, of as many bodies.

        Accounts come in the order of the SHA-256 of rule, platform and handle or user id. Of each, the first proposal
        becomes a question that has a determined answer with the account in it; an account without one is passed over.
        """
        found: list[Question] = []
        seen: set[object] = set()
        for account in sorted(read_accounts(), key=lambda account: digest(self.propose.__name__, *account.key)):
            # One question a name: the schools of one country are named alike.
            if account.name in seen:
                continue
            question = self._ask_about(account, seen)
            if question:
                found.append(question)
                seen |= {account.name, question.asked}
            if len(found) == self.count:
                return found
        raise LookupError(f"{self.propose.__name__} makes {len(found)} questions of {self.count}")

    def _ask_about(self, account: Account, seen: set[object]) -> Question | None:
        for proposal in self.propose(account):
            if proposal.asked in seen:
                continue
            answer = _answer(proposal.query, tuple(proposal.parameters.items()))
            if account in answer:
                return Question(proposal.query, proposal.why, proposal.parameters, self.kind, answer)
        return None


@cache
def _answer(query: str, parameters: tuple[tuple[str, str], ...]) -> tuple[Account, ...]:
    return starter_registry().answer(query, dict(parameters))


def digest(*parts: str) -> int:
    """Return a number that depends on `parts` alone and tells nothing of them."""
    return int.from_bytes(hashlib.sha256(":".join(parts).encode()).digest()[:8])


def choose(options: Sequence[T], *parts: str) -> T:
    """Choose one of `options` by `parts`."""
    return options[digest(*parts) % len(options)]


@cache
def frequencies() -> Counter[str]:
    """Count the bodies that have each word in their name."""
    names = {account.body: account.name for account in read_accounts()}
    return Counter(word for name in names.values() for word in Text(name).word_set)


@cache
def _names_by_word() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    found: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for name in dict.fromkeys(account.name for account in read_accounts()):
        words = Text(name).words
        for word in dict.fromkeys(words):
            found[word].append((name, words))
    return found


def names_with(*words: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the names that have all of `words`, each with its own words."""
    first, *others = words
    return [(name, own) for name, own in _names_by_word().get(first, ()) if all(word in own for word in others)]


def rarest(words: Iterable[str]) -> list[str]:
    """Return words that few names have first."""
    return sorted(words, key=lambda word: (frequencies()[word], word))
