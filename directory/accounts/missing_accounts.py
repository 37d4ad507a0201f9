"""What an id leads to that no account has: the successor of one that was merged, or a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.accounts.queries.account import select_tombstone
from directory.http.direct_response import DirectResponse, direct_redirect
from directory.http.problems import Gone, MalformedId, NotFound
from directory.ids import explain_malformed

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.point_in_time import PointInTime


def redirect_or_raise(
    conn: Connection[Any], account_id: str, *, below: str = "", as_of: PointInTime | None = None
) -> DirectResponse:
    """Redirect to the successor of a merged account; raise a Problem for one that is deleted or not known."""
    if (fault := explain_malformed(account_id)) is not None:
        raise MalformedId(fault)
    tombstone = select_tombstone(conn, account_id, as_of)
    if tombstone is None and as_of is not None:
        raise NotFound(f"No account had the id {account_id} at revision {as_of.revision}.")
    if tombstone is None:
        raise NotFound(f"No account has the id {account_id}.")
    if tombstone.successor_id is not None:
        query = f"?as_of={as_of.revision}" if as_of is not None else ""
        return direct_redirect(f"/v1/accounts/{tombstone.successor_id}{below}{query}")
    raise Gone(
        f"The account {account_id} was deleted in revision {tombstone.revision}.",
        members={
            "tombstone": {
                "id": account_id,
                "revision": tombstone.revision,
                "at": tombstone.at,
                "reason": tombstone.reason,
                "category": tombstone.category,
            }
        },
    )
