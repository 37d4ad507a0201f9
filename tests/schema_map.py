"""docs/schema.md: what a write sets off, and each table with its columns, indexes and triggers, from the catalog.

Purposes and meanings are the comments of the database itself, which migrations write. The comment of a function ends
with the tables that it writes ("Writes: …") or, of a BEFORE trigger, the columns that it sets ("Sets: …").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

HEADING: Final = """# Schema

Written by `make generate` from the catalog of a migrated database; the meanings are its comments. The DDL is in
[`migrations/schema.sql`](../migrations/schema.sql), how it came about in `migrations/versions/`.

## What a write sets off

Every write happens in a transaction that has called `begin_revision()`: it takes an advisory lock, so that revisions
are committed in the order of their numbers, and adds a row to `revisions`. Nothing else is needed: triggers build the
public JSON of each record (`document`), record its versions, and keep counts, handles, states for point-in-time reads,
and the queue of the search index. Before it commits, the writer indexes what `search_pending` lists
(`directory.search.indexing`), since terms are made by Python.

`BEFORE` triggers run for each row, `AFTER` triggers once for each statement, with all its rows. Triggers of one time
run in the order of their names, so names on tables with several have a number. A write that a trigger makes fires the
triggers of that table before the next one runs."""

STORIES: Final[Mapping[str, str]] = {
    "accounts": """Before the document is built, proofs end that were of another handle or department. The document is
built before all others, so that they can compare it: an update that changes nothing public
keeps its revision and adds no version. States come after the versions, whose sequence they store. Handles come last:
their rows have triggers of their own, and the change feed has to report a new account before its handle. Rows of
`statements` go with a deleted account by their foreign key, its counts by the last trigger. What is observed of an
account is written to `observations` and `account_followers`, and fires none of these. Its id stays in `tombstones`,
which the writer fills before the deletion: `record_versions()` reads there whether it was a merge.""",
    "departments": """A name or type is part of the documents of the department's accounts and of the departments below:
the third step updates these rows without changing them, which runs all their triggers.""",
    "regions": "As with departments, but for names and for the place in the tree.",
    "handles": """Rows are written by `update_handles()`, when an account changes, and by commands that correct times or
merge accounts. A deleted account's handles stay, each with an end.""",
}
GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "The registry": [
        "accounts", "departments", "department_identifiers", "department_aliases", "handles", "handle_quarantines",
        "released_handles", "quarantine_exemptions", "quarantine_exemption_accounts", "account_decisions",
        "decisions_in_force",
    ],
    "Reference data": ["platforms", "regions", "department_types", "expected_counts", "current_expected_counts",
        "reference_digest",
    ],
    "Sources": ["sources", "statements"],
    "Observations": [
        "observations", "observation_blocks", "observation_series", "account_followers", "account_follower_states",
        "account_records", "account_probes", "account_activity",
    ],
    "Revisions and history": [
        "revisions", "versions", "tombstones", "tombstone_successors", "restored_tombstones", "suppressions",
        "account_merges",
    ],
    "Point-in-time reads": ["account_eras", "account_states", "handle_states"],
    "Counts": [
        "account_counts", "account_tallies", "account_count_checkpoints", "account_count_deltas",
        "account_tally_deltas",
    ],
    "Search": ["account_search", "search_states", "search_pending", "search_readings", "search_words"],
    "Proofs of ownership": ["account_evidence", "proof_checks"],
    "Snapshots": ["snapshots", "snapshot_files"],
    "Feedback": ["feedback", "feedback_events", "feedback_records", "feedback_limits", "feedback_used_challenges"],
    "Webhooks": ["webhooks", "webhook_messages", "webhook_attempts"],
    "Proposals": ["proposals", "proposal_records"],
    "Writing": ["tokens", "secret_key_fingerprint", "idempotency_keys", "imports", "import_chunks", "import_verdicts"],
}  # fmt: skip

TABLES: Final = """
    SELECT c.relname AS name, c.relkind = 'v' AS is_view, obj_description(c.oid, 'pg_class') AS comment
      FROM pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
       AND c.relname <> 'alembic_version'
     ORDER BY c.relname
"""
COLUMNS: Final = """
    SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           a.attnotnull OR c.relkind = 'v' AS is_required, a.attgenerated <> '' AS is_generated,
           col_description(c.oid, a.attnum) AS comment
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY c.relname, a.attnum
"""
INDEXES: Final = """
    SELECT c.relname AS "table", i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition
      FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid JOIN pg_class AS i ON i.oid = x.indexrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
     ORDER BY c.relname, x.indisprimary DESC, i.relname
"""
# In firing order: BEFORE ROW, then AFTER STATEMENT, then by name as bytes. In tgtype 1 is ROW, 2 BEFORE, 4 INSERT,
# 8 DELETE and 16 UPDATE.
TRIGGERS: Final = """
    SELECT c.relname AS "table", t.tgname AS name, t.tgtype::integer & 1 = 1 AS is_for_rows,
           t.tgtype::integer & 2 = 2 AS is_before,
           array_remove(ARRAY[CASE WHEN t.tgtype::integer & 4 = 4 THEN 'INSERT' END,
                              CASE WHEN t.tgtype::integer & 16 = 16 THEN 'UPDATE' END,
                              CASE WHEN t.tgtype::integer & 8 = 8 THEN 'DELETE' END], NULL) AS events,
           p.proname AS function
      FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
     ORDER BY c.relname, t.tgtype::integer & 2 DESC, t.tgtype::integer & 1 DESC, t.tgname COLLATE "C"
"""
FUNCTIONS: Final = """
    SELECT p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, p.prosrc AS body,
           p.prorettype = 'trigger'::regtype AS is_trigger, obj_description(p.oid, 'pg_proc') AS comment
      FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname
"""


class Table(NamedTuple):
    """A table or view."""

    name: str
    is_view: bool
    comment: str | None


class Column(NamedTuple):
    """A column of a table or view."""

    table: str
    name: str
    type: str
    is_required: bool
    is_generated: bool
    comment: str | None


class Index(NamedTuple):
    """An index, as `pg_get_indexdef` writes it."""

    table: str
    name: str
    definition: str


class Trigger(NamedTuple):
    """A trigger, with the events that fire it and the function that it calls."""

    table: str
    name: str
    is_for_rows: bool
    is_before: bool
    events: list[str]
    function: str


class Function(NamedTuple):
    """A function with its comment, of which the last sentence may list what it writes or sets."""

    name: str
    arguments: str
    body: str
    is_trigger: bool
    comment: str | None

    @property
    def purpose(self) -> str:
        """The comment without that sentence, on one line."""
        return re.sub(r"\s*(Writes|Sets): [^.]*\.$", "", _one_line(self.comment))

    @property
    def targets(self) -> list[str]:
        """The tables that it writes, or the columns that it sets, as the comment lists them."""
        listed = re.search(r"(?:Writes|Sets): ([^.]*)\.$", _one_line(self.comment))
        return listed[1].split(", ") if listed else []


class Catalog(NamedTuple):
    """What the catalog of a migrated database says of the schema, in the order of the page."""

    tables: list[Table]
    columns: list[Column]
    indexes: list[Index]
    triggers: list[Trigger]
    functions: list[Function]


def read_catalog(conn: Connection[Any]) -> Catalog:
    """Return the catalog of a migrated database, without alembic's table and the partitions."""
    return Catalog(
        conn.cursor(row_factory=class_row(Table)).execute(TABLES).fetchall(),
        conn.cursor(row_factory=class_row(Column)).execute(COLUMNS).fetchall(),
        conn.cursor(row_factory=class_row(Index)).execute(INDEXES).fetchall(),
        conn.cursor(row_factory=class_row(Trigger)).execute(TRIGGERS).fetchall(),
        conn.cursor(row_factory=class_row(Function)).execute(FUNCTIONS).fetchall(),
    )


def describe(catalog: Catalog) -> str:
    """Return docs/schema.md; raise ValueError if a table is in no group."""
    names = {table.name for table in catalog.tables}
    grouped = {name for group in GROUPS.values() for name in group}
    if names != grouped:
        message = f"GROUPS do not list the tables as they are: {sorted(names ^ grouped)}"
        raise ValueError(message)
    blocks = [HEADING]
    for table, story in STORIES.items():
        blocks += [f"### A write to {table}", story, _list_steps(catalog, table)]
    for group, members in GROUPS.items():
        blocks.append(f"## {group}")
        for name in members:
            blocks += _describe_table(catalog, next(table for table in catalog.tables if table.name == name))
    blocks.append("## Functions that others call")
    blocks.append(
        _tabulate(
            ("function", "what it does", "writes"),
            (
                (f"`{each.name}({_short_types(each.arguments)})`", each.purpose, _list_names(each.targets))
                for each in catalog.functions
                if not each.is_trigger
            ),
        )
    )
    return "\n\n".join(blocks) + "\n"


def _list_steps(catalog: Catalog, table: str) -> str:
    """Return the triggers of a table in firing order, those that differ only by their event as one row."""
    functions = {function.name: function for function in catalog.functions}
    steps: dict[tuple[str, bool], list[Trigger]] = {}
    for trigger in catalog.triggers:
        if trigger.table == table:
            step = re.sub(r"_(insert|update|delete)$", "", trigger.name)
            steps.setdefault((step, trigger.is_before), []).append(trigger)
    rows = []
    for (step, is_before), triggers in steps.items():
        function = functions[triggers[0].function]
        fired = {event for trigger in triggers for event in trigger.events}
        events = [event for event in ("INSERT", "UPDATE", "DELETE") if event in fired]
        time = "BEFORE" if is_before else "AFTER"
        what = f"`{function.name}()`: {function.purpose}"
        rows.append((f"`{step}`", f"{time} {', '.join(events)}", what, _list_names(function.targets)))
    return _tabulate(("trigger", "fires", "what it does", "sets or writes"), rows)


def _describe_table(catalog: Catalog, table: Table) -> list[str]:
    columns = [column for column in catalog.columns if column.table == table.name]
    blocks = [
        f"### {table.name}",
        f"{'View. ' if table.is_view else ''}{_one_line(table.comment)}",
        _tabulate(
            ("column", "type", "meaning"),
            ((f"`{each.name}`", _type(each), _one_line(each.comment)) for each in columns),
        ),
    ]
    indexes = [f"- `{each.name}`: {_shorten(each.definition)}" for each in catalog.indexes if each.table == table.name]
    if indexes:
        blocks.append("Indexes:\n\n" + "\n".join(indexes))
    if table.name in STORIES:
        blocks.append(f"Triggers: see [above](#a-write-to-{table.name}).")
    elif any(trigger.table == table.name for trigger in catalog.triggers):
        blocks.append("Triggers:\n\n" + _list_steps(catalog, table.name))
    return blocks


def _type(column: Column) -> str:
    return (
        _short_types(column.type)
        + ("" if column.is_required else ", null")
        + (", generated" if column.is_generated else "")
    )


def _shorten(definition: str) -> str:
    """Return an index without its name and table: method, columns and condition."""
    unique = "unique, " if definition.startswith("CREATE UNIQUE") else ""
    return unique + f"`{definition.partition(' USING ')[2]}`"


def _short_types(types: str) -> str:
    return types.replace("timestamp with time zone", "timestamptz")


def _list_names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _one_line(comment: str | None) -> str:
    return " ".join((comment or "").split())


def _tabulate(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
