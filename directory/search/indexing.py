"""Keeping the search in step with the accounts: what triggers marked as pending is cut and put in its place.

Whoever writes accounts calls `index_pending` in the same transaction, so that no account is there and not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from psycopg import Connection

from directory.lookalikes.keys import look_alike_keys
from directory.search import queries
from directory.search.spelling import parts
from directory.search.terms import Cut, Naming, cut
from directory.text.pinyin import pair_readings, readings

_AT_ONCE: Final = 5_000

# Called with how many accounts are done and how many there are.
Progress = Callable[[int, int], None]


def index_pending(conn: Connection[Any], progress: Progress | None = None) -> int:
    """Cut the terms of all accounts that are pending; give how many there were. The caller holds the transaction."""
    pending = queries.count_pending(conn)
    if not pending:
        return 0
    queries.create_staging(conn)
    vocabulary = _Vocabulary()
    done = 0
    for rows in _batches(queries.stream_pending(conn, _AT_ONCE)):
        queries.copy_cuts(conn, vocabulary.note(_cut_all(rows)))
        done += len(rows)
        if progress is not None:
            progress(done, pending)
    queries.merge_cuts(conn)
    queries.insert_readings(conn, vocabulary.readings())
    queries.insert_words(conn, vocabulary.parts())
    return pending


def _batches(rows: Iterator[Sequence[queries.Pending]]) -> Iterator[Sequence[queries.Pending]]:
    return (batch for batch in rows if batch)


def _cut_all(rows: Iterable[queries.Pending]) -> Iterator[tuple[str, Cut, tuple[str, ...]]]:
    for row in rows:
        naming = Naming(tuple(name for name in row.names if name), row.handle, row.department, row.platform_user_id)
        yield row.account_id, cut(naming), look_alike_keys(row.platform, row.handle, naming.names)


class _Vocabulary:
    """What occurs in all that was cut: it grows with the language and not with the number of accounts."""

    def __init__(self) -> None:
        self._characters: set[str] = set()
        self._words: set[str] = set()

    def note(self, cuts: Iterable[tuple[str, Cut, tuple[str, ...]]]) -> Iterator[tuple[str, Cut, tuple[str, ...]]]:
        """Pass on what is cut, and remember its words."""
        for each in cuts:
            self._characters |= each[1].characters
            self._words |= each[1].words
            yield each

    def readings(self) -> Iterator[tuple[str, str]]:
        """Give reading and characters of all that occurred."""
        for characters in sorted(self._characters):
            known = readings(characters) if len(characters) == 1 else pair_readings(characters)
            yield from ((reading, characters) for reading in known)

    def parts(self) -> Iterator[tuple[str, str]]:
        """Give part and word of all words that occurred."""
        for word in sorted(self._words):
            yield from ((part, word) for part in parts(word))
