"""What is stated of the files of an import, so that it need not be found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Format: TypeAlias = Literal["csv", "ndjson", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How files are to be read. `constants` are values of fields that a row leaves empty.

    `fill_down` are columns whose blank cells repeat the one above; `header_line` is counted from 1.
    """

    form: Format | None = None
    encoding: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    header_line: int | None = None
    sheet: str | None = None


ANY: Final = Shape()
FORMATS: Final[tuple[Format, ...]] = ("csv", "ndjson", "json")
