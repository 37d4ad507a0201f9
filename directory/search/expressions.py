"""What an account must match, in the two languages that PostgreSQL evaluates: tsqueries and regular expressions.

An expression is a tsquery over an account's terms. A GIN index reads the accounts of a frequent term one by one to see
which of them have the other terms too. So the index gets only the rare part of an expression, its `index_query`, and
the whole expression is then checked against the accounts that the index returned. This is Lucene's approximation and
match; PostgreSQL's plans call it Index Cond and Filter.

A text pattern is a regular expression over an account's texts: one line for each name, the handle and the department,
folded, with a blank around each word. It decides what terms cannot: order and adjacency.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple

from directory.search.synonyms import character_variants
from directory.text.normalization import is_unspaced

# A second part is added to an index query if the first leaves more than 50 accounts, a third if two leave over 300.
_WORTH_NARROWING: Final = (50, 300)
# One more term costs an index scan as much as reading 16 accounts that then do not match.
_LOOKUP_COST: Final = 16
# Parts that fewer than twice as many accounts have as the rarest one count as equally rare.
_SIMILAR_FREQUENCY: Final = 2
# Accounts expected of a term outside the statistics. It may have a hundred times more, but such terms are mostly rare.
_EXPECTED_RARE: Final = 5


@dataclass(frozen=True, slots=True)
class TermFrequencies:
    """The number of accounts, and for each of the most frequent terms the share of accounts that has it (0 to 1).

    These are the planner's statistics: ANALYZE keeps the 10,000 most frequent terms of account_search.
    """

    accounts: int = 0
    frequencies: Mapping[str, float] = field(default_factory=dict)
    # Of a term outside the statistics: at most that of the rarest term in them, and what is expected.
    max_rare: float = 0.0
    expected_rare: float = 0.0
    # The words among them in order, so that those with one beginning are next to each other.
    words: Sequence[str] = ()

    @classmethod
    def from_statistics(cls, accounts: int, frequencies: Mapping[str, float]) -> TermFrequencies:
        """Return the frequencies among a number of accounts."""
        rarest = min(frequencies.values(), default=0.0)
        words = sorted(term for term in frequencies if term[:1].isalnum())
        return cls(accounts, frequencies, rarest, min(rarest, _EXPECTED_RARE / accounts) if accounts else 0.0, words)

    def of_prefix(self, prefix: str) -> float:
        """Return the share of accounts that has one of the most frequent words with a prefix, at most."""
        words, share = self.words, 0.0
        for at in range(bisect_left(words, prefix), len(words)):
            if not words[at].startswith(prefix):
                break
            share += self.frequencies[words[at]]
        return share


class IndexQuery(NamedTuple):
    """The expression that an index scan is run with, and the share of accounts that has it (0 to 1)."""

    expression: Expression
    # Expected, and at most.
    frequency: float
    max_frequency: float


class Expression:
    """An immutable tsquery; two expressions are equal if their texts are.

    The text is built once, out of the texts of its parts: a search has some fifty expressions, each used several times.
    """

    __slots__ = ("size", "tsquery")
    tsquery: str
    # The number of terms in it.
    size: int

    def __eq__(self, other: object) -> bool:
        """Whether both have the same text."""
        return isinstance(other, Expression) and self.tsquery == other.tsquery

    def __hash__(self) -> int:
        """Return the hash of the text."""
        return hash(self.tsquery)

    def __repr__(self) -> str:
        """Return class and text."""
        return f"{type(self).__name__}({self.tsquery})"

    def parts_of(self, kind: type[Expression]) -> tuple[Expression, ...]:  # noqa: ARG002 - of no kind by itself
        """Return its parts if it is joined by this operator, else itself alone."""
        return (self,)

    def index_query(self, terms: TermFrequencies) -> IndexQuery:
        """Return the cheapest query of the index whose result contains every match."""
        raise NotImplementedError


class Term(Expression):
    """One lexeme."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        if "'" in text or "\\" in text:
            text = text.replace("\\", "\\\\").replace("'", "''")
        self.tsquery = f"'{text}'"
        self.size = 1

    def index_query(self, terms: TermFrequencies) -> IndexQuery:
        """Return the term itself."""
        frequency = terms.frequencies.get(self.text)
        if frequency is None:
            return IndexQuery(self, terms.expected_rare, terms.max_rare)
        return IndexQuery(self, frequency, frequency)


class Prefix(Expression):
    """All words that begin with these letters; they hold no quote and no backslash."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        self.tsquery = f"'{text}':*"
        self.size = 1

    def index_query(self, terms: TermFrequencies) -> IndexQuery:
        """Return the prefix itself."""
        common = terms.of_prefix(self.text)
        return IndexQuery(self, min(1.0, common + terms.expected_rare), min(1.0, common + terms.max_rare))


class TermSet(Expression):
    """Many lexemes joined by OR, without an object for each. They hold no quote and no backslash."""

    __slots__ = ("texts",)

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.tsquery = " | ".join([f"'{text}'" for text in texts])
        self.size = len(texts)

    def index_query(self, terms: TermFrequencies) -> IndexQuery:
        """Return the whole set: leaving out one alternative would lose its matches."""
        known = [terms.frequencies.get(text) for text in self.texts]
        rare = known.count(None)
        common = sum([frequency for frequency in known if frequency is not None])
        return IndexQuery(self, min(1.0, common + rare * terms.expected_rare), min(1.0, common + rare * terms.max_rare))


class _Joined(Expression):
    """Parts joined by an operator; a part that is joined itself stands in brackets."""

    __slots__ = ("parts",)
    _operator: ClassVar[str]

    def __init__(self, parts: tuple[Expression, ...]) -> None:
        self.parts = parts
        self.tsquery = self._operator.join(
            [part.tsquery if isinstance(part, Term | Prefix) else f"({part.tsquery})" for part in parts]
        )
        self.size = sum([part.size for part in parts])

    def parts_of(self, kind: type[Expression]) -> tuple[Expression, ...]:
        """Return its parts if it is joined by this operator, else itself alone."""
        return self.parts if type(self) is kind else (self,)

    @classmethod
    def of(cls, parts: Iterable[Expression | None]) -> Expression | None:
        """Return the distinct parts joined, flat; None where there is no part."""
        distinct: dict[str, Expression] = {}
        for part in parts:
            if part is not None:
                for each in part.parts_of(cls):
                    distinct[each.tsquery] = each
        return cls(tuple(distinct.values())) if len(distinct) > 1 else next(iter(distinct.values()), None)


class And(_Joined):
    """Parts that must all match."""

    __slots__ = ()
    _operator = " & "

    def index_query(self, terms: TermFrequencies) -> IndexQuery:
        """Return the rarest part, with one or two more where they exclude more accounts than they cost.

        Neighbouring parts mostly occur together (the letters of a word), so the others are taken from far away.
        """
        parts = [part.index_query(terms) for part in self.parts]
        rarest = min(range(len(parts)), key=lambda at: (parts[at].max_frequency, parts[at].frequency))
        chosen, remaining = [parts[rarest]], parts[rarest].max_frequency * terms.accounts

        def rank(at: int) -> tuple[float, float]:
            ratio = parts[at].max_frequency / parts[rarest].max_frequency if parts[rarest].max_frequency else 1.0
            return (1.0, -abs(at - rarest)) if ratio < _SIMILAR_FREQUENCY else (ratio, 0.0)

        for at in sorted((each for each in range(len(parts)) if each != rarest), key=rank)[:2]:
            if remaining <= _WORTH_NARROWING[len(chosen) - 1] + _LOOKUP_COST * (parts[at].expression.size - 1):
                continue
            chosen.append(parts[at])
            # Between independent parts (the product) and parts that always occur together (no change).
            remaining *= math.sqrt(parts[at].max_frequency)
        return IndexQuery(
            all_of([each.expression for each in chosen]) or self,
            self._expected_frequency(chosen),
            parts[rarest].max_frequency,
        )

    def _expected_frequency(self, chosen: Sequence[IndexQuery]) -> float:
        """Return the geometric mean of what independent parts would have and what parts that occur together have."""
        return chosen[0].frequency * math.sqrt(math.prod([each.frequency for each in chosen[1:]]))


class Adjacent(And):
    """Overlapping n-grams of one text, which must all match: where the rarest is, the others mostly are too."""

    __slots__ = ()

    def _expected_frequency(self, chosen: Sequence[IndexQuery]) -> float:
        return chosen[0].frequency


class Or(_Joined):
    """Parts of which one must match."""

    __slots__ = ()
    _operator = " | "

    def index_query(self, terms: TermFrequencies) -> IndexQuery:
        """Return the index queries of all parts, joined."""
        queries = [part.index_query(terms) for part in self.parts]
        is_unchanged = all(query.expression is part for query, part in zip(queries, self.parts, strict=True))
        return IndexQuery(
            self if is_unchanged else any_of([query.expression for query in queries]) or self,
            min(1.0, sum([query.frequency for query in queries])),
            min(1.0, sum([query.max_frequency for query in queries])),
        )


def as_terms(texts: Iterable[str]) -> list[Expression]:
    """Return each text as a lexeme."""
    return [Term(text) for text in texts]


def all_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Return the parts joined by AND; None where there is no part."""
    return And.of(parts)


def adjacent(parts: Iterable[Expression | None]) -> Expression | None:
    """Return n-grams of one text joined by AND; None where there is no part."""
    return Adjacent.of(parts)


def any_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Return the parts joined by OR; None where there is no part."""
    return Or.of(parts)


def contains_pattern(run: str) -> str:
    """Return the pattern of adjacent characters, each in any of its forms."""
    return "".join(_character_classes(run))


def in_order_pattern(run: str) -> str:
    """Return the pattern of characters in this order in one line, with any others between them."""
    return r"[^\n]*".join(_character_classes(run))


def phrase_pattern(words: tuple[str, ...]) -> str:
    """Return the pattern of adjacent words; a word of an unspaced script may stand inside a longer run."""
    opening = "" if is_unspaced(words[0]) else " "
    closing = "" if is_unspaced(words[-1]) else " "
    # Python's re.escape puts a backslash before signs alone, which PostgreSQL's regular expressions read the same.
    return opening + " ".join(map(re.escape, words)) + closing


def line_prefix_pattern(key: str) -> str:
    """Return the pattern of a line that begins with a key, blanks ignored."""
    return rf"\n {_with_optional_blanks(key)}"


def whole_line_pattern(key: str) -> str:
    """Return the pattern of a line that equals a key, blanks ignored."""
    return rf"\n {_with_optional_blanks(key)} (?:\n|$)"


def all_patterns(*patterns: str | None) -> str | None:
    """Return one pattern that matches where all of these do; None where there is none."""
    present = [pattern for pattern in patterns if pattern]
    # PostgreSQL has no AND of regular expressions but lookahead; one alone does without, which is cheaper.
    if len(present) < 2:  # noqa: PLR2004 - nothing to join
        return present[0] if present else None
    # In PostgreSQL, unlike in Python, a dot matches line feeds too; `^` matches only the start of the text.
    return "^" + "".join(f"(?=.*(?:{pattern}))" for pattern in present)


def _with_optional_blanks(key: str) -> str:
    return " ?".join(_character_classes(key))


def _character_classes(run: str) -> list[str]:
    """Return for each character of a run the pattern of its forms."""
    if run.isascii() and run.isalnum():
        return [*run]
    return [f"[{forms}]" if len(forms) > 1 else re.escape(forms) for forms in character_variants(run) or run]
