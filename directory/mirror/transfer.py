"""How what a manifest describes comes from a registry: within its size, and on from where it broke off."""

from __future__ import annotations

import hashlib
import os
import time
from http import HTTPStatus
from pathlib import Path
from typing import Final

from directory.snapshots.fetch.http_client import Client
from directory.snapshots.fetch.network import DifferentError, GoneError, SlowError, TransferError

# A file that breaks off is asked for again as long as more of it comes each time.
_ATTEMPTS: Final = 5
_PAUSE_SECONDS: Final = 1.0
_PART: Final = ".part"


def fetch(
    address: str, most: int, client: Client, *, tag: str | None = None, may_leave: bool = False
) -> tuple[bytes, str | None] | None:
    """Return what is at an address and its tag, None where it is still what has `tag`; raise TransferError.

    Only what proves itself by its content may be on another host than the one that is asked.
    """
    headers = {"If-None-Match": tag} if tag else {}
    with client.open(address, headers, may_leave=may_leave) as answer:
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None
        content = bytearray()
        for block in answer.blocks:
            content += block
            if len(content) > most:
                message = f"{address} has more than the {most:,} bytes that it may have"
                raise DifferentError(message)
        client.bytes += len(content)
        return bytes(content), answer.headers.get("etag")


def download(address: str, path: Path, size: int, sha256: str, client: Client) -> None:
    """Bring the file at an address to `path`, where it is never half; raise TransferError and OSError.

    What comes lies in `{path}.part`, from where the next call goes on, whoever makes it.
    """
    part = path.with_name(path.name + _PART)
    is_resumed = part.exists()
    for attempt in range(1, _ATTEMPTS + 1):
        before = part.stat().st_size if part.exists() else 0
        try:
            _append(address, part, size, sha256, client)
            break
        except (GoneError, DifferentError, SlowError):
            raise
        except TransferError:
            after = part.stat().st_size if part.exists() else 0
            if attempt == _ATTEMPTS or after <= before:
                raise
            time.sleep(_PAUSE_SECONDS)
    with part.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            part.unlink()
            # What was kept from an earlier call may be what is wrong.
            if is_resumed:
                download(address, path, size, sha256, client)
                return
            message = f"{address} has another SHA-256 than its manifest says"
            raise DifferentError(message)
        os.fsync(file.fileno())
    part.replace(path)


def _append(address: str, part: Path, size: int, sha256: str, client: Client) -> None:
    """Bring what is missing of a file; raise TransferError where it is not all that came."""
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        part.touch()
        return
    # The tag of a file that never changes is its digest: so nothing needs to be kept beside the part.
    headers = {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'} if have else {}
    with client.open(address, headers, may_leave=True) as answer, part.open("ab") as file:
        if answer.status != HTTPStatus.PARTIAL_CONTENT:
            have = 0
            file.truncate(0)
        elif not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
            message = f"{address} was asked for its bytes from {have} on and gave others"
            raise DifferentError(message)
        for block in answer.blocks:
            have += len(block)
            if have > size:
                message = f"{address} has more than the {size:,} bytes that its manifest says"
                raise DifferentError(message)
            file.write(block)
            client.bytes += len(block)
    if have < size:
        message = f"{address} broke off after {have:,} of {size:,} bytes"
        raise TransferError(message)
