"""Indexing: the accounts that triggers marked in search_pending are analyzed and written to account_search.

Code that writes accounts calls `index_pending` in the same transaction, so that no account exists that is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from psycopg import Connection

from directory.lookalikes.keys import look_alike_keys
from directory.search import queries
from directory.search.spelling import index_parts
from directory.search.terms import AccountNames, IndexEntry, analyze
from directory.text.pinyin import pair_readings, readings

_BATCH_SIZE: Final = 5_000

# Called with the numbers of accounts indexed and to index.
Progress = Callable[[int, int], None]
# An account's id, its index entry, and the look-alike keys of its handle.
_Entry = tuple[str, IndexEntry, tuple[str, ...]]


def index_pending(conn: Connection[Any], progress: Progress | None = None) -> int:
    """Index all pending accounts and return their number. The caller owns the transaction."""
    pending = queries.count_pending(conn)
    if not pending:
        return 0
    queries.create_staging(conn)
    vocabulary = _Vocabulary()
    done = 0
    for accounts in queries.stream_pending(conn, _BATCH_SIZE):
        # A chain of generators: no more than one entry of a batch is in memory at a time.
        queries.copy_entries(conn, vocabulary.collect(map(_analyze, accounts)))
        done += len(accounts)
        if progress is not None:
            progress(done, pending)
    queries.merge_entries(conn)
    queries.insert_readings(conn, vocabulary.readings())
    queries.insert_words(conn, vocabulary.parts())
    return pending


def _analyze(row: queries.Pending) -> _Entry:
    account = AccountNames(tuple(filter(None, row.names)), row.handle, row.department, row.platform_user_id)
    return row.account_id, analyze(account), look_alike_keys(row.platform, row.handle, account.names)


class _Vocabulary:
    """Characters and words of all index entries: they grow with the language and not with the number of accounts."""

    def __init__(self) -> None:
        self._characters: set[str] = set()
        self._words: set[str] = set()

    def collect(self, entries: Iterable[_Entry]) -> Iterator[_Entry]:
        """Yield the entries, and remember their characters and words."""
        for entry in entries:
            self._characters |= entry[1].characters
            self._words |= entry[1].words
            yield entry

    def readings(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of a reading and the characters that have it."""
        for characters in sorted(self._characters):
            known = readings(characters) if len(characters) == 1 else pair_readings(characters)
            yield from ((reading, characters) for reading in known)

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of a part and the word that has it."""
        for word in sorted(self._words):
            yield from ((part, word) for part in index_parts(word))
