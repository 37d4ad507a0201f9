"""If-Match for changes of records: the tag of a GET says at which revision of the registry a client read the record.

That tag is weak and new with each revision, so it is not compared with the present one: the condition holds if the
record did not change after the revision in the tag. RFC 9110, 13.1.1, compares strongly, by which no weak tag matches;
here two states of one revision are the same record, whatever bytes a coding made of it.
"""

from __future__ import annotations

import json
import re
from typing import Final

from flask import request

from directory.database.revisions import State
from directory.http.compression import ENCODINGS
from directory.http.problems import PreconditionFailed, PreconditionRequired
from directory.http.registry_request import RegistryRequest, current_registry_request

_TAG: Final = re.compile(r'(?:W/)?"([0-9]{1,18})-[0-9a-f]{16}"', re.ASCII)
# Each is compared with the tags of all codings.
_TAGS_MAX: Final = 10


def require_unchanged(document: str, changed_in: int, *, path: str | None = None) -> None:
    """Raise PreconditionRequired or PreconditionFailed unless the client read a record after its last change.

    `document` is the record as its path answers now, `changed_in` the revision that changed it last. `path` is that of
    the record, None where it is that of the request.
    """
    header = request.headers.get("If-Match", "").strip()
    if header == "*":
        return
    if header and any(number >= changed_in for number in _read_revisions(header, path)):
        return
    services = current_registry_request().services
    etag = record_tag(services.database.state, path=path)
    current = {"current": json.loads(document)}
    if not header:
        raise PreconditionRequired("A change needs If-Match with the ETag of the record.", etag, members=current)
    detail = "The record changed after you read it, or If-Match has no tag of it: see current."
    raise PreconditionFailed(detail, etag, members=current)


def _read_revisions(header: str, path: str | None) -> list[int]:
    """Return the revisions at which the client read this record, by the tags of a header that the service made."""
    database = current_registry_request().services.database
    found: list[int] = []
    for match in list(_TAG.finditer(header))[:_TAGS_MAX]:
        number = int(match[1])
        mark = database.mark_of(number) if number else ""
        # A tag of another registry, or of revisions that a restore removed, has another mark.
        if mark is None:
            continue
        made = {record_tag(State(number, mark), encoding, path=path) for encoding in (*ENCODINGS, "identity")}
        if f"W/{match[0].removeprefix('W/')}" in made:
            found.append(number)
    return found


def record_tag(state: State, encoding: str = "identity", *, path: str | None = None) -> str:
    """Return the tag of GET of a record, without parameters, at a revision; of the path of the request by default."""
    current = current_registry_request()
    return RegistryRequest(current.services, path or current.path, b"", encoding).revision_etag(state)
