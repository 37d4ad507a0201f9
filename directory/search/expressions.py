"""Expressions over terms: lexemes of which all or any must be there, written as PostgreSQL's tsquery.

An index reads the accounts of a frequent term one by one to find that they have the others too, so what it is asked
for is narrowed to the rare part of an expression; the whole of it is then held against the accounts found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

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


class Expression:
    """What an account's terms must be; never changed once it is made, and the same as another one written alike.

    It is written as it is made, out of parts that are written already: a question has some fifty, each used several
    times.
    """

    __slots__ = ("written",)
    # As tsquery has it.
    written: str

    def __eq__(self, other: object) -> bool:
        """Tell whether another one is written alike."""
        return isinstance(other, Expression) and self.written == other.written

    def __hash__(self) -> int:
        """Give the same number for what is written alike."""
        return hash(self.written)

    def __repr__(self) -> str:
        """Show what is written."""
        return f"{type(self).__name__}({self.written})"

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give what an index is asked for in place of it, and about the share of accounts that has it."""
        raise NotImplementedError


class Term(Expression):
    """One lexeme."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        if "'" in text or "\\" in text:
            text = text.replace("\\", "\\\\").replace("'", "''")
        self.written = f"'{text}'"

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give it as it is."""
        return self, shares.share(self.text)


class _Joined(Expression):
    """Several parts, of which each that is joined itself stands in brackets."""

    __slots__ = ("parts",)
    _operator: ClassVar[str]

    def __init__(self, parts: tuple[Expression, ...]) -> None:
        self.parts = parts
        self.written = self._operator.join(
            [part.written if isinstance(part, Term) else f"({part.written})" for part in parts]
        )

    @classmethod
    def of(cls, parts: Iterable[Expression | None]) -> Expression | None:
        """Join the different ones that there are; parts that are joined in the same way are taken as their parts."""
        given: dict[str, Expression] = {}
        for part in parts:
            if isinstance(part, cls):
                given |= {each.written: each for each in part.parts}
            elif part is not None:
                given[part.written] = part
        return cls(tuple(given.values())) if len(given) > 1 else next(iter(given.values()), None)


class All(_Joined):
    """Parts that must all be there."""

    __slots__ = ()
    _operator = " & "

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give the rarest parts: one where it leaves few accounts, two, or three where two leave many."""
        narrowed = sorted([part.narrow(shares) for part in self.parts], key=lambda each: each[1])
        kept, left = [narrowed[0][0]], narrowed[0][1] * shares.accounts
        for part, share in narrowed[1:3]:
            if left <= (_FEW if len(kept) == 1 else _MANY):
                break
            kept.append(part)
            left *= share
        return all_of(kept) or self, narrowed[0][1]


class Any(_Joined):
    """Parts of which one must be there."""

    __slots__ = ()
    _operator = " | "

    def narrow(self, shares: Shares) -> tuple[Expression, float]:
        """Give each part narrowed."""
        narrowed = [part.narrow(shares) for part in self.parts]
        share = min(1.0, sum([share for _, share in narrowed]))
        if all(one is part for (one, _), part in zip(narrowed, self.parts, strict=True)):
            return self, share
        return any_of([part for part, _ in narrowed]) or self, share


def terms(texts: Iterable[str]) -> list[Expression]:
    """Give each text as a lexeme."""
    return [Term(text) for text in texts]


def all_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what must all be there; None where there is nothing."""
    return All.of(parts)


def any_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what is there if one of the parts is; None where there is nothing."""
    return Any.of(parts)
