"""A request that changes an account: token, condition and lock before the change, and the answer after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from directory.accounts.queries.account import CurrentAccount, select_current_account, select_tombstone
from directory.database.advisory_locks import LockTimeoutError, lock_writes
from directory.database.revisions import State, select_mark
from directory.http.middleware import without_storing
from directory.http.preconditions import record_tag, require_unchanged
from directory.http.problems import Gone, MalformedId, NotFound, ServiceBusy
from directory.http.request import database
from directory.http.responses import Response, json_response
from directory.ids import explain_malformed
from directory.lifecycle.requests import require_new_department
from directory.tokens.authentication import authenticate, require_place
from directory.tokens.queries import Token

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.editing import schemas


@dataclass(frozen=True, slots=True)
class Editing:
    """An account that the token of this request may change, and that nobody else can change meanwhile."""

    conn: Connection[Any]
    token: Token
    account: CurrentAccount
    document: dict[str, Any]


def change_account(
    query: schemas.ChangeQuery, account_id: str, secret: str, change: Callable[[Editing], int | None]
) -> Response:
    """Change an account, and return what it was and is, with its next tag."""
    with edit(account_id, secret, is_dry=query.is_dry) as editing:
        revision = change(editing)
        after = select_current_account(editing.conn, account_id)
        if after is None:
            raise LookupError(account_id)
        # Rolled back where the account would be of a place that is not the token's.
        require_place(editing.conn, editing.token, region=after.region, department=after.department)
        require_new_department(editing.conn, editing.token, editing.account.department, after.department)
        mark = None if query.is_dry or revision is None else select_mark(editing.conn, revision)
    written = revision if mark is not None else None
    document = {"id": account_id, "revision": written, "before": editing.document, "after": json.loads(after.document)}
    response = answer_json(json.dumps(document, ensure_ascii=False))
    if written is not None and mark is not None:
        response.headers["ETag"] = record_tag(State(written, mark), path=path_of(account_id))
    return response


@contextmanager
def edit(account_id: str, secret: str, *, is_dry: bool) -> Iterator[Editing]:
    """Yield an account to change in a transaction, which is rolled back if it `is_dry`.

    Raises the problem of a token that may not change it, of an account that is not there, and of `If-Match`.
    """
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, "edit")
            if (fault := explain_malformed(account_id)) is not None:
                raise MalformedId(fault)
            with conn.transaction(force_rollback=is_dry):
                # Before the first read: nobody can change the account between the condition and the change.
                lock_writes(conn)
                account = select_current_account(conn, account_id)
                if account is None:
                    raise _missing(conn, account_id)
                require_place(conn, token, region=account.region, department=account.department)
                require_unchanged(account.document, account.revision, path=path_of(account_id))
                yield Editing(conn, token, account, json.loads(account.document))
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error


def path_of(account_id: str) -> str:
    """Return the path of an account."""
    return f"/v1/accounts/{account_id}"


def answer_json(text: str) -> Response:
    """Return a response to a change, which nobody keeps."""
    return without_storing(json_response(text))


def _missing(conn: Connection[Any], account_id: str) -> NotFound | Gone:
    """Return the problem of an account that is not there, Gone if it was deleted or merged."""
    tombstone = select_tombstone(conn, account_id)
    if tombstone is None:
        return NotFound(f"No account has the id {account_id}.")
    fate = f"was merged into {tombstone.successor_id}" if tombstone.successor_id else "was deleted"
    return Gone(f"The account {account_id} {fate} in revision {tombstone.revision}.")
