"""Databases of the tests: templates that are filled once a run, and copies of them."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

# The variable that names a run, the same in all of its processes.
RUN: Final = "PYTEST_DIRECTORY_RUN"


def make_template(server_url: str, kind: str, fill: Callable[[str], None], source: str = "template0") -> str:
    """Return the name of a copy of `source` that `fill` filled, given its URL: once a run, whichever process is first.

    It is there to be copied: nobody may be connected to it meanwhile.
    """
    name = _template_name(kind)
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            unfinished = f"{name}_unfinished"
            _copy(admin, source, unfinished)
            fill(_url(server_url, unfinished))
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
            )
    return name


@contextmanager
def copy_template(server_url: str, template: str) -> Iterator[str]:
    """Create a database as a copy of `template`, yield its URL, and drop it."""
    name = f"directory_test_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        _copy(admin, template, name)
    try:
        yield _url(server_url, name)
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            _drop(admin, name)


def drop_templates(server_url: str) -> None:
    """Drop the templates of this run."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        for (name,) in admin.execute(query, [_template_name("")]).fetchall():
            _drop(admin, name)


def _template_name(kind: str) -> str:
    return f"directory_test_{os.environ[RUN]}_{kind}"


def _url(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def _copy(admin: psycopg.Connection, source: str, name: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
