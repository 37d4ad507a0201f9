"""Every setting, read once from the environment into one frozen value that callers pass on."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias

import platformdirs

from directory.environment import Environment
from directory.text.language_tags import LANGUAGE_TAG

MEBIBYTE: Final = 1024 * 1024
SeedData: TypeAlias = Literal["bundled", "none"]
SEED_DATA: Final[tuple[SeedData, ...]] = ("bundled", "none")
Switch: TypeAlias = Literal["off", "on"]
SWITCH: Final[tuple[Switch, ...]] = ("off", "on")
_DESCRIPTION: Final = (
    "A public registry of official government accounts on social platforms, by region, department and platform, "
    "and all of it as open data."
)
_KEYWORDS: Final = ("government", "official accounts", "open data", "public administration", "social media")
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
    seed_data: SeedData = "bundled"
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
    observation_days: int = 0
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
    secret_key: str | None = field(default=None, repr=False)
    snapshot_every: int = 24
    # The settings of sources; the file `sync.toml` in the data folder unless another one is set.
    sync_config_path: Path | None = None
    sync_every: int = 0
    dormant_days: int = 14
    dormancy_every: int = 0
    proof_every: int = 0
    four_eyes: Switch = "off"
    trusted_proxies: int = 0
    feedback_days: int = 90
    feedback_undecided_days: int = 365
    job_threads: int = 2
    webhook_private_hosts: tuple[str, ...] = ()
    warm_up: int = 1

    def __post_init__(self) -> None:
        """Put the snapshots into the data folder where no storage is set."""
        if not self.storage_url:
            object.__setattr__(self, "storage_url", (self.data_dir.absolute() / "snapshots").as_uri())

    @property
    def signing_key_path(self) -> Path:
        """Return the path of the secret key of snapshots."""
        return self.signing_key or self.data_dir / "signing.key"

    @property
    def secret_key_path(self) -> Path:
        """Return the path of the secret that keys are derived from, where the environment has none."""
        return self.data_dir / "secret.key"

    @property
    def sync_config(self) -> Path:
        """Return the path of the settings of sources, which need not exist."""
        return self.sync_config_path or self.data_dir / "sync.toml"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read all settings from `environ`; raise ConfigError for an unusable value or an unknown DIRECTORY_ name."""
        read = Environment(environ)
        data_dir = read.path("DIRECTORY_DATA_DIR", platformdirs.user_data_path("official-directory", appauthor=False))
        # The one statement of each default is above, but for what depends on the machine or on another setting.
        default = cls(data_dir=data_dir, download_cache_dir=data_dir / "download-cache")
        config = cls(
            # Where embedded PostgreSQL keeps the registry.
            data_dir=data_dir,
            # Where finished downloads are cached until they are read; on a disk, not in memory.
            download_cache_dir=read.path("DIRECTORY_DOWNLOAD_CACHE_DIR", default.download_cache_dir),
            # Any PostgreSQL 15 or later; without it the embedded one starts.
            database_url=read.database_url("DATABASE_URL"),
            host=read.text("DIRECTORY_HOST") or default.host,
            port=read.integer("PORT", default.port, low=1, high=65_535),
            # What an empty registry is filled with: the starter data of this package, or nothing.
            seed_data=read.choice("DIRECTORY_SEED_DATA", SEED_DATA) or default.seed_data,
            workers=read.integer("DIRECTORY_WORKERS", min(os.cpu_count() or 1, 4), low=1, high=256),
            # Requests that one worker processes at a time, each with a database connection.
            threads=read.integer("DIRECTORY_THREADS", default.threads, low=1, high=256),
            # Client connections that are open at a time, in all workers together; unset, as many as the system permits.
            connections=read.optional_integer("DIRECTORY_CONNECTIONS", low=16, high=1_000_000),
            # How long a client may take to send a whole request, or read nothing of a response.
            idle_seconds=read.integer("DIRECTORY_IDLE_SECONDS", default.idle_seconds, low=1, high=3600),
            # Max-age: how long a browser or a proxy may use a response without validating it.
            cache_seconds=read.integer("DIRECTORY_CACHE_SECONDS", default.cache_seconds, low=0, high=31_536_000),
            # Memory of one worker for cached responses; 0 caches none.
            response_cache_bytes=read.integer("DIRECTORY_RESPONSE_CACHE_BYTES", default.response_cache_bytes, low=0),
            download_cache_bytes=read.integer(
                "DIRECTORY_DOWNLOAD_CACHE_BYTES", default.download_cache_bytes, low=MEBIBYTE
            ),
            body_bytes=read.integer("DIRECTORY_BODY_BYTES", default.body_bytes, low=1024),
            statement_timeout_ms=read.integer(
                "DIRECTORY_STATEMENT_TIMEOUT_MS", default.statement_timeout_ms, low=100, high=3_600_000
            ),
            # How many seconds a command that writes waits for the lock of another one.
            write_wait=read.integer("DIRECTORY_WRITE_WAIT", default.write_wait, low=0, high=86_400),
            # How many days `as_of` reaches back at least, once `directory history prune` runs; 0: without limit.
            history_days=read.integer("DIRECTORY_HISTORY_DAYS", default.history_days, low=0, high=36_500),
            # How many days all observations stay, once `directory observations prune` runs; 0: without limit.
            observation_days=read.integer("DIRECTORY_OBSERVATION_DAYS", default.observation_days, low=0, high=36_500),
            # What absolute links begin with, where a proxy in front of us has another host name.
            public_url=read.public_url("DIRECTORY_PUBLIC_URL"),
            title=read.text("DIRECTORY_TITLE") or default.title,
            publisher=read.text("DIRECTORY_PUBLISHER"),
            contact=read.contact("DIRECTORY_CONTACT"),
            # Where to report a vulnerability, if not to the contact.
            security_contact=read.security_contact("DIRECTORY_SECURITY_CONTACT"),
            description=read.text("DIRECTORY_DESCRIPTION") or default.description,
            keywords=read.list_of("DIRECTORY_KEYWORDS", r"[^,]+", "write words with commas between them")
            or default.keywords,
            # Languages that you can write to the contacts in, the preferred one first.
            languages=read.list_of("DIRECTORY_LANGUAGES", LANGUAGE_TAG, "write tags of RFC 5646: en,zh-Hans")
            or default.languages,
            # Of the registry as a collection; the data of a source keep its licence.
            licence=read.licence("DIRECTORY_LICENCE"),
            # Where snapshots are stored: a folder, or a bucket of an S3-compatible service.
            storage_url=read.storage_url("DIRECTORY_STORAGE_URL") or default.storage_url,
            # The internal location of an nginx in front of us that serves the folder of snapshots (X-Accel-Redirect).
            accel_prefix=read.location("DIRECTORY_ACCEL_PREFIX"),
            # The secret key that signs snapshots; generated at the first use.
            signing_key=read.path("DIRECTORY_SIGNING_KEY", default.signing_key_path),
            # The secret that keys for encryption are derived from; a file in the data folder unless it is set.
            secret_key=read.secret("DIRECTORY_SECRET_KEY"),
            # Hours from one snapshot of `serve` to the next; 0: only `directory snapshot build` makes one.
            snapshot_every=read.integer("DIRECTORY_SNAPSHOT_EVERY", default.snapshot_every, low=0, high=8760),
            # The settings of the sources of `directory sync`.
            sync_config_path=read.path("DIRECTORY_SYNC_CONFIG", default.sync_config),
            # Hours from one sync of `serve` to the next; 0: only `directory sync` fetches sources.
            sync_every=read.integer("DIRECTORY_SYNC_EVERY", default.sync_every, low=0, high=8760),
            # After how many days without a post an account is dormant.
            dormant_days=read.integer("DIRECTORY_DORMANT_DAYS", default.dormant_days, low=1, high=3650),
            # Hours from one time that `serve` sets the status of accounts by that to the next; 0: never.
            dormancy_every=read.integer("DIRECTORY_DORMANCY_EVERY", default.dormancy_every, low=0, high=8760),
            # Interval in hours at which the service checks again who owns accounts; 0: only what is requested.
            proof_every=read.integer("DIRECTORY_PROOF_EVERY", default.proof_every, low=0, high=8760),
            # Whether a change of records by HTTP needs two tokens: one that proposes and one that accepts it.
            four_eyes=read.choice("DIRECTORY_FOUR_EYES", SWITCH) or default.four_eyes,
            # How many proxies in front of us each add the address of their client to X-Forwarded-For.
            trusted_proxies=read.integer("DIRECTORY_TRUSTED_PROXIES", default.trusted_proxies, low=0, high=10),
            # How many days what a reporter sent is kept after the decision, and after the last step without one.
            feedback_days=read.integer("DIRECTORY_FEEDBACK_DAYS", default.feedback_days, low=1, high=3650),
            feedback_undecided_days=read.integer(
                "DIRECTORY_FEEDBACK_UNDECIDED_DAYS", default.feedback_undecided_days, low=1, high=3650
            ),
            # Jobs of each queue that `serve` runs at a time; 0: only `directory jobs run` runs any.
            job_threads=read.integer("DIRECTORY_JOB_THREADS", default.job_threads, low=0, high=64),
            # Hosts of webhooks that may be in a private network, at any port and without https.
            webhook_private_hosts=read.list_of(
                "DIRECTORY_WEBHOOK_PRIVATE_HOSTS", r"[a-z0-9.-]+", "write hosts in small letters, without ports"
            ),
            # Whether each worker makes some requests to itself when it starts.
            warm_up=read.integer("DIRECTORY_WARM_UP", default.warm_up, low=0, high=1),
        )
        read.refuse_unknown()
        return config

    @property
    def base_url(self) -> str:
        """Return what absolute URLs of this service begin with; the Host header of a client has no say in it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def mail_address(self) -> str | None:
        """Return the contact if it is an e-mail address; the URL of a page may have an @ too."""
        return None if self.contact is None or "://" in self.contact else self.contact

    @property
    def publisher_name(self) -> str:
        """Return the name of the publisher, or words in its place where none is set."""
        return self.publisher or "The operator of this registry"

    @property
    def licence_url(self) -> str | None:
        """Return the URL of the text of the licence; that of an SPDX id is at spdx.org."""
        if self.licence is None or "://" in self.licence:
            return self.licence
        return f"https://spdx.org/licenses/{self.licence}.html"

    @property
    def terms(self) -> str:
        """Return the terms of use of the data, in words."""
        return f"The collection: {self.licence}. {_SOURCES_TERMS}" if self.licence else _SOURCES_TERMS
