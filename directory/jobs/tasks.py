"""Tasks: functions of feature packages that jobs call by name, each in a queue.

A feature declares them in its module `tasks`, which MODULES lists; only the process that runs jobs imports it. A task
may run twice, since a job whose process was killed is run again: it begins with what is there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Concatenate, Final, NamedTuple, ParamSpec, TypeAlias

import procrastinate

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrastinate import JobContext
    from procrastinate.tasks import Task
    from psycopg import Connection

    from directory.config import Config

Arguments = ParamSpec("Arguments")
Check: TypeAlias = "Callable[[Connection[Any]], None]"

MODULES: Final[tuple[str, ...]] = ("directory.feedback.tasks", "directory.imports.tasks", "directory.webhooks.tasks")
# What is called every few seconds while jobs run, and adds jobs for what has become due.
CHECKS: Final[list[Check]] = []
# Its connector is replaced by one to the registry before it runs.
APP: Final = procrastinate.App(connector=procrastinate.PsycopgConnector())
_REGISTRY: Final = "registry"


class Registry(NamedTuple):
    """The registry whose jobs run: its settings, and the URL of its database."""

    config: Config
    url: str

    def as_context(self) -> dict[str, Any]:
        """Return what `registry_of` reads."""
        return {_REGISTRY: self}


def registry_of(context: JobContext) -> Registry:
    """Return the registry whose job a task is called for."""
    registry: Registry = context.additional_context[_REGISTRY]
    return registry


def task(
    name: str, *, queue: str
) -> Callable[
    [Callable[Concatenate[JobContext, Arguments], None]],
    Task[Concatenate[JobContext, Arguments], None, Arguments],
]:
    """Decorate a function as the task `name`; it gets the job's context, and its arguments by name."""
    return APP.task(name=name, queue=queue, pass_context=True)


def regularly(check: Check) -> Check:
    """Decorate a function that adds jobs for what has become due: it is called every few seconds while jobs run."""
    CHECKS.append(check)
    return check


def load_tasks() -> None:
    """Import the tasks of all features."""
    for module in MODULES:
        import_module(module)


def queues() -> list[str]:
    """Return the queues of the tasks that are loaded, by name."""
    # procrastinate has tasks of its own, which nobody calls.
    return sorted({each.queue for each in APP.tasks.values()} - {"builtin"})
