"""Query parameters: the strict parser of the query string, and the base of the schemas for its values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, TypeAlias, TypeVar
from urllib.parse import quote_plus, unquote_to_bytes

from flask import request
from marshmallow import RAISE, Schema, ValidationError, missing

from directory.http.problem import MAX_ERRORS, MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error

View = TypeVar("View", bound=Callable[..., Any])
Pairs: TypeAlias = tuple[tuple[str, str], ...]

_PARSED = "directory.query"
# C0 and C1 controls and DEL: none of them is part of a name, and PostgreSQL refuses NUL.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9_.~,:-]*")


def query_pairs() -> Pairs:
    """Return the name and value pairs of this request in their order; raise InvalidParameters."""
    environ = request.environ
    known: Pairs | None = environ.get(_PARSED)
    if known is None:
        known = environ[_PARSED] = parse_pairs(environ.get("QUERY_STRING", "").encode("latin-1"))
    return known


def parse_pairs(raw: bytes) -> Pairs:
    """Decode a query string; raise InvalidParameters with each name or value that cannot be read."""
    pairs: list[tuple[str, str]] = []
    errors: list[ParameterError] = []
    for part in raw.split(b"&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition(b"=")
        name, name_error = _decode(raw_name)
        value, value_error = _decode(raw_value)
        if name_error or not name:
            errors.append(parameter_error(name or "", value, f"the name {name_error or 'is empty'}"))
        elif value_error:
            errors.append(parameter_error(name, value, f"the value {value_error}"))
        else:
            pairs.append((name, value))
        if len(errors) == MAX_ERRORS:
            break
    if errors:
        raise InvalidParameters("The query string cannot be read.", errors=errors)
    return tuple(pairs)


def canonical_query(pairs: Pairs, *, exclude: frozenset[str] = frozenset()) -> str:
    """Return the same text for all equivalent query strings: sorted by name, repeated values joined by commas."""
    return join_sorted(encode_each(pairs), exclude=exclude)


def encode_each(pairs: Pairs) -> Pairs:
    """Return the pairs with each name and value encoded, readable where the rules of URLs allow it."""
    return tuple([(_encode(name), _encode(value)) for name, value in pairs])


def join_sorted(encoded_pairs: Pairs, *, exclude: frozenset[str] = frozenset()) -> str:
    """Return encoded pairs as a query string sorted by name, repeated values joined by commas."""
    values: dict[str, list[str]] = {}
    for name, value in encoded_pairs:
        if name not in exclude:
            values.setdefault(name, []).append(value)
    return "&".join([f"{name}={','.join(values[name])}" for name in sorted(values)])


def encode_pairs(pairs: Pairs) -> str:
    """Return the query string of the pairs, readable where the rules of URLs allow it."""
    return "&".join([f"{name}={value}" for name, value in encode_each(pairs)])


def _encode(text: str) -> str:
    # Most texts need no quoting, and the test takes a tenth of the time of quote_plus.
    return text if _PLAIN.fullmatch(text) else quote_plus(text, safe=",:-")


def _decode(raw: bytes) -> tuple[str, str | None]:
    """Return the text, and an error message or None; a text with an error is only for the message."""
    decoded = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        return decoded.decode("utf-8", "replace"), "is not UTF-8"
    if CONTROL.search(text):
        return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), "holds a control character"
    if _BROKEN_ESCAPE.search(raw):
        return text, "has a % that is not followed by two hexadecimal digits (write %25 for a percent sign)"
    return text, None


class QuerySchema(Schema):
    """The query parameters of one endpoint; a name that is not declared is refused.

    `parse` replaces marshmallow's `load`: it visits only the parameters of the query string, each a list of texts, and
    calls no hooks of marshmallow.
    """

    # What `parse` returns: `result_class(**values)`, or the plain dict where it is None.
    result_class: ClassVar[type[Any] | None] = None
    # Pairs of parameters of which the first must not be greater than the second.
    min_max_pairs: ClassVar[tuple[tuple[str, str], ...]] = ()

    class Meta:
        """An unknown name is an error."""

        unknown = RAISE

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        """Index the fields by their names in a query string; raise TypeError for a hook of marshmallow."""
        super().__init__(**options)
        if any(self._hooks.values()):
            raise TypeError(
                f"{type(self).__name__} has a hook of marshmallow's; what it checks belongs in `cross_field_errors`"
            )
        self._parameters = {field.data_key or name: (name, field) for name, field in self.load_fields.items()}
        self._required = [name for name, (_, field) in self._parameters.items() if field.required]
        self._defaults_by_name = {
            name: field.load_default for name, field in self.load_fields.items() if field.load_default is not missing
        }

    def parse(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `result_class` is its type
        """Return the parameters of a query string; raise InvalidParameters with all errors."""
        texts: dict[str, list[str]] = {}
        for name, value in pairs:
            texts.setdefault(name, []).append(value)
        errors_by_name: dict[str, str] = {}
        values = self._parse_fields(texts, errors_by_name)
        if not errors_by_name:
            for name, detail in self.cross_field_errors(values):
                errors_by_name[name] = f"{errors_by_name[name]}; {detail}" if name in errors_by_name else detail
        if errors_by_name:
            raise InvalidParameters(
                "The request was not carried out: see errors.",
                errors=[
                    parameter_error(name, ",".join(texts[name]) if name in texts else None, errors_by_name[name])
                    for name in sorted(errors_by_name, key=self._position)
                ],
            )
        return values if self.result_class is None else self.result_class(**values)

    def pass_to(self, view: View) -> View:
        """Return a view that parses the query string and passes the parameters to `view` as its first argument."""

        @wraps(view)
        def with_parameters(*args: object, **kwargs: object) -> object:
            return view(self.parse(query_pairs()), *args, **kwargs)

        return with_parameters  # type: ignore[return-value]

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield errors that concern several parameters, each valid alone: the name of one, and the message."""
        for low, high in self.min_max_pairs:
            lowest, highest = values.get(low), values.get(high)
            if lowest is not None and highest is not None and lowest > highest:
                yield low, f"is above {high}; nothing can match both"

    def _parse_fields(self, texts: Mapping[str, list[str]], errors_by_name: dict[str, str]) -> dict[str, Any]:
        """Return the values of all parameters, and add the errors of single ones to `errors_by_name`."""
        values = dict(self._defaults_by_name)
        for name in self._required:
            if name not in texts:
                errors_by_name[name] = str(self._parameters[name][1].error_messages["required"])
        for name, values_of_name in texts.items():
            if len(errors_by_name) == MAX_ERRORS:
                break
            if name not in self._parameters:
                # difflib takes longer than all other parsing, so only the first few get a suggestion.
                errors_by_name[name] = _suggest(
                    name, list(self._parameters) if len(errors_by_name) < MAX_SUGGESTIONS else None
                )
                continue
            attribute, field = self._parameters[name]
            try:
                values[attribute] = field.deserialize(values_of_name, name, texts)
            except ValidationError as error:
                errors_by_name[name] = "; ".join(map(str, error.messages))
        return values

    def _position(self, name: str) -> int:
        """Return the position of a parameter in the schema; undeclared ones come last."""
        names = list(self._parameters)
        return names.index(name) if name in names else len(names)


def _suggest(name: str, known: Sequence[str] | None) -> str:
    if known is None:
        return "there is no such parameter here"
    if not known:
        return "no parameter is taken here"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"there is no such parameter here; {hint}"
