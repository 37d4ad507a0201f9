"""Parse whole blocks of observations column by column with Arrow, where every row of a block is plain.

A block with a row that is anything else (refused, a number that is no count, another spelling) is left to
`directory.followers.rows`, which parses row by row. Values that repeat (accounts, times, sources) are parsed once a
block by the same functions, so both come to the same rows: 1 us a row and not 10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pyarrow as pa
from pyarrow import compute, csv
from pyarrow import json as arrow_json

from directory.followers.reading import Block
from directory.followers.rows import (
    COLUMNS,
    COUNT_MAX,
    COUNTS,
    Identity,
    RowRefused,
    parse_identity,
    parse_mark,
    parse_optional_time,
    parse_source,
)

# Its functions are made when it is imported, which no type checker sees.
pc: Final[Any] = compute
_NAMES: Final = ("account", "platform", "handle", "url", "platform_user_id")
# No text in a name has it.
_SEPARATOR: Final = "\x1f"
_TYPES: Final[Mapping[str, Any]] = {
    **dict.fromkeys(COLUMNS, pa.string()),
    **dict.fromkeys(COUNTS, pa.int64()),
    "verified": pa.bool_(),
    "revision": pa.int64(),
    "flags": pa.list_(pa.string()),
    "stated": pa.null(),
}
# Twelve digits are at most COUNT_MAX.
_DIGITS: Final = "^([0-9]{1,12})?$"


class ColumnarBlock(NamedTuple):
    """A block of plain rows: text for COPY, the number of rows, and their sources."""

    text: memoryview
    rows: int
    sources: set[str]


class _NotPlainError(Exception):
    """A row of the block is to be parsed by itself."""


def read_columns(
    block: Block, default_source: str | None, resolve: Callable[[list[Identity]], Mapping[Identity, str | RowRefused]]
) -> ColumnarBlock | None:
    """Return the rows of a block in the format of COPY; None unless all of them are plain."""
    try:
        return _read(_table(block), block.first_line, default_source, resolve)
    except (_NotPlainError, RowRefused, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _table(block: Block) -> dict[str, Any]:
    """Return the columns of a block; raise where a line is blank or a row is not of one line."""
    lines = block.text.count(b"\n") + (not block.text.endswith(b"\n"))
    source = pa.BufferReader(block.text)
    if block.form == "csv":
        # Quotation marks may hide a line end.
        if b'"' in block.text:
            raise _NotPlainError
        table = csv.read_csv(
            source,
            read_options=csv.ReadOptions(column_names=list(block.header), use_threads=False),
            parse_options=csv.ParseOptions(delimiter=block.delimiter),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(block.header, pa.string())),
        )
    else:
        # Arrow does not check it.
        try:
            block.text.decode()
        except UnicodeDecodeError:
            raise _NotPlainError from None
        table = arrow_json.read_json(
            source,
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(block.text) + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=pa.schema(_TYPES.items()), unexpected_field_behavior="error"
            ),
        )
    if table.num_rows != lines:
        raise _NotPlainError
    return {name: table.column(name).combine_chunks() for name in table.column_names}


def _read(
    columns: Mapping[str, Any],
    first_line: int,
    default_source: str | None,
    resolve: Callable[[list[Identity]], Mapping[Identity, str | RowRefused]],
) -> ColumnarBlock:
    rows = len(next(iter(columns.values())))
    sources: set[str] = set()

    def source_of(value: object) -> str:
        sources.add(source := parse_source(value or default_source))
        return source

    counts = {name: _counts(columns.get(name), rows) for name in COUNTS}
    last_post_at = _map(columns.get("last_post_at"), rows, lambda value: parse_optional_time("last_post_at", value))
    verified = _map(columns.get("verified"), rows, _mark_of)
    _require_some([*counts.values(), last_post_at, verified])
    observed_at = _map(columns.get("observed_at"), rows, lambda value: parse_optional_time("observed_at", value))
    if observed_at.null_count:
        raise _NotPlainError
    text = pc.binary_join_element_wise(
        _accounts(columns, rows, resolve), observed_at, _map(columns.get("source"), rows, source_of),
        counts["followers"], counts["posts"], last_post_at, counts["following"], verified, pa.nulls(rows, pa.string()),
        pc.binary_join_element_wise(pc.cast(pa.array(range(first_line, first_line + rows)), pa.string()), "", "\n"),
        "\t", null_handling="replace", null_replacement="\\N",
    )  # fmt: skip
    _, offsets, data = text.buffers()
    ends = memoryview(offsets).cast("i")
    return ColumnarBlock(memoryview(data)[ends[text.offset] : ends[text.offset + rows]], rows, sources)


def _accounts(
    columns: Mapping[str, Any],
    rows: int,
    resolve: Callable[[list[Identity]], Mapping[Identity, str | RowRefused]],
) -> Any:  # noqa: ANN401 - an array of Arrow, which has no types
    parts = [columns.get(name, pa.nulls(rows, pa.string())) for name in _NAMES]
    encoded = pc.binary_join_element_wise(
        *parts, _SEPARATOR, null_handling="replace", null_replacement=""
    ).dictionary_encode()
    identities = []
    for text in encoded.dictionary.to_pylist():
        values = text.split(_SEPARATOR)
        if len(values) != len(_NAMES):
            raise _NotPlainError
        identities.append(parse_identity(dict(zip(_NAMES, values, strict=True))))
    resolved = resolve(identities)
    accounts = [resolved[identity] for identity in identities]
    if any(isinstance(account, RowRefused) for account in accounts):
        raise _NotPlainError
    return pa.array(accounts, pa.string()).take(encoded.indices)


def _counts(column: Any, rows: int) -> Any:  # noqa: ANN401 - arrays of Arrow, which has no types
    """Return counts as texts, null where there is none; raise where a number is none."""
    if column is None:
        return pa.nulls(rows, pa.string())
    if pa.types.is_string(column.type):
        if not pc.all(pc.match_substring_regex(column, _DIGITS)).as_py():
            raise _NotPlainError
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if column.null_count < rows and (pc.min(column).as_py() < 0 or pc.max(column).as_py() > COUNT_MAX):
        raise _NotPlainError
    return pc.cast(column, pa.string())


def _map(column: Any, rows: int, parse: Callable[[object], str | None]) -> Any:  # noqa: ANN401 - as above
    """Return a column of texts parsed, each value that it has once."""
    if column is None:
        return pa.array([parse(None)], pa.string()).take(pa.array([0] * rows))
    encoded = column.dictionary_encode(null_encoding="encode")
    return pa.array([parse(value) for value in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _mark_of(value: object) -> str | None:
    mark = parse_mark(value)
    return None if mark is None else "t" if mark else "f"


def _require_some(columns: list[Any]) -> None:
    """Raise where nothing was observed in a row."""
    if pc.any(pc.is_null(pc.coalesce(*columns))).as_py():
        raise _NotPlainError
