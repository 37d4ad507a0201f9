"""Whether a client's copy is still good: the conditions of a request for something that has a strong tag and a date.

Source: RFC 9110, section 13.
"""

from __future__ import annotations

from datetime import datetime

from flask import request
from werkzeug.http import parse_date

from directory.http.caching import matches
from directory.http.problems import PreconditionFailed


def is_not_modified(tag: str, modified: datetime) -> bool:
    """Tell whether the client has what has this tag, so that 304 says all; raise PreconditionFailed.

    `modified` is in whole seconds; the tag is strong and has its quotes.
    """
    headers = request.headers
    if "If-Match" in headers:
        if not (request.if_match.star_tag or request.if_match.contains(tag.strip('"'))):
            raise PreconditionFailed("If-Match names another state than this, which has the tag in ETag.", tag)
    elif (before := parse_date(headers.get("If-Unmodified-Since"))) is not None and modified > before:
        raise PreconditionFailed("It was modified after the date in If-Unmodified-Since.", tag)
    if "If-None-Match" in headers:
        asked = headers["If-None-Match"].strip()
        return asked == "*" or matches(asked, tag)
    since = parse_date(headers.get("If-Modified-Since"))
    return since is not None and modified <= since


def if_range_matches(tag: str, modified: datetime) -> bool:
    """Tell whether a range goes with what the client has: there is no If-Range, or it names just this state."""
    condition = request.headers.get("If-Range")
    # A tag is compared as it stands: one that a proxy has made weak no longer vouches for each byte.
    return condition is None or condition.strip() == tag or parse_date(condition) == modified


def is_part_of_another(tag: str) -> bool:
    """Tell whether a part is asked for without saying that it is one of what has this tag."""
    return "Range" in request.headers and request.headers.get("If-Range", "").strip() != tag


def has_to_be_the_same() -> bool:
    """Tell whether the request is for one state alone."""
    return "If-Match" in request.headers or "If-Unmodified-Since" in request.headers
