"""The first start: an empty registry is migrated and filled in a process of its own, which ends."""

import multiprocessing
import signal
import sys
import threading

import click

from directory import service
from directory.config import Config
from directory.console import one_line_errors, print_message, tolerate_closed_pipes
from directory.worker.shutdown import exit_with_parent


def prepare_in_child(config: Config, url: str) -> None:
    """Prepare a registry in a process that ends: this one would keep 94 MB of what a first start imports and reads."""
    process = multiprocessing.get_context("spawn").Process(target=_prepare_to_serve, args=(config, url))
    process.start()
    try:
        process.join()
    finally:
        process.terminate()
        process.join()
    if process.exitcode != 0:
        raise SystemExit(1)


def _prepare_to_serve(config: Config, url: str) -> None:
    # Ctrl-C reaches both processes, and the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=exit_with_parent, daemon=True).start()
    tolerate_closed_pipes()
    try:
        with one_line_errors():
            service.prepare(url, config.write_wait)
            if config.seed_data == "bundled":
                _load_starter_data(config, url)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _load_starter_data(config: Config, url: str) -> None:
    # Here, because the process that goes on to serve imports this module too.
    from directory.imports.report import show_progress  # noqa: PLC0415
    from directory.sync.sources import describe_offer  # noqa: PLC0415

    with show_progress() as progress:
        report = service.load_starter_data(url, progress)
    if report is not None:
        print_message(
            "the registry was empty; the starter data was loaded into it (DIRECTORY_SEED_DATA=none leaves it empty)"
        )
        for line in report.lines():
            print_message(line)
        if (offer := describe_offer(config.sync_config, has_contact=config.contact is not None)) is not None:
            print_message(offer)
