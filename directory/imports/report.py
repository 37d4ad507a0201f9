"""The report of an import, as text and as JSON: what it did, or would do; and its progress on a terminal."""

import math
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBars

from directory.imports.errors import ImportFailed, RowError, shorten
from directory.imports.merge.accounts import QuarantinedHandle
from directory.imports.merge.cleared_values import ClearedValues
from directory.imports.merge.conflicts import Conflict, RepeatedAccounts
from directory.imports.merge.department_ids import DepartmentIds
from directory.imports.merge.differences import Difference
from directory.imports.merge.losses import KindLoss
from directory.imports.merge.withdrawals import Withdrawals
from directory.imports.options import Progress

# A report names no more of each kind; the files of rejected rows have all errors.
SHOWN_MAX = 20
# A dry run lists no more accounts that would change.
LISTED_MAX = 200
_DESCRIPTIONS: Final = {"reading": "reading", "merging": "merging into the registry", "making": "making"}


@dataclass(slots=True)
class Report:
    """Counts of an import; `errors` are the first ones, with file and line; times are in seconds.

    `rejected` counts all rejected rows, `stopping` those of them for which nothing is imported.
    """

    dry_run: bool = False
    rows: int = 0
    rejected: int = 0
    stopping: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[str, int, RowError]] = field(default_factory=list)
    rejected_files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Headings of tables with what they stand for, None for nothing.
    columns: dict[str, str | None] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    renamed: int = 0
    quarantined: list[QuarantinedHandle] = field(default_factory=list)
    repeated: RepeatedAccounts = field(default_factory=RepeatedAccounts)
    cleared: ClearedValues = field(default_factory=ClearedValues)
    # Of a dry run: what would change, up to LISTED_MAX accounts.
    differences: list[Difference] = field(default_factory=list)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
    # Kinds of bodies of which fewer have accounts, the greatest share first.
    losses: list[KindLoss] = field(default_factory=list)
    # The position of the row before each file's first one, and the file's name.
    files: list[tuple[int, str]] = field(default_factory=list)
    # New counts and times, which change no account.
    observations: int = 0
    departments_created: int = 0
    department_ids: DepartmentIds = field(default_factory=DepartmentIds)
    sources_created: list[str] = field(default_factory=list)
    sources_without_licence: list[str] = field(default_factory=list)
    revision: int | None = None
    seconds: float = 0.0

    def reject(self, name: str, line: int, errors: tuple[RowError, ...]) -> None:
        """Count a rejected row of file `name`."""
        self.rejected += 1
        self.stopping += any(error.stops for error in errors)
        # A dict and not a set, whose order differs from run to run.
        self.reasons.update(dict.fromkeys(error.code for error in errors).keys())
        room = SHOWN_MAX - len(self.errors)
        self.errors.extend((name, line, error) for error in errors[: max(room, 0)])

    def losses_above(self, percent: float) -> list[KindLoss]:
        """Return the kinds of bodies that lose more than `percent` of theirs."""
        return [kind for kind in self.losses if kind.percent > percent]

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for JSON; the keys are public."""
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
                "quarantined": len(self.quarantined),
                "first": [
                    {
                        "platform": taken.platform,
                        "handle": taken.handle,
                        # The id of a new account goes with the rollback, and the import itself will choose another.
                        "account": None if taken.is_new and self.dry_run else taken.account_id,
                        "released_by": taken.released_by,
                        "released_at": taken.released_at.isoformat(),
                    }
                    for taken in self.quarantined[:SHOWN_MAX]
                ],
            },
            "repeated": {
                "accounts": self.repeated.accounts,
                "disagreeing": self.repeated.disagreeing,
                "by_field": self.repeated.by_field,
                "first": [self._conflict_as_json(conflict) for conflict in self.repeated.first],
            },
            "emptied": {
                "values": sum(self.cleared.by_field.values()),
                "by_field": self.cleared.by_field,
                "first": [cleared.as_json(self._name_file) for cleared in self.cleared.first],
            },
            "changes": [difference.as_json(self._name_file) for difference in self.differences],
            "withdrawn": self.withdrawals.as_json(),
            "lost": [kind.as_json() for kind in self.losses[:SHOWN_MAX]],
            "observations": {"recorded": self.observations},
            "departments": {"created": self.departments_created},
            "external_ids": self._external_ids(),
            "sources": {"created": self.sources_created, "without_licence": self.sources_without_licence},
            "rejected": self._rejections(),
            "columns": self.columns,
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
        }

    def _heading_lines(self) -> Iterator[str]:
        """Yield what headings were taken for, of a dry run: to be confirmed before the import itself."""
        found = [
            f"{heading!r} is {column}" for heading, column in self.columns.items() if column not in {None, heading}
        ]
        if self.dry_run and found:
            yield f"headings: {', '.join(found)}; --map HEADING=COLUMN states another meaning"

    def _external_ids(self) -> dict[str, object]:
        """Return what external ids of departments led to as plain values."""
        ids = self.department_ids
        return {
            "departments_merged": len(ids.merged),
            "merged": [
                {"id": each.id, "name": each.name, "into": each.survivor_id, "external_id": each.external_id}
                for each in ids.merged[:SHOWN_MAX]
            ],
            "contradictions": len(ids.refused),
            "first": [
                {
                    "file": self._name_file(each.position),
                    "line": each.line,
                    "source": each.source,
                    "department": each.department,
                    "external_id": each.external_id,
                    "code": each.code,
                    "other": each.other,
                }
                for each in ids.refused[:SHOWN_MAX]
            ],
            "without_department": ids.without_department,
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
                    "field": error.field,
                    "value": error.value,
                    "code": error.code,
                    "message": error.message,
                    "remedy": error.remedy,
                }
                for name, line, error in self.errors
            ],
        }

    def lines(self, *, refused: bool = False) -> Iterator[str]:
        """Yield the report line by line, what went wrong first; of an import that was `refused` that is all."""
        for name, line, error in self.errors:
            yield f"{name}, line {line}: {error}"
        if self.rejected:
            more = sum(self.reasons.values()) - len(self.errors)
            if more > 0:
                yield f"… and {more:,} more"
            left_out = (
                f", {self.rejected - self.stopping:,} of which stop no others" if self.rejected > self.stopping else ""
            )
            yield f"rejected: {self.rejected:,} of {self.rows:,} rows{left_out}"
            yield from (f"  {reason}: {count:,}" for reason, count in self.reasons.most_common())
            yield from (f"rejected rows are in {path}, with what is wrong of each" for path in self.rejected_files)
        yield from self.notes
        yield from self._heading_lines()
        if refused:
            yield from self.withdrawals.lines(SHOWN_MAX)
            yield from self._loss_lines()
            return
        yield (
            f"accounts: {self.created:,} created, {self.updated:,} updated ({self.renamed:,} renamed), "
            f"{self.unchanged:,} unchanged, {self.merged:,} merged into another"
        )
        yield from self._difference_lines()
        yield from self._cleared_lines()
        if self.withdrawals.sources:
            yield from self.withdrawals.lines(SHOWN_MAX)
        yield from self._loss_lines()
        yield from self._repeated_lines()
        if self.observations:
            yield f"observations: {self.observations:,} recorded"
        yield f"departments: {self.departments_created:,} created"
        yield from self._external_id_lines()
        if self.quarantined:
            yield f"quarantined handles taken up: {len(self.quarantined):,}"
            yield from (f"  {taken}" for taken in self.quarantined[:SHOWN_MAX])
        if self.sources_created:
            yield f"sources: {', '.join(self.sources_created)} created"
        if self.sources_without_licence:
            names = ", ".join(self.sources_without_licence)
            yield f"licence unknown: {names}; state it with `directory import-sources FILE`"
        yield self._conclusion()

    def _name_file(self, position: int) -> str:
        """Return the name of the file that has the row at `position`."""
        return max((start, name) for start, name in self.files if start < position)[1]

    def _conflict_as_json(self, conflict: Conflict) -> dict[str, object]:
        values = [
            {"file": self._name_file(stated.position), "line": stated.line, "value": stated.value}
            for stated in conflict.stated
        ]
        return {
            "account": conflict.account_id,
            "platform": conflict.platform,
            "handle": conflict.handle,
            "field": conflict.field,
            "values": values,
            "taken": conflict.taken,
        }

    def _difference_lines(self) -> Iterator[str]:
        yield from (f"  {difference.as_text(self._name_file)}" for difference in self.differences)
        more = self.created + self.updated - len(self.differences)
        if self.dry_run and more > 0:
            yield f"  … and {more:,} more"

    def _cleared_lines(self) -> Iterator[str]:
        if not self.cleared.by_field:
            return
        yield f"values that their source stated before and that are emptied: {sum(self.cleared.by_field.values()):,}"
        yield from (f"  {name}: {count:,}" for name, count in self.cleared.by_field.items())
        yield from (f"  {cleared.as_text(self._name_file)}" for cleared in self.cleared.first)

    def _loss_lines(self) -> Iterator[str]:
        if self.losses:
            yield "kinds of bodies of which fewer have accounts:"
            yield from (f"  {kind}" for kind in self.losses[:SHOWN_MAX])

    def _repeated_lines(self) -> Iterator[str]:
        if not self.repeated.accounts:
            return
        yield (
            f"accounts with several rows: {self.repeated.accounts:,}, of which disagree: {self.repeated.disagreeing:,}"
        )
        yield from (f"  {name}: {count:,}" for name, count in self.repeated.by_field.items())
        for conflict in self.repeated.first:
            values = ", ".join(
                f"{shorten(stated.value)!r} ({self._name_file(stated.position)}, line {stated.line})"
                for stated in conflict.stated
            )
            taken = f"taken {shorten(conflict.taken)!r}" if conflict.taken is not None else "none taken"
            yield f"  {conflict.platform}/{conflict.handle or conflict.account_id}, {conflict.field}: {values}; {taken}"

    def _external_id_lines(self) -> Iterator[str]:
        ids = self.department_ids
        if ids.merged:
            yield f"departments merged by an equal external id: {len(ids.merged):,}"
            yield from (f"  {merged}" for merged in ids.merged[:SHOWN_MAX])
        if ids.refused:
            yield f"external ids that contradict what is known, not taken: {len(ids.refused):,}"
            for refused in ids.refused[:SHOWN_MAX]:
                yield f"  {self._name_file(refused.position)}, line {refused.line}: {refused}"
        if ids.without_department:
            yield f"rows whose external ids are of no known department, and that name none: {ids.without_department:,}"

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


class WithdrawalsRefused(ImportFailed):
    """A complete list would withdraw more than is allowed, so nothing was written; `report` says what."""

    def __init__(self, report: Report, allowed_percent: float) -> None:
        refused = [source for source in report.withdrawals.sources if source.percent > allowed_percent]
        shares = "; ".join(
            f"of source {source.source} {source.lost:,} of the {source.listed:,} accounts that it lists "
            f"({source.percent:.1f} %)"
            for source in refused
        )
        # Rounded up, so that the option as the message shows it is enough.
        needed = max(math.ceil(source.percent) for source in refused)
        super().__init__(
            f"{shares} would be withdrawn, more than {allowed_percent:g} %: nothing was written. Look whether the list "
            f"is whole; if so, repeat the import with --allow-withdrawals {needed}%"
        )
        self.report = report


class LossesRefused(ImportFailed):
    """A kind of body would lose more accounts than is allowed, so nothing was written; `report` says what."""

    def __init__(self, report: Report, allowed_percent: float) -> None:
        refused = report.losses_above(allowed_percent)
        more = f"; and {len(refused) - 1:,} more kinds" if len(refused) > 1 else ""
        needed = math.ceil(refused[0].percent)
        super().__init__(
            f"{refused[0]}{more} would have no account any more, more than {allowed_percent:g} %: nothing was written. "
            f"Look whether the list is right; if so, repeat the import with --allow-losses {needed}%"
        )
        self.report = report


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield what an import reports its progress to: a bar for each phase on a terminal, nothing elsewhere."""
    # The report goes to standard output, which may be a pipe or a file.
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with ProgressBars(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def update(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(_DESCRIPTIONS.get(phase, phase), total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield update
