"""The steps that make two texts the same, each the reason of a similarity."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from directory.lookalikes.skeletons import fold_width, skeleton
from directory.lookalikes.transforms import (
    letters_for_digits,
    merge_close,
    without_country,
    without_doubles,
    without_official_words,
)
from directory.text.normalization import compact

Forms = frozenset[str]

_DIGIT: Final = re.compile("[0-9]")
# With its accents: a skeleton is decomposed (NFD).
_WORD: Final = re.compile(r"[\w\u0300-\u036f]+")
# An accent by itself is no separator.
_SEPARATOR: Final = re.compile(r"(?:(?![\u0300-\u036f])[\W_])+")

STEPS: Final = (
    "full_width", "confusable", "spelling", "separators", "digits_for_letters", "doubled_letters", "official_word",
    "country_suffix",
)  # fmt: skip
"""All steps, in the order in which reasons are given."""

REMOVAL_ORDER: Final = (
    "country_suffix", "official_word", "doubled_letters", "spelling", "confusable", "digits_for_letters", "separators",
    "full_width",
)  # fmt: skip
"""All steps, in the order in which it is tried to do without each: the weakest claims come first."""


class Transformed(NamedTuple):
    """The forms of a text after some steps, and those steps that changed something.

    Without a step that changed nothing the forms would be the same.
    """

    forms: Forms
    effective: frozenset[str]


def minimal_steps(given: str, registered: str) -> list[str] | None:
    """Return the steps after which two texts have a form in common, none of them needless; None if no steps do."""
    needed = _applicable(given + registered)
    left, right = transform(given, needed), transform(registered, needed)
    if left.forms.isdisjoint(right.forms):
        return None
    # A step without which they still have a form in common is no reason.
    for step in REMOVAL_ORDER:
        if step not in needed:
            continue
        fewer = [other for other in needed if other != step]
        one = transform(given, fewer) if step in left.effective else left
        other = transform(registered, fewer) if step in right.effective else right
        if not one.forms.isdisjoint(other.forms):
            needed, left, right = fewer, one, other
    return needed


def _applicable(texts: str) -> list[str]:
    """Return the steps that can change anything in the texts, passed joined."""
    steps: list[str] = list(STEPS)
    if texts.isascii():
        steps = [step for step in steps if step not in {"full_width", "spelling"}]
    if not _SEPARATOR.search(texts):
        steps.remove("separators")
    if not _DIGIT.search(texts):
        steps.remove("digits_for_letters")
    return steps


def transform(text: str, steps: Collection[str]) -> Transformed:
    """Return the forms of a text after the steps, and without letter case."""
    effective = set()
    for step, change in _OF_TEXTS:
        if step in steps or step == _ALWAYS:
            changed = change(text)
            if changed != text:
                effective.add(step)
                text = changed
    forms = frozenset((text,))
    for step, branch in _OF_FORMS:
        if step in steps:
            branched = branch(forms)
            if branched != forms:
                effective.add(step)
                forms = branched
    return Transformed(forms, frozenset(effective))


def _skeleton(text: str) -> str:
    return skeleton(text if text.isascii() else unicodedata.normalize("NFKC", text))


def _fold_words(text: str) -> str:
    return _WORD.sub(lambda match: compact(match[0]), text)


def _drop_official_words(forms: Forms) -> Forms:
    return forms.union(*map(without_official_words, forms))


def _drop_countries(forms: Forms) -> Forms:
    return forms.union(*map(without_country, forms))


def _read_digits(forms: Forms) -> Forms:
    return frozenset(chain.from_iterable(map(letters_for_digits, forms)))


def _merge_letters(forms: Forms) -> Forms:
    return frozenset(merge_close(skeleton(form).lower()) for form in forms)


def _drop_doubles(forms: Forms) -> Forms:
    return frozenset(map(without_doubles, forms))


_ALWAYS: Final = ""
# What each step does, in this order: first to the text, then to its forms, of which it may make several.
_OF_TEXTS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("full_width", fold_width),
    ("confusable", _skeleton),
    (_ALWAYS, str.lower),
    ("spelling", _fold_words),
    ("separators", partial(_SEPARATOR.sub, "")),
)
_OF_FORMS: Final[tuple[tuple[str, Callable[[Forms], Forms]], ...]] = (
    ("official_word", _drop_official_words),
    ("country_suffix", _drop_countries),
    ("digits_for_letters", _read_digits),
    ("confusable", _merge_letters),
    ("doubled_letters", _drop_doubles),
)
