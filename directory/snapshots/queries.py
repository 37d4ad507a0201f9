"""SQL of snapshots that can be read, and of their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot: its revision, when that was committed and when the snapshot was built, the text of its manifest."""

    revision: int
    at: datetime
    built_at: datetime
    manifest: str


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """One file of a snapshot: what it is before it is compressed, with what it is, its size in bytes, its digest.

    `rows` counts records where the file holds some; `sha256` is in lower-case hexadecimal; `built_at` is that of the
    snapshot.
    """

    revision: int
    name: str
    media_type: str
    encoding: Literal["gzip", "zstd"] | None
    bytes: int
    rows: int | None
    sha256: str
    built_at: datetime


def select_snapshots(conn: Connection[Any], *, before: int | None = None, limit: int) -> list[tuple[str, int]]:
    """Give public JSON and revision of snapshots, the newest first; `before` begins below a revision."""
    return conn.execute(
        """SELECT row_to_json(described)::text, described.revision
             FROM (SELECT s.revision, r.at, s.built_at,
                          (SELECT count(*) FROM snapshot_files AS f WHERE f.revision = s.revision) AS files,
                          (SELECT coalesce(sum(f.bytes), 0)::bigint FROM snapshot_files AS f
                            WHERE f.revision = s.revision) AS bytes,
                          (SELECT row_to_json(l) FROM (SELECT '/v1/snapshots/' || s.revision AS self) AS l) AS links
                     FROM snapshots AS s JOIN revisions AS r USING (revision)
                    WHERE %(before)s::bigint IS NULL OR s.revision < %(before)s
                    ORDER BY s.revision DESC LIMIT %(limit)s) AS described""",
        {"before": before, "limit": limit},
    ).fetchall()


def select_snapshot(conn: Connection[Any], revision: int | None = None) -> Snapshot | None:
    """Give the snapshot of a revision, the latest where none is named; None if there is none."""
    with conn.cursor(row_factory=class_row(Snapshot)) as cursor:
        return cursor.execute(
            """SELECT s.revision, r.at, s.built_at, s.manifest
                 FROM snapshots AS s JOIN revisions AS r USING (revision)
                WHERE %(revision)s::bigint IS NULL OR s.revision = %(revision)s
                ORDER BY s.revision DESC LIMIT 1""",
            {"revision": revision},
        ).fetchone()


def select_file(conn: Connection[Any], revision: int | None, name: str) -> SnapshotFile | None:
    """Give a file of the snapshot of a revision, or of the latest; None if there is no such snapshot, or file in it."""
    with conn.cursor(row_factory=class_row(SnapshotFile)) as cursor:
        return cursor.execute(
            """SELECT f.revision, f.name, f.media_type, f.encoding, f.bytes, f.rows, f.sha256, s.built_at
                 FROM snapshot_files AS f JOIN snapshots AS s USING (revision)
                WHERE f.revision = coalesce(%(revision)s::bigint, (SELECT max(revision) FROM snapshots))
                  AND f.name = %(name)s""",
            {"revision": revision, "name": name},
        ).fetchone()


def select_names(conn: Connection[Any], revision: int) -> list[str]:
    """Give the names of all files of a snapshot, in their order."""
    rows = conn.execute("SELECT name FROM snapshot_files WHERE revision = %s ORDER BY name", (revision,))
    return [name for (name,) in rows]


def select_nearest(conn: Connection[Any], revision: int) -> list[int]:
    """Give the revisions of the last snapshot before a revision and of the first after it, as far as there are any."""
    rows = conn.execute(
        """(SELECT revision FROM snapshots WHERE revision < %(revision)s ORDER BY revision DESC LIMIT 1)
            UNION ALL
           (SELECT revision FROM snapshots WHERE revision > %(revision)s ORDER BY revision LIMIT 1)""",
        {"revision": revision},
    )
    return [found for (found,) in rows]
