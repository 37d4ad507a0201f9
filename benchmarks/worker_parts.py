"""The service without one part of its worker: `python -m benchmarks.worker_parts PART`, for `benchmarks.worker`.

Settings come from the environment, as for `directory serve`. A part is switched off by patching the worker's process:
the service itself has no such switches.
"""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from granian.constants import Interfaces

from directory.app import create_app
from directory.config import Config
from directory.database import prepared_statements
from directory.database.connections import Database
from directory.database.prepared_statements import Pipeline
from directory.http.files.body import FileBody
from directory.worker import application, rsgi
from directory.worker.event_loop import WorkerEventLoop
from directory.worker.processes import WorkerProcesses
from directory.worker.thread_scheduling import FairScheduler

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.worker.rsgi import Headers

Rows = list[tuple[Any, ...]]

NOTHING: Final = "nothing"
CACHE: Final = "the response cache"
WHOLE: Final = "all of it (granian --interface wsgi)"


def _patch(target: object, name: str, value: object) -> None:
    setattr(target, name, value)


def _without_event_loop_hook() -> None:
    _patch(WorkerEventLoop, "set_request_handler", lambda *_: None)
    _patch(WorkerEventLoop, "call_soon_threadsafe", asyncio.SelectorEventLoop.call_soon_threadsafe)


def _without_fair_scheduling() -> None:
    _patch(FairScheduler, "slot", lambda _: nullcontext())


def _without_libpq() -> None:
    """Use psycopg to encode the values, prepare the statement and wait for the result."""
    original = prepared_statements.fetch_prepared

    def fetch(conn: Connection[Any], statement: Any, parameters: Mapping[str, Any]) -> Rows:  # noqa: ANN401 - any query
        return conn.execute(statement, parameters, prepare=True).fetchall()

    for module in [module for name, module in sys.modules.items() if name.startswith("directory.")]:
        for name in [name for name, value in vars(module).items() if value is original]:
            _patch(module, name, fetch)


def _without_pipeline() -> None:
    """Execute each statement of a pipeline at once, and wait for its result."""

    def execute(
        self: Pipeline,
        statement: Any,  # noqa: ANN401 - any query
        parameters: Mapping[str, Any],
        on_rows: Callable[[Rows], None],
    ) -> None:
        rows = prepared_statements.fetch_prepared(self.conn, statement, parameters)
        self._callbacks.append(lambda _: on_rows(rows))

    def sync(self: Pipeline) -> None:
        callbacks = [*self._callbacks]
        self._callbacks.clear()
        for callback in callbacks:
            callback([])

    _patch(Pipeline, "execute", execute)
    _patch(Pipeline, "sync", sync)


def _without_file_sending() -> None:
    """Read each file in Python, for granian to send from memory."""

    def run(*arguments: Any) -> tuple[int, Headers, bytes | FileBody]:  # noqa: ANN401 - passed on
        status, headers, body = rsgi.run_wsgi(*arguments)
        if isinstance(body, FileBody):
            with body as blocks:
                return status, headers, b"".join(blocks)
        return status, headers, body

    _patch(application, "run_wsgi", run)


def _without_gc_freeze() -> None:
    _patch(application, "gc", SimpleNamespace(freeze=lambda: None))


def _without_response_cache() -> None:
    """Nothing is patched: there is a setting for it."""


def _without_worker() -> None:
    """Nothing is patched: another application is served."""


PARTS: Final[Mapping[str, Callable[[], None]]] = {
    "the event loop's hook": _without_event_loop_hook,
    "fair scheduling": _without_fair_scheduling,
    CACHE: _without_response_cache,
    "libpq (psycopg's execute(prepare=True))": _without_libpq,
    "the pipeline": _without_pipeline,
    "files sent by granian (read by Python)": _without_file_sending,
    "gc.freeze": _without_gc_freeze,
    WHOLE: _without_worker,
}


def create_application(part: str, config: Config) -> object:
    """Return the application of a worker without a part; granian calls this in the worker's process."""
    if part == WHOLE:
        database = Database(config.database_url or "", statement_timeout_ms=config.statement_timeout_ms)
        return create_app(config, database).wsgi_app
    if part != NOTHING:
        PARTS[part]()
    return application.create_rsgi_application(replace(config, response_cache_bytes=0) if part == CACHE else config)


def main() -> None:
    """Serve until SIGTERM."""
    part, config = sys.argv[1], Config.from_environment(os.environ)
    multiprocessing.set_start_method("spawn")
    processes = WorkerProcesses(config, lambda: None)
    if part == WHOLE:
        processes.interface = Interfaces.WSGI
        processes.blocking_threads = config.threads
    loader: Any = functools.partial(create_application, part, config)
    processes.serve(target_loader=loader, wrap_loader=False)


if __name__ == "__main__":
    main()
