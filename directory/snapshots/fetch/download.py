"""Download a published snapshot into a folder: the signed manifest first, then the files that it lists."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from directory.database.revisions import State
from directory.fetching.network import MismatchError, TransferError
from directory.snapshots.contents.file_names import MANIFEST, PUBLIC_KEY, SIGNATURE
from directory.snapshots.fetch.http_client import HttpClient
from directory.snapshots.publish.manifest import ManifestEntry, ManifestError, UnverifiedManifest, parse_manifest
from directory.snapshots.publish.signature import PublicKey

# A manifest lists about a hundred files and the sources; a signature and a key are a few lines.
MAX_MANIFEST_SIZE: Final = 16 * 1024 * 1024
MAX_SIGNATURE_SIZE: Final = 4096


def fetch_snapshot(url: str, folder: Path, key: PublicKey | None) -> None:
    """Download a snapshot into an empty folder; raise TransferError, SignatureError and ManifestError.

    `url` is that of a registry or of one of its snapshots. Without a key, the snapshot's own is used. The manifest is
    not parsed before its signature is verified.
    """
    base = snapshot_base_url(url)
    with HttpClient() as client:
        _download(client, f"{base}/{MANIFEST}", folder / MANIFEST, MAX_MANIFEST_SIZE)
        unverified = UnverifiedManifest.scan((folder / MANIFEST).read_bytes())
        parent, _, last = base.rpartition("/")
        if last == "latest":
            # Another snapshot may become the latest in the meantime: pin this one.
            base = f"{parent}/{unverified.name}"
        for name in (SIGNATURE, PUBLIC_KEY):
            _download(client, f"{base}/{name}", folder / name, MAX_SIGNATURE_SIZE)
        trusted = key or PublicKey.parse((folder / PUBLIC_KEY).read_text("utf-8", "replace"))
        with (folder / MANIFEST).open("rb") as file:
            trusted.verify(file, (folder / SIGNATURE).read_text("utf-8", "replace"))
        _, entries = parse_manifest((folder / MANIFEST).read_bytes())
        _check_disk_space(folder, entries)
        for entry in entries:
            _download(client, f"{base}/{quote(entry.name)}", folder / entry.name, entry.bytes)


def snapshot_name(manifest: Mapping[str, Any]) -> str:
    """Return the revision of a manifest as it is written in URLs: with its mark, if it has one; raise ManifestError."""
    revision, mark = manifest.get("revision"), manifest.get("mark")
    state = State.read(f"{revision}-{mark}" if mark is not None else str(revision))
    if state is None:
        message = "it has no valid revision or mark"
        raise ManifestError(message)
    return state.name


def snapshot_base_url(url: str) -> str:
    """Return the URL below which a snapshot's files are; `url` may be that of the registry. Raise TransferError."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise TransferError(f"{url} is not an http or https URL ({error})") from error
    base = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix(f"/{MANIFEST}")
    last = base.rpartition("/")[2]
    if last == "latest" or State.read(last) is not None:
        return base
    return f"{base.removesuffix('/snapshots').removesuffix('/v1')}/v1/snapshots/latest"


def _download(client: HttpClient, url: str, path: Path, max_size: int) -> None:
    """Download a file of at most `max_size` bytes, which may be in a storage elsewhere; raise TransferError."""
    with client.stream(url, allow_other_hosts=True) as response, path.open("wb") as file:
        size = 0
        for block in response.blocks:
            size += len(block)
            if size > max_size:
                message = f"{url} has more than the allowed {max_size:,} bytes"
                raise MismatchError(message)
            file.write(block)


def _check_disk_space(folder: Path, entries: list[ManifestEntry]) -> None:
    required, free = sum(entry.bytes for entry in entries), shutil.disk_usage(folder).free
    if required > free:
        message = (
            f"the snapshot needs {required:,} bytes, but the disk of {folder} has {free:,} left: free some space, or "
            "set TMPDIR to a folder on a larger disk"
        )
        raise TransferError(message)
