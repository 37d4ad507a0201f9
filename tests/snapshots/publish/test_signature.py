import base64
import io
import shutil
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from directory.snapshots.publish.signature import PublicKey, SignatureError, SigningKey

CONTENT = "内容\n".encode() * 1000
COMMENT = "revision:7\tfile:manifest.json"
minisign = pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed (.ci/packages)")


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """Return a file with its signature and its public key next to it."""
    key = SigningKey.load_or_create(tmp_path / "signing.key")
    path = tmp_path / "manifest.json"
    path.write_bytes(CONTENT)
    (tmp_path / "manifest.json.minisig").write_text(key.sign(io.BytesIO(CONTENT), COMMENT))
    (tmp_path / "minisign.pub").write_text(key.public.file_text)
    return path


@minisign
def test_minisign_verifies_what_is_signed_here_by_file_and_by_line(signed: Path) -> None:
    line = PublicKey.parse((signed.parent / "minisign.pub").read_text()).base64
    for key in (("-p", "minisign.pub"), ("-P", line)):
        told = subprocess.run(
            ["minisign", "-V", *key, "-m", signed.name], cwd=signed.parent, check=True, capture_output=True, text=True
        ).stdout
        assert f"Trusted comment: {COMMENT}" in told
    signed.write_bytes(CONTENT + b"\n")
    assert subprocess.run(["minisign", "-V", "-p", "minisign.pub", "-m", signed.name], cwd=signed.parent).returncode  # noqa: PLW1510


@minisign
def test_minisign_signs_with_our_key_and_we_verify_it(signed: Path) -> None:
    subprocess.run(
        ["minisign", "-S", "-s", "signing.key", "-m", signed.name, "-t", "by hand"],
        cwd=signed.parent,
        check=True,
        capture_output=True,
    )
    key = SigningKey.load_or_create(signed.parent / "signing.key").public
    with signed.open("rb") as file:
        assert key.verify(file, signed.with_name("manifest.json.minisig").read_text()) == "by hand"


@minisign
def test_a_key_that_minisign_made_without_a_password_is_taken(tmp_path: Path) -> None:
    subprocess.run(
        ["minisign", "-G", "-W", "-s", "own.key", "-p", "own.pub"], cwd=tmp_path, check=True, capture_output=True
    )
    key = SigningKey.load_or_create(tmp_path / "own.key")
    assert key.public == PublicKey.parse((tmp_path / "own.pub").read_text())
    assert key.public.name in (tmp_path / "own.pub").read_text()


def test_the_name_of_a_key_has_no_leading_zeros_as_minisign_prints_it() -> None:
    assert PublicKey(bytes.fromhex("12b159696e3f7708"), bytes(32)).name == "8773F6E6959B112"


def test_the_same_file_has_the_same_signature(signed: Path) -> None:
    key = SigningKey.load_or_create(signed.parent / "signing.key")
    assert key.sign(io.BytesIO(CONTENT), COMMENT) == signed.with_name("manifest.json.minisig").read_text()


def test_the_secret_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "signing.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: SigningKey.load_or_create(path), range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["signing.key"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: [*lines[:2], lines[2] + " and more", lines[3]], "does not match the content"),
        (lambda lines: [lines[0], lines[3], lines[2], lines[1]], "not from the key"),
        (lambda lines: lines[:3], "not a minisign signature"),
        (lambda lines: [lines[0], "no base64!", *lines[2:]], "not a minisign signature"),
    ],
)
def test_a_signature_that_was_changed_is_refused(
    signed: Path, change: Callable[[list[str]], list[str]], words: str
) -> None:
    lines = change(signed.with_name("manifest.json.minisig").read_text().splitlines())
    key = SigningKey.load_or_create(signed.parent / "signing.key").public
    with pytest.raises(SignatureError, match=words):
        key.verify(io.BytesIO(CONTENT), "\n".join(lines))


def test_the_signature_of_another_key_or_another_file_is_refused(signed: Path) -> None:
    signature = signed.with_name("manifest.json.minisig").read_text()
    with pytest.raises(SignatureError, match="not from the key"):
        SigningKey.generate().public.verify(io.BytesIO(CONTENT), signature)
    with pytest.raises(SignatureError, match="does not match the content"):
        SigningKey.load_or_create(signed.parent / "signing.key").public.verify(io.BytesIO(CONTENT[1:]), signature)


@pytest.mark.parametrize("text", ["", "untrusted comment: nothing\n", "RWQ=", "no base64!"])
def test_what_is_no_key_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(SignatureError, match="not a minisign public key"):
        PublicKey.parse(text)
    (tmp_path / "signing.key").write_text(text or "\n")
    with pytest.raises(SignatureError, match=r"signing\.key: not a minisign secret key"):
        SigningKey.load_or_create(tmp_path / "signing.key")


@pytest.mark.parametrize("place", [64, 100, 130])
def test_a_damaged_secret_key_is_detected_by_its_public_half_or_its_checksum(signed: Path, place: int) -> None:
    path = signed.parent / "signing.key"
    comment, line = path.read_text().splitlines()
    raw = bytearray(base64.b64decode(line))
    raw[place] ^= 1
    path.write_text(f"{comment}\n{base64.b64encode(raw).decode()}\n")
    with pytest.raises(SignatureError, match="the secret key is damaged"):
        SigningKey.load_or_create(path)
