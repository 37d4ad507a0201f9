"""Indexing: the accounts that triggers marked in search_pending are analyzed and written to account_search.

Code that writes accounts calls `index_pending` in the same transaction, so that no account exists that is not found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from psycopg import Connection

from directory.lookalikes.keys import look_alike_keys
from directory.search import queries
from directory.search.spelling import index_parts
from directory.search.terms import AccountNames, analyze
from directory.text.pinyin import pair_readings, readings

_BATCH_SIZE: Final = 5_000
# Accounts whose entries are made in one go.
_BLOCK_SIZE: Final = 500

# Called with the numbers of accounts indexed and to index.
Progress = Callable[[int, int], None]


class Block(NamedTuple):
    """Index entries of some accounts as `queries.copy_entries` takes them, and their characters and words."""

    lines: bytes
    characters: frozenset[str]
    words: frozenset[str]
    accounts: int


@contextmanager
def analyzing(accounts: Sequence[queries.Pending]) -> Iterator[Iterator[Block]]:
    """Analyze accounts in a thread during the `with` block, and yield an iterator that waits for their entries.

    A second thread, because the first one waits for PostgreSQL. The entries take about 1.5 kB of memory each.
    """
    with ThreadPoolExecutor(1, "analyze") as executor:
        futures = deque(executor.submit(_analyze, block) for block in _blocks(accounts))
        try:
            yield _results(futures)
        finally:
            # After an error nobody waits for the rest.
            executor.shutdown(wait=False, cancel_futures=True)


def _results(futures: deque[Future[Block]]) -> Iterator[Block]:
    # Taken out of the queue, so that a block's memory is free once it is copied.
    while futures:
        yield futures.popleft().result()


def index_pending(
    conn: Connection[Any], progress: Progress | None = None, analyzed: Iterator[Block] | None = None
) -> int:
    """Index all pending accounts and return their number. The caller owns the transaction.

    `analyzed` are entries of `analyzing`, of accounts as they are now.
    """
    pending = queries.count_pending(conn)
    if not pending:
        return 0
    queries.create_staging(conn)
    vocabulary = _Vocabulary()
    if analyzed is not None:
        queries.copy_entries(conn, vocabulary.collect(analyzed))
    for accounts in queries.stream_pending(conn, _BATCH_SIZE):
        # A chain of generators: no more than one block of a batch is in memory at a time.
        queries.copy_entries(conn, vocabulary.collect(map(_analyze, _blocks(accounts))))
        if progress is not None:
            progress(vocabulary.accounts, pending)
    queries.merge_entries(conn)
    queries.insert_readings(conn, vocabulary.readings())
    queries.insert_words(conn, vocabulary.parts())
    return pending


def _blocks(accounts: Sequence[queries.Pending]) -> Iterator[Sequence[queries.Pending]]:
    return (accounts[start : start + _BLOCK_SIZE] for start in range(0, len(accounts), _BLOCK_SIZE))


def _analyze(accounts: Sequence[queries.Pending]) -> Block:
    lines: list[str] = []
    characters: set[str] = set()
    words: set[str] = set()
    for row in accounts:
        account = AccountNames(tuple(filter(None, row.names)), row.handle, row.department, row.platform_user_id)
        entry = analyze(account)
        characters |= entry.characters
        words |= entry.words
        look_alikes = look_alike_keys(row.platform, row.handle, account.names)
        lines.append(queries.entry_line(row.account_id, entry, look_alikes))
    return Block("".join(lines).encode(), frozenset(characters), frozenset(words), len(accounts))


class _Vocabulary:
    """Characters and words of all index entries: they grow with the language and not with the number of accounts."""

    def __init__(self) -> None:
        self.accounts = 0
        self._characters: set[str] = set()
        self._words: set[str] = set()

    def collect(self, blocks: Iterable[Block]) -> Iterator[bytes]:
        """Yield the lines of blocks, and remember their characters and words."""
        for block in blocks:
            self.accounts += block.accounts
            self._characters |= block.characters
            self._words |= block.words
            yield block.lines

    def readings(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of a reading and the characters that have it."""
        for characters in sorted(self._characters):
            known = readings(characters) if len(characters) == 1 else pair_readings(characters)
            yield from ((reading, characters) for reading in known)

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of a part and the word that has it."""
        for word in sorted(self._words):
            yield from ((part, word) for part in index_parts(word))
