"""Known rows: rows whose normal form is that of a statement, found by their digest and not validated again.

A statement has the digest of the row that it was made of, if it is exactly what that row says, with what else belongs
to the row and is not in the JSON. The rows are restored from it in staging, and the merge treats them like all others.
"""

from typing import Final

from psycopg import Connection

from directory.imports.read.headings import COLUMNS
from directory.imports.read.row_digests import SIZE
from directory.imports.validate.rows import DERIVED

# Of a larger registry no more digests are read: 100 MB of memory.
_KNOWN_MAX: Final = 1_000_000
# Reading a digest costs 1 µs, and validating a row 50: known rows are looked for unless there is less than one row for
# so many statements.
_STATEMENTS_PER_ROW: Final = 25
# Bit n of `row_cleared` stands for field n. Only digests of this program are known, so fields can be added anywhere.
CLEARABLE: Final = sorted([*COLUMNS, "name_key", DERIVED])


def select_known_digests(conn: Connection, rows: int) -> frozenset[bytes]:
    """Return the digests of the rows that statements were made of, for an import of about `rows` rows."""
    with conn.cursor(binary=True) as cursor:
        row = cursor.execute(
            """
            -- One value: a row of its own for each digest takes three times as long.
            SELECT string_agg(uuid_send(row_digest), '')
              FROM (SELECT row_digest FROM statements
                     WHERE row_digest IS NOT NULL
                       AND (SELECT reltuples FROM pg_class WHERE oid = 'statements'::regclass) <= %(most)s
                     LIMIT %(limit)s) AS known
            """,
            {"most": rows * _STATEMENTS_PER_ROW, "limit": _KNOWN_MAX},
        ).fetchone()
    joined = bytes(row[0]) if row and row[0] is not None else b""
    return frozenset(joined[at : at + SIZE] for at in range(0, len(joined), SIZE))


def restore_known_rows(conn: Connection) -> list[int]:
    """Restore the rows that were staged by their digest; remove those without a statement and return their positions.

    Another writer can change a statement between the reading of the digests and this, as no lock is held.
    """
    conn.execute(
        """
        UPDATE import_rows AS r
           SET (platform, user_id, handle_key, source, source_id, region, department_key, department_type, is_member,
                statement, cleared, digest)
             = (s.statement ->> 'platform', coalesce(s.statement ->> 'platform_user_id', ''),
                coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle', ''), s.source, s.source_id,
                coalesce(s.statement ->> 'region', ''),
                coalesce(s.row_department_key, lower(s.statement ->> 'department' COLLATE "C"), ''),
                coalesce(s.statement ->> 'department_type', 'other'),
                coalesce(s.statement ->> 'department_type' = 'legislature' AND s.statement ->> 'subject' = 'person',
                         false),
                s.statement,
                CASE s.row_cleared WHEN 0 THEN '{}' WHEN -1 THEN NULL
                     ELSE ARRAY(SELECT field FROM unnest(%(fields)s::text[]) WITH ORDINALITY AS f (field, place)
                                 WHERE s.row_cleared & (1 << place::integer - 1) <> 0) END,
                NULL)
          FROM statements AS s
         WHERE r.platform = '' AND s.row_digest = r.digest
        """,
        {"fields": CLEARABLE},
    )
    missing = conn.execute("DELETE FROM import_rows WHERE platform = '' RETURNING position").fetchall()
    return [position for (position,) in missing]


def store_row_digests(conn: Connection) -> None:
    """Store the digests of validated rows whose statements are unchanged: nothing else of the registry changes.

    They were made of a row with another digest: by another version of this program, for example.
    """
    conn.execute(
        """
        UPDATE statements AS s
           SET (row_digest, row_cleared, row_department_key)
             = (r.digest,
                CASE WHEN r.cleared IS NULL THEN -1 WHEN r.cleared = '{}' THEN 0
                     ELSE (SELECT sum(1 << array_position(%(fields)s::text[], field) - 1)
                             FROM unnest(r.cleared) AS field) END,
                nullif(r.department_key, coalesce(lower(r.statement ->> 'department' COLLATE "C"), '')))
          FROM import_rows AS r
          JOIN import_matches AS m USING (position)
         WHERE r.digest IS NOT NULL AND r.source_id = m.source_id
           AND (s.account_id, s.source, s.source_id) = (m.account_id, m.source, m.source_id)
           AND s.row_digest IS DISTINCT FROM r.digest AND s.statement = r.statement
           -- Of several rows of one statement none alone is it.
           AND NOT EXISTS (SELECT FROM import_combined_rows AS c
                            WHERE (c.account_id, c.source, c.source_id) = (s.account_id, s.source, s.source_id))
        """,
        {"fields": CLEARABLE},
    )
