"""Query parameters: the query string, read strictly, and the schemas by which its values are read."""

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
        name, name_fault = _decode(raw_name)
        value, value_fault = _decode(raw_value)
        if name_fault or not name:
            errors.append(parameter_error(name or "", value, f"the name {name_fault or 'is empty'}"))
        elif value_fault:
            errors.append(parameter_error(name, value, f"the value {value_fault}"))
        else:
            pairs.append((name, value))
        if len(errors) == MAX_ERRORS:
            break
    if errors:
        raise InvalidParameters("The query string cannot be read.", errors=errors)
    return tuple(pairs)


def canonical_query(pairs: Pairs, *, exclude: frozenset[str] = frozenset()) -> str:
    """Return one text for all query strings that ask the same: sorted by name, repeats joined by commas."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in exclude:
            values.setdefault(name, []).append(value)
    return encode_pairs(tuple((name, ",".join(values[name])) for name in sorted(values)))


def encode_pairs(pairs: Pairs) -> str:
    """Return the query string of the pairs, readable where the rules of URLs allow it."""
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def _encode(text: str) -> str:
    # Most texts are plain, and to see that takes a tenth of the time of quoting them.
    return text if _PLAIN.fullmatch(text) else quote_plus(text, safe=",:-")


def _decode(raw: bytes) -> tuple[str, str | None]:
    """Return the text and what is wrong with it; a text with a fault is fit only to be shown."""
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
    """The parameters of one address; a name that is not declared is refused.

    `parse` is marshmallow's `load` for what a query string has: a few of the parameters, each a list of texts. It
    takes the fields one by one and leaves alone those not given, so a hook of marshmallow's would never be called.
    """

    # What `parse` returns: `result_class(**values)`, or the plain dict where it is None.
    result_class: ClassVar[type[Any] | None] = None
    # Pairs of parameters of which the first may not be above the second.
    min_max_pairs: ClassVar[tuple[tuple[str, str], ...]] = ()

    class Meta:
        """Refuse unknown names."""

        unknown = RAISE

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        """Sort the fields by the names that a query string has for them."""
        super().__init__(**options)
        if any(self._hooks.values()):
            raise TypeError(
                f"{type(self).__name__} has a hook of marshmallow's; what it checks belongs in `cross_field_errors`"
            )
        self._parameters = {field.data_key or name: (name, field) for name, field in self.load_fields.items()}
        self._required = [name for name, (_, field) in self._parameters.items() if field.required]
        self._defaults = {
            name: field.load_default for name, field in self.load_fields.items() if field.load_default is not missing
        }

    def parse(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `result_class` is its type
        """Return the parameters of a query string; raise InvalidParameters that lists every fault."""
        texts: dict[str, list[str]] = {}
        for name, value in pairs:
            texts.setdefault(name, []).append(value)
        faults: dict[str, str] = {}
        values = self._parse_fields(texts, faults)
        if not faults:
            for name, detail in self.cross_field_errors(values):
                faults[name] = f"{faults[name]}; {detail}" if name in faults else detail
        if faults:
            raise InvalidParameters(
                "The request was not carried out: see errors.",
                errors=[
                    parameter_error(name, ",".join(texts[name]) if name in texts else None, faults[name])
                    for name in sorted(faults, key=self._position)
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
        """Yield what is wrong with the values together, none being wrong alone: a parameter's name, and what it is."""
        for low, high in self.min_max_pairs:
            lowest, highest = values.get(low), values.get(high)
            if lowest is not None and highest is not None and lowest > highest:
                yield low, f"is above {high}; nothing can match both"

    def _parse_fields(self, texts: Mapping[str, list[str]], faults: dict[str, str]) -> dict[str, Any]:
        """Return the values of all parameters, and put into `faults` what is wrong with a single one."""
        values = dict(self._defaults)
        for name in self._required:
            if name not in texts:
                faults[name] = str(self._parameters[name][1].error_messages["required"])
        for name, given in texts.items():
            if len(faults) == MAX_ERRORS:
                break
            if name not in self._parameters:
                # To find what was perhaps meant takes longer than all the rest.
                faults[name] = _suggest(name, list(self._parameters) if len(faults) < MAX_SUGGESTIONS else None)
                continue
            attribute, field = self._parameters[name]
            try:
                values[attribute] = field.deserialize(given, name, texts)
            except ValidationError as error:
                faults[name] = "; ".join(map(str, error.messages))
        return values

    def _position(self, name: str) -> int:
        """Return where a parameter is declared; behind all where it is not."""
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
