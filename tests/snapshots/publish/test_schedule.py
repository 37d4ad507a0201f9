import os
import threading
import time
from pathlib import Path

import psycopg
import pytest

from directory.background import lower_priority, run_in_process
from directory.config import Config
from directory.snapshots.publish import schedule
from directory.snapshots.publish.schedule import is_due, scheduled_builds
from tests.service import Service, free_port
from tests.snapshots.building import add_accounts, hidden, known

HOUR = 3600.0
SECONDS = 90


@pytest.fixture(scope="session")
def template(template_of_all_regions: str) -> str:
    """Return the template of the databases here: `serve` loads what is missing."""
    return template_of_all_regions


@pytest.mark.parametrize(
    ("latest", "built", "age", "since", "due"),
    [
        (0, None, None, None, False),  # nothing was ever written
        (5, None, None, None, True),  # there is no snapshot
        (5, 5, 90 * HOUR, None, False),  # nothing is new
        (6, 5, 23 * HOUR, None, False),  # too early
        (6, 5, 24 * HOUR, None, True),
        (6, 5, 99 * HOUR, 60.0, False),  # the last try has just failed
        (6, 5, 99 * HOUR, 2 * HOUR, True),
        (5, None, None, 60.0, False),
        (6, 5, -99 * HOUR, None, True),  # the clock went back
        (6, 5, -99 * HOUR, 2 * HOUR, False),
        (6, 5, -99 * HOUR, 24 * HOUR, True),
    ],
)
def test_a_snapshot_is_due_when_the_registry_is_new_and_the_last_one_old(
    latest: int, built: int | None, age: float | None, since: float | None, *, due: bool
) -> None:
    assert is_due(latest, built, age, every=24 * HOUR, since_attempt=since) == due


def test_a_service_publishes_what_is_new_in_a_process_of_its_own(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_FIRST_SECONDS", 0.1)
    revision = add_accounts(database_url, "one")
    before = threading.active_count()
    with scheduled_builds(Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache"), database_url):
        end = time.monotonic() + SECONDS
        while not known(database_url) and time.monotonic() < end:
            time.sleep(0.2)
    assert set(known(database_url)) == {revision}
    assert (tmp_path / "snapshots" / str(revision) / "manifest.json").exists()
    assert (tmp_path / "signing.key").exists()
    # On a busy machine the process of a build takes longer to end than the schedule waits for it.
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.1)
    assert threading.active_count() == before


def test_serve_keeps_the_schedule(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")
    settings = {
        "DATABASE_URL": database_url,
        "DIRECTORY_DATA_DIR": str(tmp_path),
        "DIRECTORY_SEED_DATA": "none",
        "DIRECTORY_SNAPSHOT_EVERY": "1",
    }
    service = Service(free_port(), settings)
    try:
        assert service.hear(f"snapshot of revision {revision}: "), service.lines
        assert service.get("/v1/snapshots/latest")["revision"] == revision
    finally:
        assert service.end() == 0


def test_no_snapshot_is_built_if_the_schedule_is_off(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_FIRST_SECONDS", 0.0)
    add_accounts(database_url, "one")
    before = threading.active_count()
    with scheduled_builds(
        Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache", snapshot_every=0), database_url
    ):
        assert threading.active_count() == before
    assert known(database_url) == {}


def test_a_build_that_is_under_way_ends_with_the_service(database_url: str, tmp_path: Path) -> None:
    add_accounts(database_url, "one")
    ended = threading.Event()
    with psycopg.connect(database_url) as conn:
        # The build waits for this table until it is terminated.
        conn.execute("LOCK TABLE snapshots IN ACCESS EXCLUSIVE MODE")
        threading.Timer(3, ended.set).start()
        began = time.monotonic()
        run_in_process(
            schedule.build_and_prune, Config(data_dir=tmp_path, download_cache_dir=tmp_path), database_url, ended
        )
        assert time.monotonic() - began < 30
    assert known(database_url) == {}
    assert not hidden(tmp_path / "snapshots")


def test_the_process_that_builds_gives_way_to_all_others(tmp_path: Path) -> None:
    said = tmp_path / "niceness"
    run_in_process(say_niceness, Config(data_dir=said, download_cache_dir=tmp_path), "", threading.Event())
    assert int(said.read_text()) == min(19, os.nice(0) + 10)


def say_niceness(config: Config, _: str) -> None:
    """Log how nice a process of the schedule is."""
    lower_priority()
    config.data_dir.write_text(str(os.nice(0)))
