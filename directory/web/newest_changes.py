"""The newest changes first, as in the feed: the list of the API has the oldest first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from directory.changes.filters import build_facet_query
from directory.changes.queries import ChangeRange, select_changes
from directory.http.request import database
from directory.web.standings import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.changes.filters import FilterValues

# Of a record's keys, the one that has its name, the best first.
_NAMES: Final = ("name", "handle", "type")


def list_newest_changes(filters: FilterValues, limit: int) -> list[Mapping[str, Any]]:
    """Return up to `limit` changes as the API gives each, the newest first."""
    state = database().state
    facets = build_facet_query(database(), state, filters)
    with database().read() as conn:
        changes = ChangeRange.of(0, state.number, facets)
        rows = select_changes(conn, changes, limit=limit, is_newest_first=True)
    return [json.loads(text) for text, *_place in rows]


def name_of_subject(change: Mapping[str, Any]) -> str:
    """Return what the record of a change is called; its id where the record was erased."""
    record = change["after"] or change["before"] or {}
    id_ = change.get("replaced_by", change["id"])
    if "names" in record:
        return name_of({"platform_user_id": None, "id": id_, **record})
    return next((str(record[key]) for key in _NAMES if record.get(key)), id_)
