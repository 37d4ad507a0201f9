"""Record observations: read and resolve all rows, and write them in one revision, or none of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg import Rollback

from directory.database.revisions import begin_revision, select_state
from directory.followers.queries import Batch, create_staging, merge_observations
from directory.followers.resolving import Resolver
from directory.followers.rows import ObservedRow, RowRefused, parse_row
from directory.followers.staged_rows import count_contradictions, follow_successors, remove_sources
from directory.sources.queries import select_source_ids
from directory.sources.upsert import Source, upsert_sources

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.followers.reading import Block, Line

# Smaller blocks are parsed row by row.
COLUMNAR_BYTES: Final = 256 * 1024
SHOWN_MAX: Final = 1_000
NAMED_MAX: Final = 10
# A time or an id in the column of the source would make a source of each row, and nothing removes sources.
NEW_SOURCES_MAX: Final = 100
_COPY: Final = """
    COPY observation_rows (account_id, observed_at, source, followers, posts, last_post_at, following, verified, stated,
                           line) FROM STDIN
"""
_NULL: Final = "\\N"
_TRUTH: Final = {None: _NULL, True: "t", False: "f"}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not recorded: its line, and why."""

    line: int
    column: str
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        value = f" {self.value[:80]!r}" if self.value else ""
        return f"line {self.line}: {self.column}{value}: {self.message}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """How rows are recorded: `source` is that of rows which name none; `skip_invalid` leaves refused rows out."""

    source: str | None = None
    # What is known of a source that may be new.
    described: Source | None = None
    skip_invalid: bool = False
    dry_run: bool = False
    actor: str = "directory observe"
    reason: str = "observations"
    # Called when all rows are staged, and raises where the actor may not write of their accounts.
    permit: Callable[[Connection[Any]], None] | None = None


@dataclass(slots=True)
class RecordReport:
    """What became of the rows; `refused` are the first SHOWN_MAX of them."""

    rows: int = 0
    refused_rows: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    # How many rows each message refuses, of all of them.
    refusals: Counter[str] = field(default_factory=Counter)
    # Counts that are none, such as -1: recorded as they were stated, and not as counts.
    no_counts: int = 0
    # What is new, or says something else than before, by source.
    batches: list[Batch] = field(default_factory=list)
    # Rows that say something else than an earlier row about the same account, time and source.
    contradictions: int = 0
    # Ids of merged accounts, with the accounts for which their rows were recorded.
    successors: dict[str, str] = field(default_factory=dict)
    sources_created: Sequence[str] = ()
    revision: int | None = None

    @property
    def recorded(self) -> int:
        """Rows that are new, or say something else than before."""
        return sum(batch.observations for batch in self.batches)

    @property
    def unchanged(self) -> int:
        """Rows that the series has already."""
        return self.rows - self.refused_rows - self.recorded

    def refuse(self, line: int, refusal: RowRefused) -> None:
        """Count a row that is not recorded."""
        self.refused_rows += 1
        self.refusals[refusal.message if len(self.refusals) < SHOWN_MAX else "others"] += 1
        if len(self.refused) < SHOWN_MAX:
            self.refused.append(RefusedRow(line, refusal.column, refusal.value, refusal.message, refusal.remedy))


def record_observations(conn: Connection[Any], blocks: Iterable[Block], options: RecordOptions) -> RecordReport:
    """Record all rows in one revision; none of them if one is refused, unless `skip_invalid`. Commits."""
    report = RecordReport()
    with conn.transaction():
        begun = select_state(conn).number
        create_staging(conn)
        sources = _stage(conn, blocks, options.source, report)
        if options.permit is not None:
            options.permit(conn)
        if (report.refused_rows and not options.skip_invalid) or report.rows == report.refused_rows:
            raise Rollback
        origin = ", ".join(sorted(sources)) if len(sources) <= NAMED_MAX else f"{len(sources):,} sources"
        revision = begin_revision(conn, actor=options.actor, reason=options.reason, source=origin)
        if revision != begun + 1:
            _follow_successors(conn, report)
            if report.refused_rows and not options.skip_invalid:
                raise Rollback
            if options.permit is not None:
                options.permit(conn)
        unknown = sorted(sources - {*select_source_ids(conn)})
        if len(unknown) > NEW_SOURCES_MAX:
            _refuse_sources(conn, unknown[NEW_SOURCES_MAX:], report)
            if not options.skip_invalid:
                raise Rollback
            del unknown[NEW_SOURCES_MAX:]
        known = options.described
        upsert_sources(conn, [known if known and known.id == name else Source(id=name, title=name) for name in unknown])
        report.batches = merge_observations(conn, datetime.now(UTC))
        report.contradictions = count_contradictions(conn)
        if not report.recorded or options.dry_run:
            raise Rollback
        report.sources_created = unknown
        report.revision = revision
    return report


def _stage(conn: Connection[Any], blocks: Iterable[Block], source: str | None, report: RecordReport) -> set[str]:
    """Copy what is to be recorded to the staging table, and return the sources."""
    resolver = Resolver(conn)
    sources: set[str] = set()
    for block in blocks:
        # Arrow takes 0.3 s and 40 MB to load.
        if len(block.text) >= COLUMNAR_BYTES:
            from directory.followers.columns import read_columns  # noqa: PLC0415 - see above

            if columns := read_columns(block, source, resolver.resolve):
                report.rows += columns.rows
                sources |= columns.sources
                _copy(conn, columns.text)
                continue
        rows = [*_parse(block.lines(), source, report)]
        accounts = resolver.resolve(row.identity for _, row in rows)
        texts = []
        for line, row in rows:
            account = accounts[row.identity]
            if isinstance(account, RowRefused):
                report.refuse(line, account)
                continue
            sources.add(row.source)
            report.no_counts += row.stated is not None
            texts.append(_copy_text(line, account, row))
        _copy(conn, "".join(texts))
    report.successors = resolver.successors
    # Of one block those come first that say nothing, and then those whose account is not found.
    report.refused.sort(key=lambda row: row.line)
    return sources


def _copy(conn: Connection[Any], text: str | memoryview) -> None:
    with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(text)


def _parse(lines: Iterable[Line], source: str | None, report: RecordReport) -> Iterator[tuple[int, ObservedRow]]:
    for line, values in lines:
        report.rows += 1
        if isinstance(values, RowRefused):
            report.refuse(line, values)
            continue
        try:
            yield line, parse_row(values, source)
        except RowRefused as refusal:
            report.refuse(line, refusal)


def _copy_text(line: int, account: str, row: ObservedRow) -> str:
    """Return a row in PostgreSQL's text format; no value has a character that would have to be escaped."""
    followers, following, posts = (_NULL if count is None else count for count in row.counts)
    return (
        f"{account}\t{row.observed_at}\t{row.source}\t{followers}\t{posts}\t{row.last_post_at or _NULL}\t{following}\t"
        f"{_TRUTH[row.verified]}\t{row.stated or _NULL}\t{line}\n"
    )


def _follow_successors(conn: Connection[Any], report: RecordReport) -> None:
    """Bring staged rows up to accounts that others merged or deleted meanwhile."""
    for line, account_id in follow_successors(conn):
        refusal = RowRefused("account", account_id, "the account was deleted meanwhile", "leave the row out")
        report.refuse(line, refusal)


def _refuse_sources(conn: Connection[Any], sources: Sequence[str], report: RecordReport) -> None:
    """Refuse the staged rows of new sources that are too many."""
    for line, source in remove_sources(conn, sources):
        message = f"it is one of more than {NEW_SOURCES_MAX} new sources"
        remedy = "correct the column, or describe new sources before with directory import-sources"
        report.refuse(line, RowRefused("source", source, message, remedy))
