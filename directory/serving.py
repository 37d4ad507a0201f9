"""The running service: worker processes of granian, the embedded PostgreSQL's supervisor, scheduled snapshots, jobs."""

import contextlib
import functools
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, cast

from directory.config import Config
from directory.embedded import server as embedded
from directory.embedded.supervisor import supervise
from directory.http.files.download_cache import remove_leftovers
from directory.jobs.schedule import running_jobs
from directory.quality.schedule import scheduled_rule
from directory.snapshots.publish.schedule import scheduled_builds
from directory.verification.schedule import scheduled_proofs
from directory.worker import connection_limits
from directory.worker.application import create_rsgi_application
from directory.worker.processes import WorkerProcesses


def serve(config: Config, url: str, server: embedded.Server | None, ready: Callable[[], None]) -> None:
    """Serve the registry at `url` until SIGINT or SIGTERM; call `ready` once a worker listens.

    Restart an embedded `server` that is killed; raise EmbeddedError if that does not help.
    """
    # A forked worker would inherit the state of our threads: locks that are never released, half an import.
    multiprocessing.set_start_method("spawn", force=True)
    places = connection_limits.allow_open_files(config.connections, config.workers)
    config = replace(config, database_url=url, connections=places)
    with (
        scheduled_builds(config, url) as ended,
        _scheduled_syncs(config, url),
        scheduled_proofs(config, url),
        scheduled_rule(config, url) if config.dormancy_every else contextlib.nullcontext(),
        running_jobs(config, url) if config.job_threads else contextlib.nullcontext(),
        _supervised(server, ended),
    ):
        workers = WorkerProcesses(config, ended.set)
        workers.on_startup(threading.Thread(target=_call_when_listening, args=(config, ready), daemon=True).start)
        # granian declares functions here; of an RSGI application it needs an object with `__rsgi__`.
        loader = cast("Callable[[], Callable[..., Any]]", functools.partial(create_rsgi_application, config))
        try:
            workers.serve(target_loader=loader, wrap_loader=False)
        except SystemExit:
            # granian exits with an error where a worker exited before the parent stopped it, as after Ctrl-C.
            if not workers.interrupt_signal:
                raise
        finally:
            # The workers have exited, so nobody reads their downloads.
            remove_leftovers(config.download_cache_dir)


def _scheduled_syncs(config: Config, url: str) -> AbstractContextManager[None]:
    """Return a context in which sources are synchronized by schedule."""
    if config.sync_every == 0:
        return contextlib.nullcontext()
    # The HTTP client and its cache take 0.3 s of the processor to import.
    from directory.sync.schedule import scheduled_syncs  # noqa: PLC0415

    return scheduled_syncs(config, url)


def _supervised(server: embedded.Server | None, ended: threading.Event) -> AbstractContextManager[None]:
    """Return a context in which an embedded PostgreSQL is restarted if it is killed."""
    if server is None:
        return contextlib.nullcontext()
    # An orderly stop of the whole service: workers finish their requests.
    return supervise(server.supervisor(lambda: os.kill(os.getpid(), signal.SIGTERM)), ended)


def _call_when_listening(config: Config, ready: Callable[[], None]) -> None:
    while True:
        # A host of all zeros stands for every address of this machine; not every system can connect to it.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - not bound here
        with contextlib.suppress(OSError), socket.create_connection((host, config.port), timeout=1):
            ready()
            return
        time.sleep(0.02)
