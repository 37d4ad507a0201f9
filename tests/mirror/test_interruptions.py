"""A copy whose mirror is interrupted has a complete revision at any time, and the next call resumes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from directory.fetching.network import TransferError
from directory.mirror import transfer
from tests.mirror.conftest import Published
from tests.mirror.fronts import Front, shown
from tests.service import ROOT, environ_of_user

# Every function by which a mirror changes the disk, except writing into files without their final name.
CHANGES: Final = (
    (Path, "mkdir"),
    (Path, "rename"),
    (Path, "replace"),
    (Path, "symlink_to"),
    (Path, "unlink"),
    (os, "fsync"),
    (os, "link"),
    (shutil, "rmtree"),
)


# No file may have as many bytes as the regions.
CONFINED: Final = """
import resource, sys
from directory.cli import main

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
main(["mirror", *sys.argv[1:]])
"""


class KilledError(BaseException):
    """Stands for the end of the process."""


class Killer:
    """Allows a number of changes of the disk, and none after them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.count = 0
        self.most = most
        for owner, name in CHANGES:
            monkeypatch.setattr(owner, name, self._wrap(getattr(owner, name)))

    def _wrap(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: object, **named: object) -> object:
            self.count += 1
            if self.count > self.most:
                raise KilledError
            return change(*arguments, **named)

        return counted


@pytest.mark.parametrize("start", [None, 0])
def test_a_mirror_that_is_killed_anywhere_shows_the_old_or_the_new_and_goes_on_from_there(
    front: Front, published: Published, tmp_path: Path, start: int | None
) -> None:
    template, copy = tmp_path / "template", tmp_path / "copy"
    third = published.revisions[-1]
    before: dict[str, bytes] = {}
    if start is None:
        template.mkdir()
    else:
        front.latest = published.revisions[start]
        front.keep(template)
        before = shown(template)
    front.latest = third
    after = published.files(third)
    number = 0
    for number in range(1000):
        shutil.copytree(template, copy, symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            killer = Killer(patch, number)
            try:
                front.keep(copy)
            except KilledError:
                pass
            else:
                break
        assert killer.count > number
        # Half of the tables from one revision and half from the other would be neither.
        assert shown(copy) in (before, after), number
        assert front.keep(copy).revision == third
        assert shown(copy) == after, number
        assert not (copy / ".next").exists()
        shutil.rmtree(copy)
    assert number > 20


@pytest.mark.parametrize("name", ["manifest.json.minisig", "departments.ndjson.zst", "tombstones.ndjson.zst"])
def test_a_process_that_is_killed_leaves_a_copy_that_goes_on(
    front: Front, published: Published, tmp_path: Path, name: str
) -> None:
    copy = tmp_path / "copy"
    command = [sys.executable, "-m", "directory", "mirror", front.address, str(copy)]

    def kill(path: str, body: bytes) -> bytes:
        if path.endswith(f"/{name}"):
            process.kill()
        return body

    front.spoil = kill
    with subprocess.Popen(command, cwd=ROOT, env=environ_of_user(), stderr=subprocess.DEVNULL) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert not (copy / "current").exists()
    front.spoil = None
    asked = front.names()
    assert front.keep(copy).revision == published.revisions[-1]
    assert shown(copy) == published.files(published.revisions[-1])
    # Complete files were not downloaded again.
    assert not {one for one in asked if one.endswith(".zst") and one != name} & set(front.names())


def test_a_reader_of_what_is_said_that_leaves_does_not_stop_the_copy(
    front: Front, published: Published, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    command = [sys.executable, "-m", "directory", "mirror", front.address, str(copy)]
    reading, writing = os.pipe()
    # As after `| head -1`: every message is written to a closed pipe.
    os.close(reading)
    ended = subprocess.run(
        command, cwd=ROOT, env=environ_of_user(), check=False, stdout=writing, stderr=writing, timeout=60
    )
    os.close(writing)
    assert ended.returncode == 0
    assert shown(copy) == published.files(published.revisions[-1])


@pytest.mark.parametrize("start", [None, 0])
def test_a_disk_that_becomes_full_leaves_the_copy_as_it_was(
    front: Front, published: Published, tmp_path: Path, start: int | None
) -> None:
    copy = tmp_path / "copy"
    before: dict[str, bytes] = {}
    if start is not None:
        front.latest = published.revisions[start]
        front.keep(copy)
        before = shown(copy)
        # So that more than a link is needed.
        (copy / "current" / "regions.ndjson").write_bytes(b"")
        before["regions.ndjson"] = b""
    front.latest = published.revisions[-1]
    ended = subprocess.run(
        [sys.executable, "-c", CONFINED, front.address, str(copy)],
        cwd=ROOT, env=environ_of_user(), check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, "the copy is unchanged" in ended.stderr, "File too large" in ended.stderr) == (
        1,
        True,
        True,
    )
    assert shown(copy) == before
    front.keep(copy)
    assert shown(copy) == published.files(published.revisions[-1])


def test_a_download_that_broke_off_goes_on_where_it_was(
    front: Front, published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "_PAUSE_SECONDS", 0)
    copy = tmp_path / "copy"
    name = "regions.ndjson.zst"
    size = (published.storage / str(published.revisions[-1]) / name).stat().st_size
    third = size // 3
    unbroken = front.keep(tmp_path / "unbroken").bytes
    front.asked.clear()

    def cut(path: str, body: bytes) -> bytes:
        return body[:third] if path.endswith(f"/{name}") else body

    front.spoil = cut
    assert front.keep(copy).bytes == unbroken
    ranges = [(asked, status) for path, asked, status in front.asked if path.endswith(f"/{name}")]
    assert ranges[:3] == [("", 200), (f"bytes={third}-", 206), (f"bytes={2 * third}-", 206)]
    assert shown(copy) == published.files(published.revisions[-1])


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(front: Front, published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    name = "regions.ndjson.zst"
    is_cut = True

    def cut(path: str, body: bytes) -> bytes:
        nonlocal is_cut
        if not path.endswith(f"/{name}"):
            return body
        kept, is_cut = (body[:1000] if is_cut else b""), False
        return kept

    front.spoil = cut
    with pytest.raises(TransferError, match=r"broke off after"):
        front.keep(copy)
    front.spoil = None
    front.asked.clear()
    assert front.keep(copy).revision == published.revisions[-1]
    assert [(asked, status) for path, asked, status in front.asked if path.endswith(f"/{name}")] == [
        ("bytes=1000-", 206)
    ]
    assert shown(copy) == published.files(published.revisions[-1])


def test_what_was_begun_is_finished_though_there_is_a_newer_one_by_now(
    front: Front, published: Published, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    first, _, third = published.revisions

    def nothing_more(path: str, body: bytes) -> bytes:
        return b"" if path.endswith("/tombstones.ndjson.zst") else body

    front.latest, front.spoil = first, nothing_more
    with pytest.raises(TransferError):
        front.keep(copy)
    front.latest, front.spoil = third, None
    front.asked.clear()
    report = front.keep(copy)
    assert (report.before, report.revision) == (None, third)
    assert front.names() == [
        "tombstones.ndjson.zst", str(third), "manifest.json.minisig", f"delta-from-{first}.ndjson.zst",
        f"followers-from-{first}.ndjson.zst",
    ]  # fmt: skip
    assert shown(copy) == published.files(third)


def test_an_interrupted_revision_is_discarded_if_the_registry_no_longer_has_it(
    front: Front, published: Published, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    first, _, third = published.revisions

    def nothing_more(path: str, body: bytes) -> bytes:
        return b"" if path.endswith("/tombstones.ndjson.zst") else body

    front.latest, front.spoil = first, nothing_more
    with pytest.raises(TransferError):
        front.keep(copy)
    front.latest, front.spoil = third, None
    (gone,) = {path for path, *_ in front.asked if path.endswith("/tombstones.ndjson.zst")}
    front.moved[gone] = f"{front.address}/v1/snapshots/1/none"
    assert front.keep(copy).files.downloaded == 8
    assert shown(copy) == published.files(third)
