"""`directory jobs`: runs the jobs of the registry, and lists them.

Exit codes: 0, done; 1, failed; 2, wrong usage.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

import click

from directory.jobs.queries import select_jobs
from directory.registry_opener import RegistryOpener

_GRACE_SECONDS: Final = 10.0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def jobs() -> None:
    """Run and list jobs: work in the background, such as imports over HTTP."""


@jobs.command("run")
@click.option("--once", is_flag=True, help="Run the jobs that are due, and end.")
@click.pass_obj
def jobs_run(opens: RegistryOpener, /, *, once: bool) -> None:
    """Run jobs until Ctrl-C or SIGTERM.

    `serve` runs them as well, unless DIRECTORY_JOB_THREADS is 0. Several processes on several hosts may run them: a job
    is run by one of them, and by another one if that dies.
    """
    from directory.jobs.runner import run_until_signal  # noqa: PLC0415 - with the libraries of all tasks
    from directory.jobs.tasks import Registry  # noqa: PLC0415

    config = opens.settings()
    with opens.registry(config) as url:
        is_done = run_until_signal(
            Registry(config, url), [signal.SIGINT, signal.SIGTERM], grace_seconds=_GRACE_SECONDS, is_once=once
        )
    if not is_done:
        # Interrupted jobs run in threads, for which Python would wait.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


@jobs.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="List so many at most.")
@click.pass_obj
def jobs_list(opens: RegistryOpener, /, *, limit: int) -> None:
    """List the jobs that wait, run or have failed, the latest first."""
    with opens() as conn:
        for job in select_jobs(conn, limit):
            at = f"{job.at:%Y-%m-%d %H:%M:%S}" if job.at else ""
            due = f", due {job.scheduled_at:%Y-%m-%d %H:%M}" if job.status == "todo" and job.scheduled_at else ""
            attempts = f", attempts: {job.attempts}" if job.attempts else ""
            click.echo(f"{job.id}  {_STATES.get(job.status, job.status):8} {at}  {job.task}{due}{attempts}")


_STATES: Final = {"todo": "waits", "doing": "runs"}
