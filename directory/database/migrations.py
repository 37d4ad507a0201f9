"""Bring a database's schema to where this program needs it: alembic's order, plain SQL files.

alembic and SQLAlchemy are imported only where there is something to migrate: they take 0.2 s of the processor, more
than all else that a command needs which opens the registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig
    from sqlalchemy import Connection

# A wheel has them inside the package, a clone next to it.
_PACKAGE: Final = Path(__file__).parents[1]
_PACKAGED: Final = _PACKAGE / "_migrations"
MIGRATIONS: Final = _PACKAGED if _PACKAGED.is_dir() else _PACKAGE.parent / "migrations"
OLDEST_SERVER: Final = 150_000
_LOCK: Final = 7_233_192_046_137_041_781
_REVISIONS: Final = re.compile(r'^(down_)?revision = "(\w+)"$', re.MULTILINE)


class MigrationError(Exception):
    """The database cannot hold the registry, or knows a newer schema; the message names the remedy."""


def run(name: str) -> None:
    """Run the file `name` of migrations/versions as it stands, inside the migration's transaction."""
    from alembic import op  # noqa: PLC0415 - see above

    # By the driver itself: SQLAlchemy would take `:name`, and psycopg `%s`, inside a function's body for parameters.
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        message = "migrations run over psycopg"
        raise TypeError(message)
    connection.execute((MIGRATIONS / "versions" / name).read_bytes())


def migrate(url: str, to: str = "head") -> None:
    """Bring the schema of database `url` up to revision `to`; raise MigrationError if it cannot be."""
    if to == "head" and current(url) == head():
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    with _opened(url) as connection:
        config = _alembic(connection)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        at = MigrationContext.configure(connection).get_current_revision()
        if at is not None and at not in known:
            message = (
                f"the database has schema revision {at}, made by a newer version of this program; "
                "start that version, or give another DATABASE_URL or DIRECTORY_DATA_DIR"
            )
            raise MigrationError(message)
        command.upgrade(config, to)


def downgrade(url: str, to: str) -> None:
    """Take the schema of database `url` down to revision `to` ("base": nothing is left), with its data."""
    from alembic import command  # noqa: PLC0415 - see above

    with _opened(url) as connection:
        command.downgrade(_alembic(connection), to)


def current(url: str) -> str | None:
    """Return the schema revision of database `url`, None for a database without our schema."""
    with psycopg.connect(url, autocommit=True, application_name="directory migrate") as conn:
        _refuse_unfit(conn)
        if conn.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


@cache
def head() -> str:
    """Return the schema revision that this program needs: the one that is no other's `down_revision`."""
    scripts = [path.read_text(encoding="utf-8") for path in (MIGRATIONS / "versions").glob("*.py")]
    named: list[tuple[str, str]] = [match for script in scripts for match in _REVISIONS.findall(script)]
    (revision,) = {name for down, name in named if not down} - {name for down, name in named if down}
    return revision


def _alembic(connection: Connection) -> AlembicConfig:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    # alembic's options are those of ConfigParser, which interpolates %.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _opened(url: str) -> Iterator[Connection]:
    """Yield an SQLAlchemy connection for alembic, in one transaction and under the lock of migrations."""
    from sqlalchemy import create_engine  # noqa: PLC0415 - see above
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    with psycopg.connect(url, autocommit=True, application_name="directory migrate") as lock:
        _refuse_unfit(lock)
        # On a connection of its own, so that the lock outlasts whatever becomes of the migration's transaction.
        lock.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
        with engine.begin() as connection:
            yield connection


def _refuse_unfit(conn: psycopg.Connection) -> None:
    if conn.info.server_version < OLDEST_SERVER:
        message = f"the server is PostgreSQL {conn.info.server_version // 10_000}; use PostgreSQL 15 or later"
        raise MigrationError(message)
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        message = f"the database {conn.info.dbname} is encoded in {encoding}; create one with ENCODING 'UTF8'"
        raise MigrationError(message)
