"""Verdicts: what becomes of each row of an import, collected while it runs and read as it ends."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from psycopg import Connection

    from directory.imports.errors import RowError


class Verdict(NamedTuple):
    """What becomes of one account of a row; `errors` is JSON, and `account` is None for one that is not yet there."""

    line: int
    number: int
    verdict: str
    account: str | None
    errors: str


class Verdicts:
    """The verdicts of one import, in a temporary file: a list of a million rows does not belong into memory."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", prefix="directory-import-")  # noqa: SIM115 - closed by `__exit__`
        self._number = 0

    def __enter__(self) -> Self:
        """Return the collection."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove the file."""
        self._file.close()

    def reject(self, line: int, errors: Iterable[RowError]) -> None:
        """Note that a row is rejected."""
        told = [{name: value for name, value in asdict(error).items() if name != "stops"} for error in errors]
        self._add(line, "rejected", None, json.dumps(told))

    def merge(self, conn: Connection, *, revision: int | None, is_dry_run: bool) -> None:
        """Note what became of the rows that were merged, in the transaction in which they were."""
        for line, verdict, account in _stream_verdicts(conn, revision):
            # The id of a new account goes with the rollback, and the import itself chooses another.
            self._add(line, verdict, None if verdict == "created" and is_dry_run else account, "[]")

    def accept(self, conn: Connection) -> None:
        """Note that the rows in staging are valid, though others keep them from being merged."""
        with conn.cursor(name="import_verdicts") as cursor:
            cursor.execute("SELECT line FROM import_rows ORDER BY position")
            for (line,) in cursor:
                self._add(line, "accepted", None, "[]")

    def __iter__(self) -> Iterator[Verdict]:
        """Yield all verdicts, in the order in which they were noted."""
        self._file.seek(0)
        for text in self._file:
            yield Verdict(*json.loads(text))

    def _add(self, line: int, verdict: str, account: str | None, errors: str) -> None:
        self._number += 1
        # A lone surrogate, which JSON can hold, has no form in UTF-8: json.dumps writes ASCII.
        self._file.write(json.dumps((line, self._number, verdict, account, errors)) + "\n")


def _stream_verdicts(conn: Connection, revision: int | None) -> Iterator[tuple[int, str, str | None]]:
    """Yield line, verdict and account of the rows of this import, in constant memory."""
    if revision is None:
        with conn.cursor(name="import_verdicts") as cursor:
            cursor.execute(
                """
                SELECT r.line, 'unchanged', m.account_id
                  FROM import_rows AS r LEFT JOIN import_matches AS m USING (position) ORDER BY r.position
                """
            )
            yield from cursor
        return
    with conn.cursor(name="import_verdicts") as cursor:
        cursor.execute(
            """
            SELECT r.line,
                   CASE WHEN m.is_new AND a.revision = %(revision)s THEN 'created'
                        WHEN m.account_id IN (SELECT survivor_id FROM import_duplicates) THEN 'merged'
                        WHEN a.revision = %(revision)s THEN 'changed' ELSE 'unchanged' END, m.account_id
              FROM import_rows AS r
              LEFT JOIN import_matches AS m USING (position)
              LEFT JOIN accounts AS a ON a.id = m.account_id
             ORDER BY r.position
            """,
            {"revision": revision},
        )
        yield from cursor
