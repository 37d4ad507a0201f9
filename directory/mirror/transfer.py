"""How bytes come from a registry: within a size and a time, by few redirects, and on from where they broke off."""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from directory.snapshots.formats import BLOCK

# Without a byte.
_SILENCE_SECONDS: Final = 60
# For all of a file: this, and what it takes at the slowest rate that is still of use.
_GRACE_SECONDS: Final = 120
_SLOWEST_BYTES_PER_SECOND: Final = 8_000
_REDIRECTS: Final = 3
# A file that breaks off is asked for again as long as more of it comes each time.
_ATTEMPTS: Final = 5
_PAUSE_SECONDS: Final = 1.0
_PART: Final = ".part"


class TransferError(Exception):
    """Something cannot be had now; the message says what, and why."""


class GoneError(TransferError):
    """There is no such thing at the address."""


class DifferentError(TransferError):
    """What is at the address is not what the manifest says."""


class _SlowError(TransferError):
    """It comes, and will not have come in time."""


@dataclass(slots=True)
class Traffic:
    """How many bytes have come, manifests and signatures included."""

    bytes: int = 0


def fetch(
    address: str, most: int, traffic: Traffic, *, tag: str | None = None, may_leave: bool = False
) -> tuple[bytes, str | None] | None:
    """Give what is at an address and its tag, None where it is still what has `tag`; raise TransferError.

    Only what proves itself by its content may be on another host than the one that is asked.
    """
    headers = {"If-None-Match": tag} if tag else {}
    with _answer(address, headers, _seconds(most), may_leave=may_leave) as (answer, blocks):
        if answer.status == http.HTTPStatus.NOT_MODIFIED:
            return None
        content = bytearray()
        for block in blocks:
            content += block
            if len(content) > most:
                message = f"{address} has more than the {most:,} bytes that it may have"
                raise DifferentError(message)
        traffic.bytes += len(content)
        return bytes(content), answer.headers.get("ETag")


def download(address: str, path: Path, size: int, sha256: str, traffic: Traffic) -> None:
    """Bring the file at an address to `path`, where it is never half; raise TransferError and OSError.

    What comes lies in `{path}.part`, from where the next call goes on, whoever makes it.
    """
    part = path.with_name(path.name + _PART)
    is_resumed = part.exists()
    for attempt in range(1, _ATTEMPTS + 1):
        before = part.stat().st_size if part.exists() else 0
        try:
            _append(address, part, size, sha256, traffic)
            break
        except (GoneError, DifferentError, _SlowError):
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
                download(address, path, size, sha256, traffic)
                return
            message = f"{address} has another SHA-256 than its manifest says"
            raise DifferentError(message)
        os.fsync(file.fileno())
    part.replace(path)


def _append(address: str, part: Path, size: int, sha256: str, traffic: Traffic) -> None:
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
    with _answer(address, headers, _seconds(size), may_leave=True) as (answer, blocks), part.open("ab") as file:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0
            file.truncate(0)
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            message = f"{address} was asked for its bytes from {have} on and gave others"
            raise DifferentError(message)
        for block in blocks:
            have += len(block)
            if have > size:
                message = f"{address} has more than the {size:,} bytes that its manifest says"
                raise DifferentError(message)
            file.write(block)
            traffic.bytes += len(block)
    if have < size:
        message = f"{address} broke off after {have:,} of {size:,} bytes"
        raise TransferError(message)


def _seconds(size: int) -> float:
    return _GRACE_SECONDS + size / _SLOWEST_BYTES_PER_SECOND


@contextmanager
def _answer(
    address: str, headers: Mapping[str, str], seconds: float, *, may_leave: bool
) -> Iterator[tuple[http.client.HTTPResponse, Iterator[bytes]]]:
    """Ask for what is at an address; give the answer, and its blocks as they come."""
    _check_scheme(address)
    opener = urllib.request.build_opener(_Redirects(may_leave=may_leave))
    request = urllib.request.Request(address, headers={"Accept-Encoding": "identity", **headers})  # noqa: S310 - checked
    try:
        with opener.open(request, timeout=_SILENCE_SECONDS) as answer:
            yield answer, _blocks(address, answer, time.monotonic() + seconds)
    except urllib.error.HTTPError as error:
        error.close()
        kind = GoneError if error.code in {404, 410} else TransferError
        raise kind(f"{address} cannot be had: {error.code} {error.reason}") from error
    except (
        http.client.HTTPException, urllib.error.URLError, ssl.SSLError, ConnectionError, TimeoutError, ValueError
    ) as error:  # fmt: skip
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise TransferError(f"{address} cannot be had: {reason}") from error


def _blocks(address: str, answer: http.client.HTTPResponse, until: float) -> Iterator[bytes]:
    # What has come, and not a whole block: who sends byte by byte is to meet the deadline too.
    while block := answer.read1(BLOCK):
        yield block
        if time.monotonic() > until:
            message = f"{address} comes too slowly"
            raise _SlowError(message)


def _check_scheme(address: str) -> None:
    if urlsplit(address).scheme not in {"http", "https"}:
        message = f"{address} is no http or https address"
        raise TransferError(message)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow few redirects: over http and https, never from a secret connection to an open one.

    Files of a snapshot may be elsewhere, in the storage that the registry sends us to, for the manifest proves them.
    """

    max_redirections = _REDIRECTS

    def __init__(self, *, may_leave: bool) -> None:
        self._may_leave = may_leave

    def http_error_304(
        self,
        req: object,  # noqa: ARG002 - as the library calls it
        fp: IO[bytes],
        code: object,  # noqa: ARG002
        msg: object,  # noqa: ARG002
        headers: object,  # noqa: ARG002
    ) -> IO[bytes]:
        """Take for an answer that nothing is new."""
        return fp

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Give the request to go on with; raise TransferError where we do not go."""
        _check_scheme(newurl)
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        # To the secret connection of the same host the port is another one.
        leaves = old.hostname != new.hostname or (old.scheme == new.scheme and old.port != new.port)
        if (old.scheme, new.scheme) == ("https", "http") or (leaves and not self._may_leave):
            message = f"{req.full_url} sends us to {new.scheme}://{new.netloc}, where we do not go"
            raise TransferError(message)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and leaves:
            # A storage has tags of its own; what comes is held to its digest anyway.
            request.remove_header("If-range")
        return request
