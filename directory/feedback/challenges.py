"""What a report costs its sender: a proof of work in ALTCHA's format, or the wait of a ticket.

Each is signed, so that the registry stores only those that were used, until they expire. A ticket is for browsers
without JavaScript: it counts only some time after it was made.

Source: the second version of ALTCHA's format, https://altcha.org/docs/v2/, with PBKDF2/SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final, Literal

from altcha import Payload, create_challenge, verify_solution

from directory.config import Config
from directory.secret_keys import derive_key

ALGORITHM: Final = "PBKDF2/SHA-256"
# 1,000 steps of 5,000 rounds took a browser on this project's machine 0.6 s, and a telephone takes several times that.
COST: Final = 5_000
STEPS: Final = range(500, 1_500)
CHALLENGE_SECONDS: Final = 1_200
TICKET_DELAY: Final = 15
TICKET_SECONDS: Final = 7_200
_TICKET_PARTS: Final = 3

Flaw = Literal["invalid", "expired", "too-early"]


@dataclass(frozen=True, slots=True)
class Effort:
    """What was spent for one report: its digest counts once, until a Unix time."""

    digest: bytes
    expires_at: int
    is_slow: bool


def challenge_key(config: Config) -> bytes:
    """Return the key that signs challenges and tickets."""
    return derive_key(config, b"feedback challenges")


def make_challenge(key: bytes) -> dict[str, Any]:
    """Return a new challenge as ALTCHA's widget reads it."""
    challenge = create_challenge(
        ALGORITHM,
        COST,
        counter=secrets.choice(STEPS),
        hmac_secret=key,
        hmac_key_secret=_key_of_solutions(key),
        expires_at=int(time.time()) + CHALLENGE_SECONDS,
    )
    return challenge.to_dict()


def judge_solution(key: bytes, text: str) -> Effort | Flaw:
    """Return what the solution of a challenge was worth, or what is wrong with it."""
    try:
        result = verify_solution(text, key, hmac_key_secret=_key_of_solutions(key))
        parameters = Payload.from_base64(text).challenge.parameters
    # The library reads any JSON, and fails in several ways where members have other types.
    except Exception:  # noqa: BLE001 - whatever it raises, it is no solution
        return "invalid"
    if result.expired:
        return "expired"
    if not result.verified or parameters.expires_at is None:
        return "invalid"
    return Effort(hashlib.sha256(parameters.nonce.encode()).digest(), parameters.expires_at, is_slow=False)


def make_ticket(key: bytes) -> str:
    """Return a ticket for one report, which counts after TICKET_DELAY seconds."""
    stated = f"{int(time.time())}.{secrets.token_hex(16)}"
    return f"{stated}.{_sign(key, stated)}"


def judge_ticket(key: bytes, text: str) -> Effort | Flaw:
    """Return what a ticket is worth, or what is wrong with it."""
    stated, _, signature = text.rpartition(".")
    if len(text.split(".")) != _TICKET_PARTS or not text.isascii():
        return "invalid"
    if not hmac.compare_digest(signature, _sign(key, stated)):
        return "invalid"
    made_at = int(stated.partition(".")[0])
    if time.time() > made_at + TICKET_SECONDS:
        return "expired"
    if time.time() < made_at + TICKET_DELAY:
        return "too-early"
    return Effort(hashlib.sha256(stated.encode()).digest(), made_at + TICKET_SECONDS, is_slow=True)


def _sign(key: bytes, stated: str) -> str:
    return hmac.new(key, b"ticket " + stated.encode(), hashlib.sha256).hexdigest()


def _key_of_solutions(key: bytes) -> bytes:
    return hashlib.sha256(b"solutions" + key).digest()
