"""Downloads from a registry: limited in size, resumed where they broke off, and verified by their SHA-256."""

from __future__ import annotations

import hashlib
import os
import time
from http import HTTPStatus
from pathlib import Path
from typing import Final

from directory.fetching.network import MismatchError, MissingError, TooSlowError, TransferError
from directory.snapshots.fetch.http_client import HttpClient

# A broken download is retried as long as each attempt makes progress.
_ATTEMPTS: Final = 5
_PAUSE_SECONDS: Final = 1.0
_PART: Final = ".part"


def fetch(
    url: str, max_size: int, client: HttpClient, *, etag: str | None = None, allow_other_hosts: bool = False
) -> tuple[bytes, str | None] | None:
    """Return the content of a URL and its ETag, None if it is not modified since `etag`; raise TransferError.

    Pass `allow_other_hosts` only for content that is verified by a signature or digest.
    """
    headers = {"If-None-Match": etag} if etag else {}
    with client.stream(url, headers, allow_other_hosts=allow_other_hosts) as response:
        if response.status == HTTPStatus.NOT_MODIFIED:
            return None
        content = bytearray()
        for block in response.blocks:
            content += block
            if len(content) > max_size:
                message = f"{url} has more than the allowed {max_size:,} bytes"
                raise MismatchError(message)
        client.bytes += len(content)
        return bytes(content), response.headers.get("etag")


def download(url: str, path: Path, size: int, sha256: str, client: HttpClient) -> None:
    """Download a file to `path`, where only the complete file appears; raise TransferError and OSError.

    A partial download is in `{path}.part`, where the next call resumes it, also in another process.
    """
    part = path.with_name(path.name + _PART)
    is_resumed = part.exists()
    for attempt in range(1, _ATTEMPTS + 1):
        before = part.stat().st_size if part.exists() else 0
        try:
            _append(url, part, size, sha256, client)
            break
        # The next attempt would end the same; TooSlowError has used up the time budget of the whole client.
        except (MissingError, MismatchError, TooSlowError):
            raise
        except TransferError:
            after = part.stat().st_size if part.exists() else 0
            if attempt == _ATTEMPTS or after <= before:
                raise
            time.sleep(_PAUSE_SECONDS)
    with part.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            part.unlink()
            # The part of an earlier call may be the damaged one: start over once.
            if is_resumed:
                download(url, path, size, sha256, client)
                return
            message = f"{url} does not have the SHA-256 in its manifest"
            raise MismatchError(message)
        os.fsync(file.fileno())
    part.replace(path)


def _append(url: str, part: Path, size: int, sha256: str, client: HttpClient) -> None:
    """Append the missing bytes of a file; raise TransferError if some are still missing."""
    offset = part.stat().st_size if part.exists() else 0
    if offset > size:
        part.unlink()
        offset = 0
    # RFC 9110, section 15.5.17: a range that begins at the end of the file is answered 416.
    if offset == size:
        part.touch()
        return
    # The ETag of a snapshot's file is its SHA-256, so no ETag needs to be stored with the partial download.
    headers = {"Range": f"bytes={offset}-", "If-Range": f'"{sha256}"'} if offset else {}
    with client.stream(url, headers, allow_other_hosts=True) as response, part.open("ab") as file:
        # RFC 9110, sections 13.1.5 and 14.2: the whole file comes, with 200, if the tag does not match or the server
        # supports no ranges.
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            offset = 0
            file.truncate(0)
        elif not response.headers.get("content-range", "").startswith(f"bytes {offset}-"):
            message = f"{url} returned another range than the requested one from byte {offset}"
            raise MismatchError(message)
        for block in response.blocks:
            offset += len(block)
            if offset > size:
                message = f"{url} has more than the {size:,} bytes in its manifest"
                raise MismatchError(message)
            file.write(block)
            client.bytes += len(block)
    if offset < size:
        message = f"{url} broke off after {offset:,} of {size:,} bytes"
        raise TransferError(message)
