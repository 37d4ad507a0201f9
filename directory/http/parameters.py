"""Query schemas: the parameters that an address takes, read strictly into one value."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, post_load, validates_schema

from directory.http.problems import InvalidParameters, ParameterError, parameter_error
from directory.http.query_string import Pairs
from directory.http.scalars import Choice, Day, Moment, QueryField, Text, Whole
from directory.http.terms import Names, Selection, Terms

__all__ = ["Choice", "Day", "Moment", "Names", "QueryField", "QuerySchema", "Selection", "Terms", "Text", "Whole"]


class QuerySchema(Schema):
    """The parameters of one address; a name that is not declared is refused."""

    # What `load` gives: `makes(**values)`, or the plain dict where it is None.
    makes: ClassVar[type[Any] | None] = None
    # Pairs of parameters of which the first may not be above the second.
    ranges: ClassVar[tuple[tuple[str, str], ...]] = ()

    class Meta:
        """Refuse unknown names."""

        unknown = RAISE

    def read(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `makes` says what it is
        """Give the parameters of a query string; raise InvalidParameters that lists every fault."""
        texts: dict[str, list[str]] = {}
        for name, value in pairs:
            texts.setdefault(name, []).append(value)
        try:
            return self.load(texts)
        except ValidationError as error:
            raise InvalidParameters(
                "The request was not carried out: see errors.", errors=self._faults(error, texts)
            ) from error

    @validates_schema
    def refuse_empty_ranges(self, data: Mapping[str, Any], **_: object) -> None:
        """Raise ValidationError where a lower end is above its upper end."""
        for low, high in self.ranges:
            lowest, highest = data.get(low), data.get(high)
            if lowest is not None and highest is not None and lowest > highest:
                raise ValidationError(f"is above {high}; nothing can match both", low)

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> Any:  # noqa: ANN401 - `makes` says what it is
        """Give the declared value in place of the dict."""
        return data if self.makes is None else self.makes(**data)

    def _faults(self, error: ValidationError, texts: Mapping[str, list[str]]) -> list[ParameterError]:
        faults: list[ParameterError] = []
        known = [field.data_key or name for name, field in self.load_fields.items()]
        for name, messages in error.normalized_messages().items():  # type: ignore[no-untyped-call]
            value = ",".join(texts[name]) if name in texts else None
            detail = "; ".join(messages) if name in known else _suggest(name, known)
            faults.append(parameter_error(name, value, detail))
        return faults


def _suggest(name: str, known: Sequence[str]) -> str:
    if not known:
        return "no parameter is taken here"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"there is no such parameter here; {hint}"
