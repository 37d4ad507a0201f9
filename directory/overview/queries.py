"""SQL of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Overview:
    """The latest revision (0 and no time before the first), and how many records there are by kind."""

    revision: int
    updated_at: str | None
    counts: Mapping[str, int]


def select_overview(conn: Connection[Any]) -> Overview:
    """Return how far the registry goes, of one state of it; accounts come from the kept counts."""
    # `(SELECT)` is one row without columns: before the first revision there is a row, too.
    # `to_json` writes a time as RFC 3339 has it, as in stored JSON; a cast to text writes a blank for the T.
    row = conn.execute("""
        SELECT coalesce(latest.revision, 0), to_json(latest.at) #>> '{}',
               -- Accounts come from stored counts, since count(*) reads all of them.
               json_build_object('accounts', (SELECT coalesce(sum(accounts), 0) FROM account_counts),
                                 'departments', (SELECT count(*) FROM departments),
                                 'regions', (SELECT count(*) FROM regions),
                                 'platforms', (SELECT count(*) FROM platforms),
                                 'sources', (SELECT count(*) FROM sources))
          FROM (SELECT) AS one
          LEFT JOIN (SELECT revision, at FROM revisions ORDER BY revision DESC LIMIT 1) AS latest ON true
    """).fetchone()
    if row is None:
        message = "a query of one row gave none"
        raise LookupError(message)
    return Overview(*row)


def select_disguised(conn: Connection[Any]) -> tuple[int, str | None]:
    """Return how many accounts have a name with characters that turn or hide text, and the id of the first.

    An import takes none in any more; what an older version took in stays until it is imported again.
    """
    row = conn.execute(r"""
        SELECT count(*), min(id)
          FROM accounts
         WHERE concat_ws(' ', name, names #>> '{}')
               ~ '[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]'
    """).fetchone()
    return (0, None) if row is None else row
