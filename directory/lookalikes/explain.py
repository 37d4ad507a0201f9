"""What is taken out of two handles until they are the same: the steps, each the reason of a likeness."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from directory.lookalikes.skeletons import skeleton
from directory.lookalikes.transforms import (
    letters_for_digits,
    merge_close,
    without_country,
    without_doubles,
    without_official_words,
)
from directory.lookalikes.widths import fold_width
from directory.text.normalization import compact

Forms = frozenset[str]

_DIGIT: Final = re.compile("[0-9]")
# With its accents, which a skeleton leaves beside their letter.
_WORD: Final = re.compile(r"[\w\u0300-\u036f]+")
# An accent that stands by itself is no separator.
_SEPARATOR: Final = re.compile(r"(?:(?![\u0300-\u036f])[\W_])+")

STEPS: Final = (
    "full_width", "confusable", "spelling", "separators", "digits_for_letters", "doubled_letters", "official_word",
    "country_suffix",
)  # fmt: skip
"""All steps, in the order in which reasons are given."""

LEFT_OUT_FIRST: Final = (
    "country_suffix", "official_word", "doubled_letters", "spelling", "confusable", "digits_for_letters", "separators",
    "full_width",
)  # fmt: skip
"""The same in the order in which it is tried to do without each: the weakest claims come first."""


class Stripped(NamedTuple):
    """What is left of a text, in one form or several, and the steps that changed something.

    A step that changed nothing could as well be left out: all that follow it see the same.
    """

    forms: Forms
    taken: frozenset[str]


def find_steps(given: str, registered: str) -> list[str] | None:
    """Give the steps after which two texts have a form in common, without those that it needs not; None if none do."""
    needed = _applicable(given + registered)
    left, right = strip(given, needed), strip(registered, needed)
    if left.forms.isdisjoint(right.forms):
        return None
    # What is left out without parting the two is no reason.
    for step in LEFT_OUT_FIRST:
        if step not in needed:
            continue
        fewer = [kept for kept in needed if kept != step]
        one = strip(given, fewer) if step in left.taken else left
        other = strip(registered, fewer) if step in right.taken else right
        if not one.forms.isdisjoint(other.forms):
            needed, left, right = fewer, one, other
    return needed


def _applicable(texts: str) -> list[str]:
    """Give the steps that can change anything in the texts, which are given as one."""
    steps: list[str] = list(STEPS)
    if texts.isascii():
        steps = [step for step in steps if step not in {"full_width", "spelling"}]
    if not _SEPARATOR.search(texts):
        steps.remove("separators")
    if not _DIGIT.search(texts):
        steps.remove("digits_for_letters")
    return steps


def strip(text: str, steps: Collection[str]) -> Stripped:
    """Take out of a text all that the steps stand for, and letter case."""
    taken = set()
    for step, change in _OF_TEXTS:
        if step in steps or step == _ALWAYS:
            changed = change(text)
            if changed != text:
                taken.add(step)
                text = changed
    forms = frozenset((text,))
    for step, branch in _OF_FORMS:
        if step in steps:
            branched = branch(forms)
            if branched != forms:
                taken.add(step)
                forms = branched
    return Stripped(forms, frozenset(taken))


def _look(text: str) -> str:
    return skeleton(text if text.isascii() else unicodedata.normalize("NFKC", text))


def _read_words(text: str) -> str:
    return _WORD.sub(lambda found: compact(found[0]), text)


def _drop_official_words(forms: Forms) -> Forms:
    return forms.union(*map(without_official_words, forms))


def _drop_countries(forms: Forms) -> Forms:
    return forms.union(*map(without_country, forms))


def _read_digits(forms: Forms) -> Forms:
    return frozenset(chain.from_iterable(map(letters_for_digits, forms)))


def _close_up(forms: Forms) -> Forms:
    return frozenset(merge_close(skeleton(form).lower()) for form in forms)


def _single(forms: Forms) -> Forms:
    return frozenset(map(without_doubles, forms))


_ALWAYS: Final = ""
# What each step does, in this order: first to the text, then to the forms that are left of it.
_OF_TEXTS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("full_width", fold_width),
    ("confusable", _look),
    (_ALWAYS, str.lower),
    ("spelling", _read_words),
    ("separators", partial(_SEPARATOR.sub, "")),
)
_OF_FORMS: Final[tuple[tuple[str, Callable[[Forms], Forms]], ...]] = (
    ("official_word", _drop_official_words),
    ("country_suffix", _drop_countries),
    ("digits_for_letters", _read_digits),
    ("confusable", _close_up),
    ("doubled_letters", _single),
)
