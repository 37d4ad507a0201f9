"""Imports over HTTP: a token, and what runs the jobs of the registry."""

import datetime as dt
import secrets
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from directory.config import Config
from directory.jobs.runner import run_until_signal
from directory.jobs.tasks import Registry
from directory.tokens.queries import insert_token


@pytest.fixture
def template(template_of_few_regions: str) -> str:
    return template_of_few_regions


@pytest.fixture
def run_jobs(database_url: str, tmp_path: Path) -> Callable[[], None]:
    """Return what runs the jobs that are due."""
    registry = Registry(Config(data_dir=tmp_path, download_cache_dir=tmp_path), database_url)

    def run() -> None:
        assert run_until_signal(registry, [], grace_seconds=30, is_once=True)

    return run


@pytest.fixture
def token_id(database_url: str) -> str:
    """Return the id of a token of the database."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        return insert_token(
            conn, secrets.token_bytes(32), name="Editor", scopes=["edit"], lifetime=dt.timedelta(days=1)
        )
