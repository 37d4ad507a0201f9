"""How long the body of a request may be: longer where a program with a token sends data."""

from __future__ import annotations

from typing import Final

from directory.http.bearer_tokens import is_well_formed

# 100,000 observations of 250 bytes.
OBSERVATIONS_BYTES: Final = 24 * 1024 * 1024
_LONG: Final = frozenset({"/v1/observations", "/v1/observations.ndjson"})


def body_limit(path: str, authorization: str, default: int) -> int:
    """Return the most bytes of the body of a request.

    A token that cannot be one is not looked up for that: a stranger may send no more than anywhere else.
    """
    if path not in _LONG:
        return default
    scheme, _, token = authorization.partition(" ")
    is_longer = scheme.lower() == "bearer" and is_well_formed(token.strip())
    return max(default, OBSERVATIONS_BYTES) if is_longer else default
