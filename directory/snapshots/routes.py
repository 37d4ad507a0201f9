"""The URLs of snapshots: their list, their manifests and their files."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final, cast

from flask import current_app

from directory.database.revisions import State
from directory.http.as_of import revision_replaced
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import allow_caching, document_conditional, etag_from_body
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problems import NotFound, Problem, SnapshotPruned
from directory.http.request import config, database, public_url
from directory.http.responses import json_response
from directory.http.validators import cache_control
from directory.snapshots import queries
from directory.snapshots.file_responses import NegotiatedFile, send_file
from directory.snapshots.schemas import FORMS, ManifestSchema, SnapshotListSchema, SnapshotQuery, SnapshotQuerySchema

if TYPE_CHECKING:
    from flask import Response
    from psycopg import Connection

    from directory.snapshots.storage.interface import Storage

# The key of the storage in `app.extensions`.
STORAGE: Final = "directory.storage"
_LATEST: Final = "latest"
# RFC 8246: a browser does not revalidate it on a reload either.
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVISION = path_parameter(
    "revision",
    "The revision of a snapshot: its number, with or without a hyphen and its mark (`17-0123456789ab`), or `latest`.",
    example=_LATEST,
    # Eighteen digits always fit into a bigint.
    pattern="^([0-9]{1,18}(-[0-9a-f]{12})?|latest)$",
)
_NAME = path_parameter("name", "The name of a file in the manifest.", example="accounts.ndjson")

blueprint = Blueprint(
    "snapshots", __name__, url_prefix="/v1", description="The whole registry at one revision, as immutable files."
)


@blueprint.route("/snapshots")
@blueprint.arguments(SnapshotQuerySchema)
@blueprint.response(200, SnapshotListSchema)
@document_conditional
def get_snapshots(query: SnapshotQuery) -> Response:
    """List snapshots.

    The newest first. All are retained for seven days, then one a week, then one a month.
    """
    before = read_cursor(query.cursor, int)
    with database().read() as conn:
        rows = queries.select_snapshots(conn, before=before[0] if before else None, limit=query.limit + 1)
    return etag_from_body(page_from_rows(rows, query.limit))


@blueprint.route("/snapshots/<revision>", parameters=[_REVISION])
@blueprint.response(200, ManifestSchema)
@blueprint.alt_response(410)
@document_conditional
def get_snapshot(revision: str) -> Response:
    """Get the manifest of a snapshot.

    Its metadata, and each of its files with size, rows and SHA-256: the same text as its file `manifest.json`, which
    `manifest.json.minisig` signs.
    """
    requested = _parse_revision(revision)
    with database().read() as conn:
        snapshot = queries.select_snapshot(conn, requested and requested.number)
        if snapshot is None:
            raise _no_snapshot(conn, requested)
    actual = State(snapshot.revision, snapshot.mark)
    _require_mark(requested, actual)
    return etag_from_body(
        json_response(snapshot.manifest, headers=_caching_headers(requested, f"/v1/snapshots/{actual.name}"))
    )


@blueprint.route("/snapshots/<revision>/<name>", parameters=[_REVISION, _NAME])
@blueprint.stored_file(FORMS)
@blueprint.alt_response(410)
@document_conditional
def get_snapshot_file(revision: str, name: str) -> Response:
    """Download a file of a snapshot.

    Its media type follows from its suffix: NDJSON, JSON, CSV, Parquet, text, gzip or zstd. A URL with number and mark
    of the revision, which is in `Content-Location`, is immutable; one with the number alone changes only if the
    registry is restored from a backup. Broken downloads can be resumed. A compressed file (`.gz`, `.zst`) is sent as it
    is; a plain one is sent with `Content-Encoding` to clients that accept it.
    """
    requested = _parse_revision(revision)
    with database().read() as conn:
        file = queries.select_file(conn, requested and requested.number, name)
        if file is None:
            raise _no_file(conn, requested, name)
        actual = State(file.revision, file.mark)
        _require_mark(requested, actual)
        negotiated = NegotiatedFile.negotiate(conn, file)
    storage = cast("Storage", current_app.extensions[STORAGE])
    response = send_file(negotiated, storage, _caching_headers(requested, f"/v1/snapshots/{actual.name}/{name}"))
    return response if requested is None else allow_caching(response)


def _parse_revision(revision: str) -> State | None:
    """Return the requested revision, None for `latest`; raise NotFound for anything else."""
    if revision == _LATEST:
        return None
    state = State.read(revision)
    if state is None or state.number == 0:
        raise NotFound("A snapshot is identified by the number of its revision, or `latest`; /v1/snapshots lists all.")
    return state


def _require_mark(requested: State | None, actual: State) -> None:
    """Raise RevisionReplaced if the request has another mark than the snapshot's revision."""
    if requested is not None and requested.mark not in {"", actual.mark}:
        raise revision_replaced(requested, actual, "revision")


def _caching_headers(requested: State | None, path: str) -> dict[str, str]:
    """Return Cache-Control, and Content-Location with the immutable URL if the requested one is not immutable.

    Only a URL with a mark is immutable: after a restore from a backup another revision can have the same number.
    """
    if requested is not None and requested.mark:
        return {"Cache-Control": _IMMUTABLE}
    return {"Cache-Control": cache_control(config().cache_seconds), "Content-Location": public_url(path)}


def _no_file(conn: Connection[Any], requested: State | None, name: str) -> Problem:
    """Return the problem of a missing file: there is no snapshot, or it has no such file."""
    snapshot = queries.select_snapshot(conn, requested and requested.number)
    if snapshot is None:
        return _no_snapshot(conn, requested)
    _require_mark(requested, State(snapshot.revision, snapshot.mark))
    similar = difflib.get_close_matches(name, queries.select_file_names(conn, snapshot.revision), n=1)
    hint = f"did you mean {similar[0]}?" if similar else f"/v1/snapshots/{snapshot.revision} lists all."
    return NotFound(f"The snapshot of revision {snapshot.revision} has no file {name}; {hint}")


def _no_snapshot(conn: Connection[Any], requested: State | None) -> Problem:
    """Return the problem of a missing snapshot, which names the nearest ones: 404 if it may still come, else 410."""
    number = requested and requested.number
    nearest = queries.select_nearest_revisions(conn, number) if number is not None else []
    if number is None or not nearest:
        return NotFound("There is no snapshot yet; /v1/accounts.ndjson has all accounts.")
    known = f"The nearest {'is' if len(nearest) == 1 else 'are'} {' and '.join(map(str, nearest))}"
    if max(nearest) < number:
        return NotFound(f"There is no snapshot of revision {number} yet. {known}; /v1/snapshots lists all.")
    return SnapshotPruned(f"No snapshot of revision {number} is kept. {known}; /v1/snapshots lists all.")
