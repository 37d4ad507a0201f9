"""The sample of a file: its first rows, read in advance for what they tell of all of them."""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from directory.imports.read.files import InputFile, Reader

SAMPLE_SIZE: Final = 500
# How much smaller packed files and workbooks are: a guess that need only be of the right order.
_PACKED: Final = 6


@dataclass(frozen=True, slots=True)
class Sample:
    """What the first rows of a file have: their regions, the level of these by the heading, their length."""

    regions: list[str]
    level: str | None
    length: int
    # Whether the file has no other rows.
    is_whole: bool

    @classmethod
    def read(cls, reader: Reader) -> "Sample":
        """Read the sample; raise UnreadableFile where the reader does."""
        with reader.open() as reading:
            records = [*islice(reading.records, SAMPLE_SIZE)]
            level = reading.level
        regions = [value for record in records if isinstance(value := record.values.get("region"), str)]
        length = sum(
            len(record.raw) if isinstance(record.raw, str) else sum(map(len, record.raw)) for record in records
        )
        return cls(regions, level, length, len(records) < SAMPLE_SIZE)

    def estimate_rows(self, file: InputFile) -> int:
        """Return about how many rows the file has."""
        size = file.size * (_PACKED if file.is_packed else 1)
        return size * SAMPLE_SIZE // max(self.length, SAMPLE_SIZE)
