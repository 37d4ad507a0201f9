"""The changes of a delta in the order of the tables' lines, whatever their number: held, sorted and kept in runs."""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

from directory.mirror.records import TABLE_OF, TOMBSTONES, Key, dump, tombstone

# Bytes of lines and keys. Of 300,000 changes with lines of 900 bytes the process held 109 MB.
_HELD: Final = 64 * 1024 * 1024
_AROUND: Final = 200

# The line that takes the place of the one with this key, None where the record went.
Change = tuple[Key, bytes | None]


class Changes:
    """What became of each record in a delta; what is more than `most` bytes lies in the empty folder `folder`."""

    def __init__(self, folder: Path, most: int = _HELD) -> None:
        self._folder = folder
        self._most = most
        self._held: defaultdict[str, dict[Key, bytes | None]] = defaultdict(dict)
        self._size = 0
        self._runs: defaultdict[str, list[Path]] = defaultdict(list)

    def read(self, lines: Iterable[bytes]) -> int:
        """Take the lines of a delta in their order and give their number; raise ValueError or KeyError for others."""
        number = 0
        for number, line in enumerate(lines, start=1):  # noqa: B007 - the last one is asked for
            change = json.loads(line)
            after = change["after"]
            if (table := TABLE_OF.get(change["kind"])) is not None:
                self._put(table, (change["id"],), None if after is None else dump(after) + b"\n")
            if after is None:
                self._put(TOMBSTONES, *tombstone(change))
        return number

    def of(self, table: str) -> Iterator[Change]:
        """Give what became of the records of a table, in the order of their keys, each once."""
        with ExitStack() as stack:
            runs: list[Iterable[Change]] = [
                _read_run(stack.enter_context(path.open("rb"))) for path in self._runs[table]
            ]
            runs.append(sorted(self._held[table].items(), key=itemgetter(0)))
            last: Change | None = None
            # Of one key what was read later comes later.
            for change in heapq.merge(*runs, key=itemgetter(0)):
                if last is not None and last[0] != change[0]:
                    yield last
                last = change
            if last is not None:
                yield last

    def _put(self, table: str, key: Key, line: bytes | None) -> None:
        held = self._held[table]
        self._size += len(line or b"") - len(held.get(key) or b"") + (0 if key in held else _AROUND)
        held[key] = line
        if self._size > self._most:
            self._spill()

    def _spill(self) -> None:
        for table, held in self._held.items():
            path = self._folder / f"{table}.{len(self._runs[table])}"
            with path.open("wb") as file:
                file.writelines(
                    dump(key) + b"\t" + (line or b"\n") for key, line in sorted(held.items(), key=itemgetter(0))
                )
            self._runs[table].append(path)
        self._held.clear()
        self._size = 0


def _read_run(file: BinaryIO) -> Iterator[Change]:
    for entry in file:
        # JSON has no tab in it.
        key, _, line = entry.partition(b"\t")
        yield tuple(json.loads(key)), None if line == b"\n" else line
