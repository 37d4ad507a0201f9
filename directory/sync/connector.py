"""What a connector is: a description of a source, and a function that turns its responses into import rows.

Connectors of other packages are found by the entry point group `directory.connectors`; docs/connectors.md shows one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from directory.sync.session import Session

ENTRY_POINTS: Final = "directory.connectors"
MEBIBYTE: Final = 1024 * 1024

# An account, by the columns of the import row (docs/data.md).
Row: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class AccountsOption:
    """The option of a source that is asked by account, and the platform of these accounts."""

    option: str
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """How one source is read.

    `name` is also the id of the source in the registry. `read` yields rows; each response it needs comes from the
    session. `url` is where the source is; the settings may name another one.

    `needs` are the options without which the source is off, `options` all others that the connector knows. `terms` is
    the URL of terms that the operator has to accept first. `expected` is about how many accounts it lists, 0 if that is
    not known. `needs_contact`: the source refuses clients that name no
    contact. `takes_since`: whether it can ask for what has changed since a day.

    `observes`: whether rows have counts (`followers`, `following`, `posts`, `last_post_at`, `verified`) and their time
    in `followers_at`, which `directory collect` records. `asks_for` is the option that this fills with the user ids, or
    else the handles, of all accounts of a platform, each with its region.
    """

    name: str
    title: str
    publisher: str
    licence: str
    url: str
    read: Callable[[Session], Iterable[Row]]
    note: str | None = None
    expected: int = 0
    needs: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    terms: str | None = None
    needs_contact: bool = False
    takes_since: bool = False
    observes: bool = False
    asks_for: AccountsOption | None = None
    seconds_between_requests: float = 1.0
    max_response_bytes: int = 64 * MEBIBYTE
