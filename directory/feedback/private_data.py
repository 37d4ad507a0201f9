"""What of a report is private: the key that encrypts e-mail addresses, and that in the secret link."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

PURPOSE: Final = b"feedback e-mail"
_KEY_BYTES: Final = 32


def make_link_key() -> str:
    """Return a new key for a secret link: 256 random bits."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest_link_key(key: str) -> bytes:
    """Return what is stored of it: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).digest()
