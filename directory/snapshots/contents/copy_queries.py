"""The COPY statements that write a table of a snapshot: as NDJSON, and as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg import sql

from directory.accounts.parameters import Filter
from directory.accounts.queries.download import copy_statement
from directory.accounts.queries.list import WhereClause
from directory.accounts.sorts import Order

if TYPE_CHECKING:
    from directory.snapshots.contents.tables import SnapshotColumn, SnapshotTable

# PostgreSQL aggregates rows in no particular order without ORDER BY. concat() takes a null language as empty, where ||
# would make the whole item null.
_ITEMS: Final = {
    "texts": sql.SQL(
        r"(SELECT string_agg(replace(replace(i.item #>> '{{}}', '\', '\\'), '|', '\|'), '|' ORDER BY i.position)"
        r" FROM jsonb_array_elements(record.d #> {}) WITH ORDINALITY AS i (item, position))"
    ),
    "names": sql.SQL(
        r"(SELECT string_agg(replace(replace(concat(i.item ->> 'language', ':', i.item ->> 'name'), '\', '\\'),"
        r" '|', '\|'), '|' ORDER BY i.position)"
        r" FROM jsonb_array_elements(record.d #> {}) WITH ORDINALITY AS i (item, position))"
    ),
}
_CELL: Final = sql.SQL("record.d #>> {}")


def copy_ndjson(table: SnapshotTable) -> sql.Composed:
    """Return the COPY of a table's records as NDJSON."""
    # FORMAT text would escape backslashes. JSON text contains no control characters, so CSV with these as quote and
    # delimiter writes it unchanged.
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')").format(table.query)


def copy_csv(table: SnapshotTable) -> sql.Composed | sql.SQL:
    """Return the COPY of a table as CSV with a header, flattened by the same rule as /v1/accounts.csv."""
    if table.name == "accounts":
        # `accounts` also stores the values in columns, which saves extracting them from the JSON.
        return copy_statement("csv", WhereClause.of(Filter()), Order.by(()))
    if table.csv_query is not None:
        return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(table.csv_query)
    cells = sql.SQL(", ").join(_cell(column) for column in table.columns)
    # OFFSET 0 keeps the planner from inlining the subquery, which would parse the JSON once per column.
    return sql.SQL("""
        COPY (SELECT {} FROM (SELECT l.document::jsonb AS d FROM ({}) AS l OFFSET 0) AS record)
          TO STDOUT (FORMAT csv, HEADER)
    """).format(cells, table.query)


def _cell(column: SnapshotColumn) -> sql.Composed:
    value = _ITEMS.get(column.type, _CELL).format(sql.Literal(list(column.path)))
    return sql.SQL("{} AS {}").format(value, sql.Identifier(column.name))
