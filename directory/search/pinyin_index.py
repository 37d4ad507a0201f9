"""The Chinese characters that occur, by their readings, kept in each process: they are few, and every query asks."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from directory.database.revisions import State, select_mark
from directory.search import queries

if TYPE_CHECKING:
    from psycopg import Connection


class Spoken:
    """Characters and pairs of characters by their pinyin. What was read once stays: readings are only ever added.

    But for a registry that was restored from a backup: then all is read anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        # Until which revision everything was read.
        self.revision = State(-1)
        self._position = 0
        self._characters: dict[str, list[str]] = {}
        # One syllable, and two: the beginning of a syllable is no beginning of a pair.
        self._single: list[str] = []
        self._pairs: list[str] = []

    def refresh(self, conn: Connection[Any], revision: State) -> None:
        """Read what has been added until a revision."""
        with self._lock:
            if self.revision == revision:
                return
            if self.revision.mark and select_mark(conn, self.revision.number) != self.revision.mark:
                self._begin()
            added = queries.select_added_readings(conn, self._position)
            for self._position, reading, characters in added:
                known = self._characters.setdefault(reading, [])
                if not known:
                    insort(self._pairs if " " in reading else self._single, reading)
                known.append(characters)
            self.revision = revision

    def find(self, readings: Iterable[str]) -> dict[str, Sequence[str]]:
        """Return the characters with each of the readings, or with one that begins with it, where there are any."""
        return {reading: found for reading in readings if (found := self._begin_with(reading))}

    def _begin_with(self, reading: str) -> list[str]:
        keys = self._pairs if " " in reading else self._single
        found: dict[str, None] = {}
        for at in range(bisect_left(keys, reading), len(keys)):
            if not keys[at].startswith(reading):
                break
            found |= dict.fromkeys(self._characters[keys[at]])
        return list(found)
