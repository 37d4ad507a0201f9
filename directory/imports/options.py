"""Options of an import, and what it reports its progress to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from directory.imports.merge.places import ALL, Places
from directory.imports.read.records import Format
from directory.imports.verdicts import Verdicts
from directory.sources.upsert import Source

# Called with a phase, how much of it is done, and how much there is.
Progress: TypeAlias = Callable[[str, int, int], None]

# A complete list of a source may withdraw so many percent of what the source lists, unless the options allow more.
WITHDRAWALS_ALLOWED: Final = 10.0
# Of the bodies of a kind that have accounts so many percent may lose them.
LOSSES_ALLOWED: Final = 10.0


def ignore_progress(_phase: str, _done: int, _total: int) -> None:
    """Do nothing with the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to import. `rejected` is where rejected rows go: a file, "auto" for one next to each input, or None.

    `complete`: the files are the whole list of their sources, so what they no longer list is withdrawn, up to
    `allow_withdrawals` percent of it. `list_date` (with offset) is the date of a list that is older than its import:
    what it lists for the first time is listed since then, and what it no longer lists until then.

    Of the bodies of one type in one country up to `allow_losses` percent may lose their accounts; None: 10 %, or as
    much as may be withdrawn.

    `default_source` is the source of rows that name none; without it their source is made of the file's name. For a
    stream, which has no name, that is `import`, or with `source_required` such a row stops the import.
    """

    actor: str
    reason: str
    default_source: str | None = None
    source_required: bool = False
    form: Format | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    fill_down: Sequence[str] = ()
    header_line: int | None = None
    sheet: str | None = None
    ignore_unknown: bool = False
    strict: bool = False
    skip_invalid: bool = False
    replace: bool = False
    dry_run: bool = False
    rejected: Path | Literal["auto"] | None = None
    sources: Sequence[Source] = ()
    complete: bool = False
    allow_withdrawals: float = WITHDRAWALS_ALLOWED
    list_date: datetime | None = None
    allow_losses: float | None = None
    progress: Progress = ignore_progress
    # Where the import may write, and what collects the verdict on each row.
    places: Places = ALL
    verdicts: Verdicts | None = None
    # Known rows are looked for in large files; "always" and "never" are for the tests that compare the two.
    row_digests: Literal["auto", "always", "never"] = "auto"

    @property
    def losses_allowed(self) -> float:
        """Return how many percent of the bodies of a kind may lose their accounts."""
        if self.allow_losses is not None:
            return self.allow_losses
        return max(LOSSES_ALLOWED, self.allow_withdrawals if self.complete else 0)
