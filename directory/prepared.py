"""Short questions that come again and again: prepared once a connection, then asked by libpq alone.

A cursor of psycopg finds out for each question how its values are written and of which types they are, and waits for
the answer in Python: some 45 µs, a fifth of a short answer. Here all of that is known: values are texts, whole numbers,
dates and times, and the statement says of which type each is to be (`%(limit)s::integer`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

from psycopg import OperationalError, errors, pq
from psycopg.adapt import Transformer

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGresult

    from directory.statements import Written

# Statements on one connection; those that come after them are asked as all others are.
MOST_STATEMENTS: Final = 200
_PLACE: Final = re.compile(r"%\((\w+)\)s|%%")

_prepared: Final[WeakKeyDictionary[Connection[Any], dict[str, bytes]]] = WeakKeyDictionary()


def fetch(conn: Connection[Any], statement: Written, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Give all rows, as `conn.execute(statement, parameters).fetchall()` would, and fail as it would.

    Values are str, int, date, datetime or None. It begins no transaction: the connection is in autocommit, or in one.
    """
    text = statement.as_string()
    names = _prepared.setdefault(conn, {})
    name = names.get(text)
    if name is None:
        if len(names) >= MOST_STATEMENTS:
            return conn.execute(statement, parameters).fetchall()
        name = names[text] = _prepare(conn, text, len(names))
    _, places = _translate(text)
    # None is NULL, though the declared type has only bytes.
    values = cast("list[bytes]", [_write(parameters[place]) for place in places])
    result = conn.pgconn.exec_prepared(name, values)
    _require(conn, result, pq.ExecStatus.TUPLES_OK)
    transformer = Transformer(conn)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


def _prepare(conn: Connection[Any], text: str, number: int) -> bytes:
    name = b"directory_%d" % number
    _require(conn, conn.pgconn.prepare(name, _translate(text)[0]), pq.ExecStatus.COMMAND_OK)
    return name


@lru_cache(maxsize=MOST_STATEMENTS)
def _translate(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Give the statement as libpq takes it, and the name of each of its numbered parameters."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return f"${numbers.setdefault(name, len(numbers) + 1)}" if name else "%"

    return _PLACE.sub(number, text).encode(), tuple(numbers)


def _write(value: object) -> bytes | None:
    """Give a value as the server reads it, whatever type the statement says it has."""
    match value:
        case None:
            return None
        case str():
            return value.encode()
        case int():
            return b"%d" % value
        case dt.date():
            return value.isoformat().encode()
    message = f"{value!r} is no text, whole number, date or time"
    raise TypeError(message)


def _require(conn: Connection[Any], result: PGresult, status: pq.ExecStatus) -> None:
    if result.status == status:
        return
    if conn.pgconn.status != pq.ConnStatus.OK:
        raise OperationalError(conn.pgconn.get_error_message())
    raise errors.error_from_result(result)
