"""gzip (RFC 1952) and Zstandard (RFC 8878): reproducible compression, and decompression that is bounded in size."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import zstandard
from zlib_ng import zlib_ng

from directory.snapshots.contents.digests import BLOCK, FileInfo, HashingFile, open_hashing, read_blocks
from directory.snapshots.contents.file_names import Encoding

# On one core of 2.5 GHz: gzip 6 about 120 MB/s, zstd 9 about 90 MB/s, each a third smaller than at its fastest level.
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9
# RFC 1952, section 2.3.1: deflate, no flags, no mtime, no XFL, OS 255 (unknown). zlib would write its platform's OS.
_GZIP_HEADER: Final = b"\x1f\x8b\x08" + bytes(6) + b"\xff"


class DecompressionError(Exception):
    """A compressed file cannot be read; the message continues a sentence that begins with the file's name."""


def compress(path: Path, encoding: Encoding, rows: int | None = None) -> FileInfo:
    """Write a compressed copy next to a file: `.gz` without time and name, `.zst` with a checksum."""
    with path.open("rb") as plain, open_hashing(path.with_name(path.name + _SUFFIXES[encoding])) as file:
        _COMPRESSORS[encoding](read_blocks(plain.read), file)
    return file.info(rows)


def _gzip(blocks: Iterable[bytes], file: HashingFile) -> None:
    # zlib-ng and not zlib: every system has another zlib, and each compresses to other bytes.
    compressor = zlib_ng.compressobj(_GZIP_LEVEL, wbits=-zlib_ng.MAX_WBITS)
    file.write(_GZIP_HEADER)
    checksum = size = 0
    for block in blocks:
        checksum = zlib_ng.crc32(block, checksum)
        size += len(block)
        file.write(compressor.compress(block))
    # RFC 1952, section 2.3.1: CRC-32, then the size modulo 2^32, both little-endian.
    file.write(compressor.flush() + struct.pack("<LL", checksum, size & 0xFFFFFFFF))


def _zstd(blocks: Iterable[bytes], file: HashingFile) -> None:
    # threads=0: multithreaded Zstandard splits the input into jobs, which yields other bytes.
    parameters = zstandard.ZstdCompressionParameters.from_level(_ZSTD_LEVEL, write_checksum=True, threads=0)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    for block in blocks:
        file.write(compressor.compress(block))
    file.write(compressor.flush())


_COMPRESSORS: Final[dict[Encoding, Callable[[Iterable[bytes], HashingFile], None]]] = {"gzip": _gzip, "zstd": _zstd}
_SUFFIXES: Final[dict[Encoding, str]] = {"gzip": ".gz", "zstd": ".zst"}


def decompress(file: BinaryIO, encoding: Encoding, max_size: int) -> Iterator[bytes]:
    """Yield the content of a compressed file in blocks.

    Raises DecompressionError if it is damaged or its content has more than `max_size` bytes.
    """
    size = 0
    try:
        for block in _gunzip(file) if encoding == "gzip" else _unzstd(file):
            size += len(block)
            if size > max_size:
                message = f"holds more than the {max_size:,} bytes that it may"
                raise DecompressionError(message)
            yield block
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise DecompressionError(f"cannot be decompressed: {error}") from error


def _gunzip(file: BinaryIO) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for block in read_blocks(file.read):
        rest = block
        while rest and not decompressor.eof:
            # max_length bounds memory: deflate expands a block of 1 MiB to up to 1 GiB.
            yield decompressor.decompress(rest, BLOCK)
            rest = decompressor.unconsumed_tail
    yield decompressor.flush()
    # RFC 1952, section 2.2, allows further members, but some clients read the first one only (httpx does).
    if not decompressor.eof or decompressor.unused_data:
        message = "it does not end where its content ends"
        raise EOFError(message)


def _unzstd(file: BinaryIO) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=False) as reader:
        yield from read_blocks(reader.read)
