"""What commands print, and the end of a command: errors of settings and database as one line, closed pipes, signals."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg

from directory.database import migrations
from directory.database.advisory_locks import LockTimeoutError
from directory.embedded.errors import EmbeddedError
from directory.environment import ConfigError
from directory.service import AddressInUseError
from directory.worker.connection_limits import OpenFilesError


def print_message(line: str) -> None:
    """Print a line on standard error, which is for messages: standard output has what a command is asked for."""
    click.echo(line, err=True)


def exit_on_signal(number: int, _: object) -> None:
    """Exit as shells report the end by a signal; context managers stop what they started."""
    raise SystemExit(128 + number)


class _PipeTolerantStream(io.TextIOWrapper):
    """Standard output or error that drops messages once its reader has closed the pipe, so that the work continues.

    Exported data is written to `buffer` instead, where a closed pipe is an error.
    """

    def write(self, text: str, /) -> int:
        """Write text, or drop it."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Flush the buffer, or drop it."""
        try:
            super().flush()
        except BrokenPipeError:
            self._drop()

    def _drop(self) -> None:
        # Python flushes the stream once more when it ends, and would exit with code 120.
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, self.fileno())
        os.close(descriptor)


def tolerate_closed_pipes() -> None:
    """Keep a command from ending half-way because `| head` has read enough of its messages."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # Not if a test or another program has replaced the stream.
        if stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            tolerant = _PipeTolerantStream(
                stream.buffer, stream.encoding, stream.errors, line_buffering=stream.line_buffering
            )
            setattr(sys, name, tolerant)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors of the settings, the embedded server and the database into one line instead of a traceback."""
    try:
        yield
    except (
        ConfigError,
        EmbeddedError,
        LockTimeoutError,
        migrations.MigrationError,
        AddressInUseError,
        OpenFilesError,
    ) as error:
        raise click.ClickException(str(error)) from error
    except psycopg.errors.IdleInTransactionSessionTimeout as error:
        message = "the database ended the transaction because it was idle for too long: nothing was written; try again"
        raise click.ClickException(message) from error
    except BrokenPipeError as error:
        raise click.ClickException("the reader closed the output before its end") from error
    except psycopg.OperationalError as error:
        raise click.ClickException(f"the database cannot be used: {error}".strip()) from error
