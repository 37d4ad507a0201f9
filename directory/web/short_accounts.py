"""Accounts that the API has in short, such as members of a report, with what `name_of` needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from directory.accounts.queries.names import select_names
from directory.http.request import database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_NO_NAMES: Final[Mapping[str, Any]] = {"names": (), "platform_user_id": None}


def with_names(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return rows that are accounts in short, or have some as `accounts`, with all names of each."""
    ids = set(_ids(rows))
    if not ids:
        return list(rows)
    with database().read() as conn:
        known = select_names(conn, ids)

    def complete(account: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**account, **known.get(account["id"], _NO_NAMES)}

    return [
        {**row, "accounts": [complete(each) for each in row["accounts"]]} if _has_members(row) else complete(row)
        for row in rows
    ]


def _ids(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from (each["id"] for each in row["accounts"]) if _has_members(row) else (row["id"],)


def _has_members(row: Mapping[str, Any]) -> bool:
    return "accounts" in row
