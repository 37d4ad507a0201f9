"""A real PostgreSQL for every test: databases are filled once a run and copied by the tests that need their own."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from directory import reference_data
from directory.database.migrations import migrate
from directory.embedded.server import running
from directory.imports.pipeline import load_starter
from directory.reference_digest import store_digest
from directory.regions.reference import regions
from tests.databases import RUN, copy_template, drop_templates, make_template


def pytest_configure() -> None:
    """Name the run before pytest-xdist starts its workers, so that all of its processes know the same templates."""
    os.environ.setdefault(RUN, secrets.token_hex(4))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave property tests out of the coverage, not of the run.

    Random examples reach other branches in each run, so the figure would differ from run to run; and Python's tracer
    makes the code under these tests, which run it most often, 1.7 times slower.
    """
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the run's processes shared: pytest itself would keep the files of the last three servers."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    if url := _given_url():
        drop_templates(url)
    elif not session.config.option.collectonly:
        factory: pytest.TempPathFactory = session.config._tmp_path_factory  # type: ignore[attr-defined] # noqa: SLF001
        shutil.rmtree(factory.getbasetemp() / "registry", ignore_errors=True)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield a server on which databases can be created: the one of the environment, else an embedded one."""
    given = _given_url()
    with nullcontext(given) if given else _embedded(tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="session")
def template_of_all_regions(server_url: str) -> str:
    """Return the name of a migrated database with reference data, to copy and never to connect to."""
    return make_template(server_url, "reference", _fill_reference)


@pytest.fixture(scope="session")
def template(template_of_all_regions: str) -> str:
    """Return the template of the databases below; some folders have another."""
    return template_of_all_regions


@pytest.fixture(scope="session")
def template_of_few_regions(server_url: str) -> str:
    """Return a template like that of all regions, with 790 regions instead of 8,600.

    For tests that write, read or compare every record many times: the regions are 99 % of an empty registry.
    """
    return make_template(server_url, "few_regions", _fill_few_regions)


@pytest.fixture(scope="session")
def starter_template(server_url: str, template_of_all_regions: str) -> str:
    """Return the name of a database with the starter data, to copy and never to connect to."""
    return make_template(server_url, "starter", _fill_starter, template_of_all_regions)


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Yield a migrated database of the test's own, with reference data and no accounts."""
    with copy_template(server_url, template) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(server_url: str, template: str) -> Iterator[str]:
    """Yield what `database_url` yields, but one for all tests of the module."""
    with copy_template(server_url, template) as url:
        yield url


@pytest.fixture(scope="session")
def starter_database_url(server_url: str, starter_template: str) -> Iterator[str]:
    """Yield a database with the starter data, for tests that only read."""
    with copy_template(server_url, starter_template) as url:
        yield url


@pytest.fixture
def bare_database_url(server_url: str) -> Iterator[str]:
    """Yield a database with nothing in it: no schema."""
    with copy_template(server_url, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def shared_database_url(server_url: str, template: str) -> Iterator[str]:
    """Yield the database of `conn`."""
    with copy_template(server_url, template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_database_url_of_few_regions(server_url: str, template_of_few_regions: str) -> Iterator[str]:
    """Yield what `shared_database_url` yields, with few regions."""
    with copy_template(server_url, template_of_few_regions) as url:
        yield url


@pytest.fixture
def conn(shared_database_url: str) -> Iterator[psycopg.Connection]:
    """Yield a connection inside a transaction that is rolled back after the test."""
    with psycopg.connect(shared_database_url, options="-c timezone=UTC") as connection:
        # Begun here, so that `conn.transaction()` in what is tested is a savepoint and commits nothing.
        connection.execute("SELECT 1")
        try:
            yield connection
        finally:
            connection.rollback()


def _given_url() -> str | None:
    return os.environ.get("DIRECTORY_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")


def _fill_reference(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as conn:
        reference_data.sync_reference_data(conn)
        store_digest(conn)


def _fill_few_regions(url: str) -> None:
    few = {
        code: region
        for code, region in regions().items()
        if "-" not in code or code.startswith(("CA", "CN-11", "CN-32", "CN-51", "FR", "GB-SCT", "GB-WLS", "US"))
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference_data, "regions", lambda: few)
        _fill_reference(url)


def _fill_starter(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        load_starter(conn)


@contextmanager
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start embedded PostgreSQL for this session; pytest-xdist's workers share one."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with running(Path(folder) / "registry") as server:
        _hurry(server.superuser_url)
        yield server.superuser_url


def _hurry(url: str) -> None:
    """Turn off what protects the server's data from a crash: the tests discard them."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(1)")  # two workers may not alter a role at once
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            conn.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        conn.execute("SELECT pg_reload_conf()")
