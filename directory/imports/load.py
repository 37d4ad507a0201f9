"""Import of whole files into the registry: all or nothing, in one transaction and one revision."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import Connection

from directory.imports.merge.merge import Progress
from directory.imports.read.input_files import Input
from directory.imports.report import Report, RowsRejected
from directory.imports.run import Options, Run, ignore
from directory.imports.source_files import read_sources


def import_file(
    conn: Connection,
    source: Path | BinaryIO,
    *,
    actor: str,
    reason: str,
    progress: Progress | None = None,
    skip_invalid: bool = False,
) -> Report:
    """Import one file, or stream, in a transaction of its own, as `import_files` does."""
    return import_files(
        conn,
        [source],
        Options(actor=actor, reason=reason, progress=progress or ignore, skip_invalid=skip_invalid),
    )


def load_starter(conn: Connection, progress: Progress | None = None) -> Report:
    """Import the starter data that this program ships, with its sources."""
    with as_file(files("directory.imports") / "starter") as folder, (folder / "sources.csv").open("rb") as sources:
        options = Options(
            actor="directory",
            reason="starter data",
            progress=progress or ignore,
            skip_invalid=True,
            sources=read_sources(sources),
        )
        return import_files(conn, [folder / "starter.ndjson.gz"], options)


def import_files(conn: Connection, sources: Sequence[Path | BinaryIO], options: Options) -> Report:
    """Import files as one revision, and report what changed.

    Raises RowsRejected, with the report, if rows are rejected and not to be skipped; WithdrawalsRefused, with the
    report, if a complete list would withdraw more than is allowed; UnreadableFile for a file that cannot be read as a
    whole. After any of them nothing has been written.
    """
    started = time.monotonic()
    with ExitStack() as opened:
        inputs = [Input(source) for source in sources]
        for file in inputs:
            opened.callback(file.close)
        run = Run(conn, inputs, options)
        run.check()
        with conn.transaction():
            run.stage()
            run.reject_contradictions()
            if not run.is_refused:
                run.merge()
            if options.dry_run or run.is_refused:
                raise psycopg.Rollback
        run.report.seconds = time.monotonic() - started
    if run.is_refused:
        raise RowsRejected(run.report)
    return run.report
