"""SQL of changes: what each record was before and after, in the order of the revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from psycopg import Connection, Cursor

from directory.database.sql import Fragment, compose, number_literal

# More than any revision has: whoever has read so far has read all of it.
END: Final = 2**31 - 1

Place = tuple[int, int]
# Public JSON of a change, the number of its revision, its sequence in that, and the revision's mark.
Told: TypeAlias = tuple[str, int, int, str]

# The stored texts are put in as they are, so that a copy made of them is the same to the byte.
_TOLD: Final = """
    SELECT '{{"revision":' || v.revision || ',"sequence":' || v.sequence || ',"at":' || to_json(r.at)
           || ',"actor":' || to_json(r.actor) || ',"reason":' || to_json(r.reason)
           || ',"source":' || coalesce(to_json(r.source)::text, 'null')
           || ',"action":"' || v.action || '","kind":"' || v.kind || '","id":' || to_json(v.id)
           || ',"before":' || coalesce(p.record, 'null') || ',"after":' || coalesce(v.record, 'null')
           || CASE WHEN v.replaced_by IS NULL THEN '' ELSE ',"replaced_by":' || to_json(v.replaced_by) END
           || '}}' AS change, v.revision, v.sequence, r.mark
      FROM ({}) AS v
      JOIN revisions AS r ON r.revision = v.revision
      LEFT JOIN LATERAL (
           SELECT e.record FROM versions AS e
            WHERE (e.kind, e.id) = (v.kind, v.id) AND (e.revision, e.sequence) < (v.revision, v.sequence)
            ORDER BY e.revision DESC, e.sequence DESC LIMIT 1) AS p ON v.action <> 'create'
"""
_FOUND: Final = """
    SELECT c.revision, c.sequence, c.kind, c.id, c.action, c.record, c.replaced_by
      FROM versions AS c
     WHERE (c.revision, c.sequence) > (%(after_revision)s, %(after_sequence)s)
       AND (c.revision, c.sequence) < (%(before_revision)s, %(before_sequence)s) AND {}
"""
_MATCHES: Final = "(c.facets @@ %(facets)s::tsquery OR c.facets_before @@ %(facets)s::tsquery)"
_OLDEST_FIRST: Final = "ORDER BY {0}.revision, {0}.sequence"
_NEWEST_FIRST: Final = "ORDER BY {0}.revision DESC, {0}.sequence DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of the changes: those between two places (revision, sequence), neither included, that match `facets`.

    `facets` is a tsquery; a change matches if the record did before it or does after it. None is every change.
    """

    after: Place
    before: Place
    facets: str | None = None

    @classmethod
    def of(cls, since: int, until: int, facets: str | None = None) -> Stretch:
        """Return the changes after revision `since` up to and with revision `until`."""
        return cls(after=(since, END), before=(until + 1, 0), facets=facets)

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of statements about it."""
        return {
            "after_revision": self.after[0],
            "after_sequence": self.after[1],
            "before_revision": self.before[0],
            "before_sequence": self.before[1],
            "facets": self.facets,
        }

    @property
    def found(self) -> Fragment:
        """The SQL of its versions."""
        return compose(_FOUND, compose("true" if self.facets is None else _MATCHES))


def select_changes(conn: Connection[Any], stretch: Stretch, *, limit: int, is_newest_first: bool = False) -> list[Told]:
    """Return up to `limit` changes, the oldest first or the newest."""
    order = _NEWEST_FIRST if is_newest_first else _OLDEST_FIRST
    found = compose("{} {} LIMIT {}", stretch.found, compose(order, compose("c")), number_literal(limit))
    statement = compose("{} {}", compose(_TOLD, found), compose(order, compose("v")))
    # Planned for these very values: a filter that finds little goes by its index, one that finds much by the order.
    return conn.execute(statement, stretch.parameters, prepare=stretch.facets is None).fetchall()


def copy_changes(cursor: Cursor[Any], stretch: Stretch) -> Any:  # noqa: ANN401 - psycopg's context manager of a COPY
    """Begin the COPY of all changes of a stretch, one JSON text a line in their order; to be used in a `with`."""
    statement = compose(
        # JSON text holds no control character, so with these as quote and delimiter CSV writes it as it is.
        "COPY (SELECT change FROM ({} {}) AS told) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')",
        compose(_TOLD, stretch.found),
        compose(_OLDEST_FIRST, compose("v")),
    )
    return cursor.copy(statement, stretch.parameters)


def select_account_changes(conn: Connection[Any], account_id: str, *, before: Place, limit: int) -> list[Told]:
    """Return up to `limit` changes of an account before a place, the newest first, also of one that went."""
    found = compose(
        """
        SELECT c.revision, c.sequence, c.kind, c.id, c.action, c.record, c.replaced_by
          FROM versions AS c
         WHERE c.kind = 'account' AND c.id = %(id)s AND (c.revision, c.sequence) < (%(revision)s, %(sequence)s)
         {} LIMIT {}
        """,
        compose(_NEWEST_FIRST, compose("c")),
        number_literal(limit),
    )
    statement = compose("{} {}", compose(_TOLD, found), compose(_NEWEST_FIRST, compose("v")))
    return conn.execute(statement, {"id": account_id, "revision": before[0], "sequence": before[1]}).fetchall()


def select_known(conn: Connection[Any], kind: str, ids: Sequence[str]) -> list[str]:
    """Return those of `ids` that a record of this kind has, or had before it went."""
    rows = conn.execute(
        """
        SELECT asked.id FROM unnest(%(ids)s::text[]) AS asked (id)
         WHERE EXISTS (SELECT FROM versions AS v WHERE v.kind = %(kind)s AND v.id = asked.id)
        """,
        {"kind": kind, "ids": list(ids)},
    )
    return [known for (known,) in rows]
