"""Progress bars of an import on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from directory.imports.options import Progress

_DESCRIPTIONS: Final = {"reading": "reading", "merging": "merging into the registry", "making": "making"}


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield what an import reports its progress to: a bar for each phase on a terminal, nothing elsewhere."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def update(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(_DESCRIPTIONS.get(phase, phase), total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield update
