"""Idempotency-Key: a client that does not know whether its request was carried out sends it again with the same key."""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

from flask import request

from directory.http.problem import parameter_error
from directory.http.problems import InvalidParameters

KEY_MAX: Final = 255
# Printable characters of ASCII: a UUID, or what else a client makes.
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX}}}", re.ASCII)


class IdempotencyKey(NamedTuple):
    """The SHA-256 of the key of a request, and of what is requested."""

    digest: bytes
    request_digest: bytes


def read_idempotency_key(body: str) -> IdempotencyKey | None:
    """Return the key of this request, whose body is given; None if it has none; raise InvalidParameters."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        detail = f"expected 1 to {KEY_MAX} printable characters of ASCII, without blanks"
        raise InvalidParameters(
            "The request was not carried out: see errors.", errors=[parameter_error("Idempotency-Key", key, detail)]
        )
    requested = f"{request.method} {request.full_path}\n{body}"
    return IdempotencyKey(
        hashlib.sha256(key.encode()).digest(), hashlib.sha256(requested.encode(errors="surrogatepass")).digest()
    )
