"""The task of an import that was sent by HTTP: a dry run of its file at first, and the import itself once applied."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import psycopg

from directory.database.advisory_locks import LockTimeoutError
from directory.database.connections import connect
from directory.imports import queries
from directory.imports.errors import ImportFailed
from directory.imports.pipeline import import_files
from directory.imports.queries import QUEUE, TASK
from directory.imports.report import LossesRefused, RowsRejected, WithdrawalsRefused
from directory.imports.sent_files import make_options, opened_file
from directory.imports.verdicts import Verdicts
from directory.jobs.tasks import registry_of, task
from directory.telemetry import logger

if TYPE_CHECKING:
    from procrastinate import JobContext

    from directory.imports.options import Options, Progress
    from directory.imports.read.files import InputFile
    from directory.jobs.tasks import Registry

_PROGRESS_SECONDS: Final = 0.5
_log = logger("imports")


class _Deleted(Exception):  # noqa: N818 - the name of the outcome
    """The import was deleted while it ran."""


@task(TASK, queue=QUEUE)
def run_import(context: JobContext, *, import_id: str) -> None:
    """Check the file of an import, or apply it; do nothing where that is done."""
    registry = registry_of(context)
    with connect(registry.url, "directory imports") as state:
        queries.delete_old_imports(state)
        found = queries.select_import(state, import_id)
        if found is None or found.status not in {"queued", "checking", "applying"}:
            return
        status = "applying" if found.status == "applying" else "checking"
        try:
            with opened_file(state, found) as file, Verdicts() as verdicts:
                progress = _report_to(state, import_id, status)
                _run(registry, import_id, file, replace(make_options(found), verdicts=verdicts, progress=progress))
        except _Deleted:
            _log.info("import %s was deleted", import_id)
        except (ImportFailed, LockTimeoutError) as error:
            queries.update_outcome(state, import_id, "failed", None, str(error))
        except Exception:
            queries.update_outcome(state, import_id, "failed", None, "an error of the service, which its log has")
            raise


def _run(registry: Registry, import_id: str, file: InputFile, options: Options) -> None:
    """Import a file, or try it, and record the outcome in the transaction of the import."""
    refused = None
    with connect(registry.url, "directory imports", lock_wait=registry.config.write_wait) as conn, conn.transaction():
        try:
            report = import_files(conn, [file], options)
        except (RowsRejected, WithdrawalsRefused, LossesRefused) as error:
            report, refused = error.report, str(error)
        status = "refused" if refused else "checked" if options.dry_run else "applied"
        queries.copy_verdicts(conn, import_id, options.verdicts or ())
        if not queries.update_outcome(conn, import_id, status, report.as_json(), refused):
            raise _Deleted


def _report_to(state: psycopg.Connection[Any], import_id: str, status: str) -> Progress:
    """Return what records the progress of an import, twice a second; it raises _Deleted once that is gone."""
    reported = 0.0

    def report(phase: str, done: int, total: int) -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported < _PROGRESS_SECONDS:
            return
        reported = now
        if not queries.update_progress(state, import_id, phase, done, total, status=status):
            raise _Deleted

    report("reading", 0, 0)
    return report
