"""Expressions of what may be written in more than one way: a name as a whole, characters of a run, words of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from directory.search.character_variants import variants, vary
from directory.search.expressions import Expression, OneOf, Term, all_of, any_of, run_of, terms
from directory.search.parsing import Sought
from directory.search.synonyms import Unit, names
from directory.search.terms import EXACT, INSIDE, MAX_ANCHORED_LENGTH, MAX_EXACT_LENGTH, anchored, grams


def whole_names(sought: Sought) -> list[str]:
    """Return all that is sought as one whole name, in each way of writing it; the typed one first."""
    key = sought.key
    others = [] if sought.phrases else names(sought.wording or sought.words)
    is_one = key.isascii() or vary(key) is None
    if is_one and len(others) < 2:  # noqa: PLR2004 - nothing but the typed one
        return [key]
    keys = dict.fromkeys([key, *others])
    return [*keys] if is_one else [*dict.fromkeys(variant for each in keys for variant in variants(each))]


def of_name(sought: Sought) -> Expression:
    """Return what stands for all that is sought as one whole name."""
    key = sought.key
    if len(key) > MAX_EXACT_LENGTH:
        return Term(EXACT + key[:MAX_EXACT_LENGTH])
    written = whole_names(sought)
    if len(written) == 1:
        return Term(EXACT + key)
    # They are folded, so there is no quote and no backslash in them.
    return OneOf([EXACT + each for each in written if len(each) <= MAX_EXACT_LENGTH])


def of_beginning(key: str) -> Expression:
    """Return what stands for a name that begins with a key, as far as terms reach."""
    if key.isascii() or vary(key[:MAX_ANCHORED_LENGTH]) is None:
        return Term(anchored(key))
    return any_of(Term(anchored(each)) for each in variants(key[:MAX_ANCHORED_LENGTH])) or Term(anchored(key))


def of_run(run: str) -> Expression | None:
    """Return what stands for a run of characters inside a longer one."""
    places = vary(run)
    if places is None:
        return run_of(terms(grams(run)))
    if len(places) == 1:
        return any_of(of_characters(run))
    return run_of(
        any_of(Term(INSIDE + one + other) for one in before for other in after) for before, after in pairwise(places)
    )


def of_characters(run: str) -> Sequence[Expression | None]:
    """Return what stands for each character of a run by itself."""
    return [any_of(Term(INSIDE + each) for each in place) for place in vary(run) or run]


def of_others(unit: Unit, *, is_last: bool) -> list[Expression | None]:
    """Return what stands for the other ways to write a unit; `is_last`: its word may be a beginning."""
    # What begins with the word is found by its beginning.
    others = [other for other in unit.others if not (is_last and len(unit.words) == 1 and _begins(other, unit.words))]
    return [all_of(terms(other)) for other in others]


def _begins(other: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(other) == 1 and other[0].startswith(words[0])
