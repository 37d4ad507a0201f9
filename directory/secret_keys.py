"""Keys that are derived from one secret of the operator, a different one for each purpose.

The secret is `DIRECTORY_SECRET_KEY`, or the file `secret.key` in the data folder, which is created when it is first
needed. All hosts that serve one registry need the same secret: the registry keeps a fingerprint of the one that it was
first used with, and another one is refused, so nothing is ever encrypted in a way that only one of the hosts can read.

Source: RFC 5869 (HKDF), with SHA-256. The secret has enough entropy of its own, so there is no salt.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from directory.config import Config
from directory.environment import SECRET_LENGTH
from directory.secret_files import read_or_create

if TYPE_CHECKING:
    from psycopg import Connection

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
# So that no other program derives the same keys from the same secret.
_PROGRAM: Final = b"official-directory/"
_FINGERPRINT: Final = b"fingerprint"


class SecretKeyError(Exception):
    """The secret cannot be used; the message says why, and what to do."""


class UnreadableError(Exception):
    """A text was encrypted by another secret, or is damaged."""


def encrypt(key: bytes, record_id: str, text: str) -> bytes:
    """Return a text encrypted for one record: in another one it cannot be read."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), record_id.encode())


def decrypt(key: bytes, record_id: str, stored: bytes) -> str:
    """Return the text that was encrypted for a record; raise UnreadableError."""
    try:
        plain = AESGCM(key).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], record_id.encode())
    except InvalidTag as error:
        raise UnreadableError(f"{record_id} was encrypted by another secret key") from error
    return plain.decode()


def derive_key(config: Config, purpose: bytes) -> bytes:
    """Return the key of 32 bytes for a purpose; raise SecretKeyError."""
    return _derive(_read_secret(config), purpose)


def require_same_secret(conn: Connection[Any], config: Config) -> None:
    """Raise SecretKeyError where the registry was first used with another secret than that of this host.

    Call it in the transaction that stores anything under a derived key.
    """
    own = derive_key(config, _FINGERPRINT)
    if not hmac.compare_digest(_select_or_insert_fingerprint(conn, own), own):
        where = "DIRECTORY_SECRET_KEY" if config.secret_key else str(config.secret_key_path)
        raise SecretKeyError(
            f"the secret in {where} is not the one that this registry was first used with. Hosts that serve the same "
            "registry need the same: copy `secret.key` from the data folder of the first one, or set "
            "DIRECTORY_SECRET_KEY to its content on all of them. If that secret is lost, nobody can read what was "
            "encrypted by it: delete the row of the table secret_key_fingerprint to go on with this one"
        )


def _read_secret(config: Config) -> bytes:
    if config.secret_key is not None:
        return config.secret_key.encode()
    path = config.secret_key_path
    text = read_or_create(path, lambda: f"{secrets.token_hex(_KEY_BYTES)}\n").strip()
    if len(text) < SECRET_LENGTH:
        raise SecretKeyError(
            f"{path} is damaged: it has fewer than {SECRET_LENGTH} characters. Take it from a backup, or remove it to "
            "begin with a new one"
        )
    return text.encode()


@lru_cache(maxsize=64)
def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=_PROGRAM + purpose).derive(secret)


def _select_or_insert_fingerprint(conn: Connection[Any], fingerprint: bytes) -> bytes:
    """Return the fingerprint that the registry has, after storing this one where it has none."""
    row = conn.execute("SELECT fingerprint FROM secret_key_fingerprint").fetchone()
    if row is None:
        conn.execute(
            "INSERT INTO secret_key_fingerprint (fingerprint) VALUES (%s) ON CONFLICT DO NOTHING", (fingerprint,)
        )
        row = conn.execute("SELECT fingerprint FROM secret_key_fingerprint").fetchone()
    return bytes(row[0]) if row is not None else fingerprint
