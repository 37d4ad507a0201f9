"""Expressions over terms: lexemes of which all or any must be there, written as PostgreSQL's tsquery.

An index reads the accounts of a frequent term one by one to find that they have the others too, so what it is asked
for is narrowed to the rare part of an expression; the whole of it is then held against the accounts found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

# Accounts that may be left by one part, and by two, for a further one to make it cheaper.
_MANY: tuple[int, int] = (50, 300)
# To ask for one term more costs an index as much as so many accounts, which are read and found not to match.
_LOOKUP: int = 16
# What is nearly as rare as the rarest part: had by fewer than so many times more accounts.
_NEAR: int = 2
# Accounts that are expected of a term which is not among the frequent ones, though it may have a hundred times more.
_EXPECTED: int = 5


@dataclass(frozen=True, slots=True)
class Shares:
    """How many accounts there are, and the share of them that has each of the most frequent terms."""

    accounts: int = 0
    of: Mapping[str, float] = field(default_factory=dict)
    # Of a term that is not among them: what it has at most, and what is expected.
    most: float = 0.0
    rare: float = 0.0

    @classmethod
    def among(cls, accounts: int, of: Mapping[str, float]) -> Shares:
        """Give the shares among so many accounts."""
        most = min(of.values(), default=0.0)
        return cls(accounts, of, most, min(most, _EXPECTED / accounts) if accounts else 0.0)


class Narrowed(NamedTuple):
    """What an index is asked for in place of an expression, and the share of accounts that has it."""

    asked: Expression
    # As it is expected, and at most.
    share: float
    most: float


class Expression:
    """What an account's terms must be; never changed once it is made, and the same as another one written alike.

    It is written as it is made, out of parts that are written already: a question has some fifty, each used several
    times.
    """

    __slots__ = ("size", "written")
    # As tsquery has it.
    written: str
    # How many terms that names.
    size: int

    def __eq__(self, other: object) -> bool:
        """Tell whether another one is written alike."""
        return isinstance(other, Expression) and self.written == other.written

    def __hash__(self) -> int:
        """Give the same number for what is written alike."""
        return hash(self.written)

    def __repr__(self) -> str:
        """Show what is written."""
        return f"{type(self).__name__}({self.written})"

    def parts_of(self, kind: type[Expression]) -> tuple[Expression, ...]:  # noqa: ARG002 - of no kind by itself
        """Give its parts if they are joined in this way, else itself."""
        return (self,)

    def narrow(self, shares: Shares) -> Narrowed:
        """Give what an index is asked for in place of it."""
        raise NotImplementedError


class Term(Expression):
    """One lexeme."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        if "'" in text or "\\" in text:
            text = text.replace("\\", "\\\\").replace("'", "''")
        self.written = f"'{text}'"
        self.size = 1

    def narrow(self, shares: Shares) -> Narrowed:
        """Give it as it is."""
        share = shares.of.get(self.text)
        return Narrowed(self, shares.rare, shares.most) if share is None else Narrowed(self, share, share)


class OneOf(Expression):
    """Many lexemes of which one must be there, written at once."""

    __slots__ = ("texts",)

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.written = " | ".join([f"'{text}'" for text in texts])
        self.size = len(texts)

    def narrow(self, shares: Shares) -> Narrowed:
        """Give it as it is."""
        known = [shares.of.get(text) for text in self.texts]
        rare = known.count(None)
        common = sum([share for share in known if share is not None])
        return Narrowed(self, min(1.0, common + rare * shares.rare), min(1.0, common + rare * shares.most))


class _Joined(Expression):
    """Several parts, of which each that is joined itself stands in brackets."""

    __slots__ = ("parts",)
    _operator: ClassVar[str]

    def __init__(self, parts: tuple[Expression, ...]) -> None:
        self.parts = parts
        self.written = self._operator.join(
            [part.written if isinstance(part, Term) else f"({part.written})" for part in parts]
        )
        self.size = sum([part.size for part in parts])

    def parts_of(self, kind: type[Expression]) -> tuple[Expression, ...]:
        """Give its parts if they are joined in this way, else itself."""
        return self.parts if type(self) is kind else (self,)

    @classmethod
    def of(cls, parts: Iterable[Expression | None]) -> Expression | None:
        """Join the different ones that there are; parts that are joined in the same way are taken as their parts."""
        given: dict[str, Expression] = {}
        for part in parts:
            if part is not None:
                for each in part.parts_of(cls):
                    given[each.written] = each
        return cls(tuple(given.values())) if len(given) > 1 else next(iter(given.values()), None)


class All(_Joined):
    """Parts that must all be there."""

    __slots__ = ()
    _operator = " & "

    def narrow(self, shares: Shares) -> Narrowed:
        """Give the rarest part, and another one or two of the rare ones where it leaves more accounts than they cost.

        Parts that are neighbours mostly come together (the letters of a word), so the others are taken from far away.
        """
        parts = [part.narrow(shares) for part in self.parts]
        at = min(range(len(parts)), key=lambda each: (parts[each].most, parts[each].share))
        kept, left = [parts[at]], parts[at].most * shares.accounts

        def rank(other: int) -> tuple[float, float]:
            times = parts[other].most / parts[at].most if parts[at].most else 1.0
            return (1.0, -abs(other - at)) if times < _NEAR else (times, 0.0)

        for other in sorted((each for each in range(len(parts)) if each != at), key=rank)[:2]:
            if left <= _MANY[len(kept) - 1] + _LOOKUP * (parts[other].asked.size - 1):
                continue
            kept.append(parts[other])
            left *= math.sqrt(parts[other].most)
        return Narrowed(all_of([each.asked for each in kept]) or self, self._expect(kept), parts[at].most)

    def _expect(self, kept: Sequence[Narrowed]) -> float:
        """Give the share that is expected, between that of parts that come together and of such that are unrelated."""
        return kept[0].share * math.sqrt(math.prod([each.share for each in kept[1:]]))


class Run(All):
    """Neighbours in one text, which must all be there: where the rarest one is, the others are mostly too."""

    __slots__ = ()

    def _expect(self, kept: Sequence[Narrowed]) -> float:
        return kept[0].share


class Any(_Joined):
    """Parts of which one must be there."""

    __slots__ = ()
    _operator = " | "

    def narrow(self, shares: Shares) -> Narrowed:
        """Give each part narrowed."""
        narrowed = [part.narrow(shares) for part in self.parts]
        is_whole = all(each.asked is part for each, part in zip(narrowed, self.parts, strict=True))
        return Narrowed(
            self if is_whole else any_of([each.asked for each in narrowed]) or self,
            min(1.0, sum([each.share for each in narrowed])),
            min(1.0, sum([each.most for each in narrowed])),
        )


def terms(texts: Iterable[str]) -> list[Expression]:
    """Give each text as a lexeme."""
    return [Term(text) for text in texts]


def all_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what must all be there; None where there is nothing."""
    return All.of(parts)


def run_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what must all be there, side by side; None where there is nothing."""
    return Run.of(parts)


def any_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Give what is there if one of the parts is; None where there is nothing."""
    return Any.of(parts)
