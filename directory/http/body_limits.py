"""How long the body of a request may be: longer where a program with a token sends data."""

from __future__ import annotations

from typing import Final

from directory.http.bearer_tokens import is_well_formed

# 100,000 observations of 250 bytes.
OBSERVATIONS_BYTES: Final = 24 * 1024 * 1024
# A form adds a few hundred bytes to its file.
UPLOAD_BYTES: Final = 100 * 1024 * 1024 + 64 * 1024
_LONG: Final = frozenset({"/v1/observations", "/v1/observations.ndjson"})


def body_limit(path: str, authorization: str, default: int) -> int:
    """Return the most bytes of the body of a request.

    A token is not looked up for that, but has to be one by its form. Who makes one up is refused before the body is
    parsed; what all bodies take together is bounded in the worker.
    """
    if path not in _LONG:
        return default
    scheme, _, token = authorization.partition(" ")
    is_longer = scheme.lower() == "bearer" and is_well_formed(token.strip())
    return max(default, OBSERVATIONS_BYTES) if is_longer else default


def is_upload(path: str, method: str) -> bool:
    """Whether the body of a request is a file: up to UPLOAD_BYTES, which go to the disk once its token was judged."""
    return path == "/v1/imports" and method == "POST"
