"""Keep a copy in step: what is latest is asked for, verified by the trusted key, made and shown, or refused."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from directory.mirror.local_copy import Copy, Edition, write_whole
from directory.mirror.table_builder import Making, Tally, others
from directory.mirror.transfer import fetch
from directory.snapshots.contents.file_names import SIGNATURE
from directory.snapshots.fetch.download import MAX_LINES_SIZE, MAX_MANIFEST_SIZE, base_of
from directory.snapshots.fetch.http_client import Client
from directory.snapshots.fetch.network import DifferentError, GoneError
from directory.snapshots.publish.manifest import Claims, ManifestError
from directory.snapshots.publish.signature import PublicKey, SignatureError

# A table as long as this that loses more than half of its bytes was hardly meant to.
_LONG: Final = 64 * 1024


class RefusedError(Exception):
    """What the registry gives is not taken over; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be kept in step with which registry.

    `key` is trusted from now on; without one that of the folder is, and at first the registry's own. `also` names
    files beside the NDJSON by what their names end with: `csv`, `parquet`, `json.gz`.
    """

    address: str
    root: Path
    key: PublicKey | None = None
    allow_older: bool = False
    allow_smaller: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Where the copy is now, where it was (None: nowhere), and what that took; `is_first_use` of the key `trusted`."""

    revision: int
    before: int | None
    is_new: bool
    trusted: PublicKey
    is_first_use: bool
    records: int
    tally: Tally
    bytes: int
    seconds: float


def keep_in_step(wanted: Wanted, step: Callable[[str], None] = lambda _: None) -> Report:
    """Bring the copy to the registry's latest snapshot; `step` hears of each file before it is made.

    Whatever ends this, `current` is a whole edition, the one before or the new one, and the next call goes on from
    there. Raises RefusedError, CopyError, TransferError, ManifestError, SignatureError and OSError.
    """
    began = time.monotonic()
    copy = Copy(wanted.root)
    with copy.alone(), Client() as client:
        return _Round(wanted, copy, client, step).run(began)


class _Round:
    """One look at the registry and what follows from it."""

    def __init__(self, wanted: Wanted, copy: Copy, client: Client, step: Callable[[str], None]) -> None:
        self._wanted = wanted
        self._copy = copy
        self._step = step
        self._snapshots = base_of(wanted.address).rpartition("/")[0]
        self._client = client
        self._tally = Tally()
        self._is_first_use = False

    def run(self, began: float) -> Report:
        before = self._current()
        self._finish()
        edition, key = self._latest()
        self._refuse_older(edition)
        self._refuse_replaced(edition)
        self._refuse_smaller(edition)
        is_there = self._copy.has(edition) and self._has_others(edition)
        if not is_there:
            self._make(edition)
        self._copy.prune()
        return Report(
            revision=edition.revision,
            before=before.revision if before is not None else None,
            is_new=before is None or not is_there or before.manifest != edition.manifest,
            trusted=key,
            is_first_use=self._is_first_use,
            records=sum(entry.rows or 0 for entry in edition.tables),
            tally=self._tally,
            bytes=self._client.bytes,
            seconds=time.monotonic() - began,
        )

    def _current(self) -> Edition | None:
        return Edition.of(self._copy.current) if self._copy.current is not None else None

    def _finish(self) -> None:
        """Finish what an earlier call began, as long as the registry has it: what has come of it is not lost."""
        begun, current, key = Edition.of(self._copy.next), self._current(), self._pinned()
        if begun is None or key is None or (current is not None and begun.revision <= current.revision):
            return
        try:
            _verify(begun, key)
            self._make(begun)
        except (SignatureError, GoneError, DifferentError):
            self._copy.give_up()

    def _latest(self) -> tuple[Edition, PublicKey]:
        """Return the latest edition and the key that it is verified with, which is trusted from now on."""
        current = self._current()
        known = self._copy.tag_of(current) if current is not None else None
        found = fetch(f"{self._snapshots}/latest", MAX_MANIFEST_SIZE, self._client, tag=known)
        if found is None and current is not None:
            manifest, signature, tag = current.manifest, current.signature, None
        else:
            manifest, tag = found or (b"", None)
            signature = self._signature_of(Claims.read(manifest))
        edition, key = self._verified(manifest, signature)
        if self._pinned() != key:
            write_whole(self._copy.key_file, key.text.encode())
        if tag is not None:
            self._copy.keep_tag(edition, tag)
        return edition, key

    def _verified(self, manifest: bytes, signature: str) -> tuple[Edition, PublicKey]:
        """Return the edition of a manifest, which is parsed only once its signature is verified, and the key."""
        claims = Claims.read(manifest)
        key = self._wanted.key or self._pinned()
        if key is None:
            key = PublicKey.parse(claims.require_own_key())
            self._is_first_use = True
        try:
            key.verify(io.BytesIO(manifest), signature)
        except SignatureError as error:
            raise RefusedError(self._explain(claims.revision, key, error)) from error
        edition = Edition.read(manifest, signature)
        if edition.name != claims.name:
            message = "it has several revisions"
            raise ManifestError(message)
        return edition, key

    def _signature_of(self, claims: Claims) -> str:
        """Return the signature of a manifest, which may be in a storage elsewhere."""
        address = f"{self._snapshots}/{claims.name}/{SIGNATURE}"
        content, _ = fetch(address, MAX_LINES_SIZE, self._client, may_leave=True) or (b"", None)
        return content.decode(errors="replace")

    def _explain(self, revision: int, key: PublicKey, error: SignatureError) -> str:
        remedy = (
            f"the copy trusts the key {key.name}. If the registry says by a way that you trust that it signs with "
            "another one now, name that one by --key; it is trusted from then on"
        )
        return f"revision {revision} is not taken over: {error}; {remedy}"

    def _refuse_older(self, edition: Edition) -> None:
        current = self._current()
        if current is not None and edition.revision < current.revision and not self._wanted.allow_older:
            message = (
                f"the registry's latest snapshot is of revision {edition.revision}, and the copy is at "
                f"{current.revision}: whoever answers is behind, or the registry was restored from a backup. "
                "If that is so, --allow-older goes back with it"
            )
            raise RefusedError(message)

    def _refuse_smaller(self, edition: Edition) -> None:
        """Raise RefusedError where a table of the copy would go, become empty, or lose more than half of itself."""
        current = self._current()
        # An older one that is taken over on purpose has what there was then.
        if current is None or self._wanted.allow_smaller or edition.revision < current.revision:
            return
        for entry in current.tables:
            new = edition.files.get(entry.name)
            size = new.bytes if new is not None else 0
            if entry.bytes and (not size or (entry.bytes >= _LONG and size < entry.bytes / 2)):
                message = (
                    f"revision {edition.revision} has {size:,} bytes of {entry.name}, the copy {entry.bytes:,}: the "
                    "registry lost most of it, or gives it away no longer. If that is meant, --allow-smaller takes it"
                )
                raise RefusedError(message)

    def _refuse_replaced(self, edition: Edition) -> None:
        current = self._current()
        if current is not None and not edition.continues(current) and not self._wanted.allow_older:
            message = (
                f"revision {current.name}, at which the copy is, is no longer part of the registry's history: it was "
                "restored from a backup and has been written to since, or a server took over that was behind. "
                f"If that is so, --allow-older goes on with revision {edition.name}; what was made of the copy since "
                "the backup is to be made anew"
            )
            raise RefusedError(message)

    def _make(self, edition: Edition) -> None:
        making = Making(
            self._copy,
            edition,
            snapshots=self._snapshots,
            client=self._client,
            also=self._wanted.also,
            step=self._step,
        )
        self._tally = making.tally
        making.make()

    def _has_others(self, edition: Edition) -> bool:
        folder = self._copy.current
        return folder is not None and all(
            (folder / entry.name).exists() for entry in others(edition, self._wanted.also)
        )

    def _pinned(self) -> PublicKey | None:
        path = self._copy.key_file
        return PublicKey.parse(path.read_text("utf-8")) if path.exists() else None


def _verify(edition: Edition, key: PublicKey) -> None:
    key.verify(io.BytesIO(edition.manifest), edition.signature)
