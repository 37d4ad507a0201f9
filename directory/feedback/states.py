"""The states of a report, and the steps between them.

    received → under_review → accepted, rejected or duplicate

A decision may be reopened: then the report is under review again. Nothing else is possible, and the database
(`feedback_events_step_check`) refuses it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STATES: Final = ("received", "under_review", "accepted", "rejected", "duplicate")
# Of one report.
STEPS_MAX: Final = 100
DECIDED: Final = ("accepted", "rejected", "duplicate")
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "received": ("under_review",),
    "under_review": DECIDED,
    **dict.fromkeys(DECIDED, ("under_review",)),
}
KINDS: Final = ("wrong_entry", "missing_account", "fake", "closed", "other")


def explain_step(before: str, after: str) -> str | None:
    """Return why a report cannot go from one state to another, None where it can."""
    if after in STEPS[before]:
        return None
    return f"The report is {before}, and can become {' or '.join(STEPS[before])}, not {after}."
