"""Bring a local copy to the latest snapshot: fetch its manifest, verify it, check it against the copy, build it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from directory.fetching.network import MismatchError, MissingError
from directory.mirror.local_copy import LocalCopy, SignedManifest, write_atomically
from directory.mirror.table_builder import FileCounts, TableBuilder, select_extra_files
from directory.mirror.transfer import fetch
from directory.snapshots.contents.file_names import SIGNATURE
from directory.snapshots.fetch.download import MAX_MANIFEST_SIZE, MAX_SIGNATURE_SIZE, snapshot_base_url
from directory.snapshots.fetch.http_client import HttpClient
from directory.snapshots.publish.manifest import ManifestError, UnverifiedManifest
from directory.snapshots.publish.signature import PublicKey, SignatureError

# A table of at least this size that loses more than half of its bytes is refused as a probable mistake.
_MIN_SHRINK_SIZE: Final = 64 * 1024


class RefusedError(Exception):
    """The latest snapshot is refused; the message says why, and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorOptions:
    """What to mirror where.

    `url` is that of the registry, `root` the folder of the copy. `key` is trusted from now on; without it the key in
    the folder is used, and at first that of the registry. `also` lists suffixes of additional files: `csv`,
    `parquet`, `json.gz`.
    """

    url: str
    root: Path
    key: PublicKey | None = None
    allow_older: bool = False
    allow_smaller: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """The revision of the copy now and `before` (None: no copy), and what was transferred.

    `is_first_use` means that the key `trusted` came from the registry and not from the user or the folder.
    """

    revision: int
    before: int | None
    is_new: bool
    trusted: PublicKey
    is_first_use: bool
    records: int
    files: FileCounts
    bytes: int
    seconds: float


def sync_copy(options: MirrorOptions, on_step: Callable[[str], None] = lambda _: None) -> SyncReport:
    """Bring the copy to the registry's latest snapshot; `on_step` is called with each file name before it is built.

    If this is interrupted, `current` is a complete revision, the old or the new one, and the next call resumes. Raises
    RefusedError, CopyError, TransferError, ManifestError, SignatureError and OSError.
    """
    started = time.monotonic()
    copy = LocalCopy(options.root)
    with copy.lock(), HttpClient() as client:
        return _Sync(options, copy, client, on_step).run(started)


class _Sync:
    """One synchronization."""

    def __init__(
        self, options: MirrorOptions, copy: LocalCopy, client: HttpClient, on_step: Callable[[str], None]
    ) -> None:
        self._options = options
        self._copy = copy
        self._on_step = on_step
        self._snapshots = snapshot_base_url(options.url).rpartition("/")[0]
        self._client = client
        self._counts = FileCounts()
        self._is_first_use = False

    def run(self, started: float) -> SyncReport:
        before = self._current()
        self._finish_interrupted()
        latest, key = self._fetch_latest()
        # A signature proves who made a manifest, and not that it is the latest one: an old one can be replayed.
        self._refuse_older(latest)
        self._refuse_replaced(latest)
        self._refuse_smaller(latest)
        is_current = self._copy.ensure_current(latest) and self._has_extra_files(latest)
        if not is_current:
            self._build(latest)
        self._copy.prune()
        return SyncReport(
            revision=latest.revision,
            before=before.revision if before is not None else None,
            is_new=before is None or not is_current or before.content != latest.content,
            trusted=key,
            is_first_use=self._is_first_use,
            records=sum(entry.rows or 0 for entry in latest.tables),
            files=self._counts,
            bytes=self._client.bytes,
            seconds=time.monotonic() - started,
        )

    def _current(self) -> SignedManifest | None:
        return SignedManifest.load(self._copy.current) if self._copy.current is not None else None

    def _finish_interrupted(self) -> None:
        """Finish the revision that an earlier call started, if the registry still has it, to use its downloads."""
        started, current, key = SignedManifest.load(self._copy.next), self._current(), self._pinned()
        if started is None or key is None or (current is not None and started.revision <= current.revision):
            return
        try:
            key.verify(io.BytesIO(started.content), started.signature)
            self._build(started)
        except (SignatureError, MissingError, MismatchError):
            self._copy.discard_next()

    def _fetch_latest(self) -> tuple[SignedManifest, PublicKey]:
        """Return the latest manifest and the key that verifies it, which is stored in the folder."""
        current = self._current()
        etag = self._copy.read_etag(current) if current is not None else None
        response = fetch(f"{self._snapshots}/latest", MAX_MANIFEST_SIZE, self._client, etag=etag)
        if response is None and current is not None:
            content, signature, etag = current.content, current.signature, None
        else:
            content, etag = response or (b"", None)
            signature = self._fetch_signature(UnverifiedManifest.scan(content))
        latest, key = self._verify(content, signature)
        # Pinned before anything is built: trust on first use, as in SSH.
        if self._pinned() != key:
            write_atomically(self._copy.key_file, key.file_text.encode())
        if etag is not None:
            self._copy.store_etag(latest, etag)
        return latest, key

    def _verify(self, content: bytes, signature: str) -> tuple[SignedManifest, PublicKey]:
        """Return the manifest, parsed only after its signature is verified, and the key; raise RefusedError."""
        unverified = UnverifiedManifest.scan(content)
        key = self._options.key or self._pinned()
        if key is None:
            key = PublicKey.parse(unverified.require_public_key())
            self._is_first_use = True
        try:
            key.verify(io.BytesIO(content), signature)
        except SignatureError as error:
            message = (
                f"revision {unverified.revision} is refused: {error}; the copy trusts the key {key.name}. If you know "
                "from a trusted source that the registry now signs with another key, pass that one with --key; it is "
                "trusted from then on"
            )
            raise RefusedError(message) from error
        manifest = SignedManifest.parse(content, signature)
        if manifest.name != unverified.name:
            # The pattern found another `revision` first, so the signature was fetched for another one.
            message = "it states more than one revision"
            raise ManifestError(message)
        return manifest, key

    def _fetch_signature(self, unverified: UnverifiedManifest) -> str:
        """Return the signature of a manifest, which may be on another host."""
        url = f"{self._snapshots}/{unverified.name}/{SIGNATURE}"
        content, _ = fetch(url, MAX_SIGNATURE_SIZE, self._client, allow_other_hosts=True) or (b"", None)
        return content.decode(errors="replace")

    def _refuse_older(self, latest: SignedManifest) -> None:
        current = self._current()
        if current is not None and latest.revision < current.revision and not self._options.allow_older:
            message = (
                f"the registry's latest snapshot is of revision {latest.revision}, but the copy is at "
                f"{current.revision}: the server is behind, or the registry was restored from a backup. "
                "If it was restored, use --allow-older"
            )
            raise RefusedError(message)

    def _refuse_smaller(self, latest: SignedManifest) -> None:
        """Raise RefusedError if a table of the copy would disappear, become empty, or lose over half of its size."""
        current = self._current()
        # An older revision, accepted by --allow-older, may well have fewer records.
        if current is None or self._options.allow_smaller or latest.revision < current.revision:
            return
        for entry in current.tables:
            new = latest.files.get(entry.name)
            size = new.bytes if new is not None else 0
            if entry.bytes and (not size or (entry.bytes >= _MIN_SHRINK_SIZE and size < entry.bytes / 2)):
                message = (
                    f"revision {latest.revision} has {size:,} bytes of {entry.name}, the copy {entry.bytes:,}: the "
                    "registry lost most of it, or no longer publishes it. If that is intended, use --allow-smaller"
                )
                raise RefusedError(message)

    def _refuse_replaced(self, latest: SignedManifest) -> None:
        current = self._current()
        if current is not None and not latest.continues(current) and not self._options.allow_older:
            message = (
                f"revision {current.name} of the copy is not in the registry's history: the registry was restored from "
                "a backup and has been written to since, or a replica that was behind took over. If so, --allow-older "
                f"continues with revision {latest.name}; rebuild what you derived from the copy since the backup"
            )
            raise RefusedError(message)

    def _build(self, manifest: SignedManifest) -> None:
        builder = TableBuilder(
            self._copy,
            manifest,
            snapshots=self._snapshots,
            client=self._client,
            also=self._options.also,
            on_step=self._on_step,
        )
        self._counts = builder.counts
        builder.build()

    def _has_extra_files(self, latest: SignedManifest) -> bool:
        folder = self._copy.current
        return folder is not None and all(
            (folder / entry.name).exists() for entry in select_extra_files(latest, self._options.also)
        )

    def _pinned(self) -> PublicKey | None:
        path = self._copy.key_file
        return PublicKey.parse(path.read_text("utf-8")) if path.exists() else None
