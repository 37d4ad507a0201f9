"""All that can go wrong, as RFC 9457 problems: each class is one type, its docstring the public text.

A docstring has the title on its first line, then what it means, then the sections `Causes`, `Remedy` and `Example`:
a request that brings it about, where any client can, and the members of its document that are its own. The page
`/problems/<slug>` and the OpenAPI document are made from it.
Source of the format: RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

from directory.http.problem import MEDIA_TYPE, PROBLEMS, ParameterError, Problem, parameter_error

__all__ = [
    "MEDIA_TYPE",
    "PROBLEMS",
    "BadRequest",
    "DatabaseUnavailable",
    "Gone",
    "InternalError",
    "InvalidBody",
    "InvalidCursor",
    "InvalidParameters",
    "MalformedBody",
    "MalformedId",
    "MalformedPath",
    "MethodNotAllowed",
    "NoRoomForDownloads",
    "NotAcceptable",
    "NotFound",
    "ParameterError",
    "PayloadTooLarge",
    "PreconditionFailed",
    "Problem",
    "QueryTooSlow",
    "RangeNotSatisfiable",
    "RevisionAhead",
    "RevisionNotKept",
    "RevisionReplaced",
    "ServiceBusy",
    "SnapshotNotKept",
    "StorageUnavailable",
    "TooManyDownloads",
    "UnexpectedBody",
    "UnsupportedMediaType",
    "UriTooLong",
    "parameter_error",
]


class InvalidParameters(Problem):
    """The parameters are not valid

    At least one query parameter is unknown, repeated, empty, malformed, out of its range, or contradicts
    another. Nothing was looked up: a request that is not wholly understood is not answered in part.

    Causes:
    - a name that this address does not know, often a typing mistake (`regoin` for `region`)
    - one parameter given twice that takes one value
    - a number in other digits than 0 to 9, a date that does not exist, a value that is not offered
    - a range whose lower end is above its upper end, a value both asked for and excluded
    - a control character, or bytes that are not UTF-8

    Remedy:
    Read `errors`: each entry names the parameter, its value, and what is expected in its place.

    Example:
    GET /v1/accounts?regoin=CN
    {"detail": "The request was not carried out: see errors.", "errors": [{"parameter": "regoin", "value": "CN",
     "detail": "there is no such parameter here; did you mean region?"}]}
    """

    status = 400


class MalformedPath(Problem):
    """The path is not valid

    The path of the address holds a control character, or bytes that are not UTF-8.

    Causes:
    - an address that was cut, or encoded twice or in another character set

    Remedy:
    Encode the path as UTF-8, then percent-encode it.

    Example:
    GET /v1/regions/%00
    {"detail": "The path holds a control character."}
    """

    status = 400


class MalformedId(Problem):
    """The id is not well formed

    An id of the registry is seven characters of `0123456789bcdfghjkmnpqrstvwxz`, the last of which checks the
    others. This one is of another form, or its check character does not match, so it was mistyped: no record
    ever had it, and none will.

    Causes:
    - a character left out, added, swapped or mistaken for another
    - a handle, a name or a number of the platform in the place of the id

    Remedy:
    Copy the id again, or find the record by its name or handle.

    Example:
    GET /v1/accounts/0000001
    {"detail": "Its last character does not fit the others, so at least one character is wrong or two are exchanged."}
    """

    status = 400


class InvalidCursor(Problem):
    """The cursor is not valid

    A cursor says where a page ended. It goes with the filters and the order of the list that gave it.

    Causes:
    - the cursor was cut or changed
    - the filters or the order differ from those of the page that gave it

    Remedy:
    Follow the `Link` header or `page.next` with all other parameters as they were, or start again without a cursor.

    Example:
    GET /v1/accounts?cursor=abc
    {"detail": "The cursor is damaged.", "errors": [{"parameter": "cursor", "value": "abc", "detail": "is damaged"}]}
    """

    status = 400


class RevisionAhead(Problem):
    """The revision is after the latest one

    The request names a revision after the latest one. Revisions are counted without a gap, so what has seen it has
    seen another registry, or this one before it was restored. `latest` is the latest revision here.

    Causes:
    - the registry was restored from a backup that is older than the copy that asks for what follows
    - a number of another registry, or one of a time

    Remedy:
    Start again: take everything once more, and continue from the revision that you get with it.

    Example:
    {"detail": "since is 999999999999; the latest revision is 17.", "latest": 17, "errors": [{"parameter": "since",
     "value": "999999999999", "detail": "is after the latest revision, 17"}]}
    """

    status = 400


class UnexpectedBody(Problem):
    """The request has a body that has no meaning here

    Reading takes its parameters from the address. A body would be ignored in silence, so it is refused.

    Causes:
    - a client that sends GET parameters as JSON or as a form

    Remedy:
    Put the parameters into the query string and send no body.

    Example:
    {"detail": "GET takes no body here."}
    """

    status = 400


class MalformedBody(Problem):
    """The body cannot be read

    The body is not JSON in UTF-8, or, where lines of JSON are read, a line of it is not.

    Causes:
    - a body that was cut, or quoted for a shell and not for JSON
    - a comma too many, a name twice in one object, `NaN`
    - a blank line between lines of JSON, or a pretty-printed document where each line is one

    Remedy:
    Read `detail` and `errors`: they say where reading ended. Let a library write the JSON.

    Example:
    {"detail": "Not every line is JSON: see errors.", "errors": [{"line": 3, "detail": "is blank"}]}
    """

    status = 400


class BadRequest(Problem):
    """The request is not valid HTTP

    The request could not be understood as HTTP.

    Causes:
    - a header that is malformed or contradicts another

    Remedy:
    See `detail`; most often the client library or a proxy on the way needs an update.

    Example:
    {"detail": "The browser (or proxy) sent a request that this server could not understand."}
    """

    status = 400


class NotFound(Problem):
    """There is nothing at this address

    No page or record has this address.

    Causes:
    - a path that the API does not have; the list of all is at `/docs`
    - a well-formed id, code or name that no record has

    Remedy:
    Check the address against `/openapi.json`, or search for the record in the list above it.

    Example:
    GET /v1/sources/none
    {"detail": "No source has the id none."}
    """

    status = 404


class Gone(Problem):
    """The record was deleted

    The id was in use and its record was deleted. Ids are never given twice, so it will not come back.
    `tombstone` says in which revision it went, and why.

    Causes:
    - whom it is about asked for it, the record was registered by mistake, or its deletion was ordered

    Remedy:
    Remove the id from your copy.

    Example:
    {"detail": "The account 0000000 was deleted.", "tombstone": {"id": "0000000", "revision": 17}}
    """

    status = 410


class SnapshotNotKept(Problem):
    """The snapshot is not kept

    There are newer snapshots, and none of this revision. A snapshot is made of the latest revision only, so there
    will be none.

    Causes:
    - the snapshot was removed: of older ones, one a week and then one a month are kept
    - a revision of which no snapshot was made

    Remedy:
    Take one from the list at `/v1/snapshots`; `detail` names the nearest.

    Example:
    {"detail": "No snapshot of revision 17 is kept. The nearest are those of 12 and 20; /v1/snapshots lists all."}
    """

    status = 410


class RevisionNotKept(Problem):
    """The revision is no longer kept

    The registry can be asked as of its earlier revisions as long as their states are kept; whoever runs it may drop
    old ones. `oldest` says the oldest revision that can be asked for, and its time. What changed in a revision stays
    in the history of each record.

    Causes:
    - `as_of` names a revision, or a time, before the oldest that is kept

    Remedy:
    Ask as of the oldest revision, or read the history of the record.

    Example:
    {"detail": "Revision 3 is older than what is kept; the oldest is 17, of 2024-06-30T12:00:00+00:00.",
     "oldest": {"revision": 17, "at": "2024-06-30T12:00:00+00:00"}}
    """

    status = 410


class RevisionReplaced(Problem):
    """The revision was taken back

    The request names a revision by its number and its mark, and the revision of that number has another mark here: the
    registry was restored from a backup, or a server took over that was behind, and has been written to since. What was
    read of the revisions that went is no part of this registry's history. `found` is the revision that is here.

    Causes:
    - the registry was restored to an earlier revision after your copy was made
    - a cursor or an address of before, or of another registry

    Remedy:
    Begin anew: take everything once more, and go on from the revision that you get with it. A number without a mark
    asks for whatever revision has that number now.

    Example:
    {"detail": "since is revision 17-0123456789ab, and revision 17 of this registry is 17-ba9876543210.",
     "errors": [{"parameter": "since", "value": "17-0123456789ab",
     "detail": "is not the revision of that number here, 17-ba9876543210"}],
     "found": {"revision": 17, "mark": "ba9876543210"}}
    """

    status = 410


class MethodNotAllowed(Problem):
    """The method is not allowed here

    The address exists and does not take this method. `Allow` lists those that it takes.

    Causes:
    - a write to a part of the API that is read-only

    Remedy:
    Use one of the methods in the `Allow` header.

    Example:
    DELETE /v1
    {"detail": "DELETE is not allowed here; GET, HEAD, OPTIONS are."}
    """

    status = 405


class NotAcceptable(Problem):
    """None of the accepted media types is available

    This address answers in several forms, and the `Accept` header excludes each of them. `available` lists them. An
    address with one form answers in it, whatever `Accept` says.

    Causes:
    - a client that asks for XML or HTML alone

    Remedy:
    Send no `Accept` header, or one that admits a type in `available`.

    Example:
    GET /data.json with Accept: application/xml
    {"detail": "This address answers as application/ld+json or application/json, and Accept excludes that.",
     "available": ["application/ld+json", "application/json"]}
    """

    status = 406


class PreconditionFailed(Problem):
    """It is no longer in the state that the request is for

    The request names the state that it is for, by `If-Match` or `If-Unmodified-Since`, and the address has another one
    now. Its tag is in `ETag`.

    Causes:
    - a newer snapshot stands at an address with `latest` than when the download began

    Remedy:
    Get it again without the condition. To resume a download, use the address with the number of the revision: what
    it gives never changes.

    Example:
    {"detail": "If-Match names another state than this, which has the tag in ETag."}
    """

    status = 412

    def __init__(self, detail: str, tag: str) -> None:
        """Say what does not hold, and the tag of what is there."""
        super().__init__(detail, headers=[("ETag", tag)])


class PayloadTooLarge(Problem):
    """The body is too large

    The body of the request is larger than the server takes.

    Causes:
    - a file sent to an address that does not take files

    Remedy:
    Split the body into parts below `limit_bytes`.

    Example:
    {"detail": "The body is 2000000 bytes; at most 1048576 are taken.", "limit_bytes": 1048576}
    """

    status = 413


class UriTooLong(Problem):
    """The address is too long

    The path and query together are longer than 32,768 bytes.

    Causes:
    - a filter with hundreds of values

    Remedy:
    Split the values over several requests, or take the whole as a bulk download and filter it yourself.

    Example:
    {"detail": "The path and query are 40960 bytes; 32768 is most."}
    """

    status = 414


class UnsupportedMediaType(Problem):
    """The body has a media type that is not read here

    The body is in a form that this address does not read.

    Causes:
    - a `Content-Type` header that is missing or says something else than the body is

    Remedy:
    Send the body in one of the types that the documentation of the address names.

    Example:
    {"detail": "The body is text/plain; application/json is read here."}
    """

    status = 415


class RangeNotSatisfiable(Problem):
    """The file has no such part

    `Range` asks for bytes that the file does not have. `Content-Range` says how many it has.

    Causes:
    - a download that is complete already is resumed
    - an address with `latest` leads to a newer, shorter file than when the download began
    - a range that is not written as `bytes=first-last`, `bytes=first-` or `bytes=-number`

    Remedy:
    If your copy has as many bytes as `Content-Range` says, it is complete; else get the file again from its beginning.

    Example:
    {"detail": "The file has 4096 bytes, and none of those that are asked for."}
    """

    status = 416

    def __init__(self, detail: str, size: int) -> None:
        """Say what is wrong with the range, and how many bytes there are."""
        super().__init__(detail, headers=[("Content-Range", f"bytes */{size}"), ("Accept-Ranges", "bytes")])


class InvalidBody(Problem):
    """The body is not valid

    The body is JSON, and at least one value in it is missing, unknown, of another type or out of its range.

    Causes:
    - a key that is not known here, or another type than the documentation of the address states
    - more items than are taken at a time

    Remedy:
    Read `errors`: each entry names the place, by a JSON pointer or the number of the line, and what is expected there.

    Example:
    {"detail": "The body was not taken: see errors.", "errors": [{"pointer": "/queries/2",
     "detail": "is not a string"}]}
    """

    status = 422


class TooManyDownloads(Problem):
    """Too many downloads are being prepared

    A filtered download is first written to disk whole, so that it is never sent in part. As many as the server
    has room for are under way.

    Causes:
    - many different downloads at the same time; equal ones share one file
    - a download larger than the room set aside for all

    Remedy:
    Ask again after the seconds in `Retry-After`.

    Example:
    {"detail": "4 downloads are being prepared; that is as many as may be."}
    """

    status = 503
    retry_after = 5


class ServiceBusy(Problem):
    """The service is busy

    The request was not begun, or was given up: more wait than can be answered in time, or the service is being stopped.

    Causes:
    - more requests at the same time than the service can answer
    - request bodies that take more memory than there is for all of them
    - the service is being restarted

    Remedy:
    Ask again after the seconds in `Retry-After`.

    Example:
    {"detail": "2000 requests wait; that is as many as may."}
    """

    status = 503
    retry_after = 2


class NoRoomForDownloads(Problem):
    """The disk has no room for downloads

    A filtered download is first written to disk whole, so that it is never sent in part. The server's disk is full or
    cannot be written to; short answers do not need it.

    Causes:
    - a disk that other files have filled, down to what is left free for the registry itself
    - a disk that can only be read, or a folder that is not the server's to write in

    Remedy:
    Ask again after the seconds in `Retry-After`, or page by page; a snapshot holds everything. Whoever runs the server
    makes room, or names a folder elsewhere by `DIRECTORY_SPOOL_DIR`.

    Example:
    {"detail": "The disk of downloads is full (No space left on device)."}
    """

    status = 503
    retry_after = 60


class DatabaseUnavailable(Problem):
    """The database does not answer

    The service runs, and cannot reach its database or gets no answer from it in time. It gives no answers that it kept
    either, as it cannot know whether they still hold.

    Causes:
    - the database is being restarted, is overloaded, or the network to it is interrupted

    Remedy:
    Ask again after the seconds in `Retry-After`; `/healthz` says when it is back.

    Example:
    {"detail": "The database cannot be reached."}
    """

    status = 503
    retry_after = 5


class QueryTooSlow(Problem):
    """The query took too long

    The query was stopped because it ran longer than one request may.

    Causes:
    - an exact count over a very wide filter, while the server is busy

    Remedy:
    Narrow the filter, ask for `count=estimated` or `count=none`, or take the bulk download.

    Example:
    {"detail": "The query was stopped when its time was over."}
    """

    status = 503
    retry_after = 10


class StorageUnavailable(Problem):
    """The files of the snapshot cannot be read

    The snapshot is registered, and its files are not to be had from where they are kept at the moment.

    Causes:
    - the storage is not mounted, or the service that keeps the files does not answer
    - the snapshot is being written anew

    Remedy:
    Ask again after the seconds in `Retry-After`; an older snapshot may be there, see `/v1/snapshots`.

    Example:
    {"detail": "accounts.ndjson of revision 17 cannot be read at the moment."}
    """

    status = 503
    retry_after = 30


class InternalError(Problem):
    """The server failed

    A fault of ours. It was written to the log under the id of the request; nothing about it is sent.

    Causes:
    - a defect in the program

    Remedy:
    Report it with `request_id`.

    Example:
    {"detail": "The request failed; the log has it under the id in request_id."}
    """

    status = 500
