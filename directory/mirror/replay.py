"""Apply a delta to a table: its changes, sorted by key, are merged with the table's lines, whatever their number."""

from __future__ import annotations

import heapq
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from directory.snapshots.contents.digests import BLOCK
from directory.snapshots.contents.tables import TABLES
from directory.snapshots.contents.text_formats import check_line_length

# What parsing malformed records may raise.
PARSE_ERRORS: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
# Python compares texts by code point, which is the order of their UTF-8 bytes and that of the C collation.
Key: TypeAlias = tuple[str | int, ...]

TABLE_BY_KIND: Final[Mapping[str, str]] = {
    "account": "accounts",
    "department": "departments",
    "handle": "handles",
    "platform": "platforms",
    "region": "regions",
    "source": "sources",
}
TOMBSTONES: Final = "tombstones"
# The latest counts, which no change states: they are read from their own table, and put into the accounts.
FOLLOWERS: Final = "followers"
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {table.name: table.primary_key for table in TABLES}


def to_json(value: object) -> bytes:
    """Return JSON as the registry writes it: UTF-8, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def can_replay(table: str) -> bool:
    """Whether changes can be applied to a table of this name."""
    return table in _KEYS and table != FOLLOWERS


def key_function(table: str) -> Callable[[bytes], Key]:
    """Return a function that returns the primary key of a line of a table."""
    names = _KEYS[table]
    # Nearly all lines begin with their only key; parsing the whole of a million records takes ten times as long.
    prefix = f'{{"{names[0]}":"'.encode()
    start = len(prefix) if len(names) == 1 else 0

    def read(line: bytes) -> Key:
        if start and line.startswith(prefix):
            text = line[start : line.index(b'"', start)]
            if b"\\" not in text:
                return (text.decode(),)
        record = json.loads(line)
        return tuple(record[name] for name in names)

    return read


def build_tombstone(change: Mapping[str, Any]) -> tuple[Key, bytes]:
    """Return key and line of the tombstone for a change that deletes or merges a record."""
    values = {
        "kind": change["kind"],
        "id": change["id"],
        "action": change["action"],
        "revision": change["revision"],
        "at": change["at"],
        "replaced_by": change.get("replaced_by"),
    }
    return tuple(values[name] for name in _KEYS[TOMBSTONES]), to_json(values) + b"\n"


# Bytes of keys and lines. With 300,000 changes whose lines have 900 bytes the process took 109 MB.
_MAX_MEMORY: Final = 64 * 1024 * 1024
# The overhead of a dict entry with its key.
_ENTRY_BYTES: Final = 200

# A key and the new line of its record, None if the record was removed.
Change = tuple[Key, bytes | None]


class ChangeSorter:
    """An external merge sort of the changes in a delta; beyond `max_memory` bytes, sorted runs go to `folder`."""

    def __init__(self, folder: Path, max_memory: int = _MAX_MEMORY) -> None:
        self._folder = folder
        self._max_memory = max_memory
        self._in_memory: defaultdict[str, dict[Key, bytes | None]] = defaultdict(dict)
        self._size = 0
        self._runs: defaultdict[str, list[Path]] = defaultdict(list)

    def read(self, lines: Iterable[bytes]) -> int:
        """Read the lines of a delta in order and return their number; raise ValueError or KeyError for a bad one."""
        number = 0
        for number, line in enumerate(lines, start=1):  # noqa: B007 - its last value is returned
            change = json.loads(line)
            after = change["after"]
            if (table := TABLE_BY_KIND.get(change["kind"])) is not None:
                self._put(table, (change["id"],), None if after is None else to_json(after) + b"\n")
            if after is None:
                self._put(TOMBSTONES, *build_tombstone(change))
        return number

    def sorted_changes(self, table: str) -> Iterator[Change]:
        """Yield the last change of each record of a table, in the order of the keys."""
        with ExitStack() as stack:
            runs: list[Iterable[Change]] = [
                _read_run(stack.enter_context(path.open("rb"))) for path in self._runs[table]
            ]
            runs.append(sorted(self._in_memory[table].items(), key=itemgetter(0)))
            last: Change | None = None
            # heapq.merge is stable, so of the changes with the same key the latest comes last.
            for change in heapq.merge(*runs, key=itemgetter(0)):
                if last is not None and last[0] != change[0]:
                    yield last
                last = change
            if last is not None:
                yield last

    def _put(self, table: str, key: Key, line: bytes | None) -> None:
        changes = self._in_memory[table]
        self._size += len(line or b"") - len(changes.get(key) or b"") + (0 if key in changes else _ENTRY_BYTES)
        changes[key] = line
        if self._size > self._max_memory:
            self._spill()

    def _spill(self) -> None:
        for table, changes in self._in_memory.items():
            path = self._folder / f"{table}.{len(self._runs[table])}"
            with path.open("wb") as file:
                file.writelines(
                    to_json(key) + b"\t" + (line or b"\n") for key, line in sorted(changes.items(), key=itemgetter(0))
                )
            self._runs[table].append(path)
        self._in_memory.clear()
        self._size = 0


def _read_run(file: BinaryIO) -> Iterator[Change]:
    for entry in file:
        # JSON text contains no tab.
        key, _, line = entry.partition(b"\t")
        yield tuple(json.loads(key)), None if line == b"\n" else line


def apply_changes(lines: Iterable[bytes], key_of: Callable[[bytes], Key], changes: Iterator[Change]) -> Iterator[bytes]:
    """Yield the lines of a table after `changes`; both are sorted by key."""
    change = next(changes, None)
    for line in lines:
        key = key_of(line)
        while change is not None and change[0] < key:
            yield change[1] or b""
            change = next(changes, None)
        if change is not None and change[0] == key:
            yield change[1] or b""
            change = next(changes, None)
        else:
            yield line
    while change is not None:
        yield change[1] or b""
        change = next(changes, None)


# A quotation mark inside a JSON string is escaped, and the key `followers` below `links` has a text.
_FOLLOWERS: Final = re.compile(rb'"followers":(?:null|\{"count":[0-9]+,"observed_at":"[^"]*"\})')
_LAST_POST: Final = re.compile(rb'"last_post_at":(?:null|"[^"]*")')


def compose_accounts(accounts: Iterable[bytes], before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of accounts with their counts, by the tables of counts before and after; all in order.

    The lines that changes state have none, the others those of the table before.
    """
    id_of, old, new = key_function("accounts"), _Lookup(before), _Lookup(after)
    for account in accounts:
        # What was removed.
        if not account:
            continue
        key = id_of(account)
        counts, was = new.find(key), old.find(key)
        if counts is None or (
            counts == was and b'"followers":null' not in account and b'"last_post_at":null' not in account
        ):
            yield account
        else:
            yield _compose(account, json.loads(counts))


def replace_counts(before: Iterable[bytes], changed: Iterable[bytes], accounts: Iterable[Change]) -> Iterator[bytes]:
    """Yield the lines of counts with those that changed, without those of accounts that were removed; all in order."""
    account_of = key_function(FOLLOWERS)
    # Of an account that was removed, then what changed before is not in `changed` any more.
    removed = ((key, None) for key, line in accounts if line is None)
    both = heapq.merge(removed, ((account_of(line), line) for line in changed), key=itemgetter(0))
    return apply_changes(before, account_of, both)


class _Lookup:
    """Lines of the table of counts by account, asked for in the order of the table."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        account_of = key_function(FOLLOWERS)
        self._lines = ((account_of(line), line) for line in lines)
        self._next = next(self._lines, None)

    def find(self, key: Key) -> bytes | None:
        while self._next is not None and self._next[0] < key:
            self._next = next(self._lines, None)
        return self._next[1] if self._next is not None and self._next[0] == key else None


def _compose(account: bytes, counts: Mapping[str, Any]) -> bytes:
    known = counts["followers"] is not None
    followers = {"count": counts["followers"], "observed_at": counts["followers_at"]} if known else None
    # As functions: a text would have its backslashes read as escapes.
    account = _FOLLOWERS.sub(lambda _: b'"followers":' + to_json(followers), account, count=1)
    return _LAST_POST.sub(lambda _: b'"last_post_at":' + to_json(counts["last_post_at"]), account, count=1)


def join_into_blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines joined to blocks of about 1 MiB."""
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(block)
            block.clear()
            size = 0
    yield b"".join(block)


def split_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines in blocks, each with its line feed, which the last line may lack.

    Raises ValueError for a line longer than MAX_LINE_LENGTH.
    """
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        # Checked before its line feed arrives: a file without one must not fill the memory.
        check_line_length(rest)
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest
