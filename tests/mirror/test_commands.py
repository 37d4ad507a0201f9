"""`directory mirror` as a process."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from directory.cli import main
from tests.mirror.conftest import Published
from tests.mirror.fronts import Front, shown
from tests.snapshots.building import KEY


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["mirror", *map(str, arguments)])


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/none")


def test_the_command_says_where_the_copy_is_now(front: Front, published: Published, tmp_path: Path) -> None:
    first, _, third = published.revisions
    front.latest = first
    result = run(front.address, tmp_path / "copy")
    assert result.exit_code == 0
    assert f"revision {first}: " in result.stdout
    assert "files: 8 downloaded" in result.stdout
    assert KEY.public.base64 in result.stderr
    front.latest = third
    result = run(f"{front.address}/v1", tmp_path / "copy", "--key", KEY.public.base64, "--once")
    assert result.stdout.startswith(f"revision {third} (before: {first}): ")
    assert "changes" in result.stdout
    assert KEY.public.base64 not in result.stderr
    assert run(front.address, tmp_path / "copy").stdout == f"revision {third}: nothing new\n"
    assert shown(tmp_path / "copy") == published.files(third)


def test_temporary_errors_have_another_exit_code_than_permanent_ones(front: Front, tmp_path: Path) -> None:
    result = run("http://127.0.0.1:9", tmp_path / "copy")
    assert (result.exit_code, "the copy is unchanged" in result.stderr) == (1, True)
    front.spoil = lambda path, body: body[::-1] if path.endswith("manifest.json.minisig") else body
    result = run(front.address, tmp_path / "copy")
    assert (result.exit_code, "Error:" in result.stderr) == (3, True)
    assert not (tmp_path / "copy" / "current").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--every", "1"], "--every"),
        (["--once", "--every", "60"], "exclude"),
        (["--key", "no key"], "not a minisign public key"),
    ],
)
def test_wrong_usage_is_explained(tmp_path: Path, options: list[str], message: str) -> None:
    result = run("http://127.0.0.1:9", tmp_path / "copy", *options)
    assert (result.exit_code, message in result.stderr) == (2, True)


def test_a_mirror_that_goes_on_follows_the_registry_through_its_absences(
    front: Front, published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(KEY.public.file_text, "utf-8")
    front.latest = published.revisions[0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        front.latest = [10**6, published.revisions[1], 10**6, published.revisions[0]][len(slept) - 1]

    monkeypatch.setattr(time, "sleep", sleep)
    result = run(front.address, tmp_path / "copy", "--every", 3600, "--key", tmp_path / "key")
    # It exits at a permanent error: the registry went back to an older revision.
    assert (result.exit_code, slept) == (3, [3600] * 4)
    assert result.stderr.count("the copy is unchanged") == 2
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        f"revision {published.revisions[0]}",
        f"revision {published.revisions[1]} (before",
    ]
    assert shown(tmp_path / "copy") == published.files(published.revisions[1])
