"""minisign keys and signatures: Ed25519 over the BLAKE2b digest of a file, with a trusted comment.

The format is that of https://jedisct1.github.io/minisign/, in its prehashed form (`ED`): it is short and has verifiers
on every platform. The secret key is stored in minisign's own format without a password, so that `minisign` itself can
sign with it or recreate the public key.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from directory.secret_files import read_or_create

_ED25519: Final = b"Ed"
_PREHASHED: Final = b"ED"
# Signature algorithm, no key derivation, BLAKE2b checksum; then salt and limits of the unused key derivation.
_SECRET_KEY_HEADER: Final = _ED25519 + b"\0\0" + b"B2" + bytes(48)
_SIGNATURE_LINES: Final = 4


class SignatureError(Exception):
    """A key or a signature is invalid; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A minisign public key; `key_id` is 8 random bytes that identify the key pair."""

    key_id: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a public key: the base64 line alone, or the file with its comment; raise SignatureError."""
        raw = _decode(text.strip().splitlines()[-1] if text.strip() else "", "public key")
        if len(raw) != len(_ED25519) + 8 + 32 or raw[:2] != _ED25519:
            message = "not a minisign public key"
            raise SignatureError(message)
        return cls(raw[2:10], raw[10:])

    @property
    def base64(self) -> str:
        """The key as `minisign -P` takes it."""
        return base64.b64encode(_ED25519 + self.key_id + self.key).decode()

    @property
    def name(self) -> str:
        """The key id in hexadecimal without leading zeros, as minisign prints it."""
        return f"{int.from_bytes(self.key_id, 'little'):X}"

    @property
    def file_text(self) -> str:
        """The content of the public key file."""
        return f"untrusted comment: minisign public key {self.name}\n{self.base64}\n"

    def verify(self, file: BinaryIO, signature: str) -> str:
        """Return the trusted comment of a file's signature; raise SignatureError if this key did not make it."""
        lines = signature.splitlines()
        if len(lines) != _SIGNATURE_LINES or not lines[2].startswith("trusted comment: "):
            message = "not a minisign signature"
            raise SignatureError(message)
        raw, global_signature = _decode(lines[1], "signature"), _decode(lines[3], "signature")
        comment = lines[2].removeprefix("trusted comment: ")
        # Snapshots never have minisign's legacy form (`Ed`): it signs the file itself, which must then fit into memory.
        if raw[:2] != _PREHASHED or raw[2:10] != self.key_id:
            message = f"the signature is not from the key {self.name}"
            raise SignatureError(message)
        key = Ed25519PublicKey.from_public_bytes(self.key)
        try:
            key.verify(raw[10:], _digest(file))
            key.verify(global_signature, raw[10:] + comment.encode())
        except InvalidSignature as error:
            message = f"the signature from {self.name} does not match the content"
            raise SignatureError(message) from error
        return comment


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A minisign key pair that signs snapshots, as key id and Ed25519 seed."""

    key_id: bytes
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(self.key_id, self._private().public_key().public_bytes_raw())

    def sign(self, file: BinaryIO, comment: str) -> str:
        """Return the signature of a file; the global signature covers `comment`, so it can be trusted."""
        private = self._private()
        signature = private.sign(_digest(file))
        global_signature = private.sign(signature + comment.encode())
        return (
            f"untrusted comment: signature from minisign secret key {self.public.name}\n"
            f"{base64.b64encode(_PREHASHED + self.key_id + signature).decode()}\n"
            f"trusted comment: {comment}\n"
            f"{base64.b64encode(global_signature).decode()}\n"
        )

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _file_text(self) -> str:
        pair = self.seed + self.public.key
        return (
            f"untrusted comment: minisign secret key {self.public.name} without a password: keep it to yourself\n"
            f"{base64.b64encode(_SECRET_KEY_HEADER + self.key_id + pair + _checksum(self.key_id, pair)).decode()}\n"
        )

    @classmethod
    def generate(cls) -> Self:
        """Return a new random key pair."""
        return cls(secrets.token_bytes(8), secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a secret key file without a password; raise SignatureError."""
        raw = _decode(text.strip().splitlines()[-1] if text.strip() else "", "secret key")
        if len(raw) != len(_SECRET_KEY_HEADER) + 8 + 64 + 32 or raw[:6] != _SECRET_KEY_HEADER[:6]:
            message = "not a minisign secret key without a password (`minisign -G -W` creates one)"
            raise SignatureError(message)
        key_id, pair, checksum = raw[54:62], raw[62:126], raw[126:]
        key = cls(key_id, pair[:32])
        # minisign writes zeros as the checksum of a key without a password; the public half detects damage too.
        if key.public.key != pair[32:] or checksum not in {bytes(32), _checksum(key_id, pair)}:
            message = "the secret key is damaged"
            raise SignatureError(message)
        return key

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """Return the secret key in a file, which is created with mode 0600 if it is missing; raise SignatureError."""
        text = read_or_create(path, lambda: cls.generate()._file_text())  # noqa: SLF001 - this class's own method
        try:
            return cls.parse(text)
        except SignatureError as error:
            raise SignatureError(f"{path}: {error}") from error


def _checksum(key_id: bytes, pair: bytes) -> bytes:
    return hashlib.blake2b(_ED25519 + key_id + pair, digest_size=32).digest()


def _digest(file: BinaryIO) -> bytes:
    digest = hashlib.blake2b(digest_size=64)
    while block := file.read(1024 * 1024):
        digest.update(block)
    return digest.digest()


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise SignatureError(f"not a minisign {what}") from error
