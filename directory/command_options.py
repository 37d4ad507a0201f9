"""What commands that change the registry share: options, and refusals as errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click

from directory.refusals import Refused

Command = TypeVar("Command", bound=Callable[..., Any])


def _parse_time(value: str) -> datetime:
    """Return a time (RFC 3339) or the beginning of a day; UTC where it has no offset."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError as error:
        message = f"{value} is no time; write it as 2011-11-14T08:30:00+00:00 or 2011-11-14"
        raise click.BadParameter(message) from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


AT: Final = click.option("--at", type=_parse_time, metavar="TIME", help="When it happened, RFC 3339 [now].")


def audit_options(default_actor: str) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the options which every change has: `--actor` and `--reason`."""
    actor = click.option("--actor", default=default_actor, show_default=True, help="Who makes the change.")
    reason = click.option("--reason", required=True, help="Why; everybody can read it in the history.")
    return lambda command: reason(actor(command))


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """End the command with 1 and the words of the refusal where the operation is refused."""
    try:
        yield
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
