"""One import on its way from its files into staging, and back from staging to the file of rejected rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.imports.errors import Fault, RowRejected, UnreadableFile
from directory.imports.merge.conflicts import select_repeated
from directory.imports.merge.emptied import select_emptied
from directory.imports.merge.matching import reject_contradictions
from directory.imports.merge.merge import Merged, Progress, merge_staged
from directory.imports.merge.staging import Stage, copy_rows, create_staging, select_regions, stream_rejections
from directory.imports.merge.withdrawals import ALLOWED, Complete, WithdrawalsRefused
from directory.imports.read.columns import IDENTIFYING, Headings
from directory.imports.read.file_options import Format, Shape
from directory.imports.read.input_files import Input
from directory.imports.read.readers import Reader, Reading
from directory.imports.read.records import Record
from directory.imports.read.rejected import RejectedFile
from directory.imports.report import LISTED_MAX, SHOWN_MAX, Report
from directory.imports.source_ids import name_source, tell_known, title_source
from directory.imports.validate.mentions import find_mentioned
from directory.imports.validate.rows import Validator
from directory.imports.values.vocabulary import Regions
from directory.regions.queries import select_region_names
from directory.sources.upsert import Source

EVERY = 2_000
# So many rows of a file tell what codes of two letters mean as its regions.
SAMPLED = 500


def ignore(_phase: str, _done: int, _total: int) -> None:
    """Take note of progress and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to import. `rejected` is where rejected rows go: a file, "beside" each input, or nowhere.

    `complete`: the files are all that their sources list, so that what they list no longer is withdrawn, up to
    `allow_withdrawals` percent of it.

    `default_source` is that of rows that name none; else they are of one that is made of the file's name. For a stream
    that has none it is `import`, or with `source_required` nothing, and such a row stops the import.
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
    rejected: Path | Literal["beside"] | None = None
    sources: Sequence[Source] = ()
    complete: bool = False
    allow_withdrawals: float = ALLOWED
    progress: Progress = ignore


class Run:
    """One import on its way: the readers of its files, and its report so far."""

    def __init__(self, conn: Connection, inputs: Sequence[Input], options: Options) -> None:
        self._conn = conn
        self._options = options
        headings = Headings(options.columns, ignore_unknown=options.ignore_unknown, strict=options.strict)
        shape = Shape(
            form=options.form,
            encoding=options.encoding,
            constants=options.constants,
            fill_down=tuple(options.fill_down),
            header_line=options.header_line,
            sheet=options.sheet,
        )
        self._readers = [Reader(file, headings, shape) for file in inputs]
        # The position of each file's first row, less one.
        self._starts: list[int] = []
        self._rejected: list[RejectedFile | None] = []
        self._mentioned: list[tuple[str, str, str]] = []
        self._defaults: list[str] = []
        # Sources that were made of the names of files.
        self._named: list[tuple[str, Path]] = []
        self.report = Report(dry_run=options.dry_run)

    @property
    def is_refused(self) -> bool:
        """Whether the import comes to nothing because of rejected rows."""
        # What a rejected row lists is not known: of a complete list it would be withdrawn.
        return bool(self.report.stopping) and (self._options.complete or not self._options.skip_invalid)

    def check(self) -> None:
        """Open every file once, so that what cannot be read is known before anything is staged."""
        for reader in self._readers:
            with reader.open():
                pass

    def stage(self) -> None:
        """Validate and stage all rows of all files."""
        create_staging(self._conn)
        regions = Regions(select_regions(self._conn), select_region_names(self._conn))
        with copy_rows(self._conn) as stage:
            for reader in self._readers:
                default = self._options.default_source or self._name_source(reader.file)
                self._defaults.append(default)
                validator = Validator(
                    regions,
                    default_source=default,
                    strict=self._options.strict,
                    is_replacing=self._options.replace,
                )
                regions.learn(*self._sample_regions(reader))
                validator.check(self._options.constants)
                self._stage_file(reader, validator, stage)
        self.report.notes += tell_known(self._conn, self._named)

    def _name_source(self, file: Input) -> str:
        if file.path is None:
            return "" if self._options.source_required else "import"
        source = name_source(file.path.name)
        self._named.append((source, file.path))
        return source

    def _sample_regions(self, reader: Reader) -> tuple[list[str], str | None]:
        """Return the regions of a file's first rows as they stand, and how large the places under their heading are."""
        with reader.open() as reading:
            given = (record.values.get("region") for record in islice(reading.records, SAMPLED))
            return [value for value in given if isinstance(value, str)], reading.level

    def _stage_file(self, reader: Reader, validator: Validator, stage: Stage) -> None:
        self._starts.append(self.report.rows)
        with reader.open() as reading:
            rejected = self._begin_rejected(reader, reading)
            self._rejected.append(rejected)
            for record in reading.records:
                self.report.rows += 1
                try:
                    if record.faults:
                        raise RowRejected(record.faults)  # noqa: TRY301 - what the reader and the validator find is one
                    row = validator.normalise(record.values, record.empty)
                    if not row.source:
                        raise UnreadableFile(
                            f"line {record.line}: the row names no source, and {reader.file.name} has no name to make "
                            "one of; give --source ID"
                        )
                    stage.add(self.report.rows, row, record.line)
                    for remark in row.remarks:
                        reader.remarks.add(remark, record.line)
                except RowRejected as rejection:
                    self._reject(reader, record, name_headings(record, rejection.faults), rejected)
                if not self.report.rows % EVERY:
                    self._options.progress("reading", reader.file.bytes_read, reader.file.size)
        self._options.progress("reading", reader.file.size, reader.file.size)
        self.report.notes += [*reader.notes, *(f"{reader.file.name}: {line}" for line in reader.remarks.lines())]

    def reject_contradictions(self) -> None:
        """Reject the staged rows that contradict the registry or each other, and close the files of rejected rows."""
        try:
            revisions.lock_writes(self._conn)
            if reject_contradictions(self._conn):
                self._return_rows()
        finally:
            for rejected in self._rejected:
                if rejected is not None:
                    rejected.close()
        self.report.rejected_files = [
            str(rejected.path) for rejected in self._rejected if rejected is not None and rejected.rows
        ]

    def _return_rows(self) -> None:
        """Read the files again, to give back the rows that staging has rejected as they stood."""
        rejections = stream_rejections(self._conn)
        pending = next(rejections, None)
        for reader, start, rejected in zip(self._readers, self._starts, self._rejected, strict=True):
            with reader.open() as reading:
                for position, record in enumerate(reading.records, start + 1):
                    if pending is None:
                        break
                    if not position % EVERY:
                        advisory_locks.is_alive(self._conn)
                    if position == pending[0]:
                        faults = name_headings(record, [_explain(record, *pending[1:])])
                        self._reject(reader, record, faults, rejected)
                        pending = next(rejections, None)

    def _reject(self, reader: Reader, record: Record, faults: tuple[Fault, ...], rejected: RejectedFile | None) -> None:
        self.report.reject(reader.file.name, record.line, faults)
        if self._options.complete and not any(fault.stops for fault in faults):
            self._mentioned += find_mentioned(record.values)
        if rejected is not None:
            rejected.write(record, faults)

    def _begin_rejected(self, reader: Reader, reading: Reading) -> RejectedFile | None:
        if self._options.rejected is None:
            return None
        if isinstance(self._options.rejected, Path):
            return RejectedFile(self._options.rejected, reading)
        return RejectedFile(_free_path(reader.file, reading), reading)

    def merge(self) -> None:
        """Merge what is staged, and put what changed into the report."""
        try:
            done = self._merge_staged()
        except WithdrawalsRefused as refusal:
            self.report.withdrawals = refusal.withdrawals
            refusal.report = self.report
            raise
        report = self.report
        report.differences, report.emptied = done.differences, select_emptied(self._conn, SHOWN_MAX)
        report.created, report.updated, report.unchanged = done.created, done.updated, done.unchanged
        report.merged, report.renamed, report.taken_up = done.merged, done.renamed, done.taken_up
        report.withdrawals = done.withdrawals
        report.departments_created, report.sources_created = done.departments, done.sources
        report.sources_without_licence = done.sources
        report.repeated = select_repeated(self._conn, SHOWN_MAX)
        report.files = [(start, reader.file.name) for start, reader in zip(self._starts, self._readers, strict=True)]
        report.revision = None if self._options.dry_run else done.revision

    def _merge_staged(self) -> Merged:
        options = self._options
        complete = Complete(self._defaults, options.allow_withdrawals, self._mentioned) if options.complete else None
        return merge_staged(
            self._conn,
            actor=options.actor,
            reason=options.reason,
            # Everybody reads it: the folders in which the files lie are nobody's business.
            origin=", ".join(title_source(Path(reader.file.name).name) for reader in self._readers),
            titles={source: title_source(path.name) for source, path in reversed(self._named)},
            sources=options.sources,
            progress=options.progress,
            listed=LISTED_MAX if options.dry_run else 0,
            complete=complete,
        )


def name_headings(record: Record, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return faults of an account that has a column of its own with the heading of that, as its row has several."""
    return tuple(
        replace(fault, field=record.heading) if record.heading and fault.field in IDENTIFYING else fault
        for fault in faults
    )


def _explain(record: Record, code: str, other: str) -> Fault:
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
        "handle-of-two": (
            f"an earlier row gives this handle to user id {other}",
            "one handle is one account's: correct the user id or the handle of one of them",
        ),
    }[code]
    # A list of another goes on naming whom we have deleted: that stops none of its other rows.
    return Fault("handle", handle, code, message, remedy, stops=code != "deleted")


def _free_path(file: Input, reading: Reading) -> Path:
    """Return the path for rejected rows beside the input, in the working folder for a stream; none that is there."""
    folder = file.path.parent if file.path is not None else Path()
    ending = {"csv": ".tsv" if reading.delimiter == "\t" else ".csv"}.get(reading.form, f".{reading.form}")
    number, path = 1, folder / f"{file.stem}.rejected{ending}"
    while path.exists():
        number += 1
        path = folder / f"{file.stem}.rejected-{number}{ending}"
    return path
