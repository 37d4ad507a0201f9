"""Creation of accounts by editors: a statement of their own source, and corrections, which rank above all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from directory.accounts.queries.handles import select_holders
from directory.database.revisions import begin_revision
from directory.editing import queries
from directory.editing.fields import EMPTY
from directory.lifecycle.queries import insert_department_decision, select_department_region, select_state
from directory.platforms.addresses import canonical_url, handle_key, public_handle
from directory.refusals import Refused
from directory.search.indexing import index_pending
from directory.sources.upsert import Source, select_differing_sources, upsert_sources

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.editing.patches import Creation
    from directory.handles.changes import AuditNote

EDITORS: Final = Source(id="editors", title="Editors of this registry")
"""The source of accounts that editors create, until a list has them, too."""


class CreationRefused(Refused):
    """An account cannot be created as the registry is; `members` name the account that is in the way."""

    def __init__(self, code: str, message: str, remedy: str, **members: str) -> None:
        super().__init__(code, message, remedy)
        self.members = members


def require_new(conn: Connection[Any], creation: Creation) -> None:
    """Raise CreationRefused for an account that exists or was deleted, and for a handle in quarantine."""
    address = creation.address
    key = _key(creation)
    existing = queries.select_existing_account(conn, address.platform, address.user_id, key)
    if existing is not None:
        raise CreationRefused(
            "already-exists", f"the account {existing} is this one", "correct that one", existing=existing
        )
    deleted = queries.select_deleted_account(conn, address.platform, address.user_id, key)
    if deleted is not None:
        raise CreationRefused(
            "deleted",
            f"the account {deleted} was this one, and was deleted",
            f"have it restored: POST /v1/accounts/{deleted}/restore",
            existing=deleted,
        )
    for holding in select_holders(conn, [(address.platform, key)]) if key is not None else ():
        for release in holding.releases:
            if release.holds_off(None):
                raise CreationRefused(
                    "quarantined",
                    f"the account {release.account_id} released the handle {release.handle}, and it is in quarantine",
                    "have an operator end the quarantine if it is rightly held: directory handle unquarantine",
                    existing=release.account_id,
                )


def create(conn: Connection[Any], creation: Creation, note: AuditNote) -> tuple[str, int]:
    """Create an account that is new, and return its id and the revision.

    The caller owns the transaction and has the lock.
    """
    address, stated = creation
    merged = {key: value for statement in stated.values() for key, value in statement.items()}
    department = merged.pop("department", None)
    merged["region"] = find_region(conn, creation)
    identity = {
        "platform": address.platform,
        "platform_user_id": address.user_id,
        "handle": public_handle(address) or address.handle,
        "handle_key": _key(creation),
        "url": canonical_url(address),
    }
    revision = begin_revision(conn, actor=note.actor, reason=note.reason)
    upsert_sources(conn, select_differing_sources(conn, [EDITORS]))
    account_id = queries.insert_account(conn, {**merged, **identity}, department, EDITORS.id)
    if department is not None:
        insert_department_decision(conn, select_state(conn, account_id), department)
    corrected = {field: statement for field, statement in stated.items() if field != "department"}
    if corrected:
        queries.insert_corrections(conn, account_id, corrected, EMPTY)
    index_pending(conn)
    return account_id, revision


def find_region(conn: Connection[Any], creation: Creation) -> str | None:
    """Return the region of an account to create: the stated one, else that of its department."""
    stated = creation.stated
    if "region" in stated:
        code: str | None = stated["region"]["region"]
        return code
    return select_department_region(conn, stated["department"]["department"]) if "department" in stated else None


def _key(creation: Creation) -> str | None:
    address = creation.address
    return handle_key(address.platform, address.handle) if address.handle else None
