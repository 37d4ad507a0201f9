"""Fields of query parameters: each parses one type of value, and documents itself as JSON Schema."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from marshmallow import ValidationError, fields

# int() accepts `1_000`, `３` and ` 5` too.
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
# date.fromisoformat accepts `20240630` and `2024-W26-7` too.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)

Value = TypeVar("Value")


class QueryField(fields.Field[Value], Generic[Value]):
    """A query parameter; it gets all its values in the query string, in their order."""

    style: ClassVar[Mapping[str, object]] = {}

    def __init__(self, description: str, *, example: object = None, **options: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        """Document the parameter with `description` and an `example` that has results."""
        super().__init__(**options)
        self.description = description
        self.example = example

    def json_schema(self) -> dict[str, object]:
        """Return the JSON Schema of a value."""
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:  # noqa: ANN401, ARG002 - the signature is marshmallow's
        """Return the parameter's value from its texts; raise ValidationError."""
        # `region=` could mean all records or none.
        if any(text == "" for text in value):
            raise ValidationError("is empty; leave the parameter out instead")
        return self.parse(value)

    def parse(self, texts: Sequence[str]) -> Value:
        """Return the value of the texts, none of which is empty; raise ValidationError."""
        if len(texts) > 1:
            raise ValidationError(f"is given {len(texts)} times; give it once")
        return self.parse_one(texts[0])

    def parse_one(self, text: str) -> Value:
        """Return the value of one text; raise ValidationError."""
        raise NotImplementedError


class Integer(QueryField[int]):
    """An integer from `minimum` to `maximum`, in the digits 0 to 9."""

    def __init__(self, description: str, *, minimum: int, maximum: int, **options: Any) -> None:  # noqa: ANN401 - see QueryField
        """Bound the number; both ends are allowed."""
        super().__init__(description, **options)
        self.minimum, self.maximum = minimum, maximum

    def parse_one(self, text: str) -> int:
        """Return the number; a text of other digits, signs or spaces is refused."""
        expected = f"expected a whole number from {self.minimum} to {self.maximum}, in the digits 0 to 9"
        if not _INTEGER.fullmatch(text):
            raise ValidationError(expected)
        number = int(text)
        if not self.minimum <= number <= self.maximum:
            raise ValidationError(expected)
        return number

    def json_schema(self) -> dict[str, object]:
        """Return an integer with both bounds."""
        return {"type": "integer", "format": "int64", "minimum": self.minimum, "maximum": self.maximum}


class Date(QueryField[dt.date]):
    """A day of the calendar, `YYYY-MM-DD`."""

    def parse_one(self, text: str) -> dt.date:
        """Return the day; one that does not exist is refused."""
        try:
            if _DATE.fullmatch(text):
                return dt.date.fromisoformat(text)
        except ValueError:
            pass
        raise ValidationError("expected a day of the calendar as YYYY-MM-DD, such as 2024-06-30")

    def json_schema(self) -> dict[str, object]:
        """Return a string in the format of a date."""
        return {"type": "string", "format": "date", "maxLength": 10}


class DateTime(QueryField[dt.datetime]):
    """A time with its offset (RFC 3339), or a day, which means its midnight in UTC."""

    def parse_one(self, text: str) -> dt.datetime:
        """Return the time in UTC; one without an offset is refused."""
        try:
            if _DATE.fullmatch(text):
                return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC)
            if _DATE_TIME.fullmatch(text):
                # RFC 3339 permits a lower-case z, which fromisoformat refuses.
                return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)
        except (ValueError, OverflowError):  # astimezone overflows at the ends of year 1 and of year 9999
            pass
        raise ValidationError(
            "expected a time with its offset such as 2024-06-30T12:00:00Z (write + as %2B), or a day such as 2024-06-30"
        )

    def json_schema(self) -> dict[str, object]:
        """Return a string that is a date-time or a date."""
        return {"type": "string", "maxLength": 35, "anyOf": [{"format": "date-time"}, {"format": "date"}]}


class Enum(QueryField[str]):
    """One of the offered words."""

    def __init__(self, description: str, values: Sequence[str], **options: Any) -> None:  # noqa: ANN401 - see QueryField
        """Offer the values in this order."""
        super().__init__(description, **options)
        self.values = tuple(values)

    def parse_one(self, text: str) -> str:
        """Return the word as it is."""
        if text not in self.values:
            raise ValidationError(f"expected one of {', '.join(self.values)}")
        return text

    def json_schema(self) -> dict[str, object]:
        """Return an enumeration."""
        return {"type": "string", "enum": list(self.values)}


class String(QueryField[str]):
    """Free text, white space trimmed at both ends."""

    def __init__(self, description: str, *, max_length: int = 200, **options: Any) -> None:  # noqa: ANN401 - see QueryField
        """Bound the text to `max_length` characters."""
        super().__init__(description, **options)
        self.max_length = max_length

    def parse_one(self, text: str) -> str:
        """Return the trimmed text; blank or too long a text is refused."""
        trimmed = text.strip()
        if not trimmed or len(trimmed) > self.max_length:
            raise ValidationError(f"expected a text of 1 to {self.max_length} characters that is not blank")
        return trimmed

    def json_schema(self) -> dict[str, object]:
        """Return a string with its bounds; at least one character is not white space."""
        return {"type": "string", "minLength": 1, "maxLength": self.max_length, "pattern": r"\S"}


MAX_VALUES: Final = 200
_MAX_VALUE_LENGTH: Final = 200
_COMMA_SEPARATED: Final[Mapping[str, object]] = {"style": "form", "explode": False}


@dataclass(frozen=True, slots=True)
class Selection:
    """Values to include and values to exclude; none of either means all."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any value is included or excluded."""
        return bool(self.include or self.exclude)


class ValueList(QueryField[Selection]):
    """A list of values to include and, with a leading `-`, to exclude."""

    style: ClassVar[Mapping[str, object]] = _COMMA_SEPARATED

    def __init__(
        self,
        description: str,
        values: Collection[str] | Callable[[str], str] | None = None,
        *,
        pattern: str = "[^,]+",
        **options: Any,  # noqa: ANN401 - marshmallow's own options
    ) -> None:
        """Accept the values of a collection, those that a function returns for a text (or ValueError), or any.

        `pattern` is the regular expression of one value where a function converts it.
        """
        super().__init__(description, load_default=Selection(), **options)
        self.values = values
        self.pattern = pattern

    def parse(self, texts: Sequence[str]) -> Selection:
        """Return the selection, each value once; raise ValidationError for one both included and excluded."""
        include: dict[str, None] = {}
        exclude: dict[str, None] = {}
        for term in split_values(texts):
            excluded = term.startswith("-")
            (exclude if excluded else include)[self._convert(term[excluded:])] = None
        if both := include.keys() & exclude.keys():
            raise ValidationError(f"{', '.join(sorted(both))} is both included and excluded")
        return Selection(tuple(include), tuple(exclude))

    def _convert(self, term: str) -> str:
        if not term:
            raise ValidationError("has a - without a value behind it")
        if self.values is None:
            return term
        if callable(self.values):
            try:
                value = self.values(term)
            except ValueError as error:
                raise ValidationError(str(error)) from error
            # The contract promises the pattern, also where the function accepts more.
            if not re.fullmatch(self.pattern, term):
                raise ValidationError(f"{term} is not of the form expected, {self.pattern}")
            return value
        if term not in self.values:
            raise ValidationError(f"{term} is not known; expected any of {', '.join(self.values)}")
        return term

    def json_schema(self) -> dict[str, object]:
        """Return an array of values, each with or without a leading `-`."""
        if self.values is None or callable(self.values):
            items: dict[str, object] = {
                "type": "string",
                "pattern": f"^-?{self.pattern}$",
                "maxLength": _MAX_VALUE_LENGTH,
            }
        else:
            items = {"type": "string", "enum": [*self.values, *(f"-{value}" for value in self.values)]}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_VALUES}


class EnumList(QueryField[tuple[str, ...]]):
    """A list of names out of a fixed set, in the order of the request; `descending` permits a leading `-`."""

    style: ClassVar[Mapping[str, object]] = _COMMA_SEPARATED

    def __init__(
        self,
        description: str,
        values: Collection[str],
        *,
        descending: bool = False,
        max_items: int | None = None,
        load_default: tuple[str, ...] = (),
        **options: Any,  # noqa: ANN401 - marshmallow's own options
    ) -> None:
        """Offer the names, at most `max_items` of them in one request."""
        # marshmallow refuses a default of what is required.
        default = {} if options.get("required") else {"load_default": load_default}
        super().__init__(description, **default, **options)
        self.values = tuple(values)
        self.descending = descending
        self.max_items = len(self.values) if max_items is None else max_items

    def parse(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the names, each with its `-`; raise ValidationError for an unknown or repeated one."""
        names = split_values(texts)
        bare = [name.removeprefix("-") if self.descending else name for name in names]
        for name in bare:
            if name not in self.values:
                raise ValidationError(f"{name} is not offered; expected any of {', '.join(self.values)}")
        if repeated := sorted({name for name in bare if bare.count(name) > 1}):
            raise ValidationError(f"names {', '.join(repeated)} more than once")
        if len(names) > self.max_items:
            raise ValidationError(f"has {len(names)} names; at most {self.max_items} are taken")
        return tuple(names)

    def json_schema(self) -> dict[str, object]:
        """Return an array of unique names."""
        offered = list(self.values)
        if self.descending:
            offered += [f"-{value}" for value in self.values]
        items = {"type": "string", "enum": offered}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": self.max_items, "uniqueItems": True}


def split_values(texts: Sequence[str]) -> list[str]:
    """Return the comma-separated values of all texts; raise ValidationError for an empty, long or surplus one."""
    values = [value for text in texts for value in text.split(",")]
    if "" in values:
        raise ValidationError("has an empty value between commas")
    if len(values) > MAX_VALUES:
        raise ValidationError(f"has {len(values)} values; at most {MAX_VALUES} are taken")
    if any(len(value) > _MAX_VALUE_LENGTH for value in values):
        raise ValidationError(f"has a value of more than {_MAX_VALUE_LENGTH} characters")
    return values
