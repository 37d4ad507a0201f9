"""The report of a source: what came, what it cost, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from directory.imports.report import Report
from directory.sync.fetch.client import Traffic

# `refused`: the guard stopped it, and `--accept` takes it. `stopped`: it could not be fetched or used.
Outcome: TypeAlias = Literal["imported", "dry run", "refused", "stopped"]


@dataclass(slots=True)
class SourceReport:
    """What happened to one source."""

    name: str
    outcome: Outcome = "stopped"
    message: str = ""
    rows: int = 0
    seconds: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)
    notes: list[str] = field(default_factory=list)
    imported: Report | None = None

    @property
    def is_done(self) -> bool:
        """Whether the registry has, or would have, what the source says."""
        return self.outcome in {"imported", "dry run"}

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        traffic = self.traffic
        extra = [
            f"{number:,} {what}"
            for number, what in (
                (traffic.not_modified, "not modified"),
                (traffic.failures, "failed"),
                (traffic.reused, "responses of an earlier run reused"),
            )
            if number
        ]
        yield (
            f"{self.name}: {self.rows:,} rows; {traffic.requests:,} requests"
            + (f" ({', '.join(extra)})" if extra else "")
            + f", {traffic.bytes / 1e6:,.2f} MB, {self.seconds:.1f} s"
        )
        yield from (f"  {note}" for note in self.notes)
        if self.imported is not None:
            yield from (f"  {line}" for line in self.imported.lines(refused=not self.is_done))
        if self.message:
            yield f"  {self.outcome}: {self.message}"

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for JSON; the keys are public."""
        return {
            "source": self.name,
            "outcome": self.outcome,
            "message": self.message or None,
            "rows": self.rows,
            "requests": {
                "sent": self.traffic.requests,
                "not_modified": self.traffic.not_modified,
                "failed": self.traffic.failures,
                "reused": self.traffic.reused,
                "bytes": self.traffic.bytes,
            },
            "notes": self.notes,
            "import": self.imported.as_json() if self.imported is not None else None,
            "seconds": round(self.seconds, 3),
        }
