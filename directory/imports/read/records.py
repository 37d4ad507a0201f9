"""What a reader makes of a file: records with the line they stand on, ready to be judged or given back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from directory.imports.errors import Fault


@dataclass(frozen=True, slots=True)
class Record:
    """One account as a row gives it: the row's first line, values by column, and `raw` as it stood, cells or text.

    `faults` are there when it could not be read; then `values` mean nothing. `empty` are columns that the row has
    and that are not in `values`, as their cells are empty; a column in neither is not there. `heading` is that of the
    column which names the account, where a row has several.
    """

    line: int
    values: Mapping[str, object]
    raw: Sequence[str] | str
    faults: tuple[Fault, ...] = ()
    empty: Collection[str] = ()
    heading: str = ""


@dataclass(slots=True)
class Remarks:
    """What was met and put right while reading, each with how often and where first."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, what: str, line: int) -> None:
        """Count one more of `what`."""
        count, first = self.counts.get(what, (0, line))
        self.counts[what] = (count + 1, first)

    def lines(self) -> list[str]:
        """Return a line for a person of each."""
        return [f"{what}: {count:,} (first on line {line})" for what, (count, line) in self.counts.items()]
