"""SQL of changes: each record before and after, in the order of the revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from psycopg import Connection, Cursor

from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import Fragment, compose, number_literal

# Above every sequence: a position (revision, END) is behind the last change of the revision.
END: Final = 2**31 - 1

Position = tuple[int, int]
# Public JSON of a change, number of its revision, sequence in it, mark of the revision.
ChangeRow: TypeAlias = tuple[str, int, int, str]

# Stored documents are concatenated as text, so that mirrors get the same bytes as the API.
_CHANGE: Final = """
    SELECT '{{"revision":' || v.revision || ',"sequence":' || v.sequence || ',"at":' || to_json(r.at)
           || ',"actor":' || to_json(r.actor) || ',"reason":' || to_json(r.reason)
           || ',"source":' || coalesce(to_json(r.source)::text, 'null')
           || ',"action":"' || v.action || '","kind":"' || v.kind || '","id":' || to_json(v.id)
           || ',"before":' || coalesce(p.record, 'null') || ',"after":' || coalesce(v.record, 'null')
           || CASE WHEN v.replaced_by IS NULL THEN '' ELSE ',"replaced_by":' || to_json(v.replaced_by) END
           || '}}' AS change, v.revision, v.sequence, r.mark
      FROM ({}) AS v
      JOIN revisions AS r ON r.revision = v.revision
      -- The record before a change is the version before it: nothing is stored twice.
      LEFT JOIN LATERAL (
           SELECT e.record FROM versions AS e
            WHERE (e.kind, e.id) = (v.kind, v.id) AND (e.revision, e.sequence) < (v.revision, v.sequence)
            ORDER BY e.revision DESC, e.sequence DESC LIMIT 1) AS p ON v.action <> 'create'
"""
_VERSIONS: Final = """
    SELECT c.revision, c.sequence, c.kind, c.id, c.action, c.record, c.replaced_by
      FROM versions AS c
     WHERE (c.revision, c.sequence) > (%(after_revision)s, %(after_sequence)s)
       AND (c.revision, c.sequence) < (%(before_revision)s, %(before_sequence)s) AND {}
"""
# One GIN index has both columns, so it answers "matched before or matches after".
_MATCHES: Final = "(c.facets @@ %(facets)s::tsquery OR c.facets_before @@ %(facets)s::tsquery)"
_OLDEST_FIRST: Final = "ORDER BY {0}.revision, {0}.sequence"
_NEWEST_FIRST: Final = "ORDER BY {0}.revision DESC, {0}.sequence DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRange:
    """The changes between two positions (revision, sequence), both excluded, that match `facets`.

    `facets` is a tsquery; a change matches if the record matched before or matches after it. None: every change.
    """

    after: Position
    before: Position
    facets: str | None = None

    @classmethod
    def of(cls, since: int, until: int, facets: str | None = None) -> ChangeRange:
        """Return the range after revision `since` up to and including revision `until`."""
        return cls(after=(since, END), before=(until + 1, 0), facets=facets)

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the statements."""
        return {
            "after_revision": self.after[0],
            "after_sequence": self.after[1],
            "before_revision": self.before[0],
            "before_sequence": self.before[1],
            "facets": self.facets,
        }

    @property
    def versions(self) -> Fragment:
        """The SELECT of the versions in the range."""
        return compose(_VERSIONS, compose("true" if self.facets is None else _MATCHES))


def select_changes(
    conn: Connection[Any], changes: ChangeRange, *, limit: int, is_newest_first: bool = False
) -> list[ChangeRow]:
    """Return up to `limit` changes, oldest or newest first."""
    order = _NEWEST_FIRST if is_newest_first else _OLDEST_FIRST
    # LIMIT is inside: only the versions of the page are joined with their predecessors.
    versions = compose("{} {} LIMIT {}", changes.versions, compose(order, compose("c")), number_literal(limit))
    statement = compose("{} {}", compose(_CHANGE, versions), compose(order, compose("v")))
    # Planned for these values: a selective filter uses the GIN index, any other the primary key in order.
    return conn.execute(statement, changes.parameters, prepare=changes.facets is None).fetchall()


def copy_changes(cursor: Cursor[Any], changes: ChangeRange) -> Any:  # noqa: ANN401 - psycopg's context manager of a COPY
    """Return psycopg's context manager of a COPY of all changes of a range, one JSON text a line, oldest first."""
    statement = compose(
        # JSON text has no control characters, so CSV with these as quote and delimiter writes it unchanged.
        "COPY (SELECT change FROM ({} {}) AS change) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')",
        compose(_CHANGE, changes.versions),
        compose(_OLDEST_FIRST, compose("v")),
    )
    return cursor.copy(statement, changes.parameters)


def select_account_changes(conn: Connection[Any], account_id: str, *, before: Position, limit: int) -> list[ChangeRow]:
    """Return up to `limit` changes of an account before a position, newest first, also of a deleted account."""
    versions = compose(
        """
        SELECT c.revision, c.sequence, c.kind, c.id, c.action, c.record, c.replaced_by
          FROM versions AS c
         WHERE c.kind = 'account' AND c.id = %(id)s
           AND (c.revision, c.sequence) < (%(revision)s::bigint, %(sequence)s::integer)
         {} LIMIT {}
        """,
        compose(_NEWEST_FIRST, compose("c")),
        number_literal(limit),
    )
    statement = compose("{} {}", compose(_CHANGE, versions), compose(_NEWEST_FIRST, compose("v")))
    rows = fetch_prepared(conn, statement, {"id": account_id, "revision": before[0], "sequence": before[1]})
    return [(text, revision, sequence, mark) for text, revision, sequence, mark in rows]


def select_known_ids(conn: Connection[Any], kind: str, ids: Sequence[str]) -> list[str]:
    """Return those of `ids` that are or were the id of a record of this kind."""
    rows = conn.execute(
        """
        SELECT candidate.id FROM unnest(%(ids)s::text[]) AS candidate (id)
         WHERE EXISTS (SELECT FROM versions AS v WHERE v.kind = %(kind)s AND v.id = candidate.id)
        """,
        {"kind": kind, "ids": list(ids)},
    )
    return [known for (known,) in rows]
