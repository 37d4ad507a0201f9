import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from directory.database.connections import connect
from directory.embedded.errors import EmbeddedError
from directory.embedded.files import server_settings
from directory.embedded.owner import find_owner
from directory.embedded.programs import Programs
from directory.embedded.server import Server, running


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder that a first start has filled."""
    folder = tmp_path_factory.mktemp("data_dir")
    with running(folder) as server, connect(server.url) as conn:
        conn.execute("CREATE TABLE numbers AS SELECT 1 AS number")
    return folder


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    with running(data_dir) as started:
        yield started


def _numbers(server: Server) -> list[tuple[int]]:
    with connect(server.url) as conn:
        return conn.execute("SELECT number FROM numbers").fetchall()


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgresql" / "postmaster.pid").read_text().splitlines()[0])


def _lives(number: int) -> bool:
    # An ended process stays in the list until its parent looks, and the parent may be a lazy init.
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def test_the_locale_is_stated_and_never_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with running(tmp_path) as server, connect(server.url) as conn:
        row = conn.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datcollate, lower('ÄÉ')"
            "  FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("UTF8", "b", "C", "äé")


def test_the_registry_is_owned_by_a_role_that_is_no_superuser(server: Server) -> None:
    with connect(server.url) as conn:
        row = conn.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == ("directory", False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("COPY numbers TO PROGRAM 'cat'")


def test_it_never_trades_safety_for_speed(server: Server) -> None:
    with connect(server.url) as conn:
        settings = [conn.execute(f"SHOW {name}").fetchone() for name in ("fsync", "full_page_writes")]
    assert settings == [("on",), ("on",)]


def test_it_remembers_over_a_restart_which_pages_were_in_memory(server: Server) -> None:
    with psycopg.connect(server.superuser_url) as conn:
        assert conn.execute("SHOW shared_preload_libraries").fetchone() == ("pg_prewarm",)


def test_it_starts_without_the_library_that_remembers_pages(tmp_path: Path) -> None:
    settings = server_settings(Programs(tmp_path / "bin", "18.0"))
    assert not any("pg_prewarm" in setting for setting in settings)


def test_its_memory_is_within_the_limit_of_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{512 * 2**20}\n")
    monkeypatch.setattr("directory.embedded.files._CGROUP_LIMITS", (limit, tmp_path / "absent"))
    programs = Programs(tmp_path / "bin", "18.0")
    assert "shared_buffers=128MB" in server_settings(programs)
    limit.write_text("max\n")
    assert "shared_buffers=128MB" not in server_settings(programs)


def test_it_listens_on_no_network_address(server: Server) -> None:
    with connect(server.url) as conn:
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)


def test_data_persist_from_one_start_to_the_next(server: Server) -> None:
    assert _numbers(server) == [(1,)]


def test_it_runs_until_the_last_user_leaves(data_dir: Path) -> None:
    with running(data_dir) as first:
        number = _postmaster(data_dir)
        with running(data_dir) as second:
            assert _postmaster(data_dir) == number
            assert _numbers(second) == [(1,)]
        assert _numbers(first) == [(1,)]
    assert not _lives(number)


def test_starts_at_the_same_time_share_one_server(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from directory.embedded.server import running\n"
        "with running(Path(sys.argv[1])) as server:\n"
        "    print((Path(sys.argv[1]) / 'postgresql/postmaster.pid').read_text().split()[0], flush=True)\n"
        "    sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    starts = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        for _ in range(4)
    ]
    numbers = [start.stdout.readline() if start.stdout else "" for start in starts]
    assert len(set(numbers)) == 1
    for start in starts:
        start.communicate("")
        assert start.returncode == 0
    assert not _lives(int(numbers[0]))


def test_a_folder_that_another_start_makes_meanwhile_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, make = tmp_path / "new", Path.mkdir

    def make_late(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - as pathlib has it
        if self == folder:
            make(self)
        make(self, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", make_late)
    with running(folder) as server, connect(server.url) as conn:
        assert conn.execute("SELECT 1").fetchall() == [(1,)]


def test_it_starts_after_everything_was_killed(data_dir: Path) -> None:
    script = (
        "import sys, os; from pathlib import Path; from directory.embedded.server import running\n"
        "with running(Path(sys.argv[1])):\n"
        "    print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"up\n"
        processes = psutil.Process(_postmaster(data_dir)).children(recursive=True)
        user.kill()
        for process in [psutil.Process(_postmaster(data_dir)), *processes]:
            # A backend whose postmaster is gone ends by itself, perhaps before this loop reaches it.
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
    with running(data_dir) as server:
        assert _numbers(server) == [(1,)]


def test_a_server_whose_user_was_killed_is_taken_over_and_stopped(data_dir: Path) -> None:
    script = (
        "import sys, os, signal; from pathlib import Path; from directory.embedded.server import running\n"
        "with running(Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(data_dir)], check=False, cwd=Path.cwd())
    number = _postmaster(data_dir)
    assert _lives(number)
    with running(data_dir) as server:
        assert _numbers(server) == [(1,)]
        assert _postmaster(data_dir) == number
    assert not _lives(number)


def test_a_query_that_outlives_its_killed_postmaster_does_not_block_a_start(data_dir: Path) -> None:
    with running(data_dir) as server, closing(psycopg.connect(server.url)) as conn:
        busy = psutil.Process(conn.info.backend_pid)
        conn.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000000000)")
        time.sleep(0.2)
        psutil.Process(_postmaster(data_dir)).kill()
        time.sleep(0.2)
        assert busy.is_running()
        with running(data_dir) as again:
            assert _numbers(again) == [(1,)]
        assert not _lives(busy.pid)


def test_another_program_that_has_the_old_process_id_is_not_killed(data_dir: Path) -> None:
    owner = find_owner(data_dir / "postgresql")
    with subprocess.Popen(["sleep", "60"], user=owner.uid if owner.is_other else None) as other:
        stale = data_dir / "postgresql" / "postmaster.pid"
        stale.write_text(f"{other.pid}\n{data_dir}\n1\n5432\n.\n\n 1 1\nready\n")
        with running(data_dir) as server:
            assert _numbers(server) == [(1,)]
        assert other.poll() is None
        other.kill()


def test_a_first_start_that_was_killed_half_way_is_done_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgresql.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with running(tmp_path) as server, connect(server.url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert not unfinished.exists()


@pytest.mark.parametrize("name", ["n" * 120, "a, b", "名录 '\"%?#"])
def test_the_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    with running(tmp_path / name) as server, connect(server.url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_files_of_another_version_are_let_alone_and_named(tmp_path: Path) -> None:
    pgdata = tmp_path / "postgresql"
    pgdata.mkdir()
    (pgdata / "PG_VERSION").write_text("12\n")
    with pytest.raises(
        EmbeddedError, match=r"created by PostgreSQL 12, this program includes 18.*DIRECTORY_DATA_DIR"
    ) as caught:
        running(tmp_path).__enter__()
    assert str(pgdata) in str(caught.value)


def test_foreign_files_are_let_alone_and_named(tmp_path: Path) -> None:
    pgdata = tmp_path / "postgresql"
    pgdata.mkdir()
    (pgdata / "letter.txt").write_text("dear")
    with pytest.raises(EmbeddedError, match="not a complete PostgreSQL database"):
        running(tmp_path).__enter__()
    assert (pgdata / "letter.txt").read_text() == "dear"


def test_damaged_files_are_named_with_a_remedy(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / "postgresql" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    with pytest.raises(EmbeddedError, match=r"(?s)damaged.*It said") as caught:
        running(tmp_path).__enter__()
    assert str(tmp_path) in str(caught.value)


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    place = tmp_path / "taken"
    place.write_text("")
    with pytest.raises(EmbeddedError, match=r"taken.*DIRECTORY_DATA_DIR"):
        running(place).__enter__()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EmbeddedError, match=r"Permission denied.*DIRECTORY_DATA_DIR"):
        running(tmp_path / "data").__enter__()
