"""`directory expected-counts`: the counts of bodies that the operator states, for the coverage report.

Exit codes: 0, done; 2, wrong usage; 3, rows are rejected and nothing was written.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import click
from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.departments.expected import KINDS, ExpectedCount
from directory.departments.expected_queries import replace_expected_counts
from directory.departments.queries import select_type_slugs
from directory.regions.queries import parse_region
from directory.registry_opener import RegistryOpener

COLUMNS: Final = ("region", "kind", "department_type", "expected", "counted_on", "source")
_OPTIONAL: Final = "name"
_ROWS_REJECTED: Final = 3
_ROWS_MAX: Final = 100_000
_KIND: Final = re.compile(r"(?=.{1,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TEXT_MAX: Final = 500


@click.command("expected-counts")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.pass_obj
def expected_counts(opens: RegistryOpener, file: IO[str]) -> None:
    """Replace your own expected counts of bodies by those of FILE.

    FILE is a CSV file with the columns region, kind, department_type, expected, counted_on, source and, for a kind that
    the program does not know, name. They hold in place of the program's counts of the same region and kind. A file
    without rows takes all of them back.
    """
    with opens() as conn:
        try:
            counts, errors = _read(conn, file)
        except (csv.Error, UnicodeDecodeError) as error:
            raise click.UsageError(f"{file.name} is no CSV file in UTF-8: {error}") from error
        if errors:
            click.echo("\n".join(errors), err=True)
            click.echo(f"{len(errors):,} rows are rejected: nothing was written", err=True)
            click.get_current_context().exit(_ROWS_REJECTED)
        with conn.transaction():
            advisory_locks.lock_writes(conn)
            # In a revision, although no record changes: responses are cached by it.
            revisions.begin_revision(conn, actor="directory expected-counts", reason="expected counts of the operator")
            replace_expected_counts(conn, counts, is_own=True)
    click.echo(f"expected counts: {len(counts):,} of your own")


def _read(conn: Connection[Any], file: IO[str]) -> tuple[list[ExpectedCount], list[str]]:
    """Return the counts of a file, and an error for each row that is none."""
    rows = csv.DictReader(file, strict=True)
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise click.UsageError(f"{file.name} has no column {missing[0]}; its first line is {','.join(COLUMNS)}")
    counts: dict[tuple[str, str], ExpectedCount] = {}
    errors: list[str] = []
    types = select_type_slugs(conn)
    for row in rows:
        if len(counts) + len(errors) >= _ROWS_MAX:
            raise click.UsageError(f"{file.name} has more than {_ROWS_MAX:,} rows")
        values = {name: (row.get(name) or "").strip() for name in (*COLUMNS, _OPTIONAL)}
        found = next(_faults(values, types), None)
        region = found or parse_region(conn, values["region"])
        if isinstance(region, str):
            errors.append(f"line {rows.line_num}: {region}")
        elif (region.code, values["kind"]) in counts:
            errors.append(f"line {rows.line_num}: {values['kind']} of {region.code} is there twice")
        else:
            counts[region.code, values["kind"]] = _count(region.code, values)
    return list(counts.values()), errors


def _faults(values: Mapping[str, str], types: list[str]) -> Iterator[str]:
    """Yield what is wrong with a row, apart from its region."""
    kind, kind_name = values["kind"], values[_OPTIONAL]
    if not _KIND.fullmatch(kind):
        yield f"kind: {kind!r} is no slug, such as municipality"
    elif kind not in KINDS and not kind_name:
        yield f"name: {kind} is no kind of the program, so it needs a name"
    elif kind in types:
        yield f"kind: {kind} is a department type; name the kind otherwise"
    if values["department_type"] not in types:
        yield f"department_type: {values['department_type']!r} is not known; /v1/department-types lists them"
    if not _NUMBER.fullmatch(values["expected"]):
        yield f"expected: {values['expected']!r} is no number from 1 to 999999999"
    if not _is_date(values["counted_on"]):
        yield f"counted_on: {values['counted_on']!r} is no day as YYYY-MM-DD"
    if not values["source"]:
        yield "source: who states the number, and where, is required"
    for name in ("region", "source", _OPTIONAL):
        if len(values[name]) > _TEXT_MAX or not values[name].isprintable():
            yield f"{name}: it has more than {_TEXT_MAX} characters, or some that cannot be printed"


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and dt.date.fromisoformat(text))
    except ValueError:
        return False


def _count(region_code: str, values: Mapping[str, str]) -> ExpectedCount:
    return ExpectedCount(
        region_code=region_code,
        kind=values["kind"],
        name=values[_OPTIONAL] or KINDS[values["kind"]],
        department_type=values["department_type"],
        expected=int(values["expected"]),
        counted_on=dt.date.fromisoformat(values["counted_on"]),
        source=values["source"],
    )
