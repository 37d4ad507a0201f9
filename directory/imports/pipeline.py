"""The import pipeline: read, validate, stage, match, merge and report, in one transaction and one revision."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

import psycopg
from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.followers.queries import merge_observations
from directory.imports.errors import RowError, RowRejected, SyntheticMixed, UnreadableFile
from directory.imports.merge.accounts import (
    compose_accounts,
    select_quarantined_handles,
    select_target_names,
    write_accounts,
)
from directory.imports.merge.cleared_values import select_cleared_values
from directory.imports.merge.conflicts import select_repeated_accounts
from directory.imports.merge.departments import resolve_departments
from directory.imports.merge.differences import select_differences
from directory.imports.merge.former_handles import has_new_former_handles, write_former_handles
from directory.imports.merge.index_maintenance import deferred_indexes, disable_nested_loops
from directory.imports.merge.known_rows import (
    restore_known_rows,
    select_known_digests,
    store_row_digests,
    unsettle_rows,
)
from directory.imports.merge.list_dates import refuse_older_list
from directory.imports.merge.losses import select_losses, stage_bodies
from directory.imports.merge.matching import (
    Matches,
    end_inherited_handles,
    match_rows,
    merge_duplicates,
    reject_contradictions,
)
from directory.imports.merge.places import (
    ALL,
    Places,
    refuse_matches_outside,
    refuse_writes_outside,
    reject_rows_outside,
)
from directory.imports.merge.replaced_handles import (
    date_released_handles,
    match_replaced_handles,
    record_released_handles,
)
from directory.imports.merge.staging import (
    StagingCopy,
    analyze_rows,
    copy_rows,
    count_rows,
    create_staging,
    restore_statistics_target,
    select_dissolved_regions,
    select_only_source,
    select_regions,
    stream_rejections,
    would_mix,
)
from directory.imports.merge.statements import (
    Changes,
    merge_statements,
    select_changes,
    select_new_sources,
    stage_observations,
)
from directory.imports.merge.withdrawals import CompleteList, copy_mentioned, find_withdrawals, withdraw
from directory.imports.options import Options, Progress, ignore_progress
from directory.imports.read.files import InputFile, Reader, Reading, printable_name
from directory.imports.read.headings import Headings
from directory.imports.read.records import ReadOptions, Record
from directory.imports.read.rejected import RejectedFile, explain_rejection, name_headings, rejected_path
from directory.imports.read.row_digests import RowDigests
from directory.imports.report import (
    LISTED_MAX,
    SHOWN_MAX,
    LossesRefused,
    Report,
    RowsRejected,
    WithdrawalsRefused,
)
from directory.imports.sample import Sample
from directory.imports.sources import find_known_sources, name_source, read_sources
from directory.imports.validate.mentions import find_mentioned
from directory.imports.validate.rows import Row, Validator
from directory.imports.values.regions import Regions
from directory.regions.queries import select_region_names
from directory.search.indexing import analyzing, index_pending
from directory.sources.synthetic import SYNTHETIC
from directory.sources.upsert import Source, select_differing_sources, upsert_sources

# Rows between two reports of progress.
PROGRESS_EVERY: Final = 2_000
# From so many rows on, nested loops are disabled and the indexes of an empty registry are built at the end. Below, the
# difference is not noticeable.
BULK_ROWS: Final = 5_000
# Accounts that are analyzed for the search while PostgreSQL writes them: as many as memory has room for. Of a larger
# import the others are analyzed later.
_ANALYZED_MAX: Final = 50_000
_MERGE_STEPS: Final = 6


def import_files(conn: Connection, paths: Sequence[Path | BinaryIO | InputFile], options: Options) -> Report:
    """Import files as one revision, and return the report of what changed.

    Raises RowsRejected, WithdrawalsRefused or LossesRefused, each with the report, if rows are rejected and not to be
    skipped, or if a complete list would withdraw, or a kind of body lose, more than is allowed; UnreadableFile for a
    file that cannot be read as a whole. After any of them nothing has been written.
    """
    started = time.monotonic()
    with ExitStack() as opened:
        inputs = [path if isinstance(path, InputFile) else InputFile(path) for path in paths]
        for file in inputs:
            opened.callback(file.close)
        run = _Import(conn, inputs, options)
        run.read_headers()
        with conn.transaction():
            run.stage_rows()
            run.reject_contradicting_rows()
            if not run.is_refused:
                run.merge()
            elif options.verdicts is not None:
                options.verdicts.accept(conn)
            # A dry run writes and rolls back, so it reports what the import itself would do, triggers included.
            if options.dry_run or run.is_refused:
                raise psycopg.Rollback
        run.report.seconds = time.monotonic() - started
    if run.is_refused:
        raise RowsRejected(run.report)
    return run.report


def make_readers(files: Sequence[InputFile], options: Options) -> list[Reader]:
    """Return the readers of files; raise UnreadableFile for one whose encoding cannot be found out."""
    headings = Headings(options.columns, ignore_unknown=options.ignore_unknown, strict=options.strict)
    read_options = ReadOptions(
        form=options.form,
        encoding=options.encoding,
        constants=options.constants,
        fill_down=tuple(options.fill_down),
        header_line=options.header_line,
        sheet=options.sheet,
    )
    return [Reader(file, headings, read_options) for file in files]


def load_starter(conn: Connection, progress: Progress = ignore_progress) -> Report:
    """Import the starter data that is part of this package, with its sources."""
    with as_file(files("directory.imports") / "starter") as folder, (folder / "sources.csv").open("rb") as sources:
        options = Options(
            actor="directory",
            reason="starter data",
            progress=progress,
            skip_invalid=True,
            sources=read_sources(sources),
        )
        return import_files(conn, [folder / "starter.ndjson.gz"], options)


class _Import:
    """One import: its files, what has been read of each, and the report so far; one method for each phase."""

    def __init__(self, conn: Connection, inputs: Sequence[InputFile], options: Options) -> None:
        self._conn = conn
        self._options = options
        self._readers = make_readers(inputs, options)
        # The position of the row before each file's first one: positions count through all files.
        self._offsets: list[int] = []
        self._readings: list[Reading] = []
        # By the number of the input; a file is made when its first row is rejected.
        self._rejected: dict[int, RejectedFile] = {}
        self._mentioned: list[tuple[str, str, str]] = []
        self._default_sources: list[str] = []
        # Sources that were named after their files.
        self._named: list[tuple[str, Path]] = []
        self._have_regions = "region" in options.constants
        self._samples: list[Sample] = []
        self._validators: list[Validator] = []
        self._regions: Regions | None = None
        self._known_rows = 0
        self.report = Report(dry_run=options.dry_run)

    @property
    def is_refused(self) -> bool:
        """Whether nothing is imported because of rejected rows."""
        # Of a complete list what a rejected row lists is not known, and would be withdrawn.
        return bool(self.report.stopping) and (self._options.complete or not self._options.skip_invalid)

    def read_headers(self) -> None:
        """Open every file once, so that a file that cannot be read is found before anything is staged."""
        for reader in self._readers:
            with reader.open() as reading:
                self._have_regions = self._have_regions or reading.may_have("region")

    def stage_rows(self) -> None:
        """Validate and stage all rows of all files."""
        conn, options = self._conn, self._options
        create_staging(conn)
        # Loading the 8,600 regions takes 0.05 s of processor time, which a list without any saves.
        regions = _load_regions(conn) if self._have_regions else None
        for reader in self._readers:
            self._default_sources.append(options.default_source or self._name_source(reader.file))
            self._samples.append(Sample.read(reader))
        known = self._select_known_digests()
        with copy_rows(conn) as staging:
            for number, source in enumerate(self._default_sources):
                validator = Validator(
                    regions, default_source=source, strict=options.strict, is_replacing=options.replace
                )
                self._validators.append(validator)
                self._learn_region_codes(number, regions)
                validator.check_constants(options.constants)
                self._stage_file(number, validator, staging, self._digests(number, known, regions))
        self._regions, self._known_rows = regions, staging.known

    def _restore_known_rows(self) -> None:
        conn = self._conn
        if self._known_rows:
            missing = restore_known_rows(conn)
            if missing:
                self._stage_missing_rows({*missing})
            unsettle_rows(conn)
            analyze_rows(conn)
        self.report.notes += find_known_sources(conn, self._named)

    def _name_source(self, file: InputFile) -> str:
        if file.path is None:
            return "" if self._options.source_required else "import"
        source = name_source(file.path.name)
        self._named.append((source, file.path))
        return source

    def _learn_region_codes(self, number: int, regions: Regions | None) -> None:
        if regions is not None:
            regions.learn(self._samples[number].regions, self._samples[number].level)

    def _select_known_digests(self) -> Collection[bytes]:
        """Return the digests of rows that need not be validated again, if the files are large enough to have any."""
        mode = self._options.row_digests
        if mode == "never" or (mode == "auto" and all(sample.is_whole for sample in self._samples)):
            return ()
        rows = sum(
            sample.estimate_rows(reader.file) for sample, reader in zip(self._samples, self._readers, strict=True)
        )
        return select_known_digests(self._conn, rows)

    def _digests(self, number: int, known: Collection[bytes], regions: Regions | None) -> RowDigests | None:
        """Return what makes digests of the rows of a file; they depend on everything that their normal forms do."""
        options = self._options
        if options.row_digests == "never":
            return None
        return RowDigests(
            known,
            regions.context if regions is not None else None,
            self._default_sources[number],
            (options.strict, options.replace, options.ignore_unknown),
            sorted(options.columns.items()),
            sorted(options.constants.items()),
        )

    def _stage_file(self, number: int, validator: Validator, staging: StagingCopy, digests: RowDigests | None) -> None:
        reader, report = self._readers[number], self.report
        file = reader.file
        self._offsets.append(report.rows)
        with reader.open(digests) as reading:
            self._readings.append(reading)
            report.columns |= dict(reading.meanings)
            for record in reading.records:
                report.rows += 1
                if not report.rows % PROGRESS_EVERY:
                    self._options.progress("reading", file.bytes_read, file.size)
                digest = record.digest
                if digests is not None:
                    digest = digest or digests.of_record(record)
                    if digest in digests.known:
                        staging.add_known(report.rows, digest, record.line)
                        continue
                try:
                    row = self._validate(record, validator, file)
                    # The next import is to warn of it, too, so it is to be validated again.
                    staging.add(report.rows, row, record.line, b"" if row.warnings else digest)
                    for warning in row.warnings:
                        reader.warnings.add(warning, record.line)
                except RowRejected as rejection:
                    self._reject(number, record, rejection.errors)
        self._options.progress("reading", file.size, file.size)
        report.notes += reader.notes
        if reader.warnings.counts:
            report.notes += [f"{file.name}: {line}" for line in reader.warnings.lines()]

    @staticmethod
    def _validate(record: Record, validator: Validator, file: InputFile) -> Row:
        if record.errors:
            raise RowRejected(record.errors)
        row = validator.normalize(record.values, record.empty)
        if not row.source:
            raise UnreadableFile(
                f"line {record.line}: the row names no source, and {file.name} has no name to make one of; "
                "give --source ID"
            )
        return row

    def _stage_missing_rows(self, missing: set[int]) -> None:
        """Read the files again for known rows whose statements another writer has changed meanwhile."""
        with copy_rows(self._conn) as staging:
            for number, (reader, offset) in enumerate(zip(self._readers, self._offsets, strict=True)):
                self._learn_region_codes(number, self._regions)
                with reader.open() as reading:
                    for position, record in enumerate(reading.records, offset + 1):
                        if position in missing:
                            # Known rows are those that were taken without a warning.
                            row = self._validate(record, self._validators[number], reader.file)
                            staging.add(position, row, record.line)

    def reject_contradicting_rows(self) -> None:
        """Reject the staged rows that contradict the registry or each other, and close the files of rejected rows."""
        try:
            # Only now: the files are read without the lock, so that a slow one holds up no other writer.
            advisory_locks.lock_writes(self._conn)
            self._restore_known_rows()
            count = reject_contradictions(self._conn) + reject_rows_outside(self._conn, self._options.places)
            if count:
                self._reread_rejected_rows()
        finally:
            for rejected in self._rejected.values():
                rejected.close()
        self.report.rejected_files = [str(rejected.path) for _, rejected in sorted(self._rejected.items())]

    def _reread_rejected_rows(self) -> None:
        """Read the files again, for the text of the rows that were rejected in staging."""
        rejections = stream_rejections(self._conn)
        pending = next(rejections, None)
        for number, (reader, offset) in enumerate(zip(self._readers, self._offsets, strict=True)):
            with reader.open() as reading:
                for position, record in enumerate(reading.records, offset + 1):
                    if pending is None:
                        break
                    if not position % PROGRESS_EVERY:
                        # The server ends a transaction that has the lock and sends no query for a minute.
                        advisory_locks.keep_alive(self._conn)
                    if position == pending[0]:
                        self._reject(number, record, [explain_rejection(record, *pending[1:])])
                        pending = next(rejections, None)

    def _reject(self, number: int, record: Record, errors: Iterable[RowError]) -> None:
        """Report a row of the input `number` as rejected, and write it to the file of rejected rows, if any."""
        errors = name_headings(record, errors)
        file, where = self._readers[number].file, self._options.rejected
        self.report.reject(file.name, record.line, errors)
        if self._options.verdicts is not None:
            self._options.verdicts.reject(record.line, errors)
        if self._options.complete and not any(error.stops for error in errors):
            self._mentioned += find_mentioned(record.values)
        if where is not None:
            if number not in self._rejected:
                reading = self._readings[number]
                path = where if isinstance(where, Path) else rejected_path(file, reading)
                self._rejected[number] = RejectedFile(path, reading)
            self._rejected[number].write(record, errors)

    def merge(self) -> None:
        """Merge the staged rows into the registry, and report what changed; raise LossesRefused for too many losses."""
        options, report = self._options, self.report
        report.files = [(offset, reader.file.name) for offset, reader in zip(self._offsets, self._readers, strict=True)]
        merge_rows(
            self._conn,
            report,
            actor=options.actor,
            reason=options.reason,
            # Everybody can read it: without the folders in which the files lie.
            origin=", ".join(printable_name(Path(reader.file.name).name) for reader in self._readers),
            # Reversed, so that of two files of one source the first one names it.
            titles={source: printable_name(path.name) for source, path in reversed(self._named)},
            sources=options.sources,
            progress=options.progress,
            list_date=options.list_date,
            places=options.places,
            complete=CompleteList(self._default_sources, options.allow_withdrawals, self._mentioned)
            if options.complete
            else None,
        )
        if report.losses_above(options.losses_allowed):
            raise LossesRefused(report, options.losses_allowed)
        refuse_writes_outside(self._conn, options.places, report.revision)
        if options.verdicts is not None:
            options.verdicts.merge(self._conn, revision=report.revision, is_dry_run=options.dry_run)
        if options.dry_run:
            report.revision = None


def _load_regions(conn: Connection) -> Regions:
    return Regions(select_regions(conn), select_region_names(conn), select_dissolved_regions(conn))


def merge_rows(  # noqa: PLR0913 - what an import is about
    conn: Connection,
    report: Report,
    *,
    actor: str,
    reason: str,
    origin: str,
    sources: Sequence[Source],
    progress: Progress,
    titles: Mapping[str, str] = MappingProxyType({}),
    complete: CompleteList | None = None,
    list_date: datetime | None = None,
    duplicates: Sequence[tuple[str, str]] = (),
    places: Places = ALL,
) -> None:
    """Merge the staged rows, and `sources`, into the registry, and fill in `report`.

    The caller holds the transaction and the lock. The revision's source is that of all rows if they have one, otherwise
    `origin`, the names of the files. `titles` are those of sources that are not known yet, by id. With `complete`, what
    the sources no longer list is withdrawn. `list_date` is the date of the list, None for now. `duplicates` are
    accounts that are one whatever the rows say, each with the account that survives it.

    Raises SyntheticMixed if real accounts and synthetic ones would come together, OlderList if the registry has a later
    list of a source, WithdrawalsRefused if more would be withdrawn than is allowed.
    """
    _refuse_mixture(conn)
    refuse_older_list(conn, list_date, complete.default_sources if complete is not None else ())
    revision = _Revision(conn, report, actor, reason, origin, list_date)
    if count_rows(conn) >= BULK_ROWS:
        disable_nested_loops(conn)
    matches = match_rows(conn, duplicates)
    refuse_matches_outside(conn, places)
    if complete is not None:
        copy_mentioned(conn, complete.mentioned)
        match_replaced_handles(conn)
    progress("merging", 1, _MERGE_STEPS)
    if matches.duplicates:
        revision.begin()
        # Before the comparison: the surviving account then has the statements of the duplicate.
        merge_duplicates(conn)
        report.merged = matches.duplicates
    changes = select_changes(conn)
    if complete is not None or changes.end:
        report.withdrawals = find_withdrawals(conn, complete)
        if complete is not None and any(
            source.percent > complete.allowed_percent for source in report.withdrawals.sources
        ):
            raise WithdrawalsRefused(report, complete.allowed_percent)
    progress("merging", 2, _MERGE_STEPS)
    _write_sources(conn, report, revision, sources, titles)
    if not report.dry_run and matches.rows > changes.statements:
        store_row_digests(conn)
    has_changes = changes.statements or changes.observations or report.withdrawals.statements
    if has_changes or matches.duplicates or (matches.former_handles and has_new_former_handles(conn)):
        revision.begin()
        _write_changes(conn, report, matches, changes, list_date, progress)
    touched = matches.accounts + report.withdrawals.still_listed
    report.unchanged = max(touched - report.created - report.updated, 0)
    if changes.updated:
        report.cleared = select_cleared_values(conn, SHOWN_MAX)
    if matches.rows > matches.accounts:
        report.repeated = select_repeated_accounts(conn, SHOWN_MAX)
    progress("merging", _MERGE_STEPS, _MERGE_STEPS)


class _Revision:
    """The revision of a merge; the first step that has something to write begins it."""

    def __init__(
        self, conn: Connection, report: Report, actor: str, reason: str, origin: str, list_date: datetime | None
    ) -> None:
        self._conn = conn
        self._report = report
        self._actor = actor
        self._reason = reason
        self._origin = origin
        self._list_date = list_date

    def begin(self) -> None:
        if self._report.revision is None:
            restore_statistics_target(self._conn)
            source = select_only_source(self._conn) or self._origin or None
            self._report.revision = revisions.begin_revision(
                self._conn, actor=self._actor, reason=self._reason, source=source
            )
            if self._list_date is not None:
                revisions.update_list_date(self._conn, self._list_date)


def _write_sources(
    conn: Connection, report: Report, revision: _Revision, sources: Sequence[Source], titles: Mapping[str, str]
) -> None:
    """Write `sources` that differ from the registry's, and those that only the rows name."""
    differing = select_differing_sources(conn, sources) if sources else []
    described = {source.id for source in sources}
    named = [
        Source(id=name, title=titles.get(name, name)) for name in select_new_sources(conn) if name not in described
    ]
    if differing or named:
        revision.begin()
        upsert_sources(conn, [*differing, *named])
    report.sources_created = report.sources_without_licence = [source.id for source in named]


def _write_changes(
    conn: Connection,
    report: Report,
    matches: Matches,
    changes: Changes,
    list_date: datetime | None,
    progress: Progress,
) -> None:
    """Write departments, accounts, statements and observations, in the order in which they refer to each other."""
    if report.withdrawals.statements:
        withdraw(conn)
    if changes.name_departments:
        report.departments_created, report.department_ids = resolve_departments(conn)
    progress("merging", 3, _MERGE_STEPS)
    compose_accounts(conn)
    progress("merging", 4, _MERGE_STEPS)
    with (
        analyzing(select_target_names(conn, _ANALYZED_MAX)) as analyzed,
        deferred_indexes(conn) if changes.statements >= BULK_ROWS else nullcontext(),
    ):
        # Both compare with the accounts as they were.
        report.quarantined = select_quarantined_handles(conn)
        if report.dry_run:
            report.differences = select_differences(conn, LISTED_MAX)
        may_lose = bool(report.withdrawals.withdrawn or changes.updated)
        if may_lose:
            stage_bodies(conn)
        report.created, report.updated, report.renamed = write_accounts(conn)
        if may_lose:
            report.losses = select_losses(conn)
        if matches.duplicates:
            end_inherited_handles(conn)
        if report.renamed:
            record_released_handles(conn)
            if list_date is not None:
                date_released_handles(conn)
        if matches.former_handles:
            write_former_handles(conn)
        progress("merging", 5, _MERGE_STEPS)
        merge_statements(conn)
        stage_observations(conn)
        report.observations = sum(batch.observations for batch in merge_observations(conn))
        index_pending(conn, lambda indexed, total: progress("indexing", indexed, total), analyzed)


def _refuse_mixture(conn: Connection) -> None:
    """Raise SyntheticMixed if real accounts and synthetic ones would come together."""
    if would_mix(conn, SYNTHETIC):
        raise SyntheticMixed(
            "the registry or the rows hold synthetic accounts (source: synthetic), which are never mixed with real "
            "ones; use a registry of its own: set DIRECTORY_DATA_DIR to an empty folder, or DATABASE_URL to an empty "
            "database"
        )
