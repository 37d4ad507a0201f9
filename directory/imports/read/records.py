"""Records: what every reader makes of a file, and the options of reading."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from directory.imports.errors import RowError

Format: TypeAlias = Literal["csv", "ndjson", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How files are to be read. `constants` are values of fields that a row leaves empty.

    `fill_down` are columns whose blank cells repeat the one above; `header_line` is counted from 1.
    """

    form: Format | None = None
    encoding: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    header_line: int | None = None
    sheet: str | None = None


ANY: Final = ReadOptions()
FORMATS: Final[tuple[Format, ...]] = ("csv", "ndjson", "json")


@dataclass(frozen=True, slots=True)
class Record:
    """One account as a row gives it: the row's first line, values by column, and `raw` as it stood, cells or text.

    `errors` are there when it could not be read; then `values` mean nothing. `empty` are columns that the row has
    and that are not in `values`, as their cells are empty; a column in neither is not there. `heading` is that of the
    column which names the account, where a row has several.
    """

    line: int
    values: Mapping[str, object]
    raw: Sequence[str] | str
    errors: tuple[RowError, ...] = ()
    empty: Collection[str] = ()
    heading: str = ""


@dataclass(slots=True)
class WarningCounts:
    """What was met and put right while reading, each with how often and where first."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, what: str, line: int) -> None:
        """Count one more of `what`."""
        count, first = self.counts.get(what, (0, line))
        self.counts[what] = (count + 1, first)

    def lines(self) -> list[str]:
        """Return a line for a person of each."""
        return [f"{what}: {count:,} (first on line {line})" for what, (count, line) in self.counts.items()]
