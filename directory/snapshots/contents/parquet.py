"""A table as Parquet: the columns of its CSV with their types, read from its NDJSON.

Lists stay lists, and other names a list of `name` and `language`. The file has no time in it; its bytes depend on the
version of pyarrow, whose name it bears. Imported only where Parquet is written or
read: pyarrow takes 40 MB of memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa
from pyarrow import json as arrow_json
from pyarrow import parquet

from directory.snapshots.contents.text_formats import Written, digested

if TYPE_CHECKING:
    from directory.snapshots.contents.tables import Column, Table

# Enough rows to compress well, few enough to hold: at 35 columns some 100 MB on the way.
_ROWS: Final = 65_536


def write_parquet(table: Table, folder: Path) -> Written:
    """Write `{table}.parquet` from the `{table}.ndjson` in the same folder."""
    rows = 0
    with (
        (folder / f"{table.name}.ndjson").open("rb") as lines,
        digested(folder / f"{table.name}.parquet") as file,
        parquet.ParquetWriter(file, arrow_schema(table), compression="zstd", version="2.6") as writer,
    ):
        for part in arrow_tables(table, lines):
            writer.write_table(part, row_group_size=_ROWS)
            rows += part.num_rows
    return file.written(rows)


def arrow_tables(table: Table, lines: BinaryIO) -> Iterator[pa.Table]:
    """Yield the records of an NDJSON file as Arrow tables of up to 65,536 rows, typed and flattened."""
    schema, nested = arrow_schema(table), _nested_schema(table)
    while part := _take(lines):
        parsed = arrow_json.read_json(
            pa.BufferReader(part),
            # One block for all: where a block ends has no meaning.
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(part)),
            parse_options=arrow_json.ParseOptions(explicit_schema=nested, unexpected_field_behavior="error"),
        )
        while any(pa.types.is_struct(kind) for kind in parsed.schema.types):
            parsed = parsed.flatten()
        yield parsed.select(schema.names).cast(schema).combine_chunks()


def arrow_schema(table: Table) -> pa.Schema:
    """Return the names and types of a table's columns."""
    return pa.schema(
        [pa.field(column.name, _type(column), nullable=not column.is_required) for column in table.columns]
    )


def _take(lines: BinaryIO) -> bytes:
    return b"".join(islice(lines, _ROWS))


def _type(column: Column, *, parsed: bool = False) -> pa.DataType:
    """Return the type of a column; `parsed`: as the reader of JSON has it, which reads no days."""
    names = pa.struct([pa.field("name", pa.string()), pa.field("language", pa.string())])
    return {
        "string": pa.string(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.string() if parsed else pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
        "texts": pa.list_(pa.string()),
        "names": pa.list_(names),
    }[column.type]


def _nested_schema(table: Table) -> pa.Schema:
    tree: dict[str, Any] = {}
    for column in table.columns:
        below = tree
        for key in column.path[:-1]:
            below = below.setdefault(key, {})
        below[column.path[-1]] = _type(column, parsed=True)
    return pa.schema(list(_fields(tree)))


def _fields(tree: dict[str, Any]) -> Iterator[pa.Field]:
    for key, value in tree.items():
        yield pa.field(key, pa.struct(list(_fields(value))) if isinstance(value, dict) else value)


def has_columns(path: Path, table: Table) -> bool:
    """Tell whether a Parquet file has just the columns of a table, with their types."""
    return bool(parquet.read_schema(path).equals(arrow_schema(table)))


def read_tables(path: Path) -> Iterator[pa.Table]:
    """Yield the rows of a Parquet file that was written here, as `arrow_tables` gives them."""
    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group).combine_chunks()
