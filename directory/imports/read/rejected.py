"""The file of rejected rows: in the form of the input, so that it can be put right and imported again."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from directory.imports.errors import Fault, UnwritableFile
from directory.imports.read.columns import ERRORS_COLUMN
from directory.imports.read.json_rows import annotate
from directory.imports.read.readers import Reading
from directory.imports.read.records import Record


class RejectedFile:
    """Writes rejected rows with what is wrong under `_errors`; the file is made when the first one comes."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self.rows = 0
        self._reading = reading
        self._file: TextIO | None = None

    def write(self, record: Record, faults: Sequence[Fault]) -> None:
        """Add one row, its values as they stood."""
        with self._failures_said():
            if self._file is None:
                self._file = self._begin()
            self.rows += 1
            if isinstance(record.raw, str):
                text = annotate(record.raw, faults)
                if self._reading.form == "json":
                    self._file.write(("[\n" if self.rows == 1 else ",\n") + text)
                else:
                    self._file.write(text.replace("\n", " ") + "\n")
            else:
                self._write_cells([*record.raw], "; ".join(map(str, faults)))

    def close(self) -> None:
        """End the file, if one was begun."""
        file, self._file = self._file, None
        if file is not None:
            with self._failures_said(), file:
                if self._reading.form == "json":
                    file.write("\n]\n")

    @contextmanager
    def _failures_said(self) -> Iterator[None]:
        """Raise UnwritableFile where the file cannot be written; of one that is on the disk nothing stays."""
        try:
            yield
        except OSError as error:
            file, self._file = self._file, None
            with suppress(OSError):
                if file is not None:
                    file.close()
            with suppress(OSError):
                if self.path.is_file() and not self.path.is_symlink():
                    self.path.unlink()
            raise UnwritableFile(
                f"{self.path}, the file for rejected rows, cannot be written ({error.strerror}): nothing was imported. "
                "Make room, or name another file by --rejected"
            ) from error

    def _begin(self) -> TextIO:
        # A table program opens a CSV as UTF-8 only if it begins with the mark.
        encoding = "utf-8-sig" if self._reading.form == "csv" else "utf-8"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("w", encoding=encoding, errors="backslashreplace", newline="")
        if self._reading.form == "csv":
            header = [heading for heading in self._reading.header if heading != ERRORS_COLUMN]
            csv.writer(file, delimiter=self._reading.delimiter).writerow([*header, ERRORS_COLUMN])
        return file

    def _write_cells(self, cells: list[str], errors: str) -> None:
        header = self._reading.header
        if ERRORS_COLUMN in header:
            place = header.index(ERRORS_COLUMN)
            cells = cells[:place] + cells[place + 1 :]
        width = len([heading for heading in header if heading != ERRORS_COLUMN])
        if self._file is not None:
            # A row with too many cells keeps them all, behind its errors, for its author to sort out.
            row = [*(cells[:width] + [""] * (width - len(cells))), errors, *cells[width:]]
            csv.writer(self._file, delimiter=self._reading.delimiter).writerow(row)
