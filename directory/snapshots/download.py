"""A published snapshot, fetched into a folder: the signed manifest first, then what it lists and no byte more."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote, urlsplit

from directory.snapshots.files import MANIFEST, PUBLIC_KEY, SIGNATURE
from directory.snapshots.manifest import Entry, read_manifest
from directory.snapshots.signature import PublicKey

# A manifest describes some hundred files and the sources; a signature and a key are lines.
LARGEST_MANIFEST: Final = 64 * 1024 * 1024
_LARGEST_LINES: Final = 4096
_SECONDS: Final = 60
_BLOCK: Final = 1024 * 1024


class DownloadError(Exception):
    """A file of a snapshot cannot be had; the message says which, and why."""


def fetch_snapshot(address: str, folder: Path, key: PublicKey | None) -> None:
    """Fetch a snapshot into an empty folder; raise DownloadError, SignatureError and ManifestError.

    `address` is that of a registry, or of one of its snapshots. Without a key the snapshot's own is taken.
    """
    base = base_of(address)
    fetch(f"{base}/{MANIFEST}", folder / MANIFEST, LARGEST_MANIFEST)
    content, entries = read_manifest((folder / MANIFEST).read_bytes())
    parent, _, last = base.rpartition("/")
    if last == "latest":
        # Meanwhile another one may become the latest.
        base = f"{parent}/{content.get('revision')}"
    for name in (SIGNATURE, PUBLIC_KEY):
        fetch(f"{base}/{name}", folder / name, _LARGEST_LINES)
    trusted = key or PublicKey.parse((folder / PUBLIC_KEY).read_text("utf-8"))
    with (folder / MANIFEST).open("rb") as file:
        trusted.verify(file, (folder / SIGNATURE).read_text("utf-8"))
    _make_room(folder, entries)
    for entry in entries:
        fetch(f"{base}/{quote(entry.name)}", folder / entry.name, entry.bytes)


def base_of(address: str) -> str:
    """Give what the addresses of a snapshot's files begin with."""
    parts = urlsplit(address)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix(f"/{MANIFEST}")
    last = base.rpartition("/")[2]
    if last == "latest" or last.isdecimal():
        return base
    return f"{base.removesuffix('/snapshots').removesuffix('/v1')}/v1/snapshots/latest"


def fetch(address: str, path: Path, most: int) -> None:
    """Fetch one file of at most so many bytes; raise DownloadError."""
    with _answer(address) as answer, path.open("wb") as file:
        size = 0
        while block := answer.read(_BLOCK):
            size += len(block)
            if size > most:
                message = f"{address} has more than the {most:,} bytes that it may have"
                raise DownloadError(message)
            file.write(block)


@contextmanager
def _answer(address: str) -> Iterator[IO[bytes]]:
    if urlsplit(address).scheme not in {"http", "https"}:
        message = f"{address} is no http or https address"
        raise DownloadError(message)
    request = urllib.request.Request(address, headers={"Accept-Encoding": "identity"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - likewise
            yield answer
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise DownloadError(f"{address} cannot be had: {error}") from error


def _make_room(folder: Path, entries: list[Entry]) -> None:
    wanted, free = sum(entry.bytes for entry in entries), shutil.disk_usage(folder).free
    if wanted > free:
        message = f"the snapshot takes {wanted:,} bytes, and the disk of {folder} has {free:,} left"
        raise DownloadError(message)
