"""Every setting, read once from the environment into one frozen value that is passed to whoever needs it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

import platformdirs

MEBIBYTE: Final = 1024 * 1024


class ConfigError(Exception):
    """A setting in the environment cannot be used; the message names the variable, its value and the remedy."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        """Say that variable `name` has an unusable `value`, and the `remedy`."""
        super().__init__(f"{name}={value!r} cannot be used: {remedy}")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of one process; each is explained where `from_environment` reads it."""

    data_dir: Path
    spool_dir: Path
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    starter: Literal["ship", "none"] = "ship"
    workers: int = 1
    threads: int = 2
    cache_seconds: int = 60
    answer_cache_bytes: int = 64 * MEBIBYTE
    spool_bytes: int = 4096 * MEBIBYTE
    body_bytes: int = MEBIBYTE
    statement_timeout_ms: int = 10_000
    history_days: int = 0
    public_url: str | None = None
    title: str = "Directory of official accounts"
    publisher: str | None = None
    contact: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read all settings from `environ`; raise ConfigError for an unusable value or an unknown DIRECTORY_ name."""
        read = _Reader(environ)
        data_dir = read.path("DIRECTORY_DATA_DIR", platformdirs.user_data_path("official-directory", appauthor=False))
        config = cls(
            # Where embedded PostgreSQL keeps the registry.
            data_dir=data_dir,
            # Where finished downloads wait for their readers; on a disk, not in memory.
            spool_dir=read.path("DIRECTORY_SPOOL_DIR", data_dir / "spool"),
            # Any PostgreSQL 15 or later; without it the embedded one starts.
            database_url=read.database_url("DATABASE_URL"),
            host=read.text("DIRECTORY_HOST") or "127.0.0.1",
            port=read.whole("PORT", 8000, low=1, high=65_535),
            # What an empty registry is filled with: the shipped starter data, or nothing.
            starter="none" if read.choice("DIRECTORY_STARTER", ("ship", "none")) == "none" else "ship",
            workers=read.whole("DIRECTORY_WORKERS", min(os.cpu_count() or 1, 4), low=1, high=256),
            # Requests that one worker works on at a time, each with a database connection.
            threads=read.whole("DIRECTORY_THREADS", 2, low=1, high=256),
            # How long a browser or a proxy may keep an answer without asking again.
            cache_seconds=read.whole("DIRECTORY_CACHE_SECONDS", 60, low=0, high=31_536_000),
            # Memory of one worker for finished answers; 0 keeps none.
            answer_cache_bytes=read.whole("DIRECTORY_ANSWER_CACHE_BYTES", 64 * MEBIBYTE, low=0),
            spool_bytes=read.whole("DIRECTORY_SPOOL_BYTES", 4096 * MEBIBYTE, low=MEBIBYTE),
            body_bytes=read.whole("DIRECTORY_BODY_BYTES", MEBIBYTE, low=1024),
            statement_timeout_ms=read.whole("DIRECTORY_STATEMENT_TIMEOUT_MS", 10_000, low=100, high=3_600_000),
            # How long ago `as_of` is answered for at least, once `directory drop-states` runs; 0: for ever.
            history_days=read.whole("DIRECTORY_HISTORY_DAYS", 0, low=0, high=36_500),
            # The address that links in answers begin with, where a proxy hides it from us.
            public_url=read.public_url("DIRECTORY_PUBLIC_URL"),
            title=read.text("DIRECTORY_TITLE") or "Directory of official accounts",
            publisher=read.text("DIRECTORY_PUBLISHER"),
            contact=read.text("DIRECTORY_CONTACT"),
        )
        read.refuse_unknown()
        return config


class _Reader:
    """Take settings out of an environment one by one, and remember which were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._asked: set[str] = set()

    def text(self, name: str) -> str | None:
        """Give the value without outer white space; an empty one counts as not set."""
        self._asked.add(name)
        value = self._environ.get(name, "").strip()
        if any(not character.isprintable() for character in value):
            raise ConfigError(name, value, "take the control characters out")
        return value or None

    def whole(self, name: str, default: int, *, low: int, high: int | None = None) -> int:
        """Give a whole number from `low` to `high`, both included."""
        value = self.text(name)
        if value is None:
            return default
        number = int(value) if re.fullmatch(r"[0-9]{1,18}", value) else -1
        if number < low or (high is not None and number > high):
            bounds = f"from {low} to {high}" if high is not None else f"of at least {low}"
            raise ConfigError(name, value, f"give a whole number {bounds}, or unset it for {default}")
        return number

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Give one of `choices`, or None where nothing is set."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise ConfigError(name, value, f"choose {' or '.join(choices)}, or unset it for {choices[0]}")
        return value

    def path(self, name: str, default: Path) -> Path:
        """Give an absolute folder; `~` is the home folder."""
        value = self.text(name)
        try:
            return Path(value or default).expanduser().absolute()
        except RuntimeError as error:
            raise ConfigError(name, value or str(default), "there is no such home folder; give a full path") from error

    def database_url(self, name: str) -> str | None:
        """Give a connection address of PostgreSQL, in the only form that every part of us understands."""
        value = self.text(name)
        if value is not None and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            remedy = "write it as postgresql://user:password@host:port/database, or unset it for embedded PostgreSQL"
            # A password may be in it, whatever its form: it is not repeated on the screen or in a log.
            raise ConfigError(name, "…", remedy)
        return value

    def public_url(self, name: str) -> str | None:
        """Give an http(s) address without a slash at its end."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ConfigError(name, value, "write it as https://host or https://host/path")
        return value.rstrip("/")

    def refuse_unknown(self) -> None:
        """Raise ConfigError for a DIRECTORY_ name that nobody asked for: it is a slip of the pen."""
        for name, value in sorted(self._environ.items()):
            # The tests' own settings stand in the same environment.
            if name.startswith("DIRECTORY_") and not name.startswith("DIRECTORY_TEST_") and name not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise ConfigError(name, value, f"there is no such setting; there are {known}")
