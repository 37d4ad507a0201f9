"""Which account a row means: by id, also that of a merged account, by user id, or by the handle that it has now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from directory.followers.rows import Identity, RowRefused

if TYPE_CHECKING:
    from psycopg import Connection

# The id of the account, or why there is none.
Resolved: TypeAlias = "str | RowRefused"
# Some 200 bytes each.
_REMEMBERED_MAX: Final = 200_000


class Resolver:
    """Resolves identities, and remembers a bounded number of them."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn
        self._known: dict[Identity, Resolved] = {}
        self.successors: dict[str, str] = {}

    def resolve(self, identities: Iterable[Identity]) -> dict[Identity, Resolved]:
        """Return what each of these identities means."""
        wanted = {*identities}
        missing = wanted - self._known.keys()
        if len(self._known) + len(missing) > _REMEMBERED_MAX:
            self._known.clear()
            missing = wanted
        if missing:
            self._known.update(self._select(missing))
        return self._known

    def _select(self, identities: Collection[Identity]) -> Iterable[tuple[Identity, Resolved]]:
        listed = list(identities)
        rows = self._conn.execute(
            """
            SELECT r.position, a.id, t.id IS NOT NULL, t.successor_id, t.revision, u.id, h.account_id,
                   holder.platform_user_id, former.account_id
              FROM unnest(%(ids)s::text[], %(platforms)s::text[], %(keys)s::text[], %(users)s::text[])
                   WITH ORDINALITY AS r (id, platform, handle_key, user_id, position)
              LEFT JOIN accounts AS a ON a.id = r.id
              LEFT JOIN tombstones AS t ON t.kind = 'account' AND t.id = r.id
              LEFT JOIN accounts AS u ON r.user_id <> '' AND (u.platform, u.platform_user_id) = (r.platform, r.user_id)
              LEFT JOIN handles AS h
                ON r.handle_key <> '' AND (h.platform, h.handle_key) = (r.platform, r.handle_key) AND h.valid_to IS NULL
              LEFT JOIN accounts AS holder ON holder.id = h.account_id
              LEFT JOIN LATERAL (
                   SELECT e.account_id FROM handles AS e
                    WHERE r.handle_key <> '' AND (e.platform, e.handle_key) = (r.platform, r.handle_key)
                      AND e.valid_to IS NOT NULL
                    ORDER BY e.valid_to DESC LIMIT 1) AS former ON h.account_id IS NULL
            """,
            {
                "ids": [each.account_id for each in listed],
                "platforms": [each.platform for each in listed],
                "keys": [each.handle_key for each in listed],
                "users": [each.user_id for each in listed],
            },
        ).fetchall()
        for position, *found in rows:
            identity = listed[position - 1]
            yield identity, self._judge_id(identity, *found) if identity.account_id else _judge(identity, *found[4:])

    def _judge_id(self, identity: Identity, *found: Any) -> Resolved:  # noqa: ANN401 - a row of the query above
        account_id, is_tombstone, successor_id, revision, *_ = found
        shown = identity.account_id
        if account_id is not None:
            return str(account_id)
        if successor_id is not None:
            self.successors[shown] = successor_id
            return str(successor_id)
        if is_tombstone:
            message = f"the account was deleted in revision {revision}"
            return RowRefused("account", shown, message, "leave the row out: nothing is recorded of it any more")
        return RowRefused("account", shown, "no account has this id", "look the account up with /v1/resolve")


def _judge(
    identity: Identity, by_user: str | None, by_handle: str | None, user_of_holder: str | None, former: str | None
) -> Resolved:
    if by_user is not None:
        return by_user
    shown = f"{identity.platform}:{identity.handle_key or identity.user_id}"
    if by_handle is not None and not (identity.user_id and user_of_holder):
        return by_handle
    if by_handle is not None:
        message = f"account {by_handle} has this handle, with the user id {user_of_holder}"
        return RowRefused(
            "platform_user_id", identity.user_id, message, "correct the user id, or give the account's id"
        )
    if former is not None:
        message = f"account {former} had this handle, and released it"
        return RowRefused("handle", shown, message, f"give account {former} by its id, if it is meant")
    return RowRefused("account", shown, "the registry has no such account", "import the account first")
