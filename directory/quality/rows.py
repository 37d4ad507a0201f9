"""The rows of a report: each column is declared once, and a page of JSON and a CSV file follow from it.

A dot in the name of a column nests it (`department.id`), as in the CSV of accounts; the object is null where its first
column is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal

from directory.accounts.csv import Column as CsvColumn
from directory.accounts.csv import csv_expression
from directory.database.sql import Fragment, column, compose, join

if TYPE_CHECKING:
    from psycopg import Connection

_PAGE: Final = """SELECT {}::text{}
  FROM {}
 ORDER BY {}"""
_COPY: Final = """COPY (SELECT {}
  FROM {}
 ORDER BY {}) TO STDOUT (FORMAT csv, HEADER)"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its SQL, and what it has.

    `free` is text from outside, which may begin as a formula; `time` is written in ISO 8601; a `list` of texts is
    joined by `|` in a CSV file. `csv` is the SQL of its cell where that is another one.
    """

    name: str
    value: Fragment
    kind: Literal["plain", "free", "time", "list"] = "plain"
    _: KW_ONLY
    csv: Fragment | None = None

    @property
    def cell(self) -> CsvColumn:
        """The column as a CSV file has it."""
        value = self.value if self.csv is None else self.csv
        if self.kind == "time":
            value = compose("to_json({}) #>> '{{}}'", value)
        elif self.kind == "list":
            # Joined by a character that no text of the registry has, so that the bars in the texts are escaped at once.
            value = compose(
                r"nullif(replace(replace(replace("
                r"array_to_string({}, E'\x1f'), '\', '\\'), '|', '\|'), E'\x1f', '|'), '')",
                value,
            )
        return CsvColumn(self.name, value, is_free=self.kind in {"free", "list"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The rows of a report, or of one page of it: FROM with the page as its first item, and the columns.

    `keys` are the columns by which rows follow each other, and of the cursor.
    """

    columns: tuple[Column, ...]
    keys: tuple[Fragment, ...]
    rows: Fragment
    parameters: Mapping[str, object]

    @property
    def order(self) -> Fragment:
        """What stands after ORDER BY."""
        return join(", ", self.keys)


def page_statement(report: Report) -> Fragment:
    """Return the statement of `select_page`."""
    keys = join("", (compose(", {}::text", key) for key in report.keys))
    return compose(_PAGE, _json_object(report.columns), keys, report.rows, report.order)


def select_page(conn: Connection[Any], report: Report) -> list[tuple[Any, ...]]:
    """Return public JSON and the keys of each row, the keys as texts."""
    # Planned for these values (no generic plan): conditions on absent parameters then cost nothing.
    return conn.execute(page_statement(report), report.parameters, prepare=False).fetchall()


def csv_statement(report: Report, *, escape_formulas: bool) -> Fragment:
    """Return the COPY that writes the report as CSV."""
    cells = (csv_expression(each.cell, escape_formulas=escape_formulas) for each in report.columns)
    return compose(_COPY, join(", ", cells), report.rows, report.order)


def _json_object(columns: Sequence[Column]) -> Fragment:
    """Return the SQL of an object with the columns."""
    members: list[Fragment] = []
    for key, members_of_key in groupby(columns, lambda each: each.name.partition(".")[0]):
        group = list(members_of_key)
        if "." not in group[0].name:
            members.append(compose("{} AS {}", group[0].value, column(key)))
            continue
        nested = _json_object([replace(each, name=each.name.partition(".")[2]) for each in group])
        members.append(compose("CASE WHEN {} IS NOT NULL THEN {} END AS {}", group[0].value, nested, column(key)))
    # row_to_json and not json_build_object, which puts spaces around colons.
    return compose("(SELECT row_to_json(r) FROM (SELECT {}) AS r)", join(", ", members))
