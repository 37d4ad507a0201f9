"""Staging: where the rows of an import wait, in temporary tables, until all of them are known."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg import Connection, Copy

from directory.imports.merge.cleared_values import write_list
from directory.imports.validate.rows import Row

# Texts that are not known are '' here and not NULL: they are joined by, and '' can be hashed.
_TABLES: Final = """
DROP TABLE IF EXISTS pg_temp.import_rows, pg_temp.import_rejections, pg_temp.import_ties, pg_temp.import_overrides,
    pg_temp.import_identities, pg_temp.import_entities, pg_temp.import_merges, pg_temp.import_placed,
    pg_temp.import_repeated, pg_temp.import_united,
    pg_temp.import_differing, pg_temp.import_completed, pg_temp.import_statements, pg_temp.import_emptied,
    pg_temp.import_observations, pg_temp.import_homes, pg_temp.import_told_types, pg_temp.import_affected,
    pg_temp.import_claims, pg_temp.import_latest, pg_temp.import_overlaid, pg_temp.import_desired,
    pg_temp.import_shared, pg_temp.import_disagreements;
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
    cleared text[]
) ON COMMIT DROP;
CREATE TEMP TABLE import_rejections (
    position bigint NOT NULL,
    code text NOT NULL,
    other text NOT NULL
) ON COMMIT DROP;
"""


def create_staging(conn: Connection) -> None:
    """Make the staging tables, empty, for the rest of the transaction."""
    # Sorts and hashes of a million rows; only this transaction's, and only one import runs at a time.
    conn.execute("SET LOCAL work_mem = '128MB'")
    conn.execute("SET LOCAL maintenance_work_mem = '256MB'")
    conn.execute(_TABLES)


class Stage:
    """Takes rows into staging, one by one, by COPY."""

    def __init__(self, copy: Copy) -> None:
        self._write = copy.write_row

    def add(self, position: int, row: Row, line: int = 0) -> None:
        """Stage `row` as the one at `position`, from 1 through all files; it stands on `line` of its own."""
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
                None if row.cleared is None else write_list(row.cleared),
            )
        )


@contextmanager
def copy_rows(conn: Connection) -> Iterator[Stage]:
    """Open the staging of rows; after it they can be queried, with statistics for the planner."""
    with (
        conn.cursor() as cursor,
        cursor.copy(
            """
            COPY import_rows (position, line, platform, user_id, handle_key, source, source_id, region,
                              department_key, department_type, is_member, statement, cleared) FROM STDIN
            """
        ) as copy,
    ):
        yield Stage(copy)
    # Not of the statements: statistics of JSON cost more than all others.
    conn.execute(
        """
        ANALYZE import_rows (position, platform, user_id, handle_key, source, source_id, region,
                             department_key, department_type)
        """
    )


def count_rows(conn: Connection) -> int:
    """Count the rows that wait."""
    row = conn.execute("SELECT count(*) FROM import_rows").fetchone()
    return int(row[0]) if row else 0


def select_only_source(conn: Connection) -> str | None:
    """Return the source of all rows that wait, None where they have several, or there are none."""
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


def would_mix(conn: Connection, source: str) -> bool:
    """Tell whether staged rows and the registry's accounts come from `source` and also from others."""
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
