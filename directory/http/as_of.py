"""Point-in-time reads (`as_of`): the parameter, and its revision."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeAlias

from marshmallow import ValidationError

from directory.database.point_in_time import PointInTime, select_oldest_readable, select_point_in_time
from directory.database.revisions import State, select_latest, select_number_at, select_number_before
from directory.http.fields import Date, DateTime, QueryField
from directory.http.problems import InvalidCursor, InvalidParameters, RevisionPruned, RevisionReplaced, parameter_error

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database

# A revision; a time, which means the last revision at or before it; or a day, which means the last revision at or
# before its end.
AsOfValue: TypeAlias = State | dt.datetime | dt.date

_DAY: Final = Date("")
_MOMENT: Final = DateTime("")
_ONE_DAY: Final = dt.timedelta(days=1)
DESCRIPTION: Final = (
    "The registry as it was: the number of a revision; a time, which means the last revision at or before it; or a day "
    "in UTC, which means its end, and today means now. With the mark of the revision behind a hyphen "
    "(`17-0123456789ab`) it is that one or none, also after the registry was restored from a backup; such an answer "
    "may be cached for a day."
)


class AsOf(QueryField[AsOfValue]):
    """A revision, or a time with its offset, or a day, which means its end in UTC."""

    def __init__(self) -> None:
        """Document the parameter."""
        super().__init__(DESCRIPTION, example=2)

    def parse_one(self, text: str) -> AsOfValue:
        """Return the revision, the time in UTC, or the day."""
        if (state := State.read(text)) is not None and state.number > 0:
            return state
        try:
            return _DAY.parse_one(text)
        except ValidationError:
            pass
        try:
            return _MOMENT.parse_one(text)
        except ValidationError as error:
            raise ValidationError(f"expected the number of a revision, or a time: {error.messages[0]}") from None

    def json_schema(self) -> dict[str, object]:
        """Return a number, a number with a mark, a date-time or a date."""
        return {
            "anyOf": [
                {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**18 - 1},
                {"type": "string", "pattern": "^[1-9][0-9]{0,17}-[0-9a-f]{12}$", "maxLength": 31},
                {"type": "string", "format": "date-time", "maxLength": 35},
                {"type": "string", "format": "date", "maxLength": 10},
            ]
        }


def find_point_in_time(database: Database, as_of: AsOfValue | None) -> PointInTime | None:
    """Return the point in time of `as_of`, None for now.

    Raises InvalidParameters for a time before the first revision or in the future, RevisionReplaced for a revision with
    another mark, RevisionPruned for a pruned revision.
    """
    if as_of is None:
        return None
    with database.read() as conn:
        number = as_of.number if isinstance(as_of, State) else _number_at(conn, as_of)
        point = select_point_in_time(conn, number)
        if point is None:
            raise _unreadable(conn, as_of, number)
        if isinstance(as_of, State) and as_of.mark not in {"", point.mark}:
            raise revision_replaced(as_of, point.state, "as_of")
        return point


def read_cursor_revision(value: object) -> State:
    """Return the revision at the end of a cursor, which all pages share; raise InvalidCursor where there is none."""
    # Older versions wrote the number alone.
    state = State.read(str(value)) if isinstance(value, (str, int)) else None
    if state is None or state.number == 0:
        raise InvalidCursor("The cursor is of another order.")
    return state


def revision_replaced(requested: State, actual: State, parameter: str) -> RevisionReplaced:
    """Return the problem of a revision that another one with its number replaced."""
    return RevisionReplaced(
        f"{parameter} is revision {requested.name}, and revision {requested.number} of this registry is {actual.name}.",
        errors=[parameter_error(parameter, requested.name, f"is not the revision of that number here, {actual.name}")],
        members={"found": {"revision": actual.number, "mark": actual.mark}},
    )


def _number_at(conn: Connection, at: dt.datetime | dt.date) -> int:
    """Return the last revision at or before a time, or before the end of a day; raise InvalidParameters."""
    now = dt.datetime.now(dt.UTC)
    if isinstance(at, dt.datetime):
        if at > now:
            raise _invalid(at, "is in the future")
        number = select_number_at(conn, at)
    else:
        if at > now.date():
            raise _invalid(at, f"is in the future: days are in UTC, where it is {now.date()}")
        number = select_number_before(conn, dt.datetime.combine(at, dt.time(), dt.UTC) + _ONE_DAY)
    if number is None:
        oldest = select_oldest_readable(conn)
        first = f"; its first revision is of {_format_time(oldest.at)}" if oldest is not None else ""
        raise _invalid(at, f"is before the registry began{first}")
    return number


def _unreadable(conn: Connection, as_of: AsOfValue, number: int) -> InvalidParameters | RevisionPruned:
    latest, oldest = select_latest(conn), select_oldest_readable(conn)
    if latest is None or oldest is None or number > latest.number:
        return _invalid(as_of, f"is not written yet; the latest revision is {latest.number if latest else 0}")
    return RevisionPruned(
        f"Revision {number} is older than what is kept; the oldest is {oldest.number}, of {_format_time(oldest.at)}.",
        members={"oldest": {"revision": oldest.number, "at": _format_time(oldest.at)}},
    )


def _invalid(as_of: AsOfValue, detail: str) -> InvalidParameters:
    return InvalidParameters(
        "The request was not carried out: see errors.", errors=[parameter_error("as_of", _format(as_of), detail)]
    )


def _format(as_of: AsOfValue) -> str:
    """Return the value of `as_of` as text."""
    if isinstance(as_of, State):
        return as_of.name
    return _format_time(as_of) if isinstance(as_of, dt.datetime) else as_of.isoformat()


def _format_time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()
