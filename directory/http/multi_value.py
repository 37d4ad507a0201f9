"""Query parameters of several values: `a,b`, repeated, or both."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import ValidationError

from directory.http.fields import QueryField

MOST_TERMS: Final = 200
_LONGEST_TERM: Final = 200
_COMMA_SEPARATED: Final[Mapping[str, object]] = {"style": "form", "explode": False}


@dataclass(frozen=True, slots=True)
class Selection:
    """The values asked for and the values excluded; none of either means all."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is asked for or excluded."""
        return bool(self.include or self.exclude)


class Terms(QueryField[Selection]):
    """Values to ask for (any of them) and, with a leading `-`, to exclude."""

    style: ClassVar[Mapping[str, object]] = _COMMA_SEPARATED

    def __init__(
        self,
        description: str,
        values: Collection[str] | Callable[[str], str] | None = None,
        *,
        pattern: str = "[^,]+",
        **options: Any,  # noqa: ANN401 - marshmallow's own options
    ) -> None:
        """Admit `values`: those of a collection, what a function makes of a text (ValueError if nothing), or any.

        `pattern` is the form of one value where a function makes it.
        """
        super().__init__(description, load_default=Selection(), **options)
        self.values = values
        self.pattern = pattern

    def read(self, texts: Sequence[str]) -> Selection:
        """Give the selection, each value once; one both asked for and excluded is refused."""
        include: dict[str, None] = {}
        exclude: dict[str, None] = {}
        for term in split_terms(texts):
            excluded = term.startswith("-")
            (exclude if excluded else include)[self._admit(term[excluded:])] = None
        if both := include.keys() & exclude.keys():
            raise ValidationError(f"{', '.join(sorted(both))} is both asked for and excluded")
        return Selection(tuple(include), tuple(exclude))

    def _admit(self, term: str) -> str:
        if not term:
            raise ValidationError("has a - without a value behind it")
        if self.values is None:
            return term
        if callable(self.values):
            try:
                value = self.values(term)
            except ValueError as error:
                raise ValidationError(str(error)) from error
            if not re.fullmatch(self.pattern, term):
                raise ValidationError(f"{term} is not of the form expected, {self.pattern}")
            return value
        if term not in self.values:
            raise ValidationError(f"{term} is not known; expected any of {', '.join(self.values)}")
        return term

    def documentation(self) -> dict[str, object]:
        """Give an array of values, each with or without a leading `-`."""
        if self.values is None or callable(self.values):
            items: dict[str, object] = {"type": "string", "pattern": f"^-?{self.pattern}$", "maxLength": _LONGEST_TERM}
        else:
            items = {"type": "string", "enum": [*self.values, *(f"-{value}" for value in self.values)]}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MOST_TERMS}


class Names(QueryField[tuple[str, ...]]):
    """Names out of a fixed set, in the order given; `descending` admits a leading `-`."""

    style: ClassVar[Mapping[str, object]] = _COMMA_SEPARATED

    def __init__(
        self,
        description: str,
        values: Collection[str],
        *,
        descending: bool = False,
        load_default: tuple[str, ...] = (),
        **options: Any,  # noqa: ANN401 - marshmallow's own options
    ) -> None:
        """Offer the names."""
        super().__init__(description, load_default=load_default, **options)
        self.values = tuple(values)
        self.descending = descending

    def read(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Give the names, a `-` kept; an unknown or repeated one is refused."""
        names = split_terms(texts)
        bare = [name.removeprefix("-") if self.descending else name for name in names]
        for name in bare:
            if name not in self.values:
                raise ValidationError(f"{name} is not offered; expected any of {', '.join(self.values)}")
        if repeated := sorted({name for name in bare if bare.count(name) > 1}):
            raise ValidationError(f"names {', '.join(repeated)} more than once")
        return tuple(names)

    def documentation(self) -> dict[str, object]:
        """Give an array of different names."""
        offered = list(self.values)
        if self.descending:
            offered += [f"-{value}" for value in self.values]
        items = {"type": "string", "enum": offered}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": len(self.values), "uniqueItems": True}


def split_terms(texts: Sequence[str]) -> list[str]:
    """Give the comma-separated terms of all texts; raise ValidationError for an empty, long or surplus one."""
    terms = [term for text in texts for term in text.split(",")]
    if "" in terms:
        raise ValidationError("has an empty value between commas")
    if len(terms) > MOST_TERMS:
        raise ValidationError(f"has {len(terms)} values; at most {MOST_TERMS} are taken")
    if any(len(term) > _LONGEST_TERM for term in terms):
        raise ValidationError(f"has a value of more than {_LONGEST_TERM} characters")
    return terms
