"""The states of a proposal.

    open → accepted, rejected, withdrawn or stale

Each but `open` is final: what is wanted after all is proposed again.
"""

from __future__ import annotations

from typing import Final

STATES: Final = ("open", "accepted", "rejected", "withdrawn", "stale")
# One that nobody decides for so long is stale.
OPEN_DAYS: Final = 90
