"""The file of rejected rows: in the format of the input, so that it can be corrected and imported again."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from directory.imports.errors import RowError, UnwritableFile
from directory.imports.read.files import InputFile, Reading
from directory.imports.read.headings import ERRORS_COLUMN, IDENTIFYING
from directory.imports.read.json_rows import annotate
from directory.imports.read.records import Record


class RejectedFile:
    """Writes rejected rows with what is wrong under `_errors`; the file is made when the first one comes."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self.rows = 0
        self._reading = reading
        self._file: TextIO | None = None

    def write(self, record: Record, errors: Sequence[RowError]) -> None:
        """Add one row, its values as they stood."""
        with self._report_failures():
            if self._file is None:
                self._file = self._begin()
            self.rows += 1
            if isinstance(record.raw, str):
                text = annotate(record.raw, errors)
                if self._reading.form == "json":
                    self._file.write(("[\n" if self.rows == 1 else ",\n") + text)
                else:
                    # NDJSON has one object a line, and white space in JSON means nothing.
                    self._file.write(text.replace("\n", " ") + "\n")
            else:
                self._write_cells([*record.raw], "; ".join(map(str, errors)))

    def close(self) -> None:
        """End the file, if one was begun."""
        file, self._file = self._file, None
        if file is not None:
            with self._report_failures(), file:
                if self._reading.form == "json":
                    file.write("\n]\n")

    @contextmanager
    def _report_failures(self) -> Iterator[None]:
        """Raise UnwritableFile where the file cannot be written; of one that is on the disk nothing stays."""
        try:
            yield
        except OSError as error:
            file, self._file = self._file, None
            with suppress(OSError):
                if file is not None:
                    file.close()
            with suppress(OSError):
                # A device or a link was there before, and is not ours to remove.
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
        # A lone surrogate, which JSON can hold as \ud83d, has no form in UTF-8.
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


def rejected_path(file: InputFile, reading: Reading) -> Path:
    """Return a path for rejected rows that does not exist yet, next to the input, or in the working folder."""
    folder = file.path.parent if file.path is not None else Path()
    ending = {"csv": ".tsv" if reading.delimiter == "\t" else ".csv"}.get(reading.form, f".{reading.form}")
    number, path = 1, folder / f"{file.stem}.rejected{ending}"
    while path.exists():
        number += 1
        path = folder / f"{file.stem}.rejected-{number}{ending}"
    return path


def name_headings(record: Record, errors: Iterable[RowError]) -> tuple[RowError, ...]:
    """Return `errors` with the heading of the account's own column as their field, if the row has several accounts."""
    return tuple(
        replace(error, field=record.heading) if record.heading and error.field in IDENTIFYING else error
        for error in errors
    )


def explain_rejection(record: Record, code: str, other: str) -> RowError:
    """Return the error of a row that contradicts the registry or another row; `other` is that account or user id."""
    handle = str(record.values.get("handle") or record.values.get("url") or "")
    message, remedy = {
        "handle-taken": (
            f"the handle is that of account {other}, which has another user id",
            "import that account's new handle first, or correct the user id",
        ),
        "handle-released": (
            f"account {other} took the handle up after this user id had released it",
            f"if it has gone back, directory handle rename {other} to its new handle first",
        ),
        "deleted": (
            f"the account {other}",
            f"leave the row out; directory readmit {other.partition(' ')[0]} --reason … lets imports list it again",
        ),
        "outside-places": (
            f"the row is about {other}, which is not among the regions and departments of the token",
            "leave it to somebody whose token is for it, or correct the region or department",
        ),
        "handle-of-two": (
            f"an earlier row gives this handle to user id {other}",
            "one handle is one account's: correct the user id or the handle of one of them",
        ),
    }[code]
    # A source goes on listing an account after we deleted it: that does not stop its other rows.
    return RowError("handle", handle, code, message, remedy, stops=code != "deleted")
