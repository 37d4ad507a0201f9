import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.cli import main
from tests.service import ROOT, environ_of_user
from tests.snapshots.building import add_accounts, known

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Return a function that runs `directory snapshot …` on a registry with one account."""
    add_accounts(database_url, "one")

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "directory", "snapshot", *arguments],
            cwd=ROOT,
            env={
                **environ_of_user(),
                "DATABASE_URL": database_url,
                "DIRECTORY_DATA_DIR": str(tmp_path / "data"),
                **environ,
            },
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_build_list_verify_and_key_go_together(run: Run, database_url: str, tmp_path: Path) -> None:
    built = run("build")
    assert built.returncode == 0, built.stderr
    [revision] = known(database_url)
    assert f"revision {revision}: " in built.stdout
    assert "  accounts     1\n" in built.stdout
    assert run("build").stdout == f"revision {revision} is already published\n"
    assert run("list").stdout.splitlines()[1].split()[0] == str(revision)
    key = run("key")
    assert str(tmp_path / "data" / "signing.key") in key.stderr
    folder = tmp_path / "data" / "snapshots" / str(revision)
    for trusted in (key.stdout.splitlines()[1], str(folder / "minisign.pub")):
        well = run("verify", str(folder), "--key", trusted)
        assert (well.returncode, well.stdout.splitlines()[-1].endswith("valid")) == (0, True)
    (folder / "accounts.csv").write_text("id\n")
    spoiled = run("verify", str(folder))
    assert spoiled.returncode == 1
    assert "WRONG: accounts.csv has 3 bytes instead of" in spoiled.stderr


def test_prune_removes_snapshots_that_are_not_retained(run: Run, database_url: str, tmp_path: Path) -> None:
    for name in ("two", "three"):
        assert run("build").returncode == 0
        add_accounts(database_url, name)
    [first, second] = sorted(known(database_url))
    assert run("build").returncode == 0
    with psycopg.connect(database_url, autocommit=True) as conn:
        # Both of one week and one month, long ago.
        conn.execute("UPDATE snapshots SET built_at = '2020-02-04' WHERE revision = %s", (first,))
        conn.execute("UPDATE snapshots SET built_at = '2020-02-05' WHERE revision = %s", (second,))
    assert run("prune").stdout == f"revision {second} was pruned\n"
    assert set(known(database_url)) == {first, second + 1}
    assert not (tmp_path / "data" / "snapshots" / str(second)).exists()


@pytest.fixture
def invoke(database_url: str, tmp_path: Path) -> Callable[..., Result]:
    """Return what runs `directory snapshot …` in this process, on a registry with one account."""
    add_accounts(database_url, "one")
    environ = {"DATABASE_URL": database_url, "DIRECTORY_DATA_DIR": str(tmp_path / "data")}
    return lambda *arguments, **more: CliRunner(env={**environ, **more}).invoke(main, ["snapshot", *arguments])


@pytest.mark.parametrize(
    ("arguments", "environ", "words"),
    [
        (("build",), {"DIRECTORY_STORAGE_URL": "file:///dev/null/snapshots"}, "the snapshot cannot be built: "),
        (("build",), {"DIRECTORY_STORAGE_URL": "s3://bucket?colour=red"}, "has no option colour"),
        (("key",), {"DIRECTORY_SIGNING_KEY": "/dev/null"}, "/dev/null: not a minisign secret key"),
        (("verify", "/dev/null"), {}, "/dev/null cannot be verified: "),
        (("verify", "http://127.0.0.1:9"), {}, "http://127.0.0.1:9 cannot be verified: "),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    invoke: Callable[..., Result], arguments: tuple[str, ...], environ: dict[str, str], words: str
) -> None:
    result = invoke(*arguments, **environ)
    # Any other exception would be a traceback.
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert words in result.stderr
