import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.embedded.errors import EmbeddedError
from directory.embedded.owner import Owner, find_owner
from directory.embedded.programs import find_programs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Yield a copy of the programs in a folder that only root can enter, as a venv under /root is."""
    owner = find_owner(tmp_path / "none")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = find_programs(owner).folder.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, closed / part.name)
    return closed / package.name / "pginstall"


@pytest.fixture
def cache() -> Iterator[Path]:
    """Yield a folder that every user can access."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "cache"


def test_programs_that_may_be_run_are_run_where_they_are(tmp_path: Path) -> None:
    programs = find_programs(find_owner(tmp_path / "none"))
    assert (programs.folder / "initdb").exists()
    assert programs.major == "18"


@as_root
def test_programs_in_a_closed_folder_are_copied_and_nothing_is_opened(
    closed: Path, cache: Path, tmp_path: Path
) -> None:
    owner = find_owner(tmp_path / "none")
    assert owner.is_other
    programs = find_programs(owner, closed, cache)
    assert cache in programs.folder.parents
    assert stat.S_IMODE(closed.parent.parent.stat().st_mode) == 0o700
    for name in ("postgres", "initdb"):
        subprocess.run([programs.folder / name, "--version"], check=True, **owner.popen_options())
    again = find_programs(owner, closed, cache)
    assert again == programs
    assert len(list(cache.iterdir())) == 1


@as_root
def test_a_folder_for_the_copy_that_cannot_be_created_is_named(closed: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(EmbeddedError, match=r"cache: cannot copy.*DATABASE_URL"):
        find_programs(find_owner(tmp_path / "none"), closed, tmp_path / "cache")


@as_root
def test_root_takes_the_user_that_the_files_belong_to(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    assert find_owner(tmp_path).uid == 65534


@as_root
def test_the_error_for_a_user_without_a_name_says_what_postgresql_needs(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, 54321)
    with pytest.raises(EmbeddedError, match="54321 has no name"):
        find_owner(tmp_path)


def test_a_child_reads_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATABASE", "other")
    arguments = Owner("me", os.geteuid(), os.getegid()).popen_options()
    assert set(arguments["env"]) == {"PATH", "LC_ALL", "TZ"}
    assert "user" not in arguments
