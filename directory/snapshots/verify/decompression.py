"""What is in a compressed file, read block by block and never further than it may be long."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

import zstandard

from directory.snapshots.contents.file_names import Encoding
from directory.snapshots.contents.text_formats import BLOCK, plain_blocks


class DamagedError(Exception):
    """A compressed file cannot be read; the message goes on where the file's name stands before it."""


def plain_content(file: BinaryIO, encoding: Encoding, most: int) -> Iterator[bytes]:
    """Give what a file holds, in blocks; raise DamagedError if it is damaged or holds more than `most`."""
    size = 0
    try:
        for block in _gunzip(file) if encoding == "gzip" else _unzstd(file):
            size += len(block)
            if size > most:
                message = f"holds more than the {most:,} bytes that it may"
                raise DamagedError(message)
            yield block
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise DamagedError(f"cannot be decompressed: {error}") from error


def _gunzip(file: BinaryIO) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for block in plain_blocks(file.read):
        held = block
        while held and not decompressor.eof:
            # Bounded: a small block can hold very much.
            yield decompressor.decompress(held, BLOCK)
            held = decompressor.unconsumed_tail
    yield decompressor.flush()
    if not decompressor.eof or decompressor.unused_data:
        message = "it does not end where its content ends"
        raise EOFError(message)


def _unzstd(file: BinaryIO) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=False) as reader:
        yield from plain_blocks(reader.read)
