"""The columns of an account that a verdict needs: names, region, status, verification."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple, TypedDict

from directory.database.sql import compose


class Withdrawal(TypedDict):
    """The last source that listed an account; times as in RFC 3339."""

    source: str
    listed_from: str | None
    listed_until: str


class Record(NamedTuple):
    """An account; `region_path` is the codes from the country down, a slash after each.

    A tuple and not a dataclass, because a batch reads thousands. `document` is the public JSON, None where not read.
    """

    id: str
    platform: str
    handle: str | None
    handle_key: str | None
    platform_user_id: str | None
    name: str | None
    # Without `name`.
    other_names: list[str]
    status: str
    verification: str
    closed_on: dt.date | None
    replaced_by: str | None
    department_id: str | None
    region_path: str | None
    followers: int | None
    # Where no source lists it any more.
    withdrawal: Withdrawal | None
    document: str | None

    @property
    def names(self) -> list[str]:
        """All names, the one that the platform shows first."""
        return self.other_names if self.name is None else [self.name, *self.other_names]

    @property
    def has_ended(self) -> bool:
        """Whether the account was closed, replaced or withdrawn."""
        return self.status == "closed" or self.replaced_by is not None or self.is_withdrawn

    @property
    def is_withdrawn(self) -> bool:
        """Whether the last source no longer lists it, and nothing else verifies it."""
        return self.withdrawal is not None and self.verification == "none"


COLUMNS: Final = compose(
    """a.id, a.platform, a.handle, a.handle_key, a.platform_user_id, a.name,
       CASE WHEN a.names = '[]' THEN '{{}}' ELSE ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(a.names) AS n) END,
       a.status, a.verification, a.closed_on, a.replaced_by, a.department_id, a.region_path, a.followers,
       CASE WHEN a.withdrawn_by IS NOT NULL THEN
            json_build_object('source', a.withdrawn_by, 'listed_from', a.listed_from, 'listed_until', a.listed_until)
       END"""
)
"""The SQL of the columns of a Record except its document, of `accounts AS a`."""
