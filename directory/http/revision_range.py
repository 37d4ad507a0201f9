"""Ranges of revisions that a client asks for: `since`, `until`, and the cursor of a page between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from marshmallow import ValidationError

from directory.database.revisions import State, select_state
from directory.http.as_of import revision_replaced
from directory.http.fields import QueryField
from directory.http.problems import DatabaseUnavailable, RevisionNotYetWritten, parameter_error
from directory.http.request import database

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database

# The largest integer that every JSON client represents exactly (RFC 8259, section 6).
MAX_REVISIONS: Final = 2**53 - 1
NO_REVISION: Final = State(0)


class RevisionField(QueryField[State]):
    """A revision: its number, or its number and its mark."""

    def parse_one(self, text: str) -> State:
        """Return the revision; raise ValidationError."""
        state = State.read(text)
        if state is None or state.number > MAX_REVISIONS:
            raise ValidationError(
                f"expected a whole number from 0 to {MAX_REVISIONS}, in the digits 0 to 9, and perhaps - and a mark"
            )
        return state

    def json_schema(self) -> dict[str, object]:
        """Return the schema: a number, or a number with a mark."""
        return {
            "anyOf": [
                {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_REVISIONS},
                {"type": "string", "pattern": "^(0|[1-9][0-9]{0,15})-[0-9a-f]{12}$", "maxLength": 29},
            ]
        }


def last_state(states: Mapping[str, State]) -> State:
    """Return the last revision to read, which is `until` or else the latest; `states` are those of parameters by name.

    Raises RevisionNotYetWritten for a parameter above the latest revision, RevisionReplaced for one with another mark.
    """
    latest = database().state
    if max(state.number for state in states.values()) > latest.number:
        # This process may learn of a new revision a moment late.
        with database().read() as conn:
            latest = select_state(conn)
    for name, state in states.items():
        if state.number > latest.number:
            raise RevisionNotYetWritten(
                f"{name} is {state.number}; the latest revision is {latest.number}.",
                errors=[parameter_error(name, state.name, f"is after the latest revision, {latest.number}")],
                members={"latest": latest.number},
            )
        require_same_history(database(), state, name)
    until = states.get("until", NO_REVISION)
    return latest if until == NO_REVISION else State(until.number, until.mark or mark_of(until.number))


def require_same_history(registry: Database, state: State, name: str) -> None:
    """Raise RevisionReplaced if the registry has another revision of this number."""
    if state.mark and (mark := registry.mark_of(state.number) or "") != state.mark:
        raise revision_replaced(state, State(state.number, mark), name)


def mark_of(number: int) -> str:
    """Return the mark of a revision, "" where there is none."""
    return database().mark_of(number) or ""


def read_latest(conn: Connection, end: State, needed: int) -> State:
    """Return the last revision to read that this connection sees: it may lead to a replica that is behind.

    Raises DatabaseUnavailable where it is behind `needed`.
    """
    if (seen := select_state(conn)).number <= end.number:
        end = seen
    require_revision(end.number, needed)
    return end


def require_revision(revision: int, needed: int) -> None:
    """Raise DatabaseUnavailable where the database is behind a revision that is needed."""
    if revision < needed:
        raise DatabaseUnavailable(f"The database is at revision {revision} and not at {needed} yet.")
