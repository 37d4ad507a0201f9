"""Whether all files of observations have the same content: the texts are unpacked, one part at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from directory.snapshots.contents.compression import DecompressionError, decompress
from directory.snapshots.contents.digests import open_hashing
from directory.snapshots.contents.file_names import ENCODINGS
from directory.snapshots.contents.observations import part_of, table_of
from directory.snapshots.publish.manifest import ManifestEntry
from directory.snapshots.verify.format_consistency import TableReport, compare_formats

# A line has some 250 bytes, and with what was stated and is no count up to 13,000. Times the rows this bounds what
# compressed files unpack to.
_MAX_LINE_BYTES: Final = 16 * 1024


def compare_observations(folder: Path, entries: Mapping[str, ManifestEntry], revision: int) -> TableReport:
    """Compare the files of each part; the report has the number of all observations."""
    report = TableReport()
    for part in sorted({part for name in entries if (part := part_of(name)) is not None}):
        files = {name: entry for name, entry in entries.items() if part_of(name) == part}
        if len({entry.rows for entry in files.values()}) != 1:
            report.errors.append(f"the files of {part} have different numbers of rows")
            continue
        with tempfile.TemporaryDirectory(prefix="observations-") as plain:
            errors = list(_unpack(folder, files, part, Path(plain)))
            if not errors:
                compared = compare_formats(
                    Path(plain), part, table_of(part).primary_key, [f"{part}.csv", f"{part}.ndjson"], revision
                )
                report.rows += compared.rows
                errors = [*compared.errors, *_compare_parquet(folder, Path(plain), part, report)]
                rows = next(entry.rows for entry in files.values())
                if compared.rows != rows:
                    errors.append(f"{part}.ndjson has {compared.rows} lines instead of {rows}")
            report.errors += errors
    return report


def _unpack(folder: Path, files: Mapping[str, ManifestEntry], part: str, plain: Path) -> Iterator[str]:
    """Unpack the texts of a part; yield errors where compressed forms of one differ or are missing."""
    for form in ("csv", "ndjson"):
        digests = set()
        for suffix, encoding in ENCODINGS.items():
            name = f"{part}.{form}{suffix}"
            if name not in files:
                yield f"{name} is not listed"
                continue
            try:
                with (folder / name).open("rb") as file, open_hashing(plain / f"{form}{suffix}") as unpacked:
                    for block in decompress(file, encoding, _MAX_LINE_BYTES * ((files[name].rows or 0) + 1)):
                        unpacked.write(block)
            except DecompressionError as error:
                yield f"{name} {error}"
                continue
            digests.add(unpacked.info().sha256)
            (plain / f"{form}{suffix}").rename(plain / f"{part}.{form}")
        if len(digests) > 1:
            yield f"the compressed forms of {part}.{form} differ"


def _compare_parquet(folder: Path, plain: Path, part: str, report: TableReport) -> Iterator[str]:
    # Only this needs pyarrow, which takes 40 MB: see directory.snapshots.publish.build.
    from directory.snapshots.contents import parquet  # noqa: PLC0415

    path, table = folder / f"{part}.parquet", table_of(part)
    if not path.exists() or not parquet.has_schema_of(path, table):
        report.notes.append(f"{part}.parquet was not compared: it is missing, or has the columns of another version")
        return
    if not _are_equal(parquet.read_csv(table, plain / f"{part}.csv"), parquet.read_row_groups(path)):
        yield f"{part}.parquet does not have the records of {part}.csv"


def _are_equal(tables: Iterator[Any], others: Iterator[Any]) -> bool:
    """Whether two sequences of Arrow tables have the same rows, wherever one table ends and the next begins."""
    table, other = next(tables, None), next(others, None)
    while table is not None and other is not None:
        rows = min(table.num_rows, other.num_rows)
        if not table.slice(0, rows).equals(other.slice(0, rows)):
            return False
        table = table.slice(rows) if rows < table.num_rows else next(tables, None)
        other = other.slice(rows) if rows < other.num_rows else next(others, None)
    return table is None and other is None
