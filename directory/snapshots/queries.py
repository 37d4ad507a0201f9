"""SQL of published snapshots and their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast

from psycopg import Connection
from psycopg.rows import class_row

# Name, media type, encoding, bytes, rows and SHA-256 of a file.
FileRow: TypeAlias = tuple[str, str, str | None, int, int | None, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot: its revision with mark and commit time, when it was built, and the text of its manifest."""

    revision: int
    mark: str
    at: datetime
    built_at: datetime
    manifest: str


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """One file of a snapshot.

    `media_type` is that of the decompressed content, `mark` that of the revision, `bytes` the size of the file, `rows`
    its number of records, if any, `sha256` in lower-case hexadecimal, and `built_at` that of the snapshot.
    """

    revision: int
    mark: str
    name: str
    media_type: str
    encoding: Literal["gzip", "zstd"] | None
    bytes: int
    rows: int | None
    sha256: str
    built_at: datetime


def select_snapshots(conn: Connection[Any], *, before: int | None = None, limit: int) -> list[tuple[str, int]]:
    """Return public JSON and revision of snapshots, the newest first; `before` is an exclusive upper bound."""
    return conn.execute(
        """SELECT row_to_json(snapshot)::text, snapshot.revision
             FROM (SELECT s.revision, r.mark, r.at, s.built_at,
                          (SELECT count(*) FROM snapshot_files AS f WHERE f.revision = s.revision) AS files,
                          (SELECT coalesce(sum(f.bytes), 0)::bigint FROM snapshot_files AS f
                            WHERE f.revision = s.revision) AS bytes,
                          (SELECT row_to_json(l) FROM (SELECT '/v1/snapshots/' || s.revision AS self) AS l) AS links
                     FROM snapshots AS s JOIN revisions AS r USING (revision)
                    WHERE %(before)s::bigint IS NULL OR s.revision < %(before)s
                    ORDER BY s.revision DESC LIMIT %(limit)s) AS snapshot""",
        {"before": before, "limit": limit},
    ).fetchall()


def select_snapshot(conn: Connection[Any], revision: int | None = None) -> Snapshot | None:
    """Return the snapshot of a revision, or the latest for None; None if there is none."""
    with conn.cursor(row_factory=class_row(Snapshot)) as cursor:
        return cursor.execute(
            """SELECT s.revision, r.mark, r.at, s.built_at, s.manifest
                 FROM snapshots AS s JOIN revisions AS r USING (revision)
                WHERE %(revision)s::bigint IS NULL OR s.revision = %(revision)s
                ORDER BY s.revision DESC LIMIT 1""",
            {"revision": revision},
        ).fetchone()


def select_file(conn: Connection[Any], revision: int | None, name: str) -> SnapshotFile | None:
    """Return a file of the snapshot of a revision, or of the latest; None if the snapshot or the file is not there."""
    with conn.cursor(row_factory=class_row(SnapshotFile)) as cursor:
        return cursor.execute(
            """SELECT f.revision, r.mark, f.name, f.media_type, f.encoding, f.bytes, f.rows, f.sha256, s.built_at
                 FROM snapshot_files AS f JOIN snapshots AS s USING (revision) JOIN revisions AS r USING (revision)
                WHERE f.revision = coalesce(%(revision)s::bigint, (SELECT max(revision) FROM snapshots))
                  AND f.name = %(name)s""",
            {"revision": revision, "name": name},
        ).fetchone()


def select_file_names(conn: Connection[Any], revision: int) -> list[str]:
    """Return the names of all files of a snapshot, sorted."""
    rows = conn.execute("SELECT name FROM snapshot_files WHERE revision = %s ORDER BY name", (revision,))
    return [name for (name,) in rows]


def select_nearest_revisions(conn: Connection[Any], revision: int) -> list[int]:
    """Return the revisions of the last snapshot before a revision and of the first after it, if they exist."""
    rows = conn.execute(
        """(SELECT revision FROM snapshots WHERE revision < %(revision)s ORDER BY revision DESC LIMIT 1)
            UNION ALL
           (SELECT revision FROM snapshots WHERE revision > %(revision)s ORDER BY revision LIMIT 1)""",
        {"revision": revision},
    )
    return [nearest for (nearest,) in rows]


def select_build_times(conn: Connection[Any]) -> list[tuple[int, datetime]]:
    """Return revision and build time of every snapshot, the oldest first."""
    return conn.execute("SELECT revision, built_at FROM snapshots ORDER BY revision").fetchall()


def select_file_sizes(conn: Connection[Any], revision: int) -> dict[str, int]:
    """Return names and sizes of the files of a snapshot; empty if there is no such snapshot."""
    rows: list[tuple[str, int]] = conn.execute(
        "SELECT name, bytes FROM snapshot_files WHERE revision = %s", (revision,)
    ).fetchall()
    return dict(rows)


def select_now(conn: Connection[Any]) -> datetime:
    """Return the current time of the database server."""
    # The server's clock, as in built_at: those of the machines that build and prune may differ.
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    if row is None:
        raise LookupError
    return cast("datetime", row[0])


def select_registry_id(conn: Connection[Any]) -> str | None:
    """Return an id of this registry that survives a restore: the time of its first revision; None if it is empty."""
    row = conn.execute(
        "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM revisions WHERE revision = 1"
    ).fetchone()
    return row[0] if row else None


def select_earlier_marks(conn: Connection[Any], before: int) -> list[tuple[int, str]]:
    """Return revision and mark of every snapshot before one, the oldest first."""
    return conn.execute(
        "SELECT revision, r.mark FROM snapshots JOIN revisions AS r USING (revision)"
        " WHERE revision < %s ORDER BY revision",
        (before,),
    ).fetchall()


def select_latest(conn: Connection[Any]) -> tuple[int, str, str] | None:
    """Return the latest revision that `conn` sees, its mark and its time (RFC 3339); None for an empty registry."""
    return conn.execute(
        # to_json writes ISO 8601, whatever DateStyle the server has.
        "SELECT revision, mark, to_json(at) #>> '{}' FROM revisions ORDER BY revision DESC LIMIT 1"
    ).fetchone()


def select_due(conn: Connection[Any]) -> tuple[int, int | None, float | None]:
    """Return the latest revision, that of the latest snapshot, and its age in seconds by the database's clock."""
    row = conn.execute(
        # The outer join to a single row: there is a result before the first snapshot, too.
        """SELECT coalesce((SELECT max(revision) FROM revisions), 0), s.revision,
                  extract(epoch FROM clock_timestamp() - s.built_at)::float
             FROM (SELECT) AS one LEFT JOIN LATERAL (
                  SELECT revision, built_at FROM snapshots ORDER BY revision DESC LIMIT 1) AS s ON true"""
    ).fetchone()
    return row if row is not None else (0, None, None)


def insert_snapshot(conn: Connection[Any], revision: int, manifest: str, files: Sequence[FileRow]) -> datetime:
    """Insert a snapshot with all its files, replacing one of the same revision; return its build time."""
    conn.execute("DELETE FROM snapshots WHERE revision = %s", (revision,))
    row = conn.execute(
        # clock_timestamp(): now() is the time at which the transaction began.
        """INSERT INTO snapshots (revision, built_at, manifest)
           VALUES (%(revision)s, clock_timestamp(), %(manifest)s) RETURNING built_at""",
        {"revision": revision, "manifest": manifest},
    ).fetchone()
    with conn.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO snapshot_files (revision, name, media_type, encoding, bytes, rows, sha256)
               VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            [(revision, *file) for file in files],
        )
    if row is None:
        raise LookupError(revision)
    return cast("datetime", row[0])


def delete_snapshot(conn: Connection[Any], revision: int) -> None:
    """Delete a snapshot and the rows of its files, after which readers no longer see it."""
    conn.execute("DELETE FROM snapshots WHERE revision = %s", (revision,))


def try_lock_builds(conn: Connection[Any]) -> bool:
    """Whether this connection now holds the lock for writing snapshots; it is released when the connection closes."""
    # A session's lock and not a transaction's, as a build has several transactions.
    return conn.execute("SELECT pg_try_advisory_lock(7233192046137041783)").fetchone() == (True,)


def unlock_builds(conn: Connection[Any]) -> None:
    """Release the lock for writing snapshots."""
    conn.execute("SELECT pg_advisory_unlock(7233192046137041783)")
