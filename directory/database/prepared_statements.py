"""Statements prepared once a connection and executed by libpq alone, and pipelines of them.

A cursor of psycopg looks up for each execution how values are encoded and of which types they are, and waits for the
result in Python. Here that is known: values are str, int, date or datetime, and the statement casts each to its type
(`%(limit)s::integer`). The statement for one account takes 72 to 88 µs of the processor with PostgreSQL's part, and 126
to 187 by `execute(prepare=True)` (`python -m benchmarks.in_process`); the whole request takes some 500.

In a pipeline PostgreSQL executes statements while this program prepares the next: without it a batch of 1,000 texts to
resolve takes 1.3 times as long. `run_together` sends a few statements at once, and all see one state.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary, WeakSet

from psycopg import OperationalError, errors, pq
from psycopg.adapt import Transformer

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGresult

    from directory.database.sql import Fragment

# Prepared on one connection, where each takes memory of PostgreSQL; another replaces the one used longest ago.
MAX_STATEMENTS: Final = 200
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s|%%")

Row = tuple[Any, ...]
RowsCallback = Callable[[Sequence[Row]], None]

_prepared: Final[WeakKeyDictionary[Connection[Any], dict[str, bytes]]] = WeakKeyDictionary()
_numbers: Final = itertools.count()
# Connections whose statements are all run by `execute`.
_observed: Final[WeakSet[Connection[Any]]] = WeakSet()


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with its parameters (str, int, date, datetime or None), and what to call with its rows.

    `is_planned_once`: one plan is right for all values. Otherwise it is planned for the values of each execution.
    `first_as_bytes`: as for `fetch_prepared`.
    """

    statement: Fragment
    parameters: Mapping[str, Any]
    on_rows: RowsCallback
    is_planned_once: bool = False
    first_as_bytes: bool = False


def fetch_prepared(
    conn: Connection[Any], statement: Fragment, parameters: Mapping[str, Any], *, first_as_bytes: bool = False
) -> list[Row]:
    """Return all rows, as `conn.execute(statement, parameters).fetchall()` would, and fail as it would.

    Values are str, int, date, datetime or None. It begins no transaction: the connection is in autocommit, or in one.
    `first_as_bytes`: all values are texts, the first of each row in UTF-8, to be sent on as it is.
    """
    if conn in _observed:
        return _execute(conn, statement, parameters, first_as_bytes=first_as_bytes)
    text = statement.as_string()
    result = conn.pgconn.exec_prepared(_prepare(conn, text), _encode_parameters(text, parameters))
    return _load_rows(conn, result, first_as_bytes=first_as_bytes)


def fetch_planned(
    conn: Connection[Any], statement: Fragment, parameters: Mapping[str, Any], *, first_as_bytes: bool = False
) -> list[Row]:
    """Return all rows as `fetch_prepared` does, of a statement that PostgreSQL plans for these values."""
    if conn in _observed:
        return _execute(conn, statement, parameters, first_as_bytes=first_as_bytes)
    text = statement.as_string()
    result = conn.pgconn.exec_params(_to_positional(text)[0], _encode_parameters(text, parameters))
    return _load_rows(conn, result, first_as_bytes=first_as_bytes)


def run_together(conn: Connection[Any], queries: Sequence[Query]) -> None:
    """Run queries that see one state of the registry, in one round trip, and call `on_rows` of each.

    Up to the next sync point all statements are one transaction, which is REPEATABLE READ (see
    `directory.database.connections`): BEGIN and COMMIT would be two round trips more.
    """
    if len(queries) <= 1 or conn in _observed:
        for query in queries:
            fetch = fetch_prepared if query.is_planned_once else fetch_planned
            query.on_rows(fetch(conn, query.statement, query.parameters, first_as_bytes=query.first_as_bytes))
        return
    texts = [query.statement.as_string() for query in queries]
    # Before the first is sent: libpq prepares nothing in pipeline mode.
    names = [
        _prepare(conn, text) if query.is_planned_once else None for query, text in zip(queries, texts, strict=True)
    ]
    pipeline = Pipeline(conn)
    try:
        for query, text, name in zip(queries, texts, names, strict=True):
            pipeline.send(text, name, query.parameters, query.on_rows, first_as_bytes=query.first_as_bytes)
        pipeline.end_transaction()
        pipeline.sync()
    finally:
        pipeline.drain()


def deallocate_prepared(conn: Connection[Any]) -> None:
    """Deallocate the prepared statements of a connection; to be called after a rollback.

    There psycopg sends DEALLOCATE ALL, which drops ours too, but only where it has prepared some itself: so both sides
    forget all.
    """
    if _prepared.pop(conn, None) is None or conn.closed:
        return
    try:
        conn.execute("DEALLOCATE ALL")
    except OperationalError:
        conn.close()


def disable_preparing(conn: Connection[Any]) -> None:
    """Run every statement by `conn.execute`, for a connection that observes it."""
    _observed.add(conn)


class Pipeline:
    """Statements that PostgreSQL executes one after the other, while this program does something else.

    No other statement may use the connection until `sync` has returned.
    """

    def __init__(self, conn: Connection[Any]) -> None:
        self.conn = conn
        self._pgconn = conn.pgconn
        # In the order of the statements: what to call with their rows, whether the first value of these is bytes, and
        # the results received so far.
        self._callbacks: list[RowsCallback] = []
        self._first_as_bytes: list[bool] = []
        self._results: list[PGresult] = []
        # Statements whose sync point has not been received.
        self._pending_syncs = 0

    def execute(self, statement: Fragment, parameters: Mapping[str, Any], on_rows: RowsCallback) -> None:
        """Send a statement as `fetch_prepared` does; `sync` calls `on_rows` with all its rows."""
        text = statement.as_string()
        name = _prepared.setdefault(self.conn, {}).get(text)
        if name is None:
            # libpq allows no PQprepare in pipeline mode, as it would wait for its result.
            self._receive_all()
            name = _prepare(self.conn, text)
        self.send(text, name, parameters, on_rows)
        # A sync point after each, so that one that fails does not abort the next. Results are consumed here, as
        # PostgreSQL stops when the buffers of the socket are full.
        self.end_transaction()
        self._pgconn.consume_input()

    def send(
        self,
        text: str,
        name: bytes | None,
        parameters: Mapping[str, Any],
        on_rows: RowsCallback,
        *,
        first_as_bytes: bool = False,
    ) -> None:
        """Send a statement by the name under which it is prepared, or to be planned for its values."""
        values = _encode_parameters(text, parameters)
        if self._pgconn.pipeline_status == pq.PipelineStatus.OFF:
            self._pgconn.enter_pipeline_mode()
        if name is not None:
            self._pgconn.send_query_prepared(name, values)
        else:
            self._pgconn.send_query_params(_to_positional(text)[0], values)
        self._callbacks.append(on_rows)
        self._first_as_bytes.append(first_as_bytes)

    def end_transaction(self) -> None:
        """Send a sync point: what was sent since the last one is one transaction."""
        self._pending_syncs += 1
        self._pgconn.pipeline_sync()
        self._pgconn.flush()

    def sync(self) -> None:
        """Wait for all results and pass them on; raise what `fetch_prepared` would for the first that failed."""
        self._receive_all()
        answered = [*zip(self._callbacks, self._first_as_bytes, self._results, strict=True)]
        self._callbacks.clear()
        self._first_as_bytes.clear()
        self._results.clear()
        for on_rows, first_as_bytes, result in answered:
            on_rows(_load_rows(self.conn, result, first_as_bytes=first_as_bytes))

    def _receive_all(self) -> None:
        """Wait for all results, and leave pipeline mode."""
        if self._pgconn.pipeline_status == pq.PipelineStatus.OFF:
            return
        while self._pending_syncs:
            result = self._next_result()
            if result is None:
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                self._pending_syncs -= 1
            else:
                self._results.append(result)
        self._pgconn.exit_pipeline_mode()

    def _next_result(self) -> PGresult | None:
        """Return the next result, None at the end of a statement.

        It waits by `poll`, which releases the GIL: psycopg holds it in PQgetResult.
        """
        while (unsent := self._pgconn.flush()) or self._pgconn.is_busy():
            poll = select.poll()
            poll.register(self._pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            poll.poll()
            self._pgconn.consume_input()
        result = self._pgconn.get_result()
        if result is None and self._pgconn.status != pq.ConnStatus.OK:
            raise OperationalError(self._pgconn.get_error_message())
        return result

    def drain(self) -> None:
        """Leave the connection usable, whatever happened; close it where that is not possible."""
        try:
            self._receive_all()
        except OperationalError:
            self.conn.close()


@contextmanager
def open_pipeline(conn: Connection[Any]) -> Iterator[Pipeline]:
    """Yield a pipeline on a connection; no other statement may use it in the block."""
    pipeline = Pipeline(conn)
    try:
        yield pipeline
        pipeline.sync()
    finally:
        pipeline.drain()


def _encode_parameters(text: str, parameters: Mapping[str, Any]) -> list[bytes]:
    """Return the encoded values in the order of a statement's numbered parameters."""
    # None is NULL, though psycopg declares bytes alone.
    return cast("list[bytes]", [_encode(parameters[place]) for place in _to_positional(text)[1]])


def _execute(
    conn: Connection[Any], statement: Fragment, parameters: Mapping[str, Any], *, first_as_bytes: bool
) -> list[Row]:
    """Return all rows by psycopg."""
    rows = conn.execute(statement, parameters, prepare=False).fetchall()
    if first_as_bytes:
        return [(first and first.encode(), *others) for first, *others in rows]
    return rows


def _load_rows(conn: Connection[Any], result: PGresult, *, first_as_bytes: bool = False) -> list[Row]:
    _check_status(conn, result, pq.ExecStatus.TUPLES_OK)
    if first_as_bytes:
        # A page of 26 kB: 5 µs instead of 15, and 1 instead of 16 to join the texts and encode them again.
        value, columns = result.get_value, range(1, result.nfields)
        return [
            (value(row, 0), *[(value(row, column) or b"").decode() for column in columns])
            for row in range(result.ntuples)
        ]
    transformer = Transformer(conn)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


def _prepare(conn: Connection[Any], text: str) -> bytes:
    """Return the name of a prepared statement; the connection is not in pipeline mode."""
    names = _prepared.setdefault(conn, {})
    # The one that was used last is last in the dict.
    name = names.pop(text, None)
    if name is None:
        if len(names) >= MAX_STATEMENTS:
            replaced = names.pop(next(iter(names)))
            _check_status(conn, conn.pgconn.exec_(b"DEALLOCATE " + replaced), pq.ExecStatus.COMMAND_OK)
        name = b"directory_%d" % next(_numbers)
        _check_status(conn, conn.pgconn.prepare(name, _to_positional(text)[0]), pq.ExecStatus.COMMAND_OK)
    names[text] = name
    return name


@lru_cache(maxsize=MAX_STATEMENTS)
def _to_positional(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement with parameters as libpq numbers them ($1), and the names in the order of the numbers."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return f"${numbers.setdefault(name, len(numbers) + 1)}" if name else "%"

    return _PLACEHOLDER.sub(number, text).encode(), tuple(numbers)


def _encode(value: object) -> bytes | None:
    """Return a value in PostgreSQL's text format, which the cast in the statement reads."""
    match value:
        case None:
            return None
        case str():
            return value.encode()
        case int():
            return b"%d" % value
        case dt.date():
            return value.isoformat().encode()
    message = f"{value!r} is not str, int, date or datetime"
    raise TypeError(message)


def _check_status(conn: Connection[Any], result: PGresult, status: pq.ExecStatus) -> None:
    if result.status == status:
        return
    if conn.pgconn.status != pq.ConnStatus.OK:
        raise OperationalError(conn.pgconn.get_error_message())
    raise errors.error_from_result(result)
