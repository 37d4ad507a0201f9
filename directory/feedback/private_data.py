"""What of a report is private: the e-mail address, encrypted at rest, and the key in the secret link."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSE: Final = b"feedback e-mail"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class UnreadableError(Exception):
    """An address was encrypted by another secret, or is damaged."""


def encrypt(key: bytes, feedback_id: str, address: str) -> bytes:
    """Return an address encrypted for one report: in another one it cannot be read."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, address.encode(), feedback_id.encode())


def decrypt(key: bytes, feedback_id: str, stored: bytes) -> str:
    """Return the address of a report; raise UnreadableError."""
    try:
        plain = AESGCM(key).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], feedback_id.encode())
    except InvalidTag as error:
        raise UnreadableError("the address was encrypted by another secret key") from error
    return plain.decode()


def make_link_key() -> str:
    """Return a new key for a secret link: 256 random bits."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest_link_key(key: str) -> bytes:
    """Return what is stored of it: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).digest()
