"""The validators of a response of the registry: its entity tag and Cache-Control, from the revision that it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from werkzeug.http import parse_date

from directory.database.revisions import State

if TYPE_CHECKING:
    from directory.database.connections import Database
    from directory.http.registry_request import RegistryRequest

# Max-age of an answer that no later revision changes.
FINAL_SECONDS: Final = 86_400
# Not for longer: the program may learn to write it better, or the revision may be pruned.
_FINAL: Final = f"public, max-age={FINAL_SECONDS}, immutable"
# An opaque-tag with its quotes (RFC 9110, 8.8.3); without W/ in front of it, the comparison is weak.
_OPAQUE_TAG: Final = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


@dataclass(frozen=True, slots=True)
class Validators:
    """The latest revision, and the tag and Cache-Control of the response made at it."""

    revision: State
    etag: str
    cache_control: str

    @classmethod
    def of(cls, request: RegistryRequest, as_of: object) -> Validators:
        """Return the validators of the response to a request, of now or of the revision `as_of`."""
        database = request.database
        revision = database.state
        seconds = request.services.config.cache_seconds
        earlier = _find_written(database, as_of, revision) if isinstance(as_of, State) else None
        if earlier is None or not isinstance(as_of, State):
            return cls(revision, request.revision_etag(revision), cache_control(seconds))
        # An erasure changes earlier revisions too: no copy that still has the erased record is validated.
        etag = request.revision_etag(earlier, database.erasure)
        # A number with its mark never has another answer, whatever backup is restored.
        return cls(revision, etag, _FINAL if as_of.mark != "" else cache_control(seconds))

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that carry them."""
        return ("ETag", self.etag), ("Cache-Control", self.cache_control)


def is_not_modified(
    if_none_match: str | None,
    etag: str,
    *,
    if_modified_since: str | None = None,
    last_modified: datetime | None = None,
) -> bool:
    """Whether a client has the current representation, so that the answer to its GET or HEAD is 304.

    `etag` has its quotes and is compared weakly. If-Modified-Since counts only without If-None-Match, and where
    `last_modified` is passed, in whole seconds (RFC 9110, 13.2.2).
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag.removeprefix("W/") in _OPAQUE_TAG.findall(if_none_match)
    since = parse_date(if_modified_since) if last_modified is not None else None
    return since is not None and last_modified is not None and last_modified <= since


def cache_control(seconds: int) -> str:
    """Return the Cache-Control that lets any cache store an answer for so many seconds, then validate it."""
    return f"public, max-age={seconds}" if seconds else "public, no-cache"


def _find_written(database: Database, as_of: State, latest: State) -> State | None:
    """Return the revision that `as_of` names with its mark here, None where it is not written or has another mark.

    The view refuses those. A time has no tag of its own: what it means may be about to change.
    """
    mark = database.mark_of(as_of.number) if as_of.number <= latest.number else None
    return State(as_of.number, mark) if mark is not None and as_of.mark in {"", mark} else None
