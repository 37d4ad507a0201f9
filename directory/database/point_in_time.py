"""Point-in-time reads: common table expressions that shadow the registry's tables with their state at a revision.

`WITH accounts AS (…) SELECT … FROM accounts` reads the expression instead of the table. So a statement is written once,
with and without `as_of`: `with_clause(as_of, "accounts")` is empty without one. PostgreSQL inlines the expressions (NOT
MATERIALIZED) and plans as if the statement named the tables of states: it uses their indexes and reads no more than it
needs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from directory.database.prepared_statements import fetch_prepared
from directory.database.revisions import Revision, State
from directory.database.sql import Fragment, column, compose, join

# `records` shadows accounts too, with the columns that only their JSON has: it has to be read and parsed.
Table = Literal[
    "accounts",
    "records",
    "account_counts",
    "account_search",
    "account_tallies",
    "departments",
    "department_identifiers",
    "handles",
    "quarantine_exemptions",
    "tombstones",
]

_RECORD: Final = """
    SELECT v.record FROM versions AS v WHERE v.revision = s.revision AND v.sequence = s.sequence"""
_HELD: Final = "s.from_revision <= %(as_of)s AND s.to_revision > %(as_of)s"
# What was observed until then: the latest counts where they are no newer, else the first that were replaced later.
# Each is a subquery of its own, so that a statement that reads none of them looks nothing up.
_COUNTED: Final = """
    (SELECT CASE WHEN f.revision <= %(as_of)s THEN f.followers ELSE (
            SELECT CASE WHEN c.from_revision <= %(as_of)s THEN c.followers END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > %(as_of)s ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers,
    (SELECT CASE WHEN f.revision <= %(as_of)s THEN f.followers_at ELSE (
            SELECT CASE WHEN c.from_revision <= %(as_of)s THEN c.followers_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > %(as_of)s ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers_at,
    (SELECT CASE WHEN f.revision <= %(as_of)s THEN f.last_post_at ELSE (
            SELECT CASE WHEN c.from_revision <= %(as_of)s THEN c.last_post_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > %(as_of)s ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS last_post_at"""
# Each `{0}` is the table of the era's states, `{1}` the condition that a state held, `{2}` the record of one, `{3}`
# what was observed.
_DEFINITIONS: Final[Mapping[Table, LiteralString]] = MappingProxyType(
    {
        "accounts": """
            accounts AS NOT MATERIALIZED (
                SELECT s.*, s.id AS counted_id, {3}, (SELECT compose_account(
                           v.record, k.followers, k.followers_at, k.last_post_at)
                           FROM ({2}) AS v, LATERAL (SELECT {3}) AS k) AS document
                  FROM {0} AS s WHERE {1})""",
        # jsonb is parsed once for all keys; `json_to_record` took twice as long for a whole row.
        "records": """
            accounts AS NOT MATERIALIZED (
                SELECT s.id, s.platform, s.platform_user_id, r.told ->> 'handle' AS handle, s.handle_key,
                       r.told ->> 'url' AS url, r.told ->> 'name' AS name, s.name_key, r.told -> 'names' AS names,
                       r.told ->> 'description' AS description, s.department_id, s.department_type, s.region_path,
                       s.country, s.division, s.subject, s.status, s.verification,
                       r.proof ->> 'method' AS verification_method,
                       (r.proof ->> 'checked_at')::timestamptz AS verification_checked_at,
                       (r.proof ->> 'expires_at')::timestamptz AS verification_expires_at,
                       r.proof -> 'withdrawn' ->> 'source' AS withdrawn_by,
                       (r.proof -> 'withdrawn' ->> 'listed_from')::timestamptz AS listed_from,
                       (r.proof -> 'withdrawn' ->> 'listed_until')::timestamptz AS listed_until,
                       k.followers, k.followers_at, k.last_post_at, s.opened_on,
                       (r.told ->> 'closed_on')::date AS closed_on, s.language, s.tags, s.sources,
                       r.told ->> 'replaced_by' AS replaced_by,
                       compose_account(r.record, k.followers, k.followers_at, k.last_post_at) AS document, s.revision,
                       s.created_at, s.updated_at, s.id AS counted_id, r.department, r.region
                  FROM {0} AS s
                 CROSS JOIN LATERAL (SELECT {3} OFFSET 0) AS k
                 CROSS JOIN LATERAL (SELECT v.record, v.told, v.told -> 'verification' AS proof,
                                            v.told -> 'department' AS department, v.told -> 'region' AS region
                                       FROM (SELECT v.record, v.record::jsonb AS told FROM ({2}) AS v OFFSET 0) AS v
                                     -- OFFSET 0 keeps the planner from inlining, so each is computed once.
                                     OFFSET 0) AS r
                 WHERE {1})""",
        # Rows of deltas, not sums: the statements that count add them up.
        "account_counts": """
            account_counts AS NOT MATERIALIZED (
                SELECT country, division, platform, department_type, status, subject, verification, language,
                       delta AS accounts
                  FROM account_count_deltas WHERE checkpoint = %(as_of_checkpoint)s AND revision <= %(as_of)s)""",
        "account_tallies": """
            account_tallies AS NOT MATERIALIZED (
                SELECT dimension, value, sum(delta)::bigint AS accounts
                  FROM account_tally_deltas WHERE checkpoint = %(as_of_checkpoint)s AND revision <= %(as_of)s
                 GROUP BY dimension, value HAVING sum(delta) <> 0)""",
        # Terms that still hold, and those that were replaced later; also those of accounts that did not exist yet.
        "account_search": """
            account_search AS NOT MATERIALIZED (
                SELECT n.account_id, n.terms, n.look_alikes, n.texts, n.name_length
                  FROM account_search AS n
                 WHERE NOT EXISTS (SELECT FROM search_states AS later
                                    WHERE later.account_id = n.account_id AND later.to_revision > %(as_of)s)
                 UNION ALL
                SELECT s.account_id, s.terms, s.look_alikes, s.texts, s.name_length FROM search_states AS s
                 WHERE {1})""",
        "departments": """
            departments AS NOT MATERIALIZED (
                SELECT DISTINCT v.id FROM versions AS v
                 WHERE v.kind = 'department' AND v.revision <= %(as_of)s AND v.record IS NOT NULL
                   AND NOT EXISTS (SELECT FROM versions AS went
                                    WHERE (went.kind, went.id) = (v.kind, v.id) AND went.record IS NULL
                                      AND went.revision > v.revision AND went.revision <= %(as_of)s))""",
        "department_identifiers": """
            department_identifiers AS NOT MATERIALIZED (
                SELECT s.scheme, s.value, s.department_id, infinite_revision() AS to_revision
                  FROM department_identifiers AS s WHERE {1})""",
        "handles": """
            handles AS NOT MATERIALIZED (
                SELECT s.id, s.account_id, s.platform, s.handle, s.handle_key, s.valid_from, s.valid_to, s.released_in,
                       s.withdrawn_by, s.listed_from
                  FROM handle_states AS s WHERE {1})""",
        "quarantine_exemptions": """
            quarantine_exemptions AS NOT MATERIALIZED (
                SELECT c.platform, c.handle_key, c.revision,
                       coalesce((SELECT h.account_id FROM quarantine_exemption_accounts AS h
                                  WHERE (h.platform, h.handle_key, h.revision)
                                        = (c.platform, c.handle_key, c.revision)
                                    AND h.to_revision > %(as_of)s
                                  ORDER BY h.to_revision LIMIT 1), c.account_id) AS account_id
                  FROM quarantine_exemptions AS c WHERE c.revision <= %(as_of)s)""",
        "tombstones": """
            tombstones AS NOT MATERIALIZED (
                SELECT t.kind, t.id, t.revision, t.category, coalesce(
                           (SELECT h.successor_id FROM tombstone_successors AS h
                             WHERE (h.kind, h.id) = (t.kind, t.id) AND h.to_revision > %(as_of)s
                             ORDER BY h.to_revision LIMIT 1), t.successor_id) AS successor_id
                  FROM (SELECT kind, id, revision, category, successor_id FROM tombstones
                         UNION ALL
                        SELECT kind, id, revision, category, successor_id FROM restored_tombstones
                         WHERE restored_in > %(as_of)s) AS t
                 WHERE t.revision <= %(as_of)s)""",
    }
)

_PAST: Final = compose("""
    SELECT r.revision, r.mark, r.at, e.era, c.checkpoint,
           EXISTS (SELECT FROM revisions AS n WHERE n.revision = r.revision + 1 AND n.at = r.at) AS shares_time
      FROM revisions AS r
     CROSS JOIN LATERAL (SELECT era FROM account_eras WHERE first_revision <= r.revision
                          ORDER BY era DESC LIMIT 1) AS e
     CROSS JOIN LATERAL (SELECT checkpoint FROM account_count_checkpoints WHERE checkpoint <= r.revision
                          ORDER BY checkpoint DESC LIMIT 1) AS c
     WHERE r.revision = %(revision)s::bigint
""")


@dataclass(frozen=True, slots=True)
class PointInTime:
    """One revision, its mark, its time (with offset), the era of its states, and the checkpoint of its counts.

    `shares_time`: the next revision is of the same time, as after the clock went back.
    """

    revision: int
    mark: str
    at: dt.datetime
    era: int
    checkpoint: int
    shares_time: bool = False

    @property
    def state(self) -> State:
        """The revision by its number and mark."""
        return State(self.revision, self.mark)

    @property
    def states(self) -> Fragment:
        """The table of the era's states."""
        # The partition by its own name: it has its own statistics.
        return column(f"account_states_{self.era}")

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the common table expressions."""
        return {"as_of": self.revision, "as_of_at": self.at, "as_of_checkpoint": self.checkpoint}


def shadow_ctes(as_of: PointInTime, *tables: Table) -> list[Fragment]:
    """Return the common table expressions that shadow these tables, to follow WITH."""
    held, record, counted = compose(_HELD), compose(_RECORD), compose(_COUNTED)
    return [compose(_DEFINITIONS[table], as_of.states, held, record, counted) for table in tables]


# The FROM item of accounts with their latest counts.
ACCOUNT_RECORDS: Final = compose("account_records AS accounts")


def account_records(as_of: PointInTime | None) -> Fragment:
    """Return the FROM item, called `accounts`, that has accounts with their counts, now or at a point in time."""
    return ACCOUNT_RECORDS if as_of is None else compose("accounts")


def with_clause(as_of: PointInTime | None, *tables: Table) -> Fragment:
    """Return the WITH clause with which a statement reads these tables at a point in time; empty without one."""
    return compose("WITH {} ", join(", ", shadow_ctes(as_of, *tables))) if as_of is not None else compose("")


def as_of_parameters(as_of: PointInTime | None) -> dict[str, object]:
    """Return the parameters of a `with_clause`; none without a point in time."""
    return as_of.parameters if as_of is not None else {}


def select_point_in_time(conn: Connection[Any], revision: int) -> PointInTime | None:
    """Return the point in time of a revision; None if there is no such revision, or its states were pruned."""
    rows = fetch_prepared(conn, _PAST, {"revision": revision})
    return PointInTime(*rows[0]) if rows else None


def select_oldest_readable(conn: Connection[Any]) -> Revision | None:
    """Return the oldest revision that can be read, None if the registry was never written."""
    with conn.cursor(row_factory=class_row(Revision)) as cursor:
        return cursor.execute(
            """
            SELECT revision AS number, mark, at, actor, reason, source FROM revisions
             WHERE revision >= (SELECT min(first_revision) FROM account_eras) ORDER BY revision LIMIT 1
            """
        ).fetchone()
