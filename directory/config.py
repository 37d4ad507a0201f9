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
_DESCRIPTION: Final = (
    "A public registry of official government accounts on social platforms, by region, department and platform, "
    "and all of it as open data."
)
_KEYWORDS: Final = ("government", "official accounts", "open data", "public administration", "social media")
_LANGUAGE: Final = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"
_MAIL_ADDRESS: Final = r"[^\s@:]+@[^\s@]+"
_WEB_ADDRESS: Final = r"https?://[^\s/]\S*"
_SOURCES_TERMS: Final = (
    "Facts of many sources, each under its own licence: see the sources of an account, and /v1/sources."
)


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
    public_url: str | None = None
    title: str = "Directory of official accounts"
    publisher: str | None = None
    contact: str | None = None
    security_contact: str | None = None
    description: str = _DESCRIPTION
    keywords: tuple[str, ...] = _KEYWORDS
    languages: tuple[str, ...] = ("en",)
    licence: str | None = None
    # Empty for the folder `snapshots` in the data folder; never empty once the settings are made.
    storage_url: str = ""
    accel_prefix: str | None = None
    signing_key: Path | None = None
    snapshot_every: int = 24

    def __post_init__(self) -> None:
        """Put the snapshots beside the other data where nothing else is said."""
        if not self.storage_url:
            object.__setattr__(self, "storage_url", (self.data_dir.absolute() / "snapshots").as_uri())

    @property
    def signing_key_path(self) -> Path:
        """Where the secret key of snapshots is kept."""
        return self.signing_key or self.data_dir / "signing.key"

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
            # The address that links in answers begin with, where a proxy hides it from us.
            public_url=read.public_url("DIRECTORY_PUBLIC_URL"),
            title=read.text("DIRECTORY_TITLE") or "Directory of official accounts",
            publisher=read.text("DIRECTORY_PUBLISHER"),
            contact=read.contact("DIRECTORY_CONTACT"),
            # Where to report a hole in the service's security, if not to the contact.
            security_contact=read.security_contact("DIRECTORY_SECURITY_CONTACT"),
            description=read.text("DIRECTORY_DESCRIPTION") or _DESCRIPTION,
            keywords=read.list_of("DIRECTORY_KEYWORDS", r"[^,]+", "write words with commas between them") or _KEYWORDS,
            # Those that whoever answers at the contacts reads, the preferred one first.
            languages=read.list_of("DIRECTORY_LANGUAGES", _LANGUAGE, "write tags of RFC 5646: en,zh-Hans") or ("en",),
            # Of the registry as a collection; what it took from its sources stays under theirs.
            licence=read.licence("DIRECTORY_LICENCE"),
            # Where snapshots lie: a folder, or a bucket of an S3-compatible service.
            storage_url=read.storage_url("DIRECTORY_STORAGE_URL") or "",
            # The internal location at which a proxy in front of us has the snapshots' folder, and sends files from it.
            accel_prefix=read.location("DIRECTORY_ACCEL_PREFIX"),
            # The secret key that snapshots are signed with; made at the first use.
            signing_key=read.path("DIRECTORY_SIGNING_KEY", data_dir / "signing.key"),
            # How many hours `serve` lets pass from one snapshot to the next; 0 leaves them to the command.
            snapshot_every=read.whole("DIRECTORY_SNAPSHOT_EVERY", 24, low=0, high=8760),
        )
        read.refuse_unknown()
        return config

    @property
    def address(self) -> str:
        """Give what absolute addresses of ours begin with, never what a client says of our host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def publisher_name(self) -> str:
        """Give who publishes the registry, as far as that is known."""
        return self.publisher or "The operator of this registry"

    @property
    def licence_address(self) -> str | None:
        """Give the address of the licence's text; that of an SPDX id is at spdx.org."""
        if self.licence is None or "://" in self.licence:
            return self.licence
        return f"https://spdx.org/licenses/{self.licence}.html"

    @property
    def terms(self) -> str:
        """Give on what terms the data may be used, in words."""
        return f"The collection: {self.licence}. {_SOURCES_TERMS}" if self.licence else _SOURCES_TERMS


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

    def storage_url(self, name: str) -> str | None:
        """Give the address of a storage: `file:///folder`, or `s3://bucket/prefix` with options as a query."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        is_bucket = parts.scheme == "s3" and bool(parts.netloc)
        if not (is_folder or is_bucket) or parts.fragment or (is_folder and parts.query):
            # A key may be in it: it is not repeated on the screen or in a log.
            raise ConfigError(name, "…", "write it as file:///folder or s3://bucket/prefix?endpoint=https://host")
        return value

    def location(self, name: str) -> str | None:
        """Give a path of a proxy, without a slash at its end."""
        value = self.text(name)
        if value is not None and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+/?", value):
            raise ConfigError(name, value, "write it as the location in the proxy's configuration: /snapshot-files")
        return value.rstrip("/") if value else None

    def list_of(self, name: str, pattern: str, remedy: str) -> tuple[str, ...]:
        """Give what stands between commas, each of a pattern; nothing where nothing is set."""
        value = self.text(name)
        if value is None:
            return ()
        words = tuple(word.strip() for word in value.split(","))
        if not all(re.fullmatch(pattern, word) for word in words) or len(set(words)) < len(words):
            raise ConfigError(name, value, f"{remedy}, each once")
        return words

    def licence(self, name: str) -> str | None:
        """Give the SPDX id of a licence, or the address of its text."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"[A-Za-z0-9.+-]+|{_WEB_ADDRESS}", value):
            raise ConfigError(
                name, value, "write an SPDX id such as CC-BY-4.0, or https:// and the address of its text"
            )
        return value

    def contact(self, name: str) -> str | None:
        """Give an e-mail address or that of a page."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"{_MAIL_ADDRESS}|{_WEB_ADDRESS}", value):
            raise ConfigError(name, value, "write an e-mail address, or https:// and the address of a page")
        return value

    def security_contact(self, name: str) -> str | None:
        """Give an e-mail address, a page (https) or a telephone number, as security.txt can name it."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"{_MAIL_ADDRESS}|https://[^\s/]\S*|tel:\+?[0-9-]+", value):
            raise ConfigError(name, value, "write an e-mail address, https:// and the address of a page, or tel:+1-…")
        return value

    def refuse_unknown(self) -> None:
        """Raise ConfigError for a DIRECTORY_ name that nobody asked for: it is a slip of the pen."""
        for name, value in sorted(self._environ.items()):
            # The tests' own settings stand in the same environment.
            if name.startswith("DIRECTORY_") and not name.startswith("DIRECTORY_TEST_") and name not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise ConfigError(name, value, f"there is no such setting; there are {known}")
