"""Records: what every reader makes of a file, and the options of reading."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

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


class Record(NamedTuple):
    """One account as a row gives it: the row's first line, values by column, and `raw` as it stood, cells or text.

    `digest` is that of the text, if the row is this one account and nothing was to be remarked. A row whose digest is
    known has no values.

    `errors` say why it could not be read; then `values` mean nothing. `empty` are columns that the row has but that are
    not in `values`, because their cells are empty; a column in neither does not exist. `heading` is that of the column
    that identifies the account, if a row has several accounts.
    """

    line: int
    values: Mapping[str, object]
    raw: Sequence[str] | str
    errors: tuple[RowError, ...] = ()
    empty: Collection[str] = ()
    heading: str = ""
    digest: bytes = b""


@dataclass(slots=True)
class WarningCounts:
    """Warnings of what was corrected or left out while reading, each with how often it came and the first line."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, what: str, line: int) -> None:
        """Count the warning `what` once more."""
        count, first = self.counts.get(what, (0, line))
        self.counts[what] = (count + 1, first)

    def lines(self) -> list[str]:
        """Return one line of text for each warning."""
        return [f"{what}: {count:,} (first on line {line})" for what, (count, line) in self.counts.items()]
