"""Snapshots in a bucket of an S3-compatible service: written to a local folder, then uploaded, the manifest last."""

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
from directory.snapshots.storage.errors import OWNER_FILE, StorageError, check_owner

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

_OPTIONS: Final = frozenset({"endpoint", "region", "access_key_id", "secret_access_key", "session_token"})
# Parts of a multipart upload: memory is _PART_SIZE times _MAX_CONCURRENCY, whatever the size of the file.
_PART_SIZE: Final = 8 * 1024 * 1024
_MAX_CONCURRENCY: Final = 4
# A service that restarts is available again within seconds.
_RETRY: Final[RetryConfig] = {
    "max_retries": 6,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=10), "base": 2},
}
_PRESIGNED_FOR: Final = timedelta(hours=1)
# Readers of the bucket take a snapshot with a manifest as complete: it is uploaded last and deleted first.
_MANIFEST: Final = "manifest.json"


class S3Storage:
    """Storage under a prefix of a bucket; credentials come from the URL, else from the usual AWS_… variables."""

    def __init__(self, url: str, scratch: Path | None = None) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        endpoint = options.get("endpoint", "")
        if unknown := sorted(set(options) - _OPTIONS):
            message = f"DIRECTORY_STORAGE_URL has no option {unknown[0]}; there are {', '.join(sorted(_OPTIONS))}"
            raise StorageError(message)
        self._scratch = scratch
        self._url = f"s3://{parts.netloc}{parts.path}"
        with self._translated_errors("opened"):
            self._store = S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                config=_config(options),
                # obstore refuses plain http unless it is allowed.
                client_options={"allow_http": endpoint.startswith("http://"), "timeout": "120s"},
                retry_config=_RETRY,
            )

    @contextmanager
    def scratch_folder(self) -> Iterator[Path]:
        """Yield a temporary folder of this machine."""
        if self._scratch is not None:
            self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="snapshot-", dir=self._scratch) as folder:
            yield Path(folder)

    def publish(self, folder: Path, revision: int) -> None:
        """Upload every file, the manifest last, and delete other objects under this revision."""
        paths = sorted(folder.iterdir(), key=lambda path: (path.name == _MANIFEST, path.name))
        obsolete = set(self.sizes(revision)) - {path.name for path in paths}
        for path in paths:
            self.add(path, revision)
        with self._translated_errors("cleared"):
            obstore.delete(self._store, [f"{revision}/{name}" for name in sorted(obsolete)])

    def add(self, path: Path, revision: int) -> None:
        """Upload a file in parts; the object appears when all of them are complete."""
        with self._translated_errors(f"written to ({revision}/{path.name})"):
            obstore.put(
                self._store,
                f"{revision}/{path.name}",
                path,
                # Clients read the objects from the bucket, where the service cannot set headers.
                attributes={
                    "Content-Type": media_type_of(path.name),
                    "Cache-Control": "public, max-age=31536000, immutable",
                },
                chunk_size=_PART_SIZE,
                max_concurrency=_MAX_CONCURRENCY,
            )

    def link(self, revision: int, name: str, folder: Path) -> bool:  # noqa: ARG002 - as in Storage
        """Return False: a bucket has no links."""
        return False

    def sizes(self, revision: int) -> dict[str, int]:
        """Return the names and sizes of the objects under a revision."""
        with self._translated_errors("listed"):
            return {
                item["path"].rpartition("/")[2]: item["size"]
                for chunk in obstore.list(self._store, f"{revision}/")
                for item in chunk
            }

    def revisions(self) -> set[int]:
        """Return the numbers that have objects under them."""
        with self._translated_errors("listed"):
            prefixes = obstore.list_with_delimiter(self._store)["common_prefixes"]
        names = [str(prefix).rstrip("/").rpartition("/")[2] for prefix in prefixes]
        numbers = [int(name) for name in names if name.isascii() and name.isdecimal()]
        # Some services still list a prefix that has become empty.
        return {number for number in numbers if self.sizes(number)}

    def read(self, revision: int, name: str) -> Iterator[bytes]:
        """Yield the object's bytes as they arrive."""
        with self._translated_errors(f"read ({revision}/{name})"):
            for block in obstore.get(self._store, f"{revision}/{name}").stream(_PART_SIZE):
                yield bytes(block)

    def delete(self, revision: int) -> None:
        """Delete the manifest, then everything else."""
        names = sorted(self.sizes(revision), key=lambda name: (name != _MANIFEST, name))
        with self._translated_errors("cleared"):
            # Two calls, as one deletes in no particular order.
            for batch in (names[:1], names[1:]):
                obstore.delete(self._store, [f"{revision}/{name}" for name in batch])

    def remove_leftovers(self) -> None:
        """Remove the temporary folders of killed builds."""
        if self._scratch is not None:
            for folder in self._scratch.glob("snapshot-*"):
                with contextlib.suppress(OSError):
                    for path in folder.iterdir():
                        path.unlink()
                    folder.rmdir()

    def claim(self, registry_id: str) -> None:
        """Store the registry's id in an object."""
        with self._translated_errors("used"):
            try:
                owner = bytes(obstore.get(self._store, OWNER_FILE).bytes()).decode()
            except (NotFoundError, FileNotFoundError):
                owner = None
            if not check_owner(owner, registry_id, self._url):
                obstore.put(self._store, OWNER_FILE, registry_id.encode())

    def local_path(self, revision: int, name: str) -> Path | None:  # noqa: ARG002 - as in Storage
        """Return None: the object is remote."""
        return None

    def presign(self, revision: int, name: str) -> str | None:
        """Return a presigned URL of the service, valid for an hour."""
        with self._translated_errors("signed for"):
            return obstore.sign(self._store, "GET", f"{revision}/{name}", _PRESIGNED_FOR)

    @contextmanager
    def _translated_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            raise FileNotFoundError(f"{self._url} has no such object") from error
        except BaseError as error:
            # Later lines of the service's message can contain the whole request and its signature.
            reason = str(error).splitlines()[0][:300]
            raise StorageError(f"{self._url} cannot be {what}: {reason}") from error


def _config(options: dict[str, str]) -> S3Config:
    # Services other than Amazon's accept any region and expect the bucket in the path.
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
