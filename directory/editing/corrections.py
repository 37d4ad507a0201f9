"""Corrections: what an editor says of an account, which ranks above all sources until it is withdrawn.

They are decisions as those of `directory.lifecycle`, and imports apply both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from directory.database.revisions import begin_revision
from directory.database.sql import Fragment, column
from directory.departments.names import fold
from directory.editing import queries
from directory.imports.merge.decisions import update_decided_fields
from directory.imports.merging import recompose_accounts
from directory.lifecycle.queries import insert_department_decision, select_state
from directory.lifecycle.transfers import find_existing, require_department
from directory.refusals import Refused
from directory.search.indexing import index_pending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from directory.editing.fields import Statement
    from directory.handles.changes import AuditNote

_ACCOUNTS: Final = column("accounts")
_OF_ACCOUNT: Final = Fragment("d.account_id = %(id)s")


def find_faults(
    conn: Connection[Any], stated: Mapping[str, Statement], document: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the JSON pointer of each value that contradicts the registry, and what is wrong with it."""
    if "department" in stated:
        try:
            require_department(conn, stated["department"]["department"])
        except Refused as refused:
            yield "/department/id", str(refused)
    region = stated.get("region", {}).get("region")
    if region is not None and not queries.has_region(conn, region):
        yield "/region/code", f"no region has the code {region}; see /v1/regions"
    opened_on = stated.get("opened_on", {}).get("opened_on")
    if opened_on is not None and document["closed_on"] is not None and opened_on > document["closed_on"]:
        yield "/opened_on", f"it is after closed_on, {document['closed_on']}"


def correct(
    conn: Connection[Any],
    account_id: str,
    stated: Mapping[str, Statement],
    document: Mapping[str, Any],
    note: AuditNote,
) -> int | None:
    """Write what an editor states of an account, and return the revision; None if the account has these values.

    `document` is its public JSON. The caller owns the transaction and has the lock.
    """
    before = _read_statements(document)
    differing = {field: statement for field, statement in stated.items() if statement != before[field]}
    if not differing:
        return None
    revision = begin_revision(conn, actor=note.actor, reason=note.reason)
    department = differing.pop("department", None)
    if department is not None:
        # Before a region: the later one says where the account is.
        insert_department_decision(conn, select_state(conn, account_id), department["department"])
    if differing:
        queries.insert_corrections(conn, account_id, differing, before)
    update_decided_fields(conn, _ACCOUNTS, _OF_ACCOUNT, {"id": account_id})
    index_pending(conn)
    return revision


def withdraw(conn: Connection[Any], account_id: str, field: str, note: AuditNote) -> int | None:
    """Withdraw the corrections of a field, and return the revision; None if none is in force.

    The field is as sources state it then; where none lists the account, as it was before.
    """
    correction = queries.select_first_correction(conn, account_id, field)
    if correction is None:
        return None
    revision = begin_revision(conn, actor=note.actor, reason=note.reason)
    queries.withdraw_corrections(conn, account_id, field)
    if correction.is_listed:
        recompose_accounts(conn, [account_id])
    elif field == "department":
        department = find_existing(conn, correction.before["department"])
        queries.update_fields(conn, account_id, {"department": department, "region": correction.before["region"]})
    else:
        queries.update_fields(conn, account_id, correction.before)
    index_pending(conn)
    return revision


def public_value(field: str, statement: Statement) -> Any:  # noqa: ANN401 - a value of JSON
    """Return what a statement says of a field in the form of a patch."""
    value = statement[field]
    if value is None:
        return None
    if field == "names":
        return [{"name": name["name"], "language": name["language"]} for name in value]
    if field in _REFERENCES:
        return {_REFERENCES[field]: value}
    return value


_REFERENCES: Final = {"department": "id", "region": "code"}


def _read_statements(document: Mapping[str, Any]) -> dict[str, Statement]:
    """Return what an account's public JSON says of each field that editors set."""
    name, department, region = document["name"], document["department"], document["region"]
    return {
        "name": {"name": name, "name_key": None if name is None else fold(name)},
        "names": {
            "names": [
                {"name": each["name"], "language": each["language"], "key": fold(each["name"])}
                for each in document["names"]
            ]
        },
        "department": {"department": department and department["id"]},
        "region": {"region": region and region["code"]},
        **{field: {field: document[field]} for field in ("description", "subject", "language", "tags", "opened_on")},
    }
