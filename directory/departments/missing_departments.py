"""What an id leads to that no department has: the successor of one that was merged, or a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.departments.queries import select_tombstone
from directory.http.direct_response import DirectResponse, direct_redirect
from directory.http.problems import Gone, MalformedId, NotFound
from directory.ids import explain_malformed

if TYPE_CHECKING:
    from psycopg import Connection


def redirect_or_raise(conn: Connection[Any], department_id: str, *, below: str = "") -> DirectResponse:
    """Redirect to the successor of a merged department; raise a Problem for one that is deleted or not known."""
    if (fault := explain_malformed(department_id)) is not None:
        raise MalformedId(fault)
    tombstone = select_tombstone(conn, department_id)
    if tombstone is None:
        raise NotFound(f"No department has the id {department_id}.")
    if tombstone.successor_id is not None:
        return direct_redirect(f"/v1/departments/{tombstone.successor_id}{below}")
    raise Gone(
        f"The department {department_id} was deleted in revision {tombstone.revision}.",
        members={
            "tombstone": {
                "id": department_id,
                "revision": tombstone.revision,
                "at": tombstone.at,
                "reason": tombstone.reason,
                "category": tombstone.category,
            }
        },
    )
