"""A table as it was and what became of its records since: line by line, in the order of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from directory.mirror.changes import Change
from directory.mirror.records import Key
from directory.snapshots.contents.text_formats import BLOCK, require_bounded


def merge(lines: Iterable[bytes], key_of: Callable[[bytes], Key], changes: Iterator[Change]) -> Iterator[bytes]:
    """Yield the lines of the table after the changes; both are in the order of their keys."""
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


def blocks_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines into blocks of about 1 MiB."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(held)
            held.clear()
            size = 0
    yield b"".join(held)


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Return the lines in blocks, each with its end; what is after the last end is a line too.

    Raises ValueError for a line that is longer than any record.
    """
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        require_bounded(rest)
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest
