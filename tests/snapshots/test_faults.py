"""A build that fails midway publishes nothing and loses nothing, and the next one cleans up."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from directory.snapshots.verify.verification import verify_folder
from tests.service import ROOT
from tests.snapshots.building import KEY, add_accounts, hidden, known, publish


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template of the databases here: each of the many builds writes every record in all formats."""
    return template_of_few_regions


# The last steps of a build, and some of those before: at each of them it is killed once.
STEPS = ("read accounts", "read tombstones", "read changes", "compress", "describe", "publish", "record", "done")
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.snapshots.building import publish

def kill(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

publish(sys.argv[1], Path(sys.argv[2]), kill)
"""
CONFINED = """
import resource, sys
from pathlib import Path
from tests.snapshots.building import publish

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    publish(sys.argv[1], Path(sys.argv[2]))
except OSError as error:
    print(error)
    sys.exit(9)
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a new process."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )


def published(url: str, root: Path) -> set[int]:
    """Return the registered snapshots, after checking that each is complete and no other has files."""
    revisions = set(known(url))
    assert {int(path.name) for path in root.iterdir() if path.name.isdecimal()} == revisions
    for revision in revisions:
        assert not verify_folder(root / str(revision), KEY.public).errors
    assert not hidden(root)
    return revisions


@pytest.mark.parametrize("step", STEPS)
def test_a_build_that_is_killed_publishes_all_or_nothing_and_the_next_one_repairs(
    database_url: str, tmp_path: Path, step: str
) -> None:
    first = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    second = add_accounts(database_url, "two")
    assert run(KILLED, database_url, str(tmp_path), step).returncode == -signal.SIGKILL
    assert set(known(database_url)) == ({first, second} if step == "done" else {first})
    assert not verify_folder(tmp_path / str(first), KEY.public).errors
    assert publish(database_url, tmp_path).is_new == (step != "done")
    assert published(database_url, tmp_path) == {first, second}


def test_a_disk_that_becomes_full_leaves_nothing_behind(database_url: str, tmp_path: Path) -> None:
    first = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    second = add_accounts(database_url, "two")
    # The regions alone have more than that.
    ended = run(CONFINED, database_url, str(tmp_path), "100000")
    assert (ended.returncode, "File too large" in ended.stdout) == (9, True), ended.stderr
    assert published(database_url, tmp_path) == {first}
    publish(database_url, tmp_path)
    assert published(database_url, tmp_path) == {first, second}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
def test_a_file_system_without_room_leaves_nothing_behind(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this root may not mount a file system")
    try:
        with pytest.raises(OSError, match="No space left on device"):
            publish(database_url, tmp_path)
        assert published(database_url, tmp_path) == set()
        subprocess.run(["mount", "-o", "remount,size=64m", str(tmp_path)], check=True)
        publish(database_url, tmp_path)
        assert published(database_url, tmp_path) == {revision}
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_build_whose_database_goes_away_publishes_nothing(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")

    def cut(step: str) -> None:
        if step == "record":
            with psycopg.connect(database_url, autocommit=True) as conn:
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(psycopg.OperationalError):
        publish(database_url, tmp_path, cut)
    assert known(database_url) == {}
    publish(database_url, tmp_path)
    assert published(database_url, tmp_path) == {revision}


def test_a_clock_that_was_set_back_loses_no_snapshot_and_stops_no_build(database_url: str, tmp_path: Path) -> None:
    first = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("UPDATE snapshots SET built_at = built_at + %s", (timedelta(days=3650),))
    second = add_accounts(database_url, "two")
    assert publish(database_url, tmp_path).revision == second
    assert published(database_url, tmp_path) == {first, second}
    with psycopg.connect(database_url) as conn:
        latest = conn.execute("SELECT revision FROM snapshots ORDER BY revision DESC LIMIT 1").fetchone()
    assert latest == (second,)
