"""SQL of merges by an operator: what they move, and what takes them apart again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from directory.followers.queries import create_staging, merge_observations

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that was not taken back, with the last version of the duplicate."""

    duplicate_id: str
    survivor_id: str
    revision: int
    record: dict[str, Any]


def select_merge(conn: Connection[Any], duplicate_id: str) -> Merge | None:
    """Return the merge by which an account went into the one that its id leads to; None if an import merged it."""
    with conn.cursor(row_factory=class_row(Merge)) as cursor:
        return cursor.execute(
            """
            SELECT m.duplicate_id, m.survivor_id, m.revision,
                   (SELECT v.record::jsonb FROM versions AS v
                     WHERE v.kind = 'account' AND v.id = m.duplicate_id AND v.record IS NOT NULL
                     ORDER BY v.revision DESC, v.sequence DESC LIMIT 1) AS record
              FROM account_merges AS m
              JOIN tombstones AS t
                ON t.kind = 'account' AND (t.id, t.successor_id) = (m.duplicate_id, m.survivor_id)
             WHERE m.duplicate_id = %(id)s AND m.undone_in IS NULL
            """,
            {"id": duplicate_id},
        ).fetchone()


def select_moved(conn: Connection[Any], duplicate_id: str, survivor_id: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the statements about two accounts, and what a merge of the first into the second is going to move."""
    row = conn.execute(
        """
        SELECT coalesce((SELECT jsonb_agg(to_jsonb(s)) FROM statements AS s
                          WHERE s.account_id IN (%(duplicate)s, %(survivor)s)), '[]'),
               jsonb_build_object(
                   'handles', (SELECT jsonb_agg(jsonb_build_array(id, valid_from, account_id)) FROM handles
                                WHERE account_id IN (%(duplicate)s, %(survivor)s)),
                   'exemptions', (SELECT jsonb_agg(jsonb_build_array(platform, handle_key, revision))
                                    FROM quarantine_exemptions WHERE account_id = %(duplicate)s),
                   'tombstones', (SELECT jsonb_agg(id) FROM tombstones
                                   WHERE kind = 'account' AND successor_id = %(duplicate)s),
                   'predecessors', (SELECT jsonb_agg(id) FROM accounts WHERE replaced_by = %(duplicate)s),
                   'observations', (SELECT jsonb_agg(jsonb_build_array(observed_at, source))
                                      FROM (SELECT observed_at, source FROM observation_series
                                             WHERE account_id = %(duplicate)s
                                            EXCEPT SELECT observed_at, source FROM observation_series
                                                    WHERE account_id = %(survivor)s) AS o))
        """,
        {"duplicate": duplicate_id, "survivor": survivor_id},
    ).fetchone()
    if row is None:
        raise LookupError(duplicate_id)
    statements, moved = row
    return statements, moved


def insert_merge(
    conn: Connection[Any], duplicate_id: str, survivor_id: str, statements: list[Any], moved: dict[str, Any]
) -> None:
    """Record a merge in the open revision, with what takes it apart again."""
    conn.execute(
        """
        INSERT INTO account_merges (duplicate_id, survivor_id, statements, moved)
        VALUES (%(duplicate)s, %(survivor)s, %(statements)s, %(moved)s)
        """,
        {
            "duplicate": duplicate_id,
            "survivor": survivor_id,
            "statements": Jsonb(statements),
            "moved": Jsonb({name: values for name, values in moved.items() if values}),
        },
    )


def move_back(conn: Connection[Any], merge: Merge) -> None:
    """Move to an account that was merged what was its own, in the open revision; the account exists again."""
    parameters = {"duplicate": merge.duplicate_id, "survivor": merge.survivor_id, "revision": merge.revision}
    conn.execute(
        """
        CREATE TEMP TABLE undone_merge ON COMMIT DROP AS
        SELECT statements, moved FROM account_merges
         WHERE duplicate_id = %(duplicate)s AND revision = %(revision)s
        """,
        parameters,
    )
    for statement in (
        # What was the duplicate's alone, with what its sources have stated since.
        """
        UPDATE statements AS s SET account_id = %(duplicate)s
          FROM undone_merge AS m, jsonb_populate_recordset(NULL::statements, m.statements) AS o
         WHERE s.account_id = %(survivor)s AND o.account_id = %(duplicate)s
           AND (s.source, s.source_id) = (o.source, o.source_id)
           AND NOT EXISTS (SELECT FROM jsonb_populate_recordset(NULL::statements, m.statements) AS own
                            WHERE (own.account_id, own.source, own.source_id)
                                  = (%(survivor)s, s.source, s.source_id))
        """,
        # Where the duplicate's statement was the later one, and nothing was stated since, the survivor's comes back.
        """
        UPDATE statements AS s
           SET (statement, department_id, revision, position, key_revisions, listed_from, listed_until, row_digest)
             = (own.statement, (SELECT id FROM departments WHERE id = own.department_id), own.revision, own.position,
                own.key_revisions, own.listed_from, own.listed_until, NULL)
          FROM undone_merge AS m, jsonb_populate_recordset(NULL::statements, m.statements) AS own,
               jsonb_populate_recordset(NULL::statements, m.statements) AS o
         WHERE (s.account_id, own.account_id, o.account_id) = (%(survivor)s, %(survivor)s, %(duplicate)s)
           AND (s.source, s.source_id) = (own.source, own.source_id)
           AND (s.source, s.source_id) = (o.source, o.source_id) AND s.statement = o.statement
        """,
        """
        INSERT INTO statements (account_id, source, source_id, statement, department_id, revision, position,
                                key_revisions, listed_from, listed_until)
        SELECT o.account_id, o.source, o.source_id, o.statement, d.id, o.revision, o.position, o.key_revisions,
               o.listed_from, o.listed_until
          FROM undone_merge AS m, jsonb_populate_recordset(NULL::statements, m.statements) AS o
          LEFT JOIN departments AS d ON d.id = o.department_id
         WHERE o.account_id = %(duplicate)s
        ON CONFLICT DO NOTHING
        """,
        # The merge cut intervals of the two that were at one time.
        """
        UPDATE handles AS h SET (account_id, valid_from) = (o ->> 2, (o ->> 1)::timestamptz)
          FROM undone_merge AS m, jsonb_array_elements(m.moved -> 'handles') AS o
         WHERE h.account_id = %(survivor)s AND h.id = (o ->> 0)::bigint
        """,
        "SELECT coalesce_handle_intervals(ARRAY[%(duplicate)s])",
        """
        UPDATE quarantine_exemptions AS c SET account_id = %(duplicate)s
          FROM undone_merge AS m, jsonb_array_elements(m.moved -> 'exemptions') AS e
         WHERE c.account_id = %(survivor)s AND (c.platform, c.handle_key, c.revision)
                                               = (e ->> 0, e ->> 1, (e ->> 2)::bigint)
        """,
        """
        UPDATE tombstones SET successor_id = %(duplicate)s
         WHERE kind = 'account' AND successor_id = %(survivor)s
           AND id IN (SELECT t FROM undone_merge, jsonb_array_elements_text(moved -> 'tombstones') AS t)
        """,
        # The survivor could not be its own successor.
        """
        UPDATE accounts AS a SET replaced_by = %(duplicate)s
         WHERE a.replaced_by IS NOT DISTINCT FROM nullif(%(survivor)s, a.id)
           AND a.id IN (SELECT p FROM undone_merge, jsonb_array_elements_text(moved -> 'predecessors') AS p)
        """,
        # The copies that the survivor inherited.
        """
        UPDATE account_decisions SET withdrawn_in = current_revision()
         WHERE account_id = %(survivor)s AND revision = %(revision)s AND withdrawn_in IS NULL
        """,
        """
        UPDATE account_merges SET undone_in = current_revision()
         WHERE duplicate_id = %(duplicate)s AND revision = %(revision)s
        """,
    ):
        conn.execute(statement, parameters)
    _move_observations_back(conn, parameters)
    conn.execute("DROP TABLE undone_merge")


def _move_observations_back(conn: Connection[Any], parameters: dict[str, Any]) -> None:
    """Move the observations of the duplicate back, but for those of a time and source that both had."""
    create_staging(conn)
    conn.execute("SELECT unpack_observations(ARRAY[%(survivor)s])", parameters)
    conn.execute(
        """
        WITH gone AS (
            DELETE FROM observations AS o USING undone_merge AS m, jsonb_array_elements(m.moved -> 'observations') AS e
             WHERE o.account_id = %(survivor)s AND (o.observed_at, o.source) = ((e ->> 0)::timestamptz, e ->> 1)
            RETURNING o.*
        ), written AS (
            INSERT INTO observations (account_id, observed_at, source, followers, following, posts, last_post_at,
                                      verified, stated)
            SELECT %(duplicate)s, observed_at, source, followers, following, posts, last_post_at, verified, stated
              FROM gone
            RETURNING account_id, observed_at, source
        )
        INSERT INTO observation_moved (account_id, observed_at, source)
        SELECT account_id, observed_at, source FROM written
        """,
        parameters,
    )
    conn.execute("INSERT INTO observation_accounts VALUES (%(survivor)s), (%(duplicate)s)", parameters)
    merge_observations(conn)
