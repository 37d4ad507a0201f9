"""The comments of the schema say what is there: docs/schema.md is made of them."""

import re

import psycopg
import pytest

from tests.schema_map import Catalog, Function, read_catalog

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM|(?:CREATE|ALTER|DROP) TABLE) (?!SET\b)([a-z_]+)")
# A table that is chosen while the function runs: `INSERT INTO %1$I`, filled by a CASE.
CHOSEN = re.compile(r"(?:THEN|ELSE) '([a-z_]+)'")
SETS = re.compile(r"NEW\.(\w+) :=|INTO NEW\.(\w+)")


@pytest.fixture
def catalog(conn: psycopg.Connection) -> Catalog:
    return read_catalog(conn)


def _written_by(function: Function, catalog: Catalog) -> set[str]:
    """Return the tables that the body of a function writes, and those of the functions that it calls."""
    tables = {table.name for table in catalog.tables}
    # A partition counts as its table.
    written = {name.rstrip("_") for name in WRITES.findall(function.body)}
    if re.search(r"INSERT INTO %\d\$I", function.body):
        written |= tables & set(CHOSEN.findall(function.body))
    if "gin_clean_pending_list(i.indexrelid)" in function.body:
        # Indexes of the trigger's own table.
        written |= {trigger.table for trigger in catalog.triggers if trigger.function == function.name}
    for called in catalog.functions:
        if f"PERFORM {called.name}(" in function.body:
            written |= _written_by(called, catalog)
    assert written <= tables
    return written


def test_each_table_and_each_function_has_a_comment(catalog: Catalog) -> None:
    assert [table.name for table in catalog.tables if not table.comment] == []
    assert [function.name for function in catalog.functions if not function.comment] == []


def test_comments_of_functions_list_the_tables_that_they_write(catalog: Catalog) -> None:
    builds = {trigger.function for trigger in catalog.triggers if trigger.is_before}
    functions = [function for function in catalog.functions if function.name not in builds]
    listed = {function.name: set(function.targets) for function in functions}
    assert listed == {function.name: _written_by(function, catalog) for function in functions}
    assert all(listed[trigger.function] for trigger in catalog.triggers if not trigger.is_before)


def test_comments_of_before_triggers_list_the_columns_that_they_set(catalog: Catalog) -> None:
    builds = {trigger.function for trigger in catalog.triggers if trigger.is_before}
    for function in catalog.functions:
        if function.name in builds:
            assert set(function.targets) == {one or other for one, other in SETS.findall(function.body)}


def test_names_of_triggers_of_one_table_and_time_number_their_order(catalog: Catalog) -> None:
    after = [trigger for trigger in catalog.triggers if not trigger.is_before]
    for table in {trigger.table for trigger in after}:
        steps = dict.fromkeys(trigger.name.rpartition("_")[0] for trigger in after if trigger.table == table)
        if len(steps) > 1:
            assert [step.partition("_")[0] for step in steps] == [f"step{n}" for n in range(1, len(steps) + 1)]
