"""A published snapshot, fetched into a folder: the signed manifest first, then what it lists and no byte more."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from directory.database.revisions import State
from directory.snapshots.contents.file_names import MANIFEST, PUBLIC_KEY, SIGNATURE
from directory.snapshots.fetch.http_client import Client
from directory.snapshots.fetch.network import DifferentError, TransferError
from directory.snapshots.publish.manifest import Claims, Entry, ManifestError, read_manifest
from directory.snapshots.publish.signature import PublicKey

# A manifest describes some hundred files and the sources; a signature and a key are lines.
MAX_MANIFEST_SIZE: Final = 16 * 1024 * 1024
MAX_LINES_SIZE: Final = 4096


def fetch_snapshot(address: str, folder: Path, key: PublicKey | None) -> None:
    """Fetch a snapshot into an empty folder; raise TransferError, SignatureError and ManifestError.

    `address` is that of a registry, or of one of its snapshots. Without a key the snapshot's own is taken. Nothing of
    the manifest is parsed before its signature is verified.
    """
    base = base_of(address)
    with Client() as client:
        _fetch(client, f"{base}/{MANIFEST}", folder / MANIFEST, MAX_MANIFEST_SIZE)
        claims = Claims.read((folder / MANIFEST).read_bytes())
        parent, _, last = base.rpartition("/")
        if last == "latest":
            # Meanwhile another one may become the latest.
            base = f"{parent}/{claims.name}"
        for name in (SIGNATURE, PUBLIC_KEY):
            _fetch(client, f"{base}/{name}", folder / name, MAX_LINES_SIZE)
        trusted = key or PublicKey.parse((folder / PUBLIC_KEY).read_text("utf-8", "replace"))
        with (folder / MANIFEST).open("rb") as file:
            trusted.verify(file, (folder / SIGNATURE).read_text("utf-8", "replace"))
        _, entries = read_manifest((folder / MANIFEST).read_bytes())
        _make_room(folder, entries)
        for entry in entries:
            _fetch(client, f"{base}/{quote(entry.name)}", folder / entry.name, entry.bytes)


def address_of(manifest: Mapping[str, Any]) -> str:
    """Return the name that addresses have for the snapshot of a manifest: with its mark, if it has one."""
    revision, mark = manifest.get("revision"), manifest.get("mark")
    state = State.read(f"{revision}-{mark}" if mark is not None else str(revision))
    if state is None:
        message = "it has no revision, or no mark that is one"
        raise ManifestError(message)
    return state.name


def base_of(address: str) -> str:
    """Return what the addresses of a snapshot's files begin with; raise TransferError for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise TransferError(f"{address} is no http or https address ({error})") from error
    base = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix(f"/{MANIFEST}")
    last = base.rpartition("/")[2]
    if last == "latest" or State.read(last) is not None:
        return base
    return f"{base.removesuffix('/snapshots').removesuffix('/v1')}/v1/snapshots/latest"


def _fetch(client: Client, address: str, path: Path, most: int) -> None:
    """Fetch one file of at most so many bytes, which may lie in a storage elsewhere; raise TransferError."""
    with client.open(address, may_leave=True) as answer, path.open("wb") as file:
        size = 0
        for block in answer.blocks:
            size += len(block)
            if size > most:
                message = f"{address} has more than the {most:,} bytes that it may have"
                raise DifferentError(message)
            file.write(block)


def _make_room(folder: Path, entries: list[Entry]) -> None:
    wanted, free = sum(entry.bytes for entry in entries), shutil.disk_usage(folder).free
    if wanted > free:
        message = (
            f"the snapshot takes {wanted:,} bytes, and the disk of {folder} has {free:,} left: make room on it, or "
            "name a folder on a larger one by TMPDIR"
        )
        raise TransferError(message)
