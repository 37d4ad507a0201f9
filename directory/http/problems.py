"""All errors as RFC 9457 problems: each class is one problem type, and its docstring is the public text.

A docstring has the title on its first line, then the meaning, then the sections `Causes`, `Remedy` and `Example`: a
request that any client can send to get the problem, where there is one, and the members that its document has.
The page `/problems/<slug>` and the OpenAPI document are made from it.
Source of the format: RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.http.problem import MEDIA_TYPE, PROBLEMS, ParameterError, Problem, parameter_error

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MEDIA_TYPE",
    "PROBLEMS",
    "BadRequest",
    "ChallengeFailed",
    "Conflict",
    "DatabaseUnavailable",
    "Gone",
    "InsufficientScope",
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
    "PlaceNotAllowed",
    "PreconditionFailed",
    "PreconditionRequired",
    "Problem",
    "QueryTooSlow",
    "RangeNotSatisfiable",
    "RevisionNotYetWritten",
    "RevisionPruned",
    "RevisionReplaced",
    "ServiceBusy",
    "SnapshotPruned",
    "StorageUnavailable",
    "TooManyDownloads",
    "TooManyRequests",
    "Unauthorized",
    "UnexpectedBody",
    "UnsupportedMediaType",
    "UriTooLong",
    "parameter_error",
]


class InvalidParameters(Problem):
    """Invalid query parameters

    At least one query parameter is unknown, repeated, empty, malformed, out of its range, or contradicts
    another. The request was not executed: a request that is only partly understood gets no partial answer.

    Causes:
    - a name that this endpoint does not have, often a typing mistake (`regoin` for `region`)
    - a parameter with one value that is sent twice
    - a number in other digits than 0 to 9, a date that does not exist, a value that is not in the list
    - a range whose lower end is above its upper end, a value that is both included and excluded
    - a control character, or bytes that are not UTF-8

    Remedy:
    Read `errors`: each entry names the parameter, its value, and what is expected instead.

    Example:
    GET /v1/accounts?regoin=CN
    {"detail": "The request was not carried out: see errors.", "errors": [{"parameter": "regoin", "value": "CN",
     "detail": "there is no such parameter here; did you mean region?"}]}
    """

    status = 400


class MalformedPath(Problem):
    """Malformed path

    The path of the URL contains a control character, or bytes that are not UTF-8.

    Causes:
    - a URL that was cut, or encoded twice or in another character set

    Remedy:
    Encode the path as UTF-8, then percent-encode it.

    Example:
    GET /v1/regions/%00
    {"detail": "The path holds a control character."}
    """

    status = 400


class MalformedId(Problem):
    """Malformed id

    An id of the registry has seven characters of `0123456789bcdfghjkmnpqrstvwxz`, the last of which is a check
    character. This one has another form, or its check character does not match, so it was mistyped: no record
    ever had it, and none will.

    Causes:
    - a character left out, added, swapped or mistaken for another
    - a handle, a name or a number of the platform instead of the id

    Remedy:
    Copy the id again, or find the record by its name or handle.

    Example:
    GET /v1/accounts/0000001
    {"detail": "Its last character does not fit the others, so at least one character is wrong or two are exchanged."}
    """

    status = 400


class InvalidCursor(Problem):
    """Invalid cursor

    A cursor marks where a page ended. It is valid only with the filters and the order of the list that returned it.

    Causes:
    - the cursor was cut or changed
    - the filters or the order differ from those of the page that returned it

    Remedy:
    Follow the `Link` header, or send `page.next` with all other parameters unchanged, or start again without a cursor.

    Example:
    GET /v1/accounts?cursor=abc
    {"detail": "The cursor is damaged.", "errors": [{"parameter": "cursor", "value": "abc", "detail": "is damaged"}]}
    """

    status = 400


class RevisionNotYetWritten(Problem):
    """Revision is in the future

    The request names a revision after the latest one. Revisions are numbered without a gap, so your number comes from
    another registry, or from this one before it was restored. `latest` is the latest revision here.

    Causes:
    - the registry was restored from a backup that is older than your copy
    - a number of another registry, or a timestamp instead of a revision

    Remedy:
    Start again: download everything, and continue from the revision that comes with it.

    Example:
    {"detail": "since is 999999999999; the latest revision is 17.", "latest": 17, "errors": [{"parameter": "since",
     "value": "999999999999", "detail": "is after the latest revision, 17"}]}
    """

    status = 400


class UnexpectedBody(Problem):
    """Unexpected request body

    GET, HEAD and OPTIONS take their parameters from the URL. A body would be ignored silently, so it is refused.

    Causes:
    - a client that sends GET parameters as JSON or as a form

    Remedy:
    Put the parameters into the query string and send no body.

    Example:
    {"detail": "GET takes no body here."}
    """

    status = 400


class MalformedBody(Problem):
    """Malformed request body

    The body is not JSON in UTF-8, or, where the endpoint reads NDJSON, a line of it is not.

    Causes:
    - a body that was cut, or quoted for a shell and not for JSON
    - an extra comma, a name twice in one object, `NaN`
    - a blank line in NDJSON, or a pretty-printed document instead of one document a line

    Remedy:
    Read `detail` and `errors`: they name the place where parsing failed. Write the JSON with a library.

    Example:
    {"detail": "Not every line is JSON: see errors.", "errors": [{"line": 3, "detail": "is blank"}]}
    """

    status = 400


class BadRequest(Problem):
    """Bad request

    The server cannot parse the request as HTTP.

    Causes:
    - a header that is malformed or contradicts another

    Remedy:
    See `detail`; most often the client library, or a proxy in front of the service, needs an update.

    Example:
    {"detail": "The browser (or proxy) sent a request that this server could not understand."}
    """

    status = 400


class Unauthorized(Problem):
    """Unauthorized

    This needs a token, and the request has none that is valid. The operator of the registry gives out tokens.

    Causes:
    - no `Authorization` header, or one of another scheme than `Bearer`
    - a token that was cut or mistyped, that has expired, or that was revoked
    - a token of another registry

    Remedy:
    Send `Authorization: Bearer dir_…`, never a token in the URL. `detail` and `WWW-Authenticate` say what is wrong.

    Example:
    {"detail": "This needs a token."}
    """

    status = 401


class InsufficientScope(Problem):
    """Insufficient scope

    The token is valid, and does not allow this.

    Causes:
    - a token that was made for something else

    Remedy:
    Ask for a token with the scope that `detail` and `WWW-Authenticate` name.

    Example:
    {"detail": "The token has the scopes edit, and this needs observe."}
    """

    status = 403


class ChallengeFailed(Problem):
    """Challenge failed

    A report by anybody needs the solution of a challenge, a proof of work, or the ticket of the form for browsers
    without JavaScript. `code` names what is wrong with it.

    Causes:
    - `missing`: the report has neither
    - `invalid`: it is not the solution, or was changed
    - `expired`: it is older than 20 minutes, a ticket older than two hours
    - `too-early`: the ticket was sent at once
    - `used`: a report was sent with it before

    Remedy:
    Get a new challenge at `/v1/feedback/challenge`, solve it, and send the report again.

    Example:
    {"detail": "A report was sent with this challenge or ticket before.", "code": "used"}
    """

    status = 403


class PlaceNotAllowed(Problem):
    """Place not allowed

    The token is valid and has the scope, and is for other regions or departments. `region` and `department` are what
    the request is about.

    Causes:
    - a record of another region or department than those that the token was made for
    - a record without a region or department, such as a platform, and a token that is narrowed to some

    Remedy:
    Ask for a token that is for the region or the department in `detail`, or for one above it.

    Example:
    {"detail": "The token is for the region CN-510000 with all below, and this is about the region US-CA.",
     "region": "US-CA", "department": null}
    """

    status = 403


class NotProposer(Problem):
    """Not the proposer

    Only the token that filed a proposal can withdraw it.

    Causes:
    - a proposal that was filed with another token, also one of the same name

    Remedy:
    Send the token that filed it, or have a moderator reject the proposal.

    Example:
    {"detail": "The proposal 0000000 was filed with another token."}
    """

    status = 403


class FourEyesRequired(Problem):
    """Four eyes required

    This registry lets nobody change records alone: one token proposes a change, and another one accepts it.

    Causes:
    - a change of a record without a proposal, also with a token of the scope `admin`
    - the acceptance of a proposal by the token that filed it, or by one of the same name

    Remedy:
    Propose the change at `/v1/proposals`, or have somebody else accept the proposal.

    Example:
    {"detail": "Nobody changes records alone here: propose the change.", "proposals": "/v1/proposals"}
    """

    status = 403


class NotFound(Problem):
    """Not found

    No endpoint has this path, or no record has this id, code or name.

    Causes:
    - a path that the API does not have; `/docs` lists all of them
    - a well-formed id, code or name that no record has

    Remedy:
    Check the path against `/openapi.json`, or search for the record in its list.

    Example:
    GET /v1/sources/none
    {"detail": "No source has the id none."}
    """

    status = 404


class Conflict(Problem):
    """Conflict

    The request contradicts the present state of the registry, so nothing was written. `code` names the rule that it
    breaks, and stays the same in later versions of the service; `remedy` says what to do instead.

    Causes:
    - an operation on an account that is not valid in its state, such as `not-suspended` or `handle-taken`: the guide to
      the life of an account lists all codes
    - `feedback-state`: the report cannot go from its state to this one; somebody else may have decided it
    - `feedback-steps`: the report has as many steps as it may have
    - `webhook-limit`: there are as many webhooks as there may be
    - `webhook-disabled`, `webhook-active`: the webhook is switched off, or it is not
    - `webhook-tests`: too many test messages wait
    - somebody else changed the account since you read it
    - `proposal-state`, `proposed-already`, `account-changed` and others: the guide to proposals lists them

    Remedy:
    Read `remedy`, then the record, and decide whether the request is still what you want.

    Example:
    {"detail": "The account 0000000 is active, not suspended; there is nothing to resume.", "code": "not-suspended",
     "remedy": "there is nothing to resume"}
    """

    status = 409

    def __init__(self, detail: str, code: str, *, remedy: str, members: Mapping[str, object] | None = None) -> None:
        """Describe the conflict in `detail`; `code` is stable, in kebab case, and `remedy` a clause."""
        super().__init__(detail, members={"code": code, "remedy": remedy, **(members or {})})


class Gone(Problem):
    """Gone

    The record was deleted. No other record gets its id. `tombstone` has the revision that deleted
    it, and the reason.

    Causes:
    - the person or body that the record describes requested it, the record was a mistake, or a deletion was ordered

    Remedy:
    Remove the id from your copy.

    Example:
    {"detail": "The account 0000000 was deleted.", "tombstone": {"id": "0000000", "revision": 17}}
    """

    status = 410


class SnapshotPruned(Problem):
    """Snapshot was pruned

    There is no snapshot of this revision, and there are newer ones. Snapshots are built from the latest revision only,
    so there will be none.

    Causes:
    - the snapshot was pruned: of older ones, one a week and then one a month stay
    - no snapshot was built from this revision

    Remedy:
    Choose one from the list at `/v1/snapshots`; `detail` names the nearest.

    Example:
    {"detail": "No snapshot of revision 17 is kept. The nearest are those of 12 and 20; /v1/snapshots lists all."}
    """

    status = 410


class RevisionPruned(Problem):
    """Revision was pruned

    You can read the registry at an earlier revision as long as its operator retains the states of that revision; this
    one is older. `oldest` is the oldest revision that you can read, and its time. What changed in a revision stays in
    the history of each record.

    Causes:
    - `as_of` names a revision, or a time, before the oldest that is retained

    Remedy:
    Send the oldest revision in `as_of`, or read the history of the record.

    Example:
    {"detail": "Revision 3 is older than what is kept; the oldest is 17, of 2024-06-30T12:00:00+00:00.",
     "oldest": {"revision": 17, "at": "2024-06-30T12:00:00+00:00"}}
    """

    status = 410


class RevisionReplaced(Problem):
    """Revision was replaced

    The request names a revision by its number and its mark, and the revision of that number has another mark here: the
    registry was restored from a backup, or a replica that was behind took over, and it was written to since. What you
    read of the replaced revisions is not part of this registry's history. `found` is the revision that is here.

    Causes:
    - the registry was restored to an earlier revision after you made your copy
    - a cursor or a URL from before that, or from another registry

    Remedy:
    Start again: download everything, and continue from the revision that comes with it. A number without a mark
    means whichever revision has that number now.

    Example:
    {"detail": "since is revision 17-0123456789ab, and revision 17 of this registry is 17-ba9876543210.",
     "errors": [{"parameter": "since", "value": "17-0123456789ab",
     "detail": "is not the revision of that number here, 17-ba9876543210"}],
     "found": {"revision": 17, "mark": "ba9876543210"}}
    """

    status = 410


class MethodNotAllowed(Problem):
    """Method not allowed

    The endpoint exists and does not support this method. `Allow` lists those that it supports.

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
    """Not acceptable

    This endpoint has several representations, and the `Accept` header excludes all of them. `available` lists them. An
    endpoint with one representation returns it whatever `Accept` says.

    Causes:
    - a client that accepts only XML or only HTML

    Remedy:
    Send no `Accept` header, or one that accepts a type in `available`.

    Example:
    GET /data.json with Accept: application/xml
    {"detail": "This endpoint answers as application/ld+json or application/json, and Accept excludes that.",
     "available": ["application/ld+json", "application/json"]}
    """

    status = 406


class PreconditionFailed(Problem):
    """Precondition failed

    `If-Match` or `If-Unmodified-Since` names another state of the resource than the one that is there now. `ETag` has
    the current tag, and `current` the current state of a record.

    Causes:
    - somebody else changed the record since you read it
    - a URL with `latest` has a newer snapshot than when the download began

    Remedy:
    Compare `current` with what you meant to change, and send the change again with the tag in `ETag`. To resume a
    download, use the URL with the number of the revision: its content never changes.

    Example:
    {"detail": "If-Match names another state than this, which has the tag in ETag."}
    """

    status = 412

    def __init__(self, detail: str, etag: str, *, members: Mapping[str, object] | None = None) -> None:
        """Describe the failed condition in `detail`, and send the current tag."""
        super().__init__(detail, headers=[("ETag", etag)], members=members)


class PayloadTooLarge(Problem):
    """Content too large

    The body of the request is larger than the server accepts.

    Causes:
    - a file sent to an endpoint that takes no files

    Remedy:
    Split the body into parts of at most `limit_bytes`.

    Example:
    {"detail": "The body is 2000000 bytes; at most 1048576 are taken.", "limit_bytes": 1048576}
    """

    status = 413


class UriTooLong(Problem):
    """URI too long

    The path and query together are longer than 32,768 bytes.

    Causes:
    - a filter with hundreds of values

    Remedy:
    Split the values into several requests, or take the bulk download and filter it yourself.

    Example:
    {"detail": "The path and query are 40960 bytes; 32768 is most."}
    """

    status = 414


class UnsupportedMediaType(Problem):
    """Unsupported media type

    The endpoint does not read a body of this media type.

    Causes:
    - a `Content-Type` header that is missing or does not match the body

    Remedy:
    Send the body in one of the types that the documentation of the endpoint lists.

    Example:
    {"detail": "The body is text/plain; application/json is read here."}
    """

    status = 415


class RangeNotSatisfiable(Problem):
    """Range not satisfiable

    `Range` requests bytes that the file does not have. `Content-Range` has its length.

    Causes:
    - you resume a download that is complete
    - a URL with `latest` has a newer, shorter file than when the download began
    - a range that is not written as `bytes=first-last`, `bytes=first-` or `bytes=-number`

    Remedy:
    If your copy is as long as `Content-Range` states, it is complete; else download the file again from its beginning.

    Example:
    {"detail": "The file has 4096 bytes, and none of those that are requested."}
    """

    status = 416

    def __init__(self, detail: str, size: int) -> None:
        """Describe in `detail` what is wrong with the range of a file of `size` bytes."""
        super().__init__(detail, headers=[("Content-Range", f"bytes */{size}"), ("Accept-Ranges", "bytes")])


class InvalidBody(Problem):
    """Invalid request body

    The body is JSON, and at least one value in it is missing, unknown, of another type or out of its range.

    Causes:
    - an unknown key, or another type than the documentation of the endpoint states
    - more items than one request may have

    Remedy:
    Read `errors`: each entry names the place, as a JSON pointer or a line number, and what is expected there.

    Example:
    {"detail": "The body was not taken: see errors.", "errors": [{"pointer": "/queries/2",
     "detail": "is not a string"}]}
    """

    status = 422


class PreconditionRequired(Problem):
    """Precondition required

    A change of a record needs `If-Match` with the `ETag` of the state that you read, so that nobody overwrites what
    somebody else changed meanwhile. `ETag` has the current tag, and `current` the current state.

    Causes:
    - no `If-Match` header, or a proxy that removes it

    Remedy:
    Read the record, and send its `ETag` in `If-Match`.

    Example:
    {"detail": "A change needs If-Match with the ETag of the record."}
    """

    status = 428

    def __init__(self, detail: str, etag: str, *, members: Mapping[str, object] | None = None) -> None:
        """Describe the missing condition in `detail`, and send the current tag."""
        super().__init__(detail, headers=[("ETag", etag)], members=members)


class TooManyRequests(Problem):
    """Too many requests

    As many reports as are taken in an hour came from this client, or from all together; or as many proposals as are
    taken in a day, with this token.

    Causes:
    - a program that sends one after the other
    - many people behind one address

    Remedy:
    Try again after the seconds in `Retry-After`.

    Example:
    {"detail": "Too many reports came within an hour, from you or from everybody."}
    """

    status = 429
    retry_after = 3600


class TooManyDownloads(Problem):
    """Too many downloads

    A filtered download is written to disk while it is sent, so that a slow reader holds nobody up. The server is
    preparing as many as it has room for.

    Causes:
    - many different downloads at the same time; equal ones share one file
    - a download that is larger than the download cache

    Remedy:
    Try again after the seconds in `Retry-After`.

    Example:
    {"detail": "4 downloads are being prepared; that is as many as may be."}
    """

    status = 503
    retry_after = 5


class ServiceBusy(Problem):
    """Service busy

    The request was not started, or was abandoned: more requests wait than can be answered in time, or the service is
    shutting down.

    Causes:
    - more requests at the same time than the service can answer
    - request bodies that together need more memory than is reserved for them
    - the service is restarting

    Remedy:
    Try again after the seconds in `Retry-After`.

    Example:
    {"detail": "2000 requests wait; that is as many as may."}
    """

    status = 503
    retry_after = 2


class NoRoomForDownloads(Problem):
    """No disk space for downloads

    A filtered download is written to disk while it is sent, so that a slow reader holds nobody up. The server's disk is
    full or not writable; short answers do not need it.

    Causes:
    - a disk that other files have filled, except for the space that is reserved for the registry itself
    - a read-only disk, or a folder that the server may not write to

    Remedy:
    Try again after the seconds in `Retry-After`, read page by page, or take a snapshot, which has everything. If you
    run the server, free disk space, or set another folder in `DIRECTORY_DOWNLOAD_CACHE_DIR`.

    Example:
    {"detail": "The disk of downloads is full (No space left on device)."}
    """

    status = 503
    retry_after = 60


class DatabaseUnavailable(Problem):
    """Database unavailable

    The service runs, and its database is unreachable or does not answer in time. Cached answers are not sent either,
    because the service cannot know whether they are still current.

    Causes:
    - the database is restarting or overloaded, or the network to it is interrupted

    Remedy:
    Try again after the seconds in `Retry-After`; `/healthz` answers 200 when the database is back.

    Example:
    {"detail": "The database cannot be reached."}
    """

    status = 503
    retry_after = 5


class QueryTooSlow(Problem):
    """Query timed out

    The query was cancelled because it ran longer than one request may take.

    Causes:
    - an exact count over a very wide filter, while the server is busy

    Remedy:
    Narrow the filter, send `count=estimated` or `count=none`, or take the bulk download.

    Example:
    {"detail": "The query was stopped when its time was over."}
    """

    status = 503
    retry_after = 10


class StorageUnavailable(Problem):
    """Storage unavailable

    The snapshot is registered, and its files cannot be read from the storage at the moment.

    Causes:
    - the storage is not mounted, or its service does not answer
    - the snapshot is being written again

    Remedy:
    Try again after the seconds in `Retry-After`; an older snapshot may be readable, see `/v1/snapshots`.

    Example:
    {"detail": "accounts.ndjson of revision 17 cannot be read at the moment."}
    """

    status = 503
    retry_after = 30


class InternalError(Problem):
    """Internal server error

    The server has a bug. It logged the error under the id of the request; the answer has no details of it.

    Causes:
    - a defect in the program

    Remedy:
    Report it with `request_id`.

    Example:
    {"detail": "The request failed; the log has it under the id in request_id."}
    """

    status = 500
