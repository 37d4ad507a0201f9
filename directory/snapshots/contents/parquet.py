"""A table as Parquet: the columns of its CSV with their types, read from its NDJSON.

Lists remain lists, and other names become a list of structs of `name` and `language`. The file contains no time; its
bytes depend on the version of pyarrow, which is stated in its footer. Import this module only where Parquet is written
or read: pyarrow takes 40 MB of memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa
from pyarrow import csv, parquet
from pyarrow import json as arrow_json

from directory.snapshots.contents.digests import FileInfo, open_hashing

if TYPE_CHECKING:
    from directory.snapshots.contents.tables import SnapshotColumn, SnapshotTable

# pyarrow reads 32 blocks ahead. Ten columns take little memory, and of 65,536 rows a fifth more on the disk.
_CSV_BLOCK_SIZE: Final = 1024 * 1024
_CSV_ROW_GROUP_SIZE: Final = 262_144
# Enough rows to compress well; at 35 columns a row group takes some 100 MB of memory on the way.
_ROW_GROUP_SIZE: Final = 65_536


def write_parquet(table: SnapshotTable, folder: Path) -> FileInfo:
    """Write `{table}.parquet` from the `{table}.ndjson` in the same folder."""
    rows = 0
    with (
        (folder / f"{table.name}.ndjson").open("rb") as lines,
        open_hashing(folder / f"{table.name}.parquet") as file,
        # The version is stated because pyarrow's default has changed between releases.
        parquet.ParquetWriter(file, arrow_schema(table), compression="zstd", version="2.6") as writer,
    ):
        for rows_of_group in read_ndjson(table, lines):
            writer.write_table(rows_of_group, row_group_size=_ROW_GROUP_SIZE)
            rows += rows_of_group.num_rows
    return file.info(rows)


def write_parquet_from_csv(table: SnapshotTable, folder: Path) -> FileInfo:
    """Write `{table}.parquet` from the `{table}.csv` in the same folder, which has no lists."""
    rows = 0
    with (
        open_hashing(folder / f"{table.name}.parquet") as file,
        parquet.ParquetWriter(file, arrow_schema(table), compression="zstd", version="2.6") as writer,
    ):
        for rows_of_group in read_csv(table, folder / f"{table.name}.csv"):
            writer.write_table(rows_of_group, row_group_size=max(rows_of_group.num_rows, 1))
            rows += rows_of_group.num_rows
    return file.info(rows)


def read_csv(table: SnapshotTable, path: Path) -> Iterator[pa.Table]:
    """Yield the rows of a CSV without lists as typed Arrow tables of 262,144 rows and the rest of a block."""
    schema = arrow_schema(table)
    batches: list[pa.RecordBatch] = []
    with csv.open_csv(
        path,
        read_options=csv.ReadOptions(use_threads=False, block_size=_CSV_BLOCK_SIZE),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            include_columns=schema.names,
            null_values=[""],
            true_values=["true"],
            false_values=["false"],
            strings_can_be_null=True,
        ),
    ) as reader:
        for batch in reader:
            batches.append(batch)
            if sum(each.num_rows for each in batches) >= _CSV_ROW_GROUP_SIZE:
                yield pa.Table.from_batches(batches).cast(schema).combine_chunks()
                batches.clear()
    if batches:
        yield pa.Table.from_batches(batches).cast(schema).combine_chunks()


def read_ndjson(table: SnapshotTable, lines: BinaryIO) -> Iterator[pa.Table]:
    """Yield the records of an NDJSON file as Arrow tables of up to 65,536 rows, typed and flattened."""
    schema, json_schema = arrow_schema(table), _json_schema(table)
    while text := b"".join(islice(lines, _ROW_GROUP_SIZE)):
        parsed = arrow_json.read_json(
            pa.BufferReader(text),
            # A single block: pyarrow infers chunks per block, and a chunk boundary has no meaning here.
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(text)),
            # By default pyarrow infers a column for a key outside the schema, which `select` would then drop unseen.
            parse_options=arrow_json.ParseOptions(explicit_schema=json_schema, unexpected_field_behavior="error"),
        )
        # One call flattens one level of structs.
        while any(pa.types.is_struct(kind) for kind in parsed.schema.types):
            parsed = parsed.flatten()
        yield parsed.select(schema.names).cast(schema).combine_chunks()


def arrow_schema(table: SnapshotTable) -> pa.Schema:
    """Return the Arrow schema of a table."""
    return pa.schema(
        [pa.field(column.name, _arrow_type(column), nullable=not column.is_required) for column in table.columns]
    )


def _arrow_type(column: SnapshotColumn, *, is_json: bool = False) -> pa.DataType:
    """Return the Arrow type of a column; `is_json`: the type to parse JSON with, whose reader supports no date32."""
    names = pa.struct([pa.field("name", pa.string()), pa.field("language", pa.string())])
    return {
        "string": pa.string(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.string() if is_json else pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
        # Its JSON: what it may contain has no types.
        "object": pa.string(),
        "texts": pa.list_(pa.string()),
        "names": pa.list_(names),
    }[column.type]


def _json_schema(table: SnapshotTable) -> pa.Schema:
    tree: dict[str, Any] = {}
    for column in table.columns:
        parent = tree
        for key in column.path[:-1]:
            parent = parent.setdefault(key, {})
        parent[column.path[-1]] = _arrow_type(column, is_json=True)
    return pa.schema(list(_fields(tree)))


def _fields(tree: dict[str, Any]) -> Iterator[pa.Field]:
    for key, value in tree.items():
        yield pa.field(key, pa.struct(list(_fields(value))) if isinstance(value, dict) else value)


def has_schema_of(path: Path, table: SnapshotTable) -> bool:
    """Whether a Parquet file has exactly the columns of a table, with their types."""
    return bool(parquet.read_schema(path).equals(arrow_schema(table)))


def read_row_groups(path: Path) -> Iterator[pa.Table]:
    """Yield the row groups of a Parquet file as Arrow tables, comparable with those of `read_ndjson`."""
    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group).combine_chunks()
