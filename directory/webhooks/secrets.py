"""The secrets of webhooks, and the signatures that they make.

Source: Standard Webhooks 1.0, https://www.standardwebhooks.com/.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Final

from standardwebhooks.webhooks import Webhook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

# The purpose of the key that encrypts them.
PURPOSE: Final = b"webhook secrets"
_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def make_secret() -> str:
    """Return a new secret: 256 random bits, as the specification writes them."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sign(keys: Sequence[str], message_id: str, at: dt.datetime, payload: str) -> str:
    """Return the header `webhook-signature`: a signature by each secret. `at` has to be in UTC.

    The library takes the clock of a time as it is, whatever its zone.
    """
    return " ".join(Webhook(key).sign(message_id, at, payload) for key in keys)
