"""Restoration: a deleted account comes back under its id, as its last version shows it.

The registry retains nothing else of what it deleted, so observations do not come back. What the sources stated comes
back as one statement of each of them, until they state it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from directory.database import advisory_locks, revisions
from directory.deletions import queries
from directory.deletions.changes import require_record
from directory.deletions.errors import DeletionRefused
from directory.departments.names import fold
from directory.platforms.addresses import Address, canonical_url, handle_key
from directory.search.indexing import index_pending

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.deletions.queries import DeletedAccount

# What was deleted because the person concerned, a court or an authority wanted it stays deleted.
RESTORABLE: Final = frozenset({None, "mistake", "not_official", "other"})
_STATED: Final = (
    *("platform", "platform_user_id", "handle", "url", "name", "description", "subject", "status", "opened_on"),
    *("closed_on", "language"),
)


def restore(conn: Connection[Any], account_id: str, *, actor: str, reason: str) -> int:
    """Restore a deleted account under its id; return the revision. Raises DeletionRefused.

    It has no handle if another account holds that now.
    """
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        record = require_record(conn, account_id)
        deleted = queries.select_deleted_account(conn, account_id)
        if record.exists or deleted is None:
            raise DeletionRefused("not-deleted", f"{account_id} was not deleted", "there is nothing to restore")
        values = read_version(account_id, _require_restorable(account_id, deleted))
        resolve_identity(conn, values)
        revision = revisions.begin_revision(conn, actor=actor, reason=reason)
        queries.delete_suppressions(conn, account_id)
        queries.restore_tombstone(conn, account_id)
        queries.insert_restored_account(conn, values)
        queries.insert_restored_statements(conn, account_id, _state(values))
        index_pending(conn)
        return revision


def _require_restorable(account_id: str, deleted: DeletedAccount) -> dict[str, Any]:
    """Return the last version of an account; raise DeletionRefused where it must not come back."""
    if deleted.is_erased or deleted.record is None:
        raise DeletionRefused(
            "erased", f"the content of the account {account_id} was erased", "import it again after directory readmit"
        )
    if deleted.category not in RESTORABLE:
        raise DeletionRefused(
            "not-restorable",
            f"the account {account_id} was deleted for the reason {deleted.category}",
            f"if that no longer holds, directory readmit {account_id} lets imports list it again, under a new id",
        )
    return deleted.record


def read_version(account_id: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of an account from its public JSON."""
    proof = record["verification"]
    withdrawn = proof.get("withdrawn") or {}
    department = record["department"] or {}
    name, names = record["name"], record["names"]
    every_name = [*([name] if name else []), *(each["name"] for each in names)]
    return record | {
        "id": account_id,
        "handle_key": None if record["handle"] is None else handle_key(record["platform"], record["handle"]),
        "name_key": fold(name) if name else None,
        "names": Jsonb(names),
        "name_keys": [fold(each) for each in every_name],
        "department": department.get("id"),
        "department_name": department.get("name"),
        "department_type": department.get("type"),
        "region": (record["region"] or {}).get("code"),
        "level": proof["level"],
        "method": proof["method"],
        "checked_at": proof["checked_at"],
        "expires_at": proof["expires_at"],
        "withdrawn_by": withdrawn.get("source"),
        "listed_from": withdrawn.get("listed_from"),
        "listed_until": withdrawn.get("listed_until"),
    }


def resolve_identity(conn: Connection[Any], values: dict[str, Any]) -> None:
    """Take the handle from an account whose handle another one has by now; raise DeletionRefused if nothing is left."""
    platform, user_id, key = values["platform"], values["platform_user_id"], values["handle_key"]
    by_user_id, by_handle = queries.select_identity_holders(conn, platform, user_id, key)
    if by_user_id is not None:
        raise DeletionRefused(
            "user-id-taken", f"the account {by_user_id} has its user id by now", "delete or merge that one first"
        )
    if by_handle is not None and user_id is None:
        raise DeletionRefused(
            "handle-taken",
            f"the account {by_handle} holds its handle by now",
            f"rename that one first: directory account rename {by_handle}",
        )
    if by_handle is not None:
        url = canonical_url(Address(platform, None, user_id))
        values.update(handle=None, handle_key=None, url=url)


def _state(values: dict[str, Any]) -> dict[str, Any]:
    """Return the statement that says what an account's record says, in the form of imports."""
    stated = {name: values[name] for name in _STATED if values[name] is not None}
    if values["handle_key"] not in {None, values["handle"]}:
        stated["handle_key"] = values["handle_key"]
    if values["name_key"] not in {None, values["name"]}:
        stated["name_key"] = values["name_key"]
    names = values["names"].obj
    if names:
        stated["names"] = [
            {key: value for key, value in {**each, "key": fold(each["name"])}.items() if value is not None}
            for each in names
        ]
    for key, name in (("department", "department_name"), ("department_type", "department_type"), ("region", "region")):
        if values[name] is not None:
            stated[key] = values[name]
    return stated | ({"tags": values["tags"]} if values["tags"] else {})
