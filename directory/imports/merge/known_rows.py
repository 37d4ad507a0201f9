"""Known rows: rows whose normal form is that of a statement, found by their digest and not validated again.

A statement has the digest of the row that it was made of, if it is exactly what that row says, with what else belongs
to the row and is not in the JSON. The rows are restored from it in staging. Most of them are settled: they need no
matching and no comparison. The merge treats the others like rows that were validated.
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

    A row that is still about the account of its statement, and the only one of the import that can be about it, is
    settled: it gets this account, and no identity and no statement, so that nothing is matched or compared. The caller
    holds the lock. Another writer can have changed a statement since the digests were read, without it.
    """
    # Statistics of the staged rows come later, and without them the planner expects few.
    conn.execute("SET LOCAL enable_nestloop = off")
    conn.execute(
        """
        UPDATE import_rows AS r
           SET (platform, user_id, handle_key, statement, settled_id, source, source_id, region, department_key,
                department_type, is_member, cleared, digest)
             = (CASE WHEN k.is_settled THEN '' ELSE k.platform END, CASE WHEN k.is_settled THEN '' ELSE k.user_id END,
                CASE WHEN k.is_settled THEN '' ELSE k.handle_key END,
                CASE WHEN k.is_settled THEN 'null' ELSE k.statement END, CASE WHEN k.is_settled THEN k.account_id END,
                k.source, k.source_id, coalesce(k.statement ->> 'region', ''),
                coalesce(k.row_department_key, lower(k.statement ->> 'department' COLLATE "C"), ''),
                coalesce(k.department_type, 'other'),
                coalesce(k.department_type = 'legislature' AND k.statement ->> 'subject' = 'person', false),
                CASE k.row_cleared WHEN 0 THEN '{}' WHEN -1 THEN NULL
                     ELSE ARRAY(SELECT field FROM unnest(%(fields)s::text[]) WITH ORDINALITY AS f (field, place)
                                 WHERE k.row_cleared & (1 << place::integer - 1) <> 0) END,
                NULL)
          -- OFFSET 0: the planner would evaluate these expressions again at every place that uses them.
          FROM (SELECT i.*,
                       i.listed_until IS NULL
                       AND (i.user_id = '' OR i.user_id IS NOT DISTINCT FROM a.platform_user_id)
                       AND (i.handle_key = '' OR i.handle_key IS NOT DISTINCT FROM a.handle_key)
                       -- A released handle may be about the account that released it.
                       AND (i.user_id <> '' OR (a.platform, i.handle_key) NOT IN (
                            SELECT h.platform, h.handle_key FROM handles AS h WHERE h.valid_to IS NOT NULL))
                       AND (i.user_id = '' OR NOT EXISTS (SELECT FROM suppressions))
                       -- Observations are compared by themselves.
                       AND NOT i.statement ?| '{followers,posts,last_post_at}' AS is_settled
                  FROM (SELECT g.position, s.*, s.statement ->> 'platform' AS platform,
                               coalesce(s.statement ->> 'platform_user_id', '') AS user_id,
                               coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle', '') AS handle_key,
                               s.statement ->> 'department_type' AS department_type
                          FROM import_rows AS g
                          JOIN statements AS s ON s.row_digest = g.digest
                         WHERE g.platform = '' OFFSET 0) AS i (row_position)
                  JOIN accounts AS a ON a.id = i.account_id OFFSET 0) AS k
         WHERE r.position = k.row_position
        """,
        {"fields": CLEARABLE},
    )
    conn.execute("SET LOCAL enable_nestloop TO DEFAULT")
    missing = conn.execute("DELETE FROM import_rows WHERE digest IS NOT NULL AND platform = '' RETURNING position")
    return [position for (position,) in missing]


def unsettle_rows(conn: Connection) -> None:
    """Restore all of the settled rows whose accounts other rows are, or may be, about."""
    conn.execute(
        """
        WITH others AS MATERIALIZED (
            SELECT platform, user_id, handle_key FROM import_rows WHERE settled_id IS NULL
        ), released AS MATERIALIZED (
            SELECT DISTINCT o.*
              FROM others AS o
              JOIN handles AS h USING (platform, handle_key)
             WHERE o.user_id = '' AND h.valid_to IS NOT NULL
        ), touched AS (
            SELECT a.id
              FROM others AS o
              JOIN accounts AS a ON (a.platform, a.platform_user_id) = (o.platform, o.user_id)
             UNION
            SELECT h.account_id FROM others AS o JOIN handles AS h USING (platform, handle_key)
             UNION
            -- A source may have stated a released handle of other accounts.
            SELECT s.account_id
              FROM statements AS s
             WHERE EXISTS (SELECT FROM released)
               AND (s.statement ->> 'platform', coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle'))
                   IN (SELECT platform, handle_key FROM released)
             UNION
            SELECT settled_id FROM import_rows WHERE settled_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1
        )
        UPDATE import_rows AS r
           SET (platform, user_id, handle_key, statement, settled_id)
             = (s.statement ->> 'platform', coalesce(s.statement ->> 'platform_user_id', ''),
                coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle', ''), s.statement, NULL)
          FROM touched AS t
          JOIN statements AS s ON s.account_id = t.id
         WHERE (r.settled_id, r.source, r.source_id) = (s.account_id, s.source, s.source_id)
        """
    )


def store_row_digests(conn: Connection) -> None:
    """Store the digests of validated rows whose statements are unchanged: nothing else of the registry changes.

    They were made of a row with another digest, by another version of this program, for example. If these are less than
    a hundredth of the rows, none is stored: validating them again costs less.
    """
    row = conn.execute("SELECT count(digest) * 100 >= count(*) AND count(digest) > 0 FROM import_rows").fetchone()
    if row != (True,):
        return
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
