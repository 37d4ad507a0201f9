"""An account at the desk: its operations, each shown as a difference before it is written."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from directory.deletions.queries import CATEGORIES
from directory.http.preconditions import record_tag
from directory.http.problems import (
    Conflict,
    InvalidBody,
    NotFound,
    PlaceNotAllowed,
    PreconditionFailed,
)
from directory.http.request import database
from directory.web import api
from directory.web.desk_pages import Desk, desk_form, desk_page, go_to
from directory.web.languages import gettext as _
from directory.web.site import page_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from directory.http.problems import Problem

# The members of the body of each operation, but for the reason; the one that it cannot do without is first.
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "suspend": (),
    "resume": (),
    "close": ("on",),
    "reopen": (),
    "rename": ("handle", "user_id"),
    "release": (),
    "transfer": ("department",),
    "merge": ("into",),
    "delete": ("category",),
}
_REQUIRED: Final = frozenset({"handle", "department", "into"})
# By the status of the account, what would be refused.
_OF_STATUS: Final = {"resume": ("suspended",), "reopen": ("closed",), "suspend": ("active", "dormant", "unknown")}
_DRY: Final = (("dry_run", "true"),)
# After these the account has no page.
_ENDING: Final = frozenset({"merge", "delete"})


@desk_page("/accounts")
def get_desk_accounts(_desk: Desk) -> Response:
    """Go to the account that is named by its id, or by the address of its page."""
    asked = dict(page_pairs()).get("q", "").partition("?")[0].strip().rstrip("/")
    if not asked:
        return go_to("desk")
    return go_to(f"desk/accounts/{asked.rpartition('/')[2]}")


@desk_page("/accounts/<account_id>")
def get_desk_account(desk: Desk, account_id: str) -> Response:
    """Return an account with its operations, and the form of the one that is asked for."""
    asked = dict(page_pairs())
    operation = asked.get("operation", "")
    return _render_account(desk, account_id, operation if operation in _FIELDS else "", done=asked.get("done", ""))


@desk_form("/accounts/<account_id>")
def post_desk_account(desk: Desk, account_id: str) -> Response:
    """Return the difference that an operation would make; once that is confirmed, write it."""
    operation, tag = desk.form.get("operation", ""), desk.form.get("tag", "")
    if operation not in _FIELDS:
        raise NotFound("The desk has no such operation.")
    body = {name: text for name in ("reason", *_FIELDS[operation]) if (text := desk.form.get(name, "").strip())}
    path = f"/v1/accounts/{account_id}"
    # Taken before the record is read: what others write after that is refused when this is confirmed.
    read_at = record_tag(database().state, path=path)
    try:
        change = desk.post(f"{path}/{operation}", body, () if tag else _DRY, if_match=tag)
    except (Conflict, InvalidBody, PlaceNotAllowed, PreconditionFailed) as problem:
        status = HTTPStatus(problem.status)
        return _render_account(desk, account_id, operation, body=body, wrong=_explain(problem), status=status)
    if tag:
        return go_to("desk") if operation in _ENDING else go_to(f"desk/accounts/{account_id}", done=operation)
    return desk.render(
        "desk_change.html",
        account=api.get(path),
        operation=operation,
        body=body,
        tag=read_at,
        rows=_differences(change["before"] or {}, change["after"] or {}),
        is_ending=operation in _ENDING,
    )


def _render_account(
    desk: Desk,
    account_id: str,
    operation: str,
    *,
    body: Mapping[str, str] | None = None,
    wrong: str = "",
    done: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    try:
        account = api.get(f"/v1/accounts/{account_id}")
    except api.MovedError as moved:
        return go_to(f"desk/accounts/{moved.location.rpartition('/')[2]}")
    return desk.render(
        "desk_account.html",
        status=status,
        account=account,
        operation=operation,
        operations=[name for name in _FIELDS if _is_offered(desk, name, account["status"])],
        fields=_FIELDS.get(operation, ()),
        required=_REQUIRED,
        categories=CATEGORIES,
        body=body or {},
        wrong=wrong,
        done=done if done in _FIELDS else "",
    )


def _is_offered(desk: Desk, operation: str, status: str) -> bool:
    """Whether a page leads to an operation; the API decides whether it is valid."""
    return desk.token.allows("edit") and status in _OF_STATUS.get(operation, (status,))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return the values that an operation changes: their names, what they were, and what they would be."""
    names = before or after
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def _explain(problem: Problem) -> str:
    """Return why an operation was refused, in the language of the page as far as it has words for it."""
    if isinstance(problem, PreconditionFailed):
        return _("Somebody else has changed the account since you saw the difference. Look at it again.")
    if isinstance(problem, PlaceNotAllowed):
        return _("Your token is not for the region or department of this account, or of where it would be.")
    if isinstance(problem, InvalidBody):
        return _("The form lacks something, or a field has a value that is not possible. A reason is always needed.")
    return _("The operation is not possible as the account is now: %(detail)s", detail=problem.detail)
