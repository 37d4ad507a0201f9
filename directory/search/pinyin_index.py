"""The pinyin index: Chinese characters that occur in the registry by reading, cached in each process.

They are few (search_readings grows with the language and not with the accounts), and every query needs them.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from directory.database.revisions import State, select_mark
from directory.search import queries

if TYPE_CHECKING:
    from psycopg import Connection


class PinyinIndex:
    """Characters and pairs of characters by pinyin. It only reads what was added since: readings are never deleted.

    After a restore from a backup the revision has another mark, and everything is read again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        # The revision up to which everything was read.
        self.revision = State(-1)
        self._position = 0
        self._characters: dict[str, list[str]] = {}
        # Sorted; one syllable and two are apart, as a prefix of a syllable is no prefix of a pair.
        self._single: list[str] = []
        self._pairs: list[str] = []

    def refresh(self, conn: Connection[Any], revision: State) -> None:
        """Read what was added up to a revision."""
        with self._lock:
            if self.revision == revision:
                return
            if self.revision.mark and select_mark(conn, self.revision.number) != self.revision.mark:
                self._clear()
            added = queries.select_added_readings(conn, self._position)
            for self._position, reading, characters in added:
                known = self._characters.setdefault(reading, [])
                if not known:
                    insort(self._pairs if " " in reading else self._single, reading)
                known.append(characters)
            self.revision = revision

    def find(self, readings: Iterable[str]) -> dict[str, Sequence[str]]:
        """Return the characters by each of the readings, which may be a prefix; none for one that does not occur."""
        return {reading: characters for reading in readings if (characters := self._with_prefix(reading))}

    def _with_prefix(self, reading: str) -> list[str]:
        keys = self._pairs if " " in reading else self._single
        characters: dict[str, None] = {}
        for at in range(bisect_left(keys, reading), len(keys)):
            if not keys[at].startswith(reading):
                break
            characters |= dict.fromkeys(self._characters[keys[at]])
        return list(characters)
