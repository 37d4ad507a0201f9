"""The statements that a request runs: recorded, with literals for parameters, and with their plans."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from psycopg import sql

from directory.database.connections import Database
from directory.database.prepared_statements import disable_preparing

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s|%%")
_EXPLAIN: Final = re.compile(r"EXPLAIN \([^)]*\)\s*")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it was run: its SQL with placeholders, and its parameters."""

    text: str
    parameters: Mapping[str, Any]

    def literal_sql(self, variables: frozenset[str] = frozenset()) -> str:
        """Return the SQL with each parameter as a literal; those in `variables` as variables of psql (`:'name'`)."""

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return "%"
            return f":'{name}'" if name in variables else _literal(self.parameters[name])

        # Without the margin of a statement in triple quotes.
        lines = _PLACEHOLDER.sub(fill, self.text).strip("\n").splitlines()
        margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return "\n".join(line[margin:].rstrip() for line in lines).strip()


class RecordingDatabase(Database):
    """A database that records the statements run by its connections for reading."""

    def __init__(self, url: str, *, statement_timeout_ms: int) -> None:
        super().__init__(url, statement_timeout_ms=statement_timeout_ms)
        self.statements: list[Statement] = []

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection as Database does, one that records."""
        with super().read() as conn:
            recorder = cast("Connection", _Recorder(conn, self.statements))
            # What libpq runs by itself does not pass through `execute`.
            disable_preparing(recorder)
            yield recorder

    def explain(self, statement: Statement, *, analyze: bool = False) -> list[str]:
        """Return the lines of a statement's plan; `analyze` also runs it."""
        text = _EXPLAIN.sub("", statement.literal_sql(), count=1)
        options = "ANALYZE, BUFFERS" if analyze else "COSTS"
        with super().read() as conn, conn.transaction():
            rows = conn.execute(_verbatim(f"EXPLAIN ({options})\n{text}")).fetchall()
        return [line for (line,) in rows]


class _Recorder:
    """A connection that records each statement before it is run."""

    def __init__(self, conn: Connection, statements: list[Statement]) -> None:
        self._conn = conn
        self._statements = statements

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a connection has
        return getattr(self._conn, name)

    def execute(
        self,
        query: str | sql.Composable,
        params: Mapping[str, Any] | None = None,
        **options: Any,  # noqa: ANN401 - psycopg's own
    ) -> Cursor[Any]:
        text = query.as_string() if isinstance(query, sql.Composable) else query
        self._statements.append(Statement(text, params or {}))
        return self._conn.execute(query, params, **options)  # type: ignore[arg-type]


def _literal(value: object) -> str:
    # psycopg writes a time in the zone of a connection, of which there is none here.
    if isinstance(value, dt.datetime):
        return f"{sql.Literal(value.isoformat()).as_string().strip()}::timestamptz"
    return sql.Literal(value).as_string().strip()


def _verbatim(text: str) -> sql.SQL:
    # Made of a statement of the program and of quoted literals.
    return sql.SQL(text)  # pyright: ignore[reportArgumentType]
