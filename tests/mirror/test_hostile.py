"""A hostile registry causes nothing but an error with a message."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.cli import main
from directory.fetching import network
from directory.fetching.network import TooSlowError, TransferError
from directory.mirror.local_copy import SignedManifest
from directory.snapshots.fetch.http_client import HttpClient
from directory.snapshots.publish.manifest import ManifestError, UnverifiedManifest
from directory.snapshots.terminal import printable
from tests.mirror.hostile import LINE, Hostile, drip, entry, give, manifest, redirect, serving
from tests.snapshots.building import KEY

PLAIN = manifest(entry("accounts.ndjson"))
DEEP = b"[" * 100_000


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """Yield a hostile registry."""
    with serving() as made:
        yield made


def run(hostile: Hostile, copy: Path, *options: str) -> Result:
    """Run the command and check that it does not raise an unexpected exception."""
    result = CliRunner().invoke(main, ["mirror", hostile.address, str(copy), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert all(line.isprintable() for line in result.output.splitlines())
    return result


def test_a_registry_that_behaves_is_mirrored_on_one_connection(hostile: Hostile, tmp_path: Path) -> None:
    hostile.latest = manifest(*(entry(f"t{number}.ndjson") for number in range(100)))
    assert run(hostile, tmp_path / "copy").exit_code == 0
    assert (tmp_path / "copy/current/t99.ndjson").read_bytes() == LINE
    assert (len(hostile.paths), hostile.connections) == (102, 1)


@pytest.mark.parametrize(
    ("latest", "message"),
    [
        (manifest(entry("../outside.ndjson")), "not a valid file name"),
        (manifest(entry("/tmp/outside.ndjson")), "not a valid file name"),  # noqa: S108 - it is not written to
        (manifest(entry("a\0b.ndjson")), "not a valid file name"),
        (manifest(entry("a\ud800.ndjson")), "not a valid file name"),
        (manifest(entry("a\nb\x1b[31m.ndjson")), "not a valid file name"),
        (manifest(entry("a\u202eb.ndjson")), "not a valid file name"),
        (manifest(entry("a" * 300 + ".ndjson")), "not a valid file name"),
        (manifest(entry(".next")), "not a valid file name"),
        (manifest(entry("manifest.json")), "not a valid file name"),
        (manifest(entry("accounts.ndjson"), entry("Accounts.ndjson")), "a file twice"),
        (manifest(entry("accounts.ndjson", bytes=-5)), "no valid size"),
        (manifest(entry("accounts.ndjson", bytes=True)), "no valid size"),
        (manifest(entry("accounts.ndjson", bytes=10**18)), "no valid size"),
        (manifest(entry("accounts.ndjson", sha256="../../x")), "no valid size or SHA-256"),
        (manifest(entry("accounts.ndjson", rows="1")), "no valid number of rows"),
        (manifest([]), "not an object"),
        (manifest(entry("accounts.ndjson"), revision=True), "no revision"),
        (manifest(entry("accounts.ndjson"), revision=10**400), "no revision"),
        (manifest(entry("accounts.ndjson"), sources=[{"revision": 7}], revision="5"), "no valid revision"),
        (manifest(), "no files"),
        (manifest(entry("accounts.csv")), "0 tables"),
        (manifest(*(entry(f"t{number}.ndjson") for number in range(200))), "200 tables"),
        (manifest(*(entry(f"t{number}.csv") for number in range(10_001))), "10,001 files"),
        (manifest(entry("accounts.ndjson"), format_version="\x1b]0;title\x07\x1b[2J"), "of version"),
        (manifest(entry("accounts.ndjson"), public_key={"a": 1}), "--key"),
        (PLAIN[:-1] + b',"more":' + DEEP, "not JSON"),
        (PLAIN[:-1] + b',"more":' + b"9" * 5000 + b"}", "not JSON"),
        (PLAIN[:-1] + b',"revision":6}', "more than one revision"),
        (DEEP, "no revision"),
        (b"\xff\xfe\x00", "no revision"),
        (b"", "no revision"),
    ],
)
def test_a_manifest_that_is_signed_and_means_harm_is_refused(
    hostile: Hostile, tmp_path: Path, latest: bytes, message: str
) -> None:
    hostile.latest = latest
    result = run(hostile, tmp_path / "copy")
    assert (result.exit_code, message in result.stderr) == (3, True), result.stderr
    assert not (tmp_path / "copy/current").exists()
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {".lock", "minisign.pub"}


def test_a_manifest_is_parsed_only_after_its_signature_is_verified(hostile: Hostile, tmp_path: Path) -> None:
    hostile.latest = PLAIN[:-1] + b',"more":' + DEEP
    hostile.answers["manifest.json.minisig"] = lambda handler: give(handler, b"no signature")
    result = run(hostile, tmp_path / "copy", "--key", KEY.public.base64)
    assert (result.exit_code, "not a minisign signature" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    ("begins", "each"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Drip: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
)
def test_who_drips_is_cut_by_one_deadline_from_the_connection_on(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, begins: bytes, each: bytes
) -> None:
    monkeypatch.setattr(network, "BUDGET_SECONDS", 0.5)
    hostile.answers["latest"] = drip(begins, each)
    began = time.monotonic()
    with HttpClient() as client, pytest.raises(TooSlowError, match="too slow"):
        read(client, f"{hostile.address}/v1/snapshots/latest")
    # The response would have taken a minute.
    assert time.monotonic() - began < 30


def test_what_several_answers_take_comes_out_of_one_credit(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "BUDGET_SECONDS", 1.0)
    monkeypatch.setattr("directory.snapshots.fetch.http_client.RESPONSE_SECONDS", 0.0)

    def late(handler: object) -> None:
        time.sleep(0.3)
        give(handler, b"x")  # type: ignore[arg-type]

    hostile.answers["late"] = late
    with HttpClient() as client:
        assert read(client, f"{hostile.address}/late") == b"x"
        with pytest.raises(TooSlowError):
            _ = [read(client, f"{hostile.address}/late") for _ in range(20)]
    assert len(hostile.paths) < 10


def test_a_connection_that_was_closed_while_idle_is_replaced(hostile: Hostile) -> None:
    def close(handler: object) -> None:
        give(handler, b"x")  # type: ignore[arg-type]
        handler.close_connection = True  # type: ignore[attr-defined]

    hostile.answers["once"] = close
    with HttpClient() as client:
        assert [read(client, f"{hostile.address}/once") for _ in range(3)] == [b"x"] * 3


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///etc/passwd", "not an http or https URL"),
        ("gopher://127.0.0.1/", "not an http or https URL"),
        ("http://[::1", "not an http or https URL"),
        ("http://user:secret@127.0.0.1/", "without credentials"),
        ("http://localhost:9/", "not followed"),
        ("//\x1b[31m/", ""),
        ("/v1/snapshots/latest", "more than 3 times"),
        ("", "more than 3 times"),
    ],
)
def test_a_redirect_leads_nowhere_else(hostile: Hostile, tmp_path: Path, location: str, message: str) -> None:
    hostile.answers["latest"] = redirect(location)
    result = run(hostile, tmp_path / "copy")
    assert (result.exit_code, message in result.stderr) == (1, True), result.stderr


def test_a_public_registry_cannot_have_a_file_read_from_a_private_network(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {"registry.example": "198.41.0.4", "elsewhere.example": "192.5.5.241", "inside.example": "10.0.0.7"}
    connect = httpcore.SyncBackend.connect_tcp
    port = int(hostile.address.rpartition(":")[2])

    def resolve(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses.get(host, host), port))]

    def reach(self: httpcore.SyncBackend, host: str, *arguments: object) -> httpcore.NetworkStream:
        assert host != addresses["inside.example"]
        return connect(self, "127.0.0.1", *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", reach)
    hostile.answers = {
        "public": redirect(f"http://elsewhere.example:{port}/file"),
        "private": redirect(f"http://inside.example:{port}/file"),
    }
    with HttpClient() as client:
        assert read(client, f"http://registry.example:{port}/public") == LINE
        with pytest.raises(TransferError, match=r"inside\.example, which is in a private network"):
            read(client, f"http://registry.example:{port}/private")


def test_a_copy_is_not_replaced_by_less_than_half_of_it_in_silence(hostile: Hostile, tmp_path: Path) -> None:
    copy, many = tmp_path / "copy", LINE * 20_000
    hostile.latest, hostile.content = manifest(entry("accounts.ndjson", many)), many
    assert run(hostile, copy).exit_code == 0
    few = LINE * 9_000
    for files in ([entry("regions.ndjson", few)], [entry("accounts.ndjson", b"")], [entry("accounts.ndjson", few)]):
        hostile.latest, hostile.content = manifest(*files, revision=6), few
        result = run(hostile, copy)
        assert (result.exit_code, "--allow-smaller" in result.stderr) == (3, True)
        assert (copy / "current/accounts.ndjson").read_bytes() == many
    assert run(hostile, copy, "--allow-smaller").exit_code == 0
    assert (copy / "current/accounts.ndjson").read_bytes() == few


def test_verify_holds_the_same_bounds(hostile: Hostile) -> None:
    hostile.answers["minisign.pub"] = lambda handler: give(handler, KEY.public.file_text.encode())
    hostile.answers["manifest.json"] = lambda handler: give(handler, hostile.latest)
    for latest, message in (
        (manifest(entry("\x1b[31m")), "not a valid file name"),
        (PLAIN[:-1] + b',"more":' + DEEP, "not JSON"),
        (PLAIN, "cannot be compared"),
        (manifest(entry("datapackage.json")), "cannot be compared"),
        (manifest(entry("datapackage.json", DEEP)), "has 11 bytes instead of 100,000"),
    ):
        hostile.latest = latest
        result = CliRunner().invoke(main, ["snapshot", "verify", hostile.address])
        assert isinstance(result.exception, SystemExit)
        assert (result.exit_code, message in result.output) == (1, True), result.output


def read(client: HttpClient, address: str) -> bytes:
    """Return the content of a URL after redirects."""
    with client.stream(address, allow_other_hosts=True) as answer:
        return b"".join(answer.blocks)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["name", "bytes", "sha256", "rows"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(["format_version", "revision", "public_key", "files", "at"]), VALUES),
    st.dictionaries(KEYS, VALUES),
)
def test_any_manifest_is_read_or_refused(changed: dict[str, object], file: dict[str, object]) -> None:
    content = json.loads(PLAIN)
    content["files"][0] |= file
    text = json.dumps(content | changed).encode()
    names: list[str] = []
    message = ""
    try:
        UnverifiedManifest.scan(text)
        names += SignedManifest.parse(text, "").files
    except ManifestError as error:
        message = printable(str(error))
    assert message.isprintable()
    assert all(name.isascii() and name.isprintable() and "/" not in name for name in names)
    assert bool(message) != bool(names)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_refused(content: bytes) -> None:
    with pytest.raises(ManifestError):
        SignedManifest.parse(content, "")
