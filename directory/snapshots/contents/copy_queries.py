"""The two statements by which PostgreSQL writes a table: its lines, and its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg import sql

from directory.accounts.filters import Filter
from directory.accounts.queries.download import copy_statement
from directory.accounts.queries.list import WhereClause
from directory.accounts.sorts import Order

if TYPE_CHECKING:
    from directory.snapshots.contents.tables import Column, Table

_ITEMS: Final = {
    "texts": sql.SQL(
        r"(SELECT string_agg(replace(replace(i.item #>> '{{}}', '\', '\\'), '|', '\|'), '|' ORDER BY i.place)"
        r" FROM jsonb_array_elements(record.d #> {}) WITH ORDINALITY AS i (item, place))"
    ),
    "names": sql.SQL(
        r"(SELECT string_agg(replace(replace(concat(i.item ->> 'language', ':', i.item ->> 'name'), '\', '\\'),"
        r" '|', '\|'), '|' ORDER BY i.place)"
        r" FROM jsonb_array_elements(record.d #> {}) WITH ORDINALITY AS i (item, place))"
    ),
}
_CELL: Final = sql.SQL("record.d #>> {}")


def copy_lines(table: Table) -> sql.Composed:
    """Give the COPY of a table's records, one JSON text a line."""
    # JSON text holds no control character, so with these as quote and delimiter CSV writes it as it is.
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')").format(table.lines)


def copy_cells(table: Table) -> sql.Composed | sql.SQL:
    """Give the COPY of a table as CSV with its header: flattened by the same rule as the download of accounts."""
    if table.name == "accounts":
        # Its columns beside the record spare reading the JSON, which the largest of tables would feel.
        return copy_statement("csv", WhereClause.of(Filter()), Order.by(()))
    cells = sql.SQL(", ").join(_cell(column) for column in table.columns)
    # Without OFFSET 0 each column would read the record's text anew.
    return sql.SQL("""
        COPY (SELECT {} FROM (SELECT l.document::jsonb AS d FROM ({}) AS l OFFSET 0) AS record)
          TO STDOUT (FORMAT csv, HEADER)
    """).format(cells, table.lines)


def _cell(column: Column) -> sql.Composed:
    value = _ITEMS.get(column.type, _CELL).format(sql.Literal(list(column.path)))
    return sql.SQL("{} AS {}").format(value, sql.Identifier(column.name))
