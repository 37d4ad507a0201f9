"""SQL of imports that were sent by HTTP: their files, their state, and the verdicts on their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from directory.jobs.queries import insert_job

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from psycopg import Connection

    from directory.imports.verdicts import Verdict

TASK: Final = "imports.run"
QUEUE: Final = "imports"
_DAYS: Final = 7
_STREAMED_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Import:
    """A file of so many `bytes` that was sent by HTTP, and what became of it.

    It may write to `regions` and `departments`, with all below them.
    """

    id: str
    token: str
    actor: str
    source: str
    name: str
    bytes: int
    options: dict[str, Any]
    regions: list[str]
    departments: list[str]
    status: str
    created_at: dt.datetime
    updated_at: dt.datetime
    phase: str | None
    done: int
    total: int
    applied_by: str | None
    revision: int | None
    error: str | None
    report: dict[str, Any] | None


def insert_import(  # noqa: PLR0913 - what an import is about
    conn: Connection[Any],
    *,
    token: str,
    actor: str,
    source: str,
    name: str,
    size: int,
    options: dict[str, Any],
    places: tuple[Sequence[str], Sequence[str]],
) -> str:
    """Insert an import without its file, for regions and departments, and return its id."""
    row = conn.execute(
        """
        INSERT INTO imports (token, actor, source, name, bytes, options, regions, departments)
        VALUES (%(token)s, %(actor)s, %(source)s, %(name)s, %(bytes)s, %(options)s, %(regions)s, %(departments)s)
        RETURNING id
        """,
        {
            "token": token,
            "actor": actor,
            "source": source,
            "name": name,
            "bytes": size,
            "options": Jsonb(options),
            "regions": list(places[0]),
            "departments": list(places[1]),
        },
    ).fetchone()
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    return str(row[0])


def copy_file(conn: Connection[Any], import_id: str, pieces: Iterable[bytes]) -> int:
    """Store the file of an import piece by piece, and return its size in bytes."""
    size = 0
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY import_chunks (import_id, number, content) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.set_types(["text", "int4", "bytea"])
        for number, piece in enumerate(pieces):
            copy.write_row((import_id, number, piece))
            size += len(piece)
    return size


def stream_file(conn: Connection[Any], import_id: str) -> Iterator[bytes]:
    """Yield the file of an import piece by piece."""
    number = 0
    while True:
        row = conn.execute(
            "SELECT content FROM import_chunks WHERE import_id = %s AND number = %s", (import_id, number)
        ).fetchone()
        if row is None:
            return
        yield row[0]
        number += 1


def select_import(conn: Connection[Any], import_id: str) -> Import | None:
    """Return an import, None if there is none."""
    with conn.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            """
            SELECT i.id, i.token, i.actor, i.source, i.name, i.bytes, i.options, i.regions, i.departments,
                   -- A job that killed three processes could write nothing about it.
                   CASE WHEN j.status = 'failed' AND i.status IN ('queued', 'checking', 'applying') THEN 'failed'
                        ELSE i.status END AS status,
                   i.created_at, i.updated_at, i.phase, i.done, i.total, i.applied_by, i.revision, i.error, i.report
              FROM imports AS i
              LEFT JOIN jobs.procrastinate_jobs AS j ON j.id = i.job
             WHERE i.id = %s
            """,
            (import_id,),
        ).fetchone()


def select_imports(conn: Connection[Any], token: str | None, limit: int) -> list[Import]:
    """Return the imports of a token, None for all, the latest first and without their reports."""
    with conn.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            """
            SELECT i.id, i.token, i.actor, i.source, i.name, i.bytes, i.options, i.regions, i.departments,
                   CASE WHEN j.status = 'failed' AND i.status IN ('queued', 'checking', 'applying') THEN 'failed'
                        ELSE i.status END AS status,
                   i.created_at, i.updated_at, i.phase, i.done, i.total, i.applied_by, i.revision, i.error,
                   NULL::jsonb AS report
              FROM imports AS i
              LEFT JOIN jobs.procrastinate_jobs AS j ON j.id = i.job
             WHERE %(token)s::text IS NULL OR i.token = %(token)s
             ORDER BY i.created_at DESC, i.id LIMIT %(limit)s
            """,
            {"token": token, "limit": limit},
        ).fetchall()


def count_stored(conn: Connection[Any], token: str) -> tuple[int, int]:
    """Return how many imports of a token are stored, and how many bytes their files have."""
    row = conn.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM imports WHERE token = %s", (token,)).fetchone()
    return (int(row[0]), int(row[1])) if row is not None else (0, 0)


def queue_job(conn: Connection[Any], found: Import) -> None:
    """Queue the job that checks or applies an import, behind those of its source."""
    job = insert_job(conn, TASK, QUEUE, {"import_id": found.id}, lock=f"imports of {found.source}")
    conn.execute("UPDATE imports SET job = %(job)s WHERE id = %(id)s", {"id": found.id, "job": job})


def update_size(conn: Connection[Any], import_id: str, size: int) -> None:
    """Record the size of the file of an import."""
    conn.execute("UPDATE imports SET bytes = %(bytes)s WHERE id = %(id)s", {"id": import_id, "bytes": size})


def begin_applying(conn: Connection[Any], import_id: str, actor: str) -> bool:
    """Mark a checked import as being applied by somebody; return whether it was checked and is not yet applied."""
    return bool(
        conn.execute(
            """
            UPDATE imports
               SET status = 'applying', applied_by = %(actor)s, updated_at = now(), phase = NULL, done = 0, total = 0
             WHERE id = %(id)s AND status = 'checked'
            """,
            {"id": import_id, "actor": actor},
        ).rowcount
    )


def update_progress(conn: Connection[Any], import_id: str, phase: str, done: int, total: int, *, status: str) -> bool:
    """Record how far an import is; return whether it is still there."""
    return bool(
        conn.execute(
            """
            UPDATE imports SET status = %(status)s, phase = %(phase)s, done = %(done)s, total = %(total)s,
                               updated_at = now()
             WHERE id = %(id)s
            """,
            {"id": import_id, "status": status, "phase": phase, "done": done, "total": total},
        ).rowcount
    )


def update_outcome(
    conn: Connection[Any], import_id: str, status: str, report: dict[str, Any] | None, error: str | None
) -> bool:
    """Record what became of an import; return whether it is still there."""
    return bool(
        conn.execute(
            """
            UPDATE imports
               SET status = %(status)s, report = %(report)s, error = %(error)s, phase = NULL, updated_at = now(),
                   revision = (%(report)s::jsonb ->> 'revision')::bigint
             WHERE id = %(id)s
            """,
            {
                "id": import_id,
                "status": status,
                "error": error,
                "report": Jsonb(report) if report is not None else None,
            },
        ).rowcount
    )


def copy_verdicts(conn: Connection[Any], import_id: str, verdicts: Iterable[Verdict]) -> None:
    """Replace the verdicts on the rows of an import."""
    conn.execute("DELETE FROM import_verdicts WHERE import_id = %s", (import_id,))
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY import_verdicts (import_id, line, number, verdict, account, errors) FROM STDIN") as copy,
    ):
        for verdict in verdicts:
            copy.write_row((import_id, *verdict))


def select_verdicts(
    conn: Connection[Any], import_id: str, *, after: tuple[int, int], verdict: str | None, limit: int
) -> list[tuple[int, int, str]]:
    """Return verdicts behind a line and a number: both, and the JSON of the row."""
    return conn.execute(
        """
        SELECT line, number,
               json_build_object('line', line, 'verdict', verdict, 'account', account, 'errors', errors)::text
          FROM import_verdicts
         WHERE import_id = %(id)s AND (line, number) > (%(line)s, %(number)s)
           AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
         ORDER BY line, number LIMIT %(limit)s
        """,
        {"id": import_id, "line": after[0], "number": after[1], "verdict": verdict, "limit": limit},
    ).fetchall()


def stream_remedies(conn: Connection[Any], import_id: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, verdicts and remedies of each row, by line, in constant memory; in a transaction."""
    with conn.cursor(name="import_remedies") as cursor:
        cursor.itersize = _STREAMED_AT_ONCE
        cursor.execute(
            """
            SELECT v.line, string_agg(DISTINCT v.verdict, '; '),
                   coalesce(string_agg(DISTINCT concat(e ->> 'field', ': ', e ->> 'message', '; ', e ->> 'remedy'),
                                       ' | ') FILTER (WHERE e IS NOT NULL), '')
              FROM import_verdicts AS v
              LEFT JOIN LATERAL jsonb_array_elements(v.errors) AS e ON true
             WHERE v.import_id = %s
             GROUP BY v.line ORDER BY v.line
            """,
            (import_id,),
        )
        yield from cursor


def delete_import(conn: Connection[Any], import_id: str) -> None:
    """Delete an import with its file and its verdicts."""
    conn.execute("DELETE FROM imports WHERE id = %s", (import_id,))


def delete_old_imports(conn: Connection[Any]) -> int:
    """Delete imports on which nobody has worked for a week, and return how many."""
    return conn.execute(
        """
        DELETE FROM imports
         WHERE updated_at < now() - %s * interval '1 day' AND status IN ('checked', 'refused', 'applied', 'failed')
        """,
        (_DAYS,),
    ).rowcount
