"""The report of a probe of one platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from directory.probe.queries import StatusChange
from directory.probe.results import NOTABLE, Result
from directory.sync.fetch.client import Traffic

_NAMED_MAX: Final = 20


@dataclass(slots=True)
class PlatformReport:
    """What was found on one platform, and what became of it; `message` says why a run stopped."""

    platform: str
    due: int = 0
    results: list[Result] = field(default_factory=list)
    observations: int = 0
    changes: list[StatusChange] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    refused: bool = False
    message: str = ""
    dry_run: bool = False
    seconds: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def is_done(self) -> bool:
        """Whether any account was asked for with an answer, or none was due."""
        return not self.due or any(result.is_answer for result in self.results)

    @property
    def outcomes(self) -> Counter[str]:
        """Return how often each outcome was found."""
        return Counter(result.outcome for result in self.results)

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in self.outcomes.most_common())
        yield (
            f"{self.platform}: {len(self.results):,} of {self.due:,} accounts asked for"
            + (f": {outcomes}" if outcomes else "")
            + f"; {self.traffic.requests:,} requests, {self.traffic.bytes / 1e6:,.2f} MB, {self.seconds:.1f} s"
        )
        if locked := sum(bool(result.is_locked) for result in self.results):
            yield f"  {locked:,} of them are locked: only those whom they allow see what they post"
        notable = [result for result in self.results if result.outcome in NOTABLE]
        yield from (f"  {result}" for result in notable[:_NAMED_MAX])
        if len(notable) > _NAMED_MAX:
            yield f"  … and {len(notable) - _NAMED_MAX:,} more (--report FILE names them)"
        if self.results and not self.refused:
            verified = sum(change.verification == "platform" != change.verification_before for change in self.changes)
            statuses = sum(change.status != change.status_before for change in self.changes)
            yield (
                f"  {'would be written' if self.dry_run else 'written'}: {self.observations:,} observations, "
                f"{statuses:,} statuses, {verified:,} verified by the platform, {len(self.renamed):,} renamed"
            )
        if self.message:
            yield f"  stopped: {self.message}"

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for JSON; the keys are public."""
        return {
            "platform": self.platform,
            "due": self.due,
            "asked": len(self.results),
            "outcomes": dict(self.outcomes.most_common()),
            "observations": self.observations,
            "changes": [change._asdict() for change in self.changes],
            "renamed": self.renamed,
            "found": [
                {
                    "account": result.account.id,
                    "url": result.account.url,
                    "outcome": result.outcome,
                    "method": result.method,
                    "asked_at": result.asked_at.isoformat(),
                    "handle": result.found_handle,
                    "locked": result.is_locked,
                    "last_post_at": result.last_post_at.isoformat() if result.last_post_at else None,
                    "verification": str(result.verification) if result.verification else None,
                    "evidence": result.evidence,
                }
                for result in self.results
            ],
            "refused": self.refused,
            "message": self.message or None,
            "requests": self.traffic.requests,
            "seconds": round(self.seconds, 3),
        }
