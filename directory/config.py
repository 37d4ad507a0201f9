"""Every setting, read once from the environment into one frozen value that is passed to whoever needs it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

import platformdirs

from directory.environment import Environment

MEBIBYTE: Final = 1024 * 1024
_DESCRIPTION: Final = (
    "A public registry of official government accounts on social platforms, by region, department and platform, "
    "and all of it as open data."
)
_KEYWORDS: Final = ("government", "official accounts", "open data", "public administration", "social media")
_LANGUAGE: Final = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"
_SOURCES_TERMS: Final = (
    "Facts of many sources, each under its own licence: see the sources of an account, and /v1/sources."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of one process; each is explained where `from_environment` reads it."""

    data_dir: Path
    download_cache_dir: Path
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    seed_data: Literal["bundled", "none"] = "bundled"
    workers: int = 1
    threads: int = 2
    connections: int | None = None
    idle_seconds: int = 30
    cache_seconds: int = 60
    response_cache_bytes: int = 64 * MEBIBYTE
    download_cache_bytes: int = 4096 * MEBIBYTE
    body_bytes: int = MEBIBYTE
    statement_timeout_ms: int = 10_000
    write_wait: int = 600
    history_days: int = 0
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
        read = Environment(environ)
        data_dir = read.path("DIRECTORY_DATA_DIR", platformdirs.user_data_path("official-directory", appauthor=False))
        config = cls(
            # Where embedded PostgreSQL keeps the registry.
            data_dir=data_dir,
            # Where finished downloads wait for their readers; on a disk, not in memory.
            download_cache_dir=read.path("DIRECTORY_DOWNLOAD_CACHE_DIR", data_dir / "download-cache"),
            # Any PostgreSQL 15 or later; without it the embedded one starts.
            database_url=read.database_url("DATABASE_URL"),
            host=read.text("DIRECTORY_HOST") or "127.0.0.1",
            port=read.whole("PORT", 8000, low=1, high=65_535),
            # What an empty registry is filled with: the starter data of this package, or nothing.
            seed_data="none" if read.choice("DIRECTORY_SEED_DATA", ("bundled", "none")) == "none" else "bundled",
            workers=read.whole("DIRECTORY_WORKERS", min(os.cpu_count() or 1, 4), low=1, high=256),
            # Requests that one worker works on at a time, each with a database connection.
            threads=read.whole("DIRECTORY_THREADS", 2, low=1, high=256),
            # Connections that are open at a time, all workers together; without it as many as are usual or possible.
            connections=read.whole_or_none("DIRECTORY_CONNECTIONS", low=16, high=1_000_000),
            # How long a connection may be without a whole request, or take nothing of what it is sent.
            idle_seconds=read.whole("DIRECTORY_IDLE_SECONDS", 30, low=1, high=3600),
            # How long a browser or a proxy may keep an answer without asking again.
            cache_seconds=read.whole("DIRECTORY_CACHE_SECONDS", 60, low=0, high=31_536_000),
            # Memory of one worker for finished answers; 0 keeps none.
            response_cache_bytes=read.whole("DIRECTORY_RESPONSE_CACHE_BYTES", 64 * MEBIBYTE, low=0),
            download_cache_bytes=read.whole("DIRECTORY_DOWNLOAD_CACHE_BYTES", 4096 * MEBIBYTE, low=MEBIBYTE),
            body_bytes=read.whole("DIRECTORY_BODY_BYTES", MEBIBYTE, low=1024),
            statement_timeout_ms=read.whole("DIRECTORY_STATEMENT_TIMEOUT_MS", 10_000, low=100, high=3_600_000),
            # How many seconds a change waits for another one that is being written.
            write_wait=read.whole("DIRECTORY_WRITE_WAIT", 600, low=0, high=86_400),
            # How long ago `as_of` is answered for at least, once `directory drop-states` runs; 0: for ever.
            history_days=read.whole("DIRECTORY_HISTORY_DAYS", 0, low=0, high=36_500),
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
        """Return what absolute addresses of ours begin with, never what a client says of our host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def publisher_name(self) -> str:
        """Return who publishes the registry, as far as that is known."""
        return self.publisher or "The operator of this registry"

    @property
    def licence_address(self) -> str | None:
        """Return the address of the licence's text; that of an SPDX id is at spdx.org."""
        if self.licence is None or "://" in self.licence:
            return self.licence
        return f"https://spdx.org/licenses/{self.licence}.html"

    @property
    def terms(self) -> str:
        """Return on what terms the data may be used, in words."""
        return f"The collection: {self.licence}. {_SOURCES_TERMS}" if self.licence else _SOURCES_TERMS
