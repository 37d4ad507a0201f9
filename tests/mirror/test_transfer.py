"""Downloads are complete, resumed, limited in size and time, and only from allowed hosts."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from directory.fetching import network
from directory.fetching.network import MismatchError, MissingError, TooSlowError, TransferError
from directory.mirror import transfer
from directory.mirror.transfer import download, fetch
from directory.snapshots.fetch.http_client import HttpClient

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ETAG = f'"{SHA256}"'

Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Server:
    """Sends prepared responses in order, the last one repeatedly, and records the requests."""

    answers: list[Answer]
    address: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(*answers: Answer) -> Iterator[Server]:
    """Serve these responses while the block runs."""
    server = Server(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.headers.append(dict(self.headers))
            status, headers, body = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value.format(port=listener.server_port))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        server.address = f"http://127.0.0.1:{listener.server_port}/file"
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def bring(server: Server, path: Path) -> int:
    """Download the file and return the number of bytes received."""
    with HttpClient() as client:
        download(server.address, path, len(CONTENT), SHA256, client)
        assert path.read_bytes() == CONTENT
        assert not path.with_name("file.part").exists()
        return client.bytes


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_PAUSE_SECONDS", 0)


def test_a_part_is_continued_by_its_range_if_the_file_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:4000])
    total = len(CONTENT)
    with serving((206, {"Content-Range": f"bytes 4000-{total - 1}/{total}"}, CONTENT[4000:])) as server:
        assert bring(server, tmp_path / "file") == total - 4000
        (asked,) = server.headers
    assert (asked["Range"], asked["If-Range"], asked["Accept-Encoding"]) == ("bytes=4000-", ETAG, "identity")


def test_a_server_that_gives_all_of_it_instead_is_taken_at_its_word(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"something else")
    with serving((200, {}, CONTENT)) as server:
        assert bring(server, tmp_path / "file") == len(CONTENT)


def test_a_complete_part_is_not_requested_again(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT)
    with serving((404, {}, b"")) as server:
        assert bring(server, tmp_path / "file") == 0
        assert not server.headers


@pytest.mark.parametrize("kept", [bytes(4000), bytes(len(CONTENT)), bytes(len(CONTENT) + 1)])
def test_a_damaged_part_is_downloaded_again(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "file.part").write_bytes(kept)
    total = len(CONTENT)
    answers: list[Answer] = [(200, {}, CONTENT)]
    if len(kept) < total:
        answers.insert(0, (206, {"Content-Range": f"bytes 4000-{total - 1}/{total}"}, CONTENT[4000:]))
    with serving(*answers) as server:
        bring(server, tmp_path / "file")


def test_other_bytes_than_the_manifest_says_are_not_taken(tmp_path: Path) -> None:
    with (
        serving((200, {}, bytes(len(CONTENT)))) as server,
        pytest.raises(MismatchError, match="does not have the SHA-256"),
    ):
        bring(server, tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_more_bytes_than_the_manifest_says_are_not_taken(tmp_path: Path) -> None:
    with serving((200, {}, CONTENT + b"!")) as server, pytest.raises(MismatchError, match="more than the 10,240"):
        bring(server, tmp_path / "file")


def test_another_range_than_the_requested_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:10])
    answer = (206, {"Content-Range": "bytes 0-9/10240"}, CONTENT[:10])
    with (
        serving(answer) as server,
        pytest.raises(MismatchError, match="another range than the requested one from byte 10"),
    ):
        bring(server, tmp_path / "file")


def test_a_download_that_breaks_off_again_and_again_fails(tmp_path: Path) -> None:
    total = str(len(CONTENT))
    with serving((200, {"Content-Length": total}, CONTENT[:100])) as server:
        with pytest.raises(TransferError, match="broke off after 100 bytes"):
            bring(server, tmp_path / "file")
        # The second attempt made no progress.
        assert len(server.headers) == 2
    assert (tmp_path / "file.part").stat().st_size == 100


def test_a_server_that_sends_too_slowly_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "BUDGET_SECONDS", 0.0)
    with serving((200, {}, CONTENT)) as server, pytest.raises(TransferError, match="too slow"):
        bring(server, tmp_path / "file")


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "BUDGET_SECONDS", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        HttpClient() as client,
        pytest.raises(TooSlowError, match="silent for"),
    ):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/file", 100, client)


def test_nothing_listens(client: HttpClient, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="refused"):
        download("http://127.0.0.1:9/file", tmp_path / "file", 1, SHA256, client)


def test_only_http_and_https_urls_are_accepted(client: HttpClient) -> None:
    with pytest.raises(TransferError, match="not an http or https URL"):
        fetch("file:///etc/hostname", 100, client)


def test_a_small_response_has_a_maximum_size(client: HttpClient) -> None:
    with serving((200, {}, CONTENT)) as server:
        assert fetch(server.address, len(CONTENT), client) == (CONTENT, None)
        with pytest.raises(MismatchError, match="more than the allowed 100 bytes"):
            fetch(server.address, 100, client)


def test_what_is_still_the_same_does_not_come(client: HttpClient) -> None:
    with serving((304, {"ETag": ETAG}, b"")) as server:
        assert fetch(server.address, 100, client, etag=ETAG) is None
        assert server.headers[0]["If-None-Match"] == ETAG


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_file_is_another_error_than_a_failed_transfer(client: HttpClient, status: int) -> None:
    with serving((status, {}, b"")) as server, pytest.raises(MissingError, match=str(status)):
        fetch(server.address, 100, client)
    with serving((503, {}, b"")) as server, pytest.raises(TransferError, match="503") as caught:
        fetch(server.address, 100, client)
    assert not isinstance(caught.value, MissingError)


def test_a_redirect_on_the_same_host_is_followed(client: HttpClient) -> None:
    with serving((302, {"Location": "/there"}, b""), (200, {}, b"here")) as server:
        assert fetch(server.address, 100, client) == (b"here", None)


def test_a_file_may_be_in_a_storage_elsewhere_which_has_tags_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:4000])
    total = len(CONTENT)
    part = {"Content-Range": f"bytes 4000-{total - 1}/{total}"}
    elsewhere = {"Location": "http://localhost:{port}/bucket/file?signed=yes"}
    with serving((302, elsewhere, b""), (206, part, CONTENT[4000:])) as server:
        bring(server, tmp_path / "file")
        first, second = server.headers
    assert (first["If-Range"], "If-Range" in second, second["Range"]) == (ETAG, False, "bytes=4000-")


def test_what_nothing_proves_may_not_be_elsewhere(client: HttpClient) -> None:
    with serving((302, {"Location": "http://localhost:{port}/"}, b""), (200, {}, b"here")) as server:
        with pytest.raises(TransferError, match="redirects to http://localhost"):
            fetch(server.address, 100, client)
        assert len(server.headers) == 1


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/file", "data:text/plain,hello"])
def test_no_redirect_leads_out_of_the_web(tmp_path: Path, target: str) -> None:
    with serving((302, {"Location": target}, b"")) as server, pytest.raises(TransferError, match=r"not an http|302"):
        bring(server, tmp_path / "file")


def test_redirects_come_to_an_end(tmp_path: Path) -> None:
    with serving((302, {"Location": "/again"}, b"")) as server:
        with pytest.raises(TransferError, match="redirects more than 3 times"):
            bring(server, tmp_path / "file")
        assert len(server.headers) < 10
