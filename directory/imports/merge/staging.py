"""Staging: the temporary tables in which the rows of an import wait until all of them are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from psycopg import Connection, Copy

from directory.imports.validate.rows import Row

# Texts that are not known are '' here and not NULL, because the tables are joined by them, and NULL = NULL is not true.
# ON COMMIT DROP does not cover a second import in the same transaction (tests, a sample), therefore DROP IF EXISTS.
# The last six are filled only for departments, complete lists and rows that end, but statements join them in any case.
# Collations are those of the registry: PostgreSQL does not compare texts of two implicit collations.
# `pg_temp.` keeps the DROP away from the registry's own tables.
_TABLES: Final = """
DROP TABLE IF EXISTS pg_temp.import_rows, pg_temp.import_rejections, pg_temp.import_handle_user_ids,
    pg_temp.import_former_holders, pg_temp.import_candidates, pg_temp.import_entities, pg_temp.import_duplicates,
    pg_temp.import_matches, pg_temp.import_statement_rows, pg_temp.import_combined_rows,
    pg_temp.import_differing, pg_temp.import_completed, pg_temp.import_statements, pg_temp.import_cleared,
    pg_temp.import_observations, pg_temp.import_types_by_name, pg_temp.import_affected,
    pg_temp.import_source_values, pg_temp.import_combined_values,
    pg_temp.import_targets, pg_temp.import_repeated_accounts, pg_temp.import_conflicts, pg_temp.import_mentioned,
    pg_temp.import_department_regions, pg_temp.import_new_ids, pg_temp.import_merged_departments,
    pg_temp.import_owned_statements, pg_temp.import_withdrawn, pg_temp.import_unlisted, pg_temp.import_ended,
    pg_temp.import_replaced_handles, pg_temp.import_former_handles, pg_temp.import_bodies;
CREATE TEMP TABLE import_rows (
    position bigint NOT NULL,
    line bigint NOT NULL,
    platform text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    handle_key text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    department_key text COLLATE "C" NOT NULL,
    department_type text COLLATE "C" NOT NULL,
    is_member boolean NOT NULL,
    statement jsonb NOT NULL,
    cleared text[],
    -- Of a row whose statement may be taken from the registry at the next import.
    digest uuid,
    -- The account of a settled row, which has no identity and no statement.
    settled_id text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE import_rejections (
    position bigint NOT NULL,
    code text NOT NULL,
    other text NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_department_regions (
    department_key text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    department_type text COLLATE "C" NOT NULL,
    rows numeric NOT NULL,
    department_id text COLLATE "C",
    home_region text COLLATE "C" NOT NULL,
    -- The key of the department itself, where rows mean it by another name.
    target_key text COLLATE "C" NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_new_ids (
    name_key text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    external_ids text[] COLLATE "C" NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_owned_statements (
    account_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_withdrawn (
    account_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_unlisted (
    account_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    listed_from bigint,
    is_listed boolean NOT NULL,
    -- Dates that rows state.
    stated_from timestamptz,
    stated_until timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE import_replaced_handles (
    source text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    matched_id text COLLATE "C" NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_former_handles (
    position bigint NOT NULL,
    account_id text COLLATE "C" NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE import_ended (
    account_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    listed_from timestamptz,
    listed_until timestamptz NOT NULL
) ON COMMIT DROP;
"""


def create_staging(conn: Connection) -> None:
    """Create the staging tables, empty, for the rest of the transaction."""
    # Sorts and hashes of a million rows; only this transaction's, and only one import runs at a time.
    conn.execute("SET LOCAL work_mem = '128MB'")
    conn.execute("SET LOCAL maintenance_work_mem = '256MB'")
    # Estimates of 3,000 rows are good enough for hash joins of all rows, and a tenth of the cost of 30,000.
    conn.execute("SET LOCAL default_statistics_target = 10")
    conn.execute(_TABLES)


def restore_statistics_target(conn: Connection) -> None:
    """Restore how much ANALYZE reads, before tables of the registry are analyzed."""
    conn.execute("SET LOCAL default_statistics_target TO DEFAULT")


class StagingCopy:
    """Writes rows into staging, one by one, by COPY."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        self._write = copy.write_row
        self.known = 0

    def add_known(self, position: int, digest: bytes, line: int) -> None:
        """Stage a row by its digest, which a statement of the registry has."""
        self.known += 1
        # As text: write_row takes 3 µs for all columns.
        self._copy.write(f"{position}\t{line}\t\t\t\t\t\t\t\t\tf\tnull\t\\N\t{digest.hex()}\n")

    def add(self, position: int, row: Row, line: int = 0, digest: bytes = b"") -> None:
        """Stage `row` under its position, counted from 1 through all files; `line` is its line in its own file.

        `digest` is that of the row as it was read, if its statement may stand for it in the next import.
        """
        self._write(
            (
                position,
                line,
                row.platform,
                row.user_id,
                row.handle_key,
                row.source,
                row.source_id,
                row.region,
                row.department_key,
                row.department_type,
                "t" if row.is_member else "f",
                row.statement,
                None if row.cleared is None else _array_literal(row.cleared),
                digest.hex() or None,
            )
        )


@lru_cache(maxsize=4_096)
def _array_literal(fields: frozenset[str]) -> str:
    """Return an array as PostgreSQL reads it from text; names of fields need no quotes."""
    return f"{{{','.join(sorted(fields))}}}"


@contextmanager
def copy_rows(conn: Connection) -> Iterator[StagingCopy]:
    """Open the staging of rows; afterwards they can be queried, with statistics unless some are to be restored.

    Inside the `with` block the connection is busy with COPY and takes no other statement.
    """
    with (
        conn.cursor() as cursor,
        cursor.copy(
            """
            COPY import_rows (position, line, platform, user_id, handle_key, source, source_id, region,
                              department_key, department_type, is_member, statement, cleared, digest) FROM STDIN
            """
        ) as copy,
    ):
        staging = StagingCopy(copy)
        yield staging
    if not staging.known:
        analyze_rows(conn)


def analyze_rows(conn: Connection) -> None:
    """Collect the statistics of staged rows for the planner."""
    # Autovacuum never analyzes temporary tables. Not of the statements: statistics of JSON cost more than all others.
    conn.execute(
        """
        ANALYZE import_rows (position, platform, user_id, handle_key, source, source_id, region,
                             department_key, department_type)
        """
    )


def count_rows(conn: Connection) -> int:
    """Return the number of staged rows."""
    row = conn.execute("SELECT count(*) FROM import_rows").fetchone()
    return int(row[0]) if row else 0


def select_only_source(conn: Connection) -> str | None:
    """Return the source of all staged rows, None if they have several, or there are no rows."""
    row = conn.execute("SELECT min(source) FROM import_rows HAVING min(source) = max(source)").fetchone()
    return str(row[0]) if row else None


def stream_rejections(conn: Connection) -> Iterator[tuple[int, str, str]]:
    """Yield position, code and the other party of each rejected row, in order of position, in constant memory."""
    with conn.cursor(name="import_rejections") as cursor:
        cursor.execute("SELECT position, code, other FROM import_rejections ORDER BY position")
        yield from cursor


def select_regions(conn: Connection) -> list[tuple[str, str, str | None, list[str], str]]:
    """Return code, name, local name, aliases and level of all regions."""
    return conn.execute("SELECT code, name, name_local, aliases, level FROM regions ORDER BY code").fetchall()


def select_dissolved_regions(conn: Connection) -> dict[str, str | None]:
    """Return the codes of dissolved regions, each with its successor if it has exactly one."""
    rows = conn.execute(
        """
        SELECT code, CASE WHEN cardinality(replaced_by) = 1 THEN replaced_by[1] END
          FROM regions WHERE dissolved_on IS NOT NULL
        """
    ).fetchall()
    return dict(rows)


def would_mix(conn: Connection, source: str) -> bool:
    """Whether staged rows and the registry's accounts come from `source` and also from others."""
    row = conn.execute(
        """
        WITH origin AS (
            SELECT source = %(source)s AS is_it FROM import_rows
             UNION
            SELECT value = %(source)s FROM account_tallies WHERE dimension = 'source'
        )
        SELECT count(*) > 1 FROM origin
        """,
        {"source": source},
    ).fetchone()
    return bool(row and row[0])
