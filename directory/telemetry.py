"""Logging: one line per event on standard error."""

import logging
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# A dictionary for logging.config, because granian configures the logging of its workers from one.
LOGGING: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"level": "WARNING"}, "granian.access": {"level": "WARNING"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
}


def logger(name: str) -> logging.Logger:
    """Return the logger of one part of the program."""
    return logging.getLogger(f"directory.{name}")
