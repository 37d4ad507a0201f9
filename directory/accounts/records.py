"""Accounts as far as others are judged by them: what they are called, where they are, how they stand."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

from directory.statements import write


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
    document: str | None

    @property
    def names(self) -> list[str]:
        """All names, the one that the platform shows first."""
        return self.other_names if self.name is None else [self.name, *self.other_names]

    @property
    def has_ended(self) -> bool:
        """Whether the account was closed or given up for another."""
        return self.status == "closed" or self.replaced_by is not None


COLUMNS: Final = write(
    """a.id, a.platform, a.handle, a.handle_key, a.platform_user_id, a.name,
       CASE WHEN a.names = '[]' THEN '{{}}' ELSE ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(a.names) AS n) END,
       a.status, a.verification, a.closed_on, a.replaced_by, a.department_id, a.region_path, a.followers"""
)
"""The SQL of a record's columns but the last, its document, of `accounts AS a`."""
