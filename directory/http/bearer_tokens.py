"""The text of a token: a prefix that scanners of leaked secrets know, 256 random bits, and a check part.

The check part tells a token that was cut or mistyped without asking the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

PREFIX: Final = "dir_"
_RANDOM_BYTES: Final = 32
_CHECK_LENGTH: Final = 6
# 43 characters of base64url are 256 bits.
_FORM: Final = re.compile(r"dir_([A-Za-z0-9_-]{43})([0-9a-f]{6})", re.ASCII)


def make_token() -> str:
    """Return a new token."""
    secret = secrets.token_urlsafe(_RANDOM_BYTES)
    return f"{PREFIX}{secret}{_check(secret)}"


def is_well_formed(token: str) -> bool:
    """Whether a text can be a token."""
    match = _FORM.fullmatch(token)
    return match is not None and _check(match[1]) == match[2]


def digest(token: str) -> bytes:
    """Return what is stored of a token: 256 random bits need no slow hash, since nobody can try them all."""
    return hashlib.sha256(token.encode()).digest()


def _check(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:_CHECK_LENGTH]
