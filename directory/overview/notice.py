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
# By language: where every account is invented, and where some are.
_NOTICES: Final = {
    "en": (
        "This is a demonstration: every account and department in it is invented.",
        "{accounts:,} of the {of:,} accounts here are invented, for demonstration: those of the source {source}.",
    ),
    "zh": (
        "这是演示：其中所有账号和部门均为虚构。",
        "本名录 {of:,} 个账号中有 {accounts:,} 个为演示而虚构，即来源为 {source} 的账号。",
    ),
}


@dataclass(frozen=True, slots=True)
class Invented:
    """How many accounts come from the source of invented ones, and how many there are in all."""

    accounts: int
    of: int

    @property
    def notice(self) -> str | None:
        """The sentence for readers of English; None where nothing is invented."""
        return self.notice_in("en")

    def notice_in(self, language: str) -> str | None:
        """Return the sentence for readers of `en` or `zh`; None where nothing is invented."""
        if not self.accounts:
            return None
        whole, part = _NOTICES[language]
        return (whole if self.accounts >= self.of else part).format(
            accounts=self.accounts, of=self.of, source=SYNTHETIC
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


def find_notice(database: Database, language: str = "en") -> str | None:
    """Return the notice of a registry as it is; None where nothing is invented, or the database is away."""
    try:
        # Queried once a revision.
        return _find_invented(database, database.state).notice_in(language)
    except psycopg.Error:
        return None


@lru_cache(_CACHED)
# `_latest` is a part of the key.
def _find_invented(database: Database, _latest: State) -> Invented:
    with database.read() as conn:
        return select_invented(conn)
