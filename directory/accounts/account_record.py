"""Accounts as far as others are judged by them: what they are called, where they are, how they stand."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple, TypedDict

from directory.database.sql import compose


class Withdrawal(TypedDict):
    """The source that listed an account last; times as in RFC 3339."""

    source: str
    listed_from: str | None
    listed_until: str


class Record(NamedTuple):
    """An account; `region_path` is the codes from the country down, a slash after each.

    A tuple, for thousands of them are read for one batch. `document` is the public JSON, None where it was not read.
    """

    id: str
    platform: str
    handle: str | None
    handle_key: str | None
    platform_user_id: str | None
    name: str | None
    # Beside `name`.
    other_names: list[str]
    status: str
    verification: str
    closed_on: dt.date | None
    replaced_by: str | None
    department_id: str | None
    region_path: str | None
    followers: int | None
    # Who listed it last, since when and until when, where no source does any more.
    withdrawal: Withdrawal | None
    document: str | None

    @property
    def names(self) -> list[str]:
        """All names, the one that the platform shows first."""
        return self.other_names if self.name is None else [self.name, *self.other_names]

    @property
    def has_ended(self) -> bool:
        """Whether the account was closed or given up for another, or nobody vouches for it any more."""
        return self.status == "closed" or self.replaced_by is not None or self.is_withdrawn

    @property
    def is_withdrawn(self) -> bool:
        """Whether the last source that listed it does so no longer, and nothing else proves it."""
        return self.withdrawal is not None and self.verification == "none"


COLUMNS: Final = compose(
    """a.id, a.platform, a.handle, a.handle_key, a.platform_user_id, a.name,
       CASE WHEN a.names = '[]' THEN '{{}}' ELSE ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(a.names) AS n) END,
       a.status, a.verification, a.closed_on, a.replaced_by, a.department_id, a.region_path, a.followers,
       CASE WHEN a.withdrawn_by IS NOT NULL THEN
            json_build_object('source', a.withdrawn_by, 'listed_from', a.listed_from, 'listed_until', a.listed_until)
       END"""
)
"""The SQL of a record's columns but the last, its document, of `accounts AS a`."""
