"""Snapshots in a bucket of an S3-compatible service: written here first, then sent, the manifest last."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from directory.snapshots.contents.file_names import media_type_of
from directory.snapshots.storage.errors import MARK, StorageError, check_mark

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

_OPTIONS: Final = frozenset({"endpoint", "region", "access_key_id", "secret_access_key", "session_token"})
# A part of a large file, of which a few are on their way at once: this much memory, whatever the file's size.
_PART: Final = 8 * 1024 * 1024
_PARTS_AT_ONCE: Final = 4
# A service that restarts is back within seconds.
_RETRY: Final[RetryConfig] = {
    "max_retries": 6,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=10), "base": 2},
}
_PRESIGNED: Final = timedelta(hours=1)
# By the manifest a reader of the bucket knows that a snapshot is whole: it comes last and goes first.
_LAST: Final = "manifest.json"


class Bucket:
    """The storage under one prefix of a bucket; keys come from the address, else from the usual AWS_… variables."""

    def __init__(self, url: str, scratch: Path | None = None) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        endpoint = options.get("endpoint", "")
        if unknown := sorted(set(options) - _OPTIONS):
            message = f"DIRECTORY_STORAGE_URL has no option {unknown[0]}; there are {', '.join(sorted(_OPTIONS))}"
            raise StorageError(message)
        self._scratch = scratch
        self._where = f"s3://{parts.netloc}{parts.path}"
        with self._failures_said("opened"):
            self._store = S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                config=_config(options),
                client_options={"allow_http": endpoint.startswith("http://"), "timeout": "120s"},
                retry_config=_RETRY,
            )

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """Give a temporary folder of this machine."""
        if self._scratch is not None:
            self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="snapshot-", dir=self._scratch) as folder:
            yield Path(folder)

    def publish(self, folder: Path, revision: int) -> None:
        """Send every file, the manifest last, and remove what a snapshot of this revision had beyond them."""
        paths = sorted(folder.iterdir(), key=lambda path: (path.name == _LAST, path.name))
        beyond = set(self.sizes(revision)) - {path.name for path in paths}
        for path in paths:
            self.add(path, revision)
        with self._failures_said("cleared"):
            obstore.delete(self._store, [f"{revision}/{name}" for name in sorted(beyond)])

    def add(self, path: Path, revision: int) -> None:
        """Send one file in parts; the service shows it once it has all of them."""
        with self._failures_said(f"written to ({revision}/{path.name})"):
            obstore.put(
                self._store,
                f"{revision}/{path.name}",
                path,
                attributes={
                    "Content-Type": media_type_of(path.name),
                    "Cache-Control": "public, max-age=31536000, immutable",
                },
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def sizes(self, revision: int) -> dict[str, int]:
        """Give the names and sizes of the objects under a revision."""
        with self._failures_said("listed"):
            return {
                item["path"].rpartition("/")[2]: item["size"]
                for chunk in obstore.list(self._store, f"{revision}/")
                for item in chunk
            }

    def revisions(self) -> set[int]:
        """Give the numbers that objects lie under."""
        with self._failures_said("listed"):
            prefixes = obstore.list_with_delimiter(self._store)["common_prefixes"]
        names = [str(prefix).rstrip("/").rpartition("/")[2] for prefix in prefixes]
        numbers = [int(name) for name in names if name.isascii() and name.isdecimal()]
        # Some services go on listing a folder that has become empty.
        return {number for number in numbers if self.sizes(number)}

    def read(self, revision: int, name: str) -> Iterator[bytes]:
        """Give the object's bytes as they come."""
        with self._failures_said(f"read ({revision}/{name})"):
            for block in obstore.get(self._store, f"{revision}/{name}").stream(_PART):
                yield bytes(block)

    def delete(self, revision: int) -> None:
        """Remove the manifest, then everything else."""
        names = sorted(self.sizes(revision), key=lambda name: (name != _LAST, name))
        with self._failures_said("cleared"):
            for part in (names[:1], names[1:]):
                obstore.delete(self._store, [f"{revision}/{name}" for name in part])

    def remove_leftovers(self) -> None:
        """Remove the temporary folders of builds that were killed."""
        if self._scratch is not None:
            for folder in self._scratch.glob("snapshot-*"):
                with contextlib.suppress(OSError):
                    for path in folder.iterdir():
                        path.unlink()
                    folder.rmdir()

    def claim(self, mark: str) -> None:
        """Keep the mark in an object of its own."""
        with self._failures_said("used"):
            try:
                kept = bytes(obstore.get(self._store, MARK).bytes()).decode()
            except (NotFoundError, FileNotFoundError):
                kept = None
            if not check_mark(kept, mark, self._where):
                obstore.put(self._store, MARK, mark.encode())

    def local_path(self, revision: int, name: str) -> Path | None:  # noqa: ARG002 - what every storage takes
        """Give None: the object is elsewhere."""
        return None

    def presign(self, revision: int, name: str) -> str | None:
        """Give an address that the service itself answers, for an hour."""
        with self._failures_said("signed for"):
            return obstore.sign(self._store, "GET", f"{revision}/{name}", _PRESIGNED)

    @contextmanager
    def _failures_said(self, what: str) -> Iterator[None]:
        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            raise FileNotFoundError(f"{self._where} has no such object") from error
        except BaseError as error:
            # The service's own words can have the whole request in them, and the key of its signature.
            reason = str(error).splitlines()[0][:300]
            raise StorageError(f"{self._where} cannot be {what}: {reason}") from error


def _config(options: dict[str, str]) -> S3Config:
    # Services other than Amazon's take any region and have the bucket in the path.
    config: S3Config = {"region": options.get("region", "us-east-1"), "virtual_hosted_style_request": False}
    if "endpoint" in options:
        config["endpoint"] = options["endpoint"]
    if "access_key_id" in options:
        config["access_key_id"] = options["access_key_id"]
    if "secret_access_key" in options:
        config["secret_access_key"] = options["secret_access_key"]
    if "session_token" in options:
        config["session_token"] = options["session_token"]
    return config
