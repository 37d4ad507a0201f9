"""Expressions over terms: lexemes of which all or any must be there, written as PostgreSQL's tsquery.

An index reads the accounts of a frequent term one by one to find that they have the others too, so what it is asked
for is narrowed to the rare part of an expression; the whole of it is then held against the accounts found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

# With so few accounts left no further part makes it cheaper, and a third part hardly ever does.
_FEW: int = 50
_MANY: int = 5_000


@dataclass(frozen=True, slots=True)
class Shares:
    """How many accounts there are, and the share of them that has each of the most frequent terms."""

    accounts: int = 0
    of: Mapping[str, float] = field(default_factory=dict)
    # Of a term that is not among them: far less than the least of these, as words go.
    rare: float = 0.0

    @classmethod
    def among(cls, accounts: int, of: Mapping[str, float]) -> Shares:
        """Give the shares among so many accounts."""
        return cls(accounts, of, min(of.values(), default=0.0) / 16)

    def share(self, term: str) -> float:
        """Give the share of a term."""
        return self.of.get(term, self.rare)


@dataclass(frozen=True, slots=True)
class Term:
    """One lexeme."""

    text: str

    def write(self) -> str:
        """Give it as tsquery has it."""
        return "'" + self.text.replace("\\", "\\\\").replace("'", "''") + "'"

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give what an index is asked for in place of it, and about the share of accounts that has it."""
        return self, shares.share(self.text)


@dataclass(frozen=True, slots=True)
class All:
    """Parts that must all be there."""

    parts: tuple[Expression, ...]

    def write(self) -> str:
        """Give it as tsquery has it."""
        return " & ".join(f"({part.write()})" for part in self.parts)

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give the rarest parts: one where it leaves few accounts, two, or three where two leave many."""
        narrowed = sorted((part.narrow(shares) for part in self.parts), key=lambda each: each[1])
        kept, left = [narrowed[0][0]], narrowed[0][1] * shares.accounts
        for part, share in narrowed[1:3]:
            if left <= (_FEW if len(kept) == 1 else _MANY):
                break
            kept.append(part)
            left *= share
        return all_of(kept) or self, narrowed[0][1]


@dataclass(frozen=True, slots=True)
class Any:
    """Parts of which one must be there."""

    parts: tuple[Expression, ...]

    def write(self) -> str:
        """Give it as tsquery has it."""
        return " | ".join(f"({part.write()})" for part in self.parts)

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give each part narrowed."""
        narrowed = [part.narrow(shares) for part in self.parts]
        return any_of(part for part, _ in narrowed) or self, min(1.0, sum(share for _, share in narrowed))


Expression: TypeAlias = Term | All | Any


def terms(texts: Iterable[str]) -> list[Expression]:
    """Give each text as a lexeme."""
    return [Term(text) for text in texts]


def all_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what must all be there; None where there is nothing."""
    given = tuple(dict.fromkeys(part for part in parts if part is not None))
    return All(given) if len(given) > 1 else next(iter(given), None)


def any_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what is there if one of the parts is; None where there is nothing."""
    given = tuple(dict.fromkeys(part for part in parts if part is not None))
    return Any(given) if len(given) > 1 else next(iter(given), None)
