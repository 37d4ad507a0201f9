"""The notice that accounts are invented, shown wherever the registry describes itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import Connection

from directory.sources.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from directory.database.connections import Database
    from directory.database.revisions import State

_CACHED: Final = 4


@dataclass(frozen=True, slots=True)
class Invented:
    """How many accounts come from the source of invented ones, and how many there are in all."""

    accounts: int
    of: int

    @property
    def notice(self) -> str | None:
        """The sentence for readers; None where nothing is invented."""
        if not self.accounts:
            return None
        if self.accounts >= self.of:
            return "This is a demonstration: every account and department in it is invented."
        return (
            f"{self.accounts:,} of the {self.of:,} accounts here are invented, for demonstration: "
            f"those of the source {SYNTHETIC}."
        )


def select_invented(conn: Connection[Any]) -> Invented:
    """Return how much of the registry is invented; reads stored counts only."""
    row = conn.execute(
        """
        SELECT coalesce((SELECT accounts FROM account_tallies
                          WHERE dimension = 'source' AND value = %(source)s), 0)::bigint,
               (SELECT coalesce(sum(accounts), 0) FROM account_counts)::bigint
        """,
        {"source": SYNTHETIC},
    ).fetchone()
    if row is None:
        message = "a query of one row gave none"
        raise LookupError(message)
    return Invented(*row)


def find_notice(database: Database) -> str | None:
    """Return the notice of a registry as it is; None where nothing is invented, or the database is away."""
    invented = find_invented(database)
    return invented.notice if invented is not None else None


def find_invented(database: Database) -> Invented | None:
    """Return how much of a registry is invented as it is, queried once a revision; None where the database is away."""
    try:
        return _find_invented(database, database.state)
    except psycopg.Error:
        return None


@lru_cache(_CACHED)
# `_latest` is a part of the key.
def _find_invented(database: Database, _latest: State) -> Invented:
    with database.read() as conn:
        return select_invented(conn)
