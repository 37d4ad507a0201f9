"""`directory jobs`, and the process of `serve` that runs jobs."""

import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from procrastinate import JobContext

from directory.cli import main
from directory.config import Config
from directory.jobs import schedule
from directory.jobs.queries import insert_job, select_jobs
from directory.jobs.schedule import running_jobs
from directory.jobs.tasks import task


@task("tests.nothing", queue="test-commands")
def do_nothing(_context: JobContext) -> None:
    """Do nothing."""


@pytest.fixture
def template(template_of_few_regions: str) -> str:
    return template_of_few_regions


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def invoke(*words: str, database_url: str, folder: Path) -> str:
    environment = {"DATABASE_URL": database_url, "DIRECTORY_DATA_DIR": str(folder)}
    result = CliRunner().invoke(main, ["jobs", *words], env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_jobs_that_wait_are_listed_and_run(conn: psycopg.Connection, database_url: str, tmp_path: Path) -> None:
    insert_job(conn, "tests.nothing", "test-commands", {})
    assert "waits" in invoke("list", database_url=database_url, folder=tmp_path)
    invoke("run", "--once", database_url=database_url, folder=tmp_path)
    assert invoke("list", database_url=database_url, folder=tmp_path) == ""
    assert select_jobs(conn, 1) == []


def test_serve_starts_the_process_of_jobs_again_until_it_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = threading.Semaphore(0)
    monkeypatch.setattr(schedule, "run_in_process", lambda *_: started.release())
    monkeypatch.setattr(schedule, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(schedule, "_RESTART_SECONDS", 0.0)
    with running_jobs(Config(data_dir=tmp_path, download_cache_dir=tmp_path), "nowhere"):
        assert started.acquire(timeout=10)
        assert started.acquire(timeout=10)
    assert not [thread for thread in threading.enumerate() if thread.name == "jobs"]


def test_the_process_of_jobs_ends_with_the_service(
    monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> None:
    monkeypatch.setattr(schedule, "_FIRST_SECONDS", 0.0)
    with running_jobs(Config(data_dir=tmp_path, download_cache_dir=tmp_path), database_url):
        for _ in range(500):
            if multiprocessing.active_children():
                break
            threading.Event().wait(0.02)
        assert multiprocessing.active_children()
    for _ in range(500):
        if not multiprocessing.active_children():
            break
        threading.Event().wait(0.02)
    assert not multiprocessing.active_children()
