"""A copy follows its registry, and `current` has nothing that the registry has not signed."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from directory.fetching.network import MissingError
from directory.mirror.local_copy import CopyError, SignedManifest
from directory.mirror.sync import RefusedError
from directory.mirror.table_builder import select_extra_files
from directory.mirror.transfer import fetch
from directory.snapshots.fetch.http_client import HttpClient
from directory.snapshots.publish.manifest import ManifestEntry
from directory.snapshots.publish.signature import SigningKey
from tests.mirror.conftest import Published
from tests.mirror.fronts import Front, revisions, shown
from tests.snapshots.building import KEY

PARTS = (
    "observations-2025.parquet",
    "observations-2025.csv.gz",
    "observations-2025.ndjson.zst",
    "observations-2026-01.parquet",
)
OTHER = SigningKey(b"87654321", bytes(32))


def test_the_first_time_all_tables_are_downloaded_and_no_more(
    front: Front, published: Published, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    report = front.keep(copy)
    assert shown(copy) == published.files(published.revisions[-1])
    assert (report.revision, report.before, report.is_new) == (published.revisions[-1], None, True)
    assert (report.files.downloaded, report.files.replayed, report.records) == (8, 0, sum_of_lines(copy))
    # Counts first, which accounts are composed with.
    tables = sorted((f"{name}.zst" for name in shown(copy)), key=lambda name: (not name.startswith("followers"), name))
    assert front.names() == [str(report.revision), "manifest.json.minisig", *tables]
    assert not list(copy.rglob("*.part")) + list(copy.rglob(".parts"))


def sum_of_lines(copy: Path) -> int:
    """Return the number of records in a copy."""
    return sum(text.count(b"\n") for text in shown(copy).values())


def test_later_only_the_changes_are_downloaded(front: Front, published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    first, second, third = published.revisions
    for latest, before in ((first, None), (second, first), (third, second)):
        front.latest = latest
        report = front.keep(copy)
        assert (report.revision, report.before) == (latest, before)
        assert shown(copy) == published.files(latest)
        assert (copy / "current" / "manifest.json").read_bytes() == (
            published.storage / str(latest) / "manifest.json"
        ).read_bytes()
    assert front.names()[-3:] == [str(third), "manifest.json.minisig", f"delta-from-{second}.ndjson.zst"]
    assert (report.files.downloaded, report.files.replayed + report.files.reused) == (0, 8)
    assert report.files.changes == (published.storage / str(third) / f"delta-from-{second}.ndjson").read_bytes().count(
        b"\n"
    )
    # Readers of the previous revision have it until the next one arrives.
    assert revisions(copy) == {second, third}


def test_a_snapshot_that_was_missed_does_not_matter(front: Front, published: Published, tmp_path: Path) -> None:
    first, _, third = published.revisions
    front.latest = first
    front.keep(tmp_path / "copy")
    front.latest = third
    assert front.keep(tmp_path / "copy").files.downloaded == 0
    assert shown(tmp_path / "copy") == published.files(third)


def test_a_delta_is_what_the_change_feed_gives(front: Front, published: Published) -> None:
    first, _, third = published.revisions
    with HttpClient() as client:
        feed = fetch(f"{front.address}/v1/changes.ndjson?since={first}&until={third}", 2**20, client)
    assert feed is not None
    assert (published.storage / str(third) / f"delta-from-{first}.ndjson").read_bytes() == feed[0]


def test_nothing_new_takes_one_request_without_a_body(front: Front, tmp_path: Path) -> None:
    front.keep(tmp_path / "copy")
    front.asked.clear()
    report = front.keep(tmp_path / "copy")
    assert (report.is_new, report.bytes) == (False, 0)
    assert [status for _, _, status in front.asked] == [304]


def test_a_delta_that_is_missing_or_wrong_leads_to_the_whole_tables(
    front: Front, published: Published, tmp_path: Path
) -> None:
    first, _, third = published.revisions

    def without_delta(path: str, body: bytes) -> bytes:
        # The right length with other content.
        return bytes(len(body)) if "/delta-from-" in path else body

    front.latest = first
    front.keep(tmp_path / "copy")
    front.latest, front.spoil = third, without_delta
    report = front.keep(tmp_path / "copy")
    assert report.files.replayed == 0 < report.files.downloaded
    assert shown(tmp_path / "copy") == published.files(third)


def test_a_table_that_was_damaged_here_is_downloaded_and_the_others_are_not(
    front: Front, published: Published, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    _, second, third = published.revisions
    front.latest = second
    front.keep(copy)
    accounts = copy / "current" / "accounts.ndjson"
    accounts.write_bytes(accounts.read_bytes().replace(b"one", b"two"))
    (copy / "current" / "regions.ndjson").write_bytes(b"no JSON\n")
    front.latest = third
    assert front.keep(copy).files.downloaded == 2
    assert shown(copy) == published.files(third)


def test_an_older_revision_is_refused_unless_it_is_allowed(front: Front, published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    first, _, third = published.revisions
    front.keep(copy)
    front.latest = first
    with pytest.raises(RefusedError, match=rf"of revision {first}, but the copy is at {third}.*--allow-older"):
        front.keep(copy)
    assert shown(copy) == published.files(third)
    assert front.keep(copy, allow_older=True).revision == first
    assert shown(copy) == published.files(first)


def test_a_registry_whose_files_are_in_a_bucket_is_mirrored(front: Front, published: Published, tmp_path: Path) -> None:
    front.stores_elsewhere = True
    for latest in published.revisions[1:]:
        front.latest = latest
        front.keep(tmp_path / "copy")
        assert shown(tmp_path / "copy") == published.files(latest)


def test_the_key_of_the_first_time_is_trusted_and_no_other_one_later(
    front: Front, published: Published, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    front.latest = published.revisions[0]
    assert front.keep(copy).is_first_use
    assert (copy / "minisign.pub").read_text("utf-8") == KEY.public.file_text
    assert not front.keep(copy).is_first_use
    # As if the registry had changed its key since.
    (copy / "minisign.pub").write_text(OTHER.public.file_text, "utf-8")
    front.latest = published.revisions[1]
    with pytest.raises(RefusedError, match=f"not from the key {OTHER.public.name}.*--key"):
        front.keep(copy)
    assert shown(copy) == published.files(published.revisions[0])
    assert front.keep(copy, key=KEY.public).revision == published.revisions[1]
    assert (copy / "minisign.pub").read_text("utf-8") == KEY.public.file_text


def test_a_key_that_signed_nothing_is_not_trusted_later_either(front: Front, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with pytest.raises(RefusedError):
        front.keep(copy, key=OTHER.public)
    assert not (copy / "minisign.pub").exists()
    assert not (copy / "current").exists()


def test_a_manifest_that_was_altered_is_refused(front: Front, tmp_path: Path) -> None:
    def altered(path: str, body: bytes) -> bytes:
        return (
            body.replace(b'"rows": 3', b'"rows": 4') if "/latest" in path or path.endswith(str(front.latest)) else body
        )

    front.spoil = altered
    with pytest.raises(RefusedError, match="does not match the content"):
        front.keep(tmp_path / "copy")
    assert not (tmp_path / "copy" / "current").exists()


def test_additional_files_are_downloaded_whole_if_requested(front: Front, published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    front.keep(copy)
    assert front.keep(copy, also=("csv", "json.gz")).is_new
    folder = published.storage / str(published.revisions[-1])
    for name in ("accounts.csv", "tombstones.csv", "regions.json.gz", "datapackage.json"):
        assert (copy / "current" / name).read_bytes() == (folder / name).read_bytes()
    assert not front.keep(copy, also=("csv",)).is_new
    with pytest.raises(CopyError, match=r"no files that end with \.xlsx"):
        front.keep(copy, also=("xlsx",))


def test_additional_files_are_those_of_observations_too() -> None:
    names = ("accounts.ndjson", "accounts.csv", "accounts.parquet", "datapackage.json", *PARTS)
    files = {name: ManifestEntry(name, 1, "0" * 64, 1) for name in names}
    manifest = SignedManifest(1, "1", files, b"", "")
    assert [entry.name for entry in manifest.tables] == ["accounts.ndjson"]
    selected = {
        suffix: {entry.name for entry in select_extra_files(manifest, [suffix])}
        for suffix in ("parquet", "csv", "ndjson.zst")
    }
    assert selected == {
        "parquet": {"accounts.parquet", "observations-2025.parquet", "observations-2026-01.parquet"},
        "csv": {"accounts.csv", "datapackage.json", "observations-2025.csv.gz"},
        "ndjson.zst": {"observations-2025.ndjson.zst"},
    }


@pytest.mark.parametrize("is_behind", [False, True])
def test_a_registry_that_lost_the_revision_of_the_copy_is_refused_unless_it_is_allowed(
    front: Front, published: Published, tmp_path: Path, *, is_behind: bool
) -> None:
    copy = tmp_path / "copy"
    _, second, third = published.revisions
    front.latest = second if is_behind else third
    front.keep(copy)
    folder = copy / "current"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert re.fullmatch("[0-9a-f]{12}", manifest["mark"])
    # As if the copy had been made before a restore: a revision with the same number and another mark.
    signed = json.dumps(manifest | {"mark": "0123456789ab"}).encode()
    (folder / "manifest.json").write_bytes(signed)
    with (folder / "manifest.json").open("rb") as file:
        (folder / "manifest.json.minisig").write_text(KEY.sign(file, "before"))
    (copy / ".tag").unlink(missing_ok=True)
    front.latest = third
    current = (second if is_behind else third, "0123456789ab")
    with pytest.raises(RefusedError, match=rf"revision {current[0]}-{current[1]}.*not in the registry.*--allow-older"):
        front.keep(copy)
    assert (copy / "current/manifest.json").read_bytes() == signed
    assert front.keep(copy, allow_older=True).revision == third
    assert shown(copy) == published.files(third)
    assert not front.keep(copy).is_new


def test_two_mirrors_do_not_work_on_one_folder(front: Front, published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    refused: list[CopyError] = []

    def meddle(_: str, body: bytes) -> bytes:
        front.spoil = None
        with pytest.raises(CopyError, match="another mirror is using") as caught:
            front.keep(copy)
        refused.append(caught.value)
        return body

    front.spoil = meddle
    front.keep(copy)
    assert len(refused) == 1
    assert shown(copy) == published.files(published.revisions[-1])


def test_a_folder_with_something_else_in_it_is_left_alone(front: Front, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "current").write_text("of value", "utf-8")
    with pytest.raises(CopyError, match="not from a mirror"):
        front.keep(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["current"]


def test_a_disk_without_room_is_said_before_anything_comes(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(CopyError, match="the disk has 1,000 left"):
        front.keep(tmp_path / "copy")
    assert len(front.names()) == 2


def test_a_file_system_without_links_gets_files_that_name_the_folder(
    front: Front, published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr("os.link", refuse)
    copy = tmp_path / "copy"
    for latest in published.revisions:
        front.latest = latest
        front.keep(copy)
        folder = copy / (copy / "current").read_text("utf-8")
        assert {path.name: path.read_bytes() for path in folder.glob("*.ndjson")} == published.files(latest)
    assert revisions(copy) == set(published.revisions[1:])


def test_a_registry_without_a_snapshot_has_nothing_to_mirror(front: Front, tmp_path: Path) -> None:
    front.latest = 10**6
    with pytest.raises(MissingError, match="404"):
        front.keep(tmp_path / "copy")


def test_the_same_revision_signed_again_replaces_the_copy(front: Front, published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    front.keep(copy)
    known = json.loads((copy / "current/manifest.json").read_bytes())
    name = f"/v1/snapshots/{published.revisions[-1]}"
    manifest = json.dumps(known | {"title": "Another"}).encode()
    (tmp_path / "manifest.json").write_bytes(manifest)
    with (tmp_path / "manifest.json").open("rb") as file:
        signature = KEY.sign(file, "again").encode()
    told = {name: manifest, f"{name}-{known['mark']}/manifest.json.minisig": signature}
    front.instead = told
    before = (copy / "current").resolve()
    report = front.keep(copy)
    assert (report.is_new, report.files.reused) == (True, 8)
    assert (copy / "current").resolve().name == f"{before.name}-{hashlib.sha256(manifest).hexdigest()[:8]}"
    assert before.is_dir()
    assert not front.keep(copy).is_new
