"""What an import did, or would do: for a person, and as JSON for a program."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from directory.imports.errors import Fault, ImportFailed, shorten
from directory.imports.merge.conflicts import Disagreement, Repeated
from directory.imports.merge.differences import Difference
from directory.imports.merge.emptied import Emptied
from directory.imports.merge.handles import TakenUp
from directory.imports.merge.withdrawals import Withdrawals

# More faults than these are in the files of rejected rows alone.
SHOWN_MAX = 20
# A dry run lists so many accounts that would change.
LISTED_MAX = 200


@dataclass(slots=True)
class Report:
    """Counts of an import; `faults` are the first ones, with file and line; times are in seconds.

    `rejected` counts all rejected rows, `stopping` those of them for which nothing is imported.
    """

    dry_run: bool = False
    rows: int = 0
    rejected: int = 0
    stopping: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, int, Fault]] = field(default_factory=list)
    rejected_files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    renamed: int = 0
    taken_up: list[TakenUp] = field(default_factory=list)
    repeated: Repeated = field(default_factory=Repeated)
    emptied: Emptied = field(default_factory=Emptied)
    # Of a dry run: what would change, up to LISTED_MAX accounts.
    differences: list[Difference] = field(default_factory=list)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
    # The position of each file's first row, less one, and its name.
    files: list[tuple[int, str]] = field(default_factory=list)
    departments_created: int = 0
    sources_created: list[str] = field(default_factory=list)
    sources_without_licence: list[str] = field(default_factory=list)
    revision: int | None = None
    seconds: float = 0.0

    def reject(self, name: str, line: int, faults: tuple[Fault, ...]) -> None:
        """Count a rejected row of file `name`."""
        self.rejected += 1
        self.stopping += any(fault.stops for fault in faults)
        self.reasons.update({fault.code for fault in faults})
        room = SHOWN_MAX - len(self.faults)
        self.faults.extend((name, line, fault) for fault in faults[: max(room, 0)])

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values; keys keep their names and meaning."""
        return {
            "dry_run": self.dry_run,
            "revision": self.revision,
            "rows": {"read": self.rows, "accepted": self.rows - self.rejected, "rejected": self.rejected},
            "accounts": {
                "created": self.created,
                "updated": self.updated,
                "unchanged": self.unchanged,
                "merged": self.merged,
                "renamed": self.renamed,
            },
            "handles": {
                "quarantined": len(self.taken_up),
                "first": [
                    {
                        "platform": taken.platform,
                        "handle": taken.handle,
                        "account": None if taken.is_new and self.dry_run else taken.account_id,
                        "released_by": taken.released_by,
                        "released_at": taken.released_at.isoformat(),
                    }
                    for taken in self.taken_up[:SHOWN_MAX]
                ],
            },
            "repeated": {
                "accounts": self.repeated.accounts,
                "disagreeing": self.repeated.disagreeing,
                "by_field": self.repeated.by_field,
                "first": [self._disagreement(found) for found in self.repeated.first],
            },
            "emptied": {
                "values": sum(self.emptied.by_field.values()),
                "by_field": self.emptied.by_field,
                "first": [found.as_json(self._name_file) for found in self.emptied.first],
            },
            "changes": [found.as_json(self._name_file) for found in self.differences],
            "withdrawn": self.withdrawals.as_json(),
            "departments": {"created": self.departments_created},
            "sources": {"created": self.sources_created, "without_licence": self.sources_without_licence},
            "rejected": self._rejections(),
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
        }

    def _rejections(self) -> dict[str, object]:
        """Return what was rejected as plain values."""
        return {
            "by_reason": dict(self.reasons.most_common()),
            "stopping": self.stopping,
            "files": self.rejected_files,
            "first": [
                {
                    "file": name,
                    "line": line,
                    "field": fault.field,
                    "value": fault.value,
                    "code": fault.code,
                    "message": fault.message,
                    "remedy": fault.remedy,
                }
                for name, line, fault in self.faults
            ],
        }

    def lines(self, *, refused: bool = False) -> Iterator[str]:
        """Yield the report line by line, what went wrong first; of an import that was `refused` that is all."""
        for name, line, fault in self.faults:
            yield f"{name}, line {line}: {fault}"
        if self.rejected:
            more = sum(self.reasons.values()) - len(self.faults)
            if more > 0:
                yield f"… and {more:,} more"
            left_out = (
                f", {self.rejected - self.stopping:,} of which stop no others" if self.rejected > self.stopping else ""
            )
            yield f"rejected: {self.rejected:,} of {self.rows:,} rows{left_out}"
            yield from (f"  {reason}: {count:,}" for reason, count in self.reasons.most_common())
            yield from (f"rejected rows are in {path}, with what is wrong of each" for path in self.rejected_files)
        yield from self.notes
        if refused:
            yield from self.withdrawals.lines(SHOWN_MAX)
            return
        yield (
            f"accounts: {self.created:,} created, {self.updated:,} updated ({self.renamed:,} renamed), "
            f"{self.unchanged:,} unchanged, {self.merged:,} merged into another"
        )
        yield from self._difference_lines()
        yield from self._emptied_lines()
        yield from self.withdrawals.lines(SHOWN_MAX)
        yield from self._repeated_lines()
        yield f"departments: {self.departments_created:,} created"
        if self.taken_up:
            yield f"quarantined handles taken up: {len(self.taken_up):,}"
            yield from (f"  {taken}" for taken in self.taken_up[:SHOWN_MAX])
        if self.sources_created:
            yield f"sources: {', '.join(self.sources_created)} created"
        if self.sources_without_licence:
            names = ", ".join(self.sources_without_licence)
            yield f"licence unknown: {names}; state it with `directory import-sources FILE`"
        yield self._conclusion()

    def _name_file(self, position: int) -> str:
        """Return the name of the file that has the row at `position`."""
        return max((start, name) for start, name in self.files if start < position)[1]

    def _disagreement(self, found: Disagreement) -> dict[str, object]:
        values = [
            {"file": self._name_file(said.position), "line": said.line, "value": said.value} for said in found.said
        ]
        return {
            "account": found.account_id,
            "platform": found.platform,
            "handle": found.handle,
            "field": found.field,
            "values": values,
            "taken": found.taken,
        }

    def _difference_lines(self) -> Iterator[str]:
        yield from (f"  {found.tell(self._name_file)}" for found in self.differences)
        more = self.created + self.updated - len(self.differences)
        if self.dry_run and more > 0:
            yield f"  … and {more:,} more"

    def _emptied_lines(self) -> Iterator[str]:
        if not self.emptied.by_field:
            return
        yield f"values that their source stated before and that are emptied: {sum(self.emptied.by_field.values()):,}"
        yield from (f"  {name}: {count:,}" for name, count in self.emptied.by_field.items())
        yield from (f"  {found.tell(self._name_file)}" for found in self.emptied.first)

    def _repeated_lines(self) -> Iterator[str]:
        if not self.repeated.accounts:
            return
        yield (
            f"accounts with several rows: {self.repeated.accounts:,}, of which disagree: {self.repeated.disagreeing:,}"
        )
        yield from (f"  {name}: {count:,}" for name, count in self.repeated.by_field.items())
        for found in self.repeated.first:
            values = ", ".join(
                f"{shorten(said.value)!r} ({self._name_file(said.position)}, line {said.line})" for said in found.said
            )
            taken = f"taken {shorten(found.taken)!r}" if found.taken is not None else "none taken"
            yield f"  {found.platform}/{found.handle or found.account_id}, {found.field}: {values}; {taken}"

    def _conclusion(self) -> str:
        if self.dry_run:
            return f"dry run of {self.rows:,} rows in {self.seconds:.1f} s: nothing was written"
        if self.revision is None:
            return f"{self.rows:,} rows in {self.seconds:.1f} s: nothing to change, no new revision"
        return f"{self.rows:,} rows in {self.seconds:.1f} s: revision {self.revision}"


class RowsRejected(ImportFailed):
    """Rows were rejected, so nothing was written; `report` says which, and why."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.rejected:,} of {report.rows:,} rows are rejected: nothing was written")
        self.report = report
