"""The URLs of imports. Each needs a token; an import writes to the regions and departments of that alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from flask import Response

from directory.accounts.downloads import MEDIA_TYPES, compressed
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.compression import ENCODINGS
from directory.http.middleware import without_storing
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problems import Conflict, NotFound
from directory.http.request import config, database, preferred_encoding, public_url
from directory.http.responses import download_response, json_response
from directory.http.uploads import FILE_MEMBER, FORM, read_upload
from directory.imports import queries, schemas
from directory.imports.annotated_rows import write_annotated_rows
from directory.imports.errors import ImportFailed
from directory.imports.pipeline import make_readers
from directory.imports.read.files import printable_name
from directory.imports.sent_files import make_options, opened_file
from directory.tokens.authentication import authenticate, read_token

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.imports.queries import Import
    from directory.tokens.queries import Token

# Of one token, so that nobody fills the disk.
STORED_MAX: Final = 50
STORED_BYTES_MAX: Final = 1024 * 1024 * 1024
_MEDIA_TYPES: Final = (
    "text/csv",
    "application/x-ndjson",
    "application/json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/gzip",
    "application/octet-stream",
)
_FORM: Final = {
    "schema": {
        "type": "object",
        "required": [FILE_MEMBER],
        "additionalProperties": False,
        "properties": {FILE_MEMBER: {"type": "string", "format": "binary", "description": "The file."}},
    }
}
_ID: Final = path_parameter("import_id", "The id of an import.", example="08xb202", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint(
    "imports", __name__, url_prefix="/v1", description="Files that are checked first, and then imported."
)


@blueprint.route("/imports", methods=["POST"])
@blueprint.arguments(schemas.ImportQuerySchema)
@blueprint.body(
    {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}, FORM: _FORM},
    "The file, as it is or in a form: CSV, NDJSON, JSON, XLSX or ODS, each also gzip, up to 100 MiB. Its own media type"
    " may stand in place of `application/octet-stream`.",
)
@blueprint.response(200, schemas.ImportSchema)
@blueprint.token("edit", changes_records=False)
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_imports(query: schemas.ImportQuery) -> Response:
    """Send a file.

    It is checked, and nothing is written: poll its `status`, read its `report` and its rows, then apply it. A token of
    regions or departments writes to nothing outside of them: rows about others are rejected.
    """
    with database().write("directory imports") as conn, conn.transaction():
        token = authenticate(conn, read_token(), "edit")
        upload = read_upload(_MEDIA_TYPES)
        count, stored = queries.count_stored(conn, token.id)
        if count >= STORED_MAX or stored >= STORED_BYTES_MAX:
            raise Conflict(
                f"The token has {count} imports of together {stored} bytes; {STORED_MAX} and {STORED_BYTES_MAX} are"
                " most.",
                "too-many-imports",
                remedy="delete some that are over",
            )
        import_id = queries.insert_import(
            conn,
            token=token.id,
            actor=token.name,
            source=query.source,
            name=printable_name(query.name or upload.name or "file")[: schemas.NAME_MAX],
            size=0,
            options=query.as_options(),
            places=(token.regions, token.departments),
        )
        queries.update_size(conn, import_id, queries.copy_file(conn, import_id, upload.pieces()))
        found = _find(conn, import_id, token)
        queries.queue_job(conn, found)
    response = _respond(found)
    response.headers["Location"] = public_url(f"/v1/imports/{import_id}")
    return response


@blueprint.route("/imports")
@blueprint.arguments(schemas.ImportsQuerySchema)
@blueprint.response(200, schemas.ImportListSchema)
@blueprint.token("edit", changes_records=False)
def get_imports(query: schemas.ImportsQuery) -> Response:
    """List imports.

    A token of regions or departments sees those that were sent with it, others see all.
    """
    with database().write("directory imports") as conn:
        token = authenticate(conn, read_token(), "edit")
        found = queries.select_imports(conn, token.id if token.is_narrowed else None, query.limit)
    return without_storing(json_response(json.dumps({"data": [_describe(each) for each in found]}, ensure_ascii=False)))


@blueprint.route("/imports/<import_id>", parameters=[_ID])
@blueprint.response(200, schemas.ImportSchema)
@blueprint.token("edit", changes_records=False)
def get_import(import_id: str) -> Response:
    """Get an import.

    Where it stands, and what it would change or has changed.
    """
    with database().write("directory imports") as conn:
        token = authenticate(conn, read_token(), "edit")
        return _respond(_find(conn, import_id, token))


@blueprint.route("/imports/<import_id>/rows", parameters=[_ID])
@blueprint.arguments(schemas.ImportRowsQuerySchema)
@blueprint.response(200, schemas.ImportRowListSchema)
@blueprint.token("edit", changes_records=False)
def get_import_rows(query: schemas.ImportRowsQuery, import_id: str) -> Response:
    """List rows of an import.

    What becomes of each, and why those that are rejected are.
    """
    after = read_cursor(query.cursor, int, int)
    with database().write("directory imports") as conn:
        token = authenticate(conn, read_token(), "edit")
        _find(conn, import_id, token)
        rows = queries.select_verdicts(
            conn,
            import_id,
            after=(after[0], after[1]) if after else (0, 0),
            verdict=query.verdict,
            limit=query.limit + 1,
        )
    return without_storing(page_from_rows([(text, line, number) for line, number, text in rows], query.limit))


@blueprint.route("/imports/<import_id>/rows.csv", parameters=[_ID])
@blueprint.arguments(schemas.ImportRowsCsvQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@blueprint.token("edit", changes_records=False)
@blueprint.alt_response(409)
def get_import_rows_csv(query: schemas.ImportRowsCsvQuery, import_id: str) -> Response:
    """Download rows of an import as CSV.

    The file as it was sent, with three columns behind its own: `line`, `verdict` and `remedy`.
    """
    with database().write("directory imports") as conn:
        token = authenticate(conn, read_token(), "edit")
        found = _find(conn, import_id, token)
    if found.report is None:
        raise Conflict(
            f"The import {import_id} has no rows: it is {found.status}.",
            "import-unread",
            remedy="read its error, or wait until it is checked",
        )
    encoding = preferred_encoding(ENCODINGS)
    registry = database()

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        try:
            with registry.export() as conn, opened_file(conn, found) as sent, compressed(file, encoding) as target:
                (reader,) = make_readers([sent], make_options(found))
                with conn.transaction():
                    write_annotated_rows(target, reader, queries.stream_remedies(conn, import_id), query)
        except ImportFailed as error:
            # It was deleted meanwhile.
            raise NotFound(f"No import has the id {import_id}.") from error

    return without_storing(
        download_response(
            ("imports", import_id, found.updated_at, query.has_bom, query.escapes_formulas, encoding),
            write,
            content_type=MEDIA_TYPES["csv"],
            filename=f"import-{import_id}.csv",
            encoding=encoding,
        )
    )


@blueprint.route("/imports/<import_id>/apply", parameters=[_ID], methods=["POST"])
@blueprint.response(200, schemas.ImportSchema)
@blueprint.token("edit", changes_records=False)
@blueprint.alt_response(409)
def post_import_apply(import_id: str) -> Response:
    """Apply an import.

    Once it is `checked`. It is merged with the registry as that is by then, in one revision or not at all.
    """
    with database().write("directory imports") as conn, conn.transaction():
        token = authenticate(conn, read_token(), "edit")
        found = _find(conn, import_id, token)
        if config().four_eyes == "on" and (found.token == token.id or found.actor == token.name):
            raise Conflict(
                f"The import {import_id} was sent with this token, or one of the same name.",
                "own-import",
                remedy="somebody else has to apply it, with a token for all regions and departments",
            )
        if not queries.begin_applying(conn, import_id, token.name):
            raise Conflict(
                f"The import {import_id} is {found.status}, not checked.",
                "import-not-checked",
                remedy=_REMEDIES.get(found.status, "wait until it is checked"),
            )
        queries.queue_job(conn, found)
        return _respond(_find(conn, import_id, token))


@blueprint.route("/imports/<import_id>", parameters=[_ID], methods=["DELETE"])
@blueprint.response(200, schemas.ImportSchema)
@blueprint.token("edit", changes_records=False)
def delete_import(import_id: str) -> Response:
    """Delete an import.

    With its file. One that runs is stopped and writes nothing; what one has written stays in the registry.
    """
    with database().write("directory imports") as conn, conn.transaction():
        token = authenticate(conn, read_token(), "edit")
        found = _find(conn, import_id, token)
        queries.delete_import(conn, import_id)
    return _respond(found)


_REMEDIES: Final = {
    "refused": "correct the file and send it again",
    "failed": "read its error, and send it again",
    "applied": "it is in the registry already",
    "applying": "wait until it is applied",
}


def _find(conn: Connection[Any], import_id: str, token: Token) -> Import:
    """Return an import that a token may see; raise NotFound."""
    found = queries.select_import(conn, import_id)
    if found is None or (token.is_narrowed and found.token != token.id):
        raise NotFound(f"No import that this token may see has the id {import_id}.")
    return found


def _describe(found: Import) -> dict[str, Any]:
    return {
        "id": found.id,
        "source": found.source,
        "name": found.name,
        "bytes": found.bytes,
        "options": found.options,
        "status": found.status,
        "created_at": found.created_at.isoformat(),
        "updated_at": found.updated_at.isoformat(),
        "sent_by": found.actor,
        "applied_by": found.applied_by,
        "regions": found.regions,
        "departments": found.departments,
        "progress": {"phase": found.phase, "done": found.done, "total": found.total},
        "revision": found.revision,
        "error": found.error,
        "report": found.report,
    }


def _respond(found: Import) -> Response:
    return without_storing(json_response(json.dumps(_describe(found), ensure_ascii=False)))
