"""Signatures that minisign verifies: Ed25519 over the BLAKE2b digest of a file, with a trusted comment.

The format is that of https://jedisct1.github.io/minisign/, in its prehashed form (`ED`). The secret key is kept
in minisign's own file without a password, so that `minisign` itself can sign with it or make the public key anew.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PLAIN: Final = b"Ed"
_PREHASHED: Final = b"ED"
# Signature algorithm, no derivation from a password, BLAKE2b for the checksum; then salt and limits of that derivation.
_SECRET_HEAD: Final = _PLAIN + b"\0\0" + b"B2" + bytes(48)
_LINES_OF_A_SIGNATURE: Final = 4


class SignatureError(Exception):
    """A key or a signature is not what it should be; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What signatures are verified with; `number` tells keys apart."""

    number: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public key: the line of it alone, or the file with its comment; raise SignatureError."""
        raw = _decode(text.strip().splitlines()[-1] if text.strip() else "", "public key")
        if len(raw) != len(_PLAIN) + 8 + 32 or raw[:2] != _PLAIN:
            message = "this is no public key of minisign"
            raise SignatureError(message)
        return cls(raw[2:10], raw[10:])

    @property
    def line(self) -> str:
        """The key as minisign takes it by `-P`."""
        return base64.b64encode(_PLAIN + self.number + self.key).decode()

    @property
    def name(self) -> str:
        """The number as minisign writes it."""
        return f"{int.from_bytes(self.number, 'little'):016X}"

    @property
    def text(self) -> str:
        """The file of the public key."""
        return f"untrusted comment: minisign public key {self.name}\n{self.line}\n"

    def verify(self, file: BinaryIO, signature: str) -> str:
        """Give the trusted comment of a file's signature; raise SignatureError if it is not by this key."""
        lines = signature.splitlines()
        if len(lines) != _LINES_OF_A_SIGNATURE or not lines[2].startswith("trusted comment: "):
            message = "this is no signature of minisign"
            raise SignatureError(message)
        raw, over_all = _decode(lines[1], "signature"), _decode(lines[3], "signature")
        comment = lines[2].removeprefix("trusted comment: ")
        if raw[:2] != _PREHASHED or raw[2:10] != self.number:
            message = f"the signature is not by the key {self.name}"
            raise SignatureError(message)
        key = Ed25519PublicKey.from_public_bytes(self.key)
        try:
            key.verify(raw[10:], _digest(file))
            key.verify(over_all, raw[10:] + comment.encode())
        except InvalidSignature as error:
            message = f"the signature by {self.name} is of other bytes than these"
            raise SignatureError(message) from error
        return comment


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What a registry signs its snapshots with."""

    number: bytes
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that verifies its signatures."""
        return PublicKey(self.number, self._private().public_key().public_bytes_raw())

    def sign(self, file: BinaryIO, comment: str) -> str:
        """Give the signature of a file; `comment` is trusted, for it is signed too."""
        private = self._private()
        signature = private.sign(_digest(file))
        over_all = private.sign(signature + comment.encode())
        return (
            f"untrusted comment: signature from minisign secret key {self.public.name}\n"
            f"{base64.b64encode(_PREHASHED + self.number + signature).decode()}\n"
            f"trusted comment: {comment}\n"
            f"{base64.b64encode(over_all).decode()}\n"
        )

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _text(self) -> str:
        pair = self.seed + self.public.key
        return (
            f"untrusted comment: minisign secret key {self.public.name} without a password: keep it to yourself\n"
            f"{base64.b64encode(_SECRET_HEAD + self.number + pair + _checksum(self.number, pair)).decode()}\n"
        )

    @classmethod
    def make(cls) -> Self:
        """Give a new key."""
        return cls(secrets.token_bytes(8), secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the file of a secret key without a password; raise SignatureError."""
        raw = _decode(text.strip().splitlines()[-1] if text.strip() else "", "secret key")
        if len(raw) != len(_SECRET_HEAD) + 8 + 64 + 32 or raw[:6] != _SECRET_HEAD[:6]:
            message = "this is no secret key of minisign without a password (minisign -G -W makes one)"
            raise SignatureError(message)
        number, pair, checksum = raw[54:62], raw[62:126], raw[126:]
        key = cls(number, pair[:32])
        # minisign leaves the checksum of a key without a password empty; the public half tells damage as well.
        if key.public.key != pair[32:] or checksum not in {bytes(32), _checksum(number, pair)}:
            message = "the secret key is damaged"
            raise SignatureError(message)
        return key

    @classmethod
    def at(cls, path: Path) -> Self:
        """Read the secret key in a file, which is made, readable by its owner alone, where there is none."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
            try:
                with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                    file.write(cls.make()._text())  # noqa: SLF001 - its own
                    file.flush()
                    os.fsync(file.fileno())
                # Of two that make one at once the first stays: a link takes no other file's place.
                os.link(part, path)
            except FileExistsError:
                pass
            finally:
                part.unlink(missing_ok=True)
        try:
            return cls.parse(path.read_text("utf-8"))
        except SignatureError as error:
            raise SignatureError(f"{path}: {error}") from error


def _checksum(number: bytes, pair: bytes) -> bytes:
    return hashlib.blake2b(_PLAIN + number + pair, digest_size=32).digest()


def _digest(file: BinaryIO) -> bytes:
    digest = hashlib.blake2b(digest_size=64)
    while block := file.read(1024 * 1024):
        digest.update(block)
    return digest.digest()


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise SignatureError(f"this is no {what} of minisign") from error
