import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.worker.server import BODY_BYTES, FILE_BYTES, GRACE_SECONDS, Body, get, running


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a real granian with the small application of tests/worker/server.py."""
    with running(tmp_path_factory.mktemp("worker")) as port:
        yield port


def _echo(port: int, path: str, method: str = "GET", body: Body = None, **headers: str) -> dict[str, Any]:
    response, text = get(port, path, method, body, {key.replace("_", "-"): value for key, value in headers.items()})
    assert response.status == 200
    return dict(json.loads(text))


def _raw(port: int, request: bytes) -> bytes:
    """Return all that the server answers to bytes that may be no HTTP, until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                answer += piece
        return answer


def test_a_request_reaches_the_application_whole(port: int) -> None:
    told = _echo(port, "/a%20b/%E5%90%8D?q=%E5%BD%95&x=1", "POST", b"\xff\x00body", Content_Type="x/y", X_Own="1")
    environ = told["environ"]
    assert told["path"] == "a b/名"
    assert told["body"] == "\xff\x00body"
    assert environ["QUERY_STRING"] == "q=%E5%BD%95&x=1"
    assert environ["PATH_INFO"] == "/a b/名".encode().decode("latin-1")
    assert environ["CONTENT_TYPE"] == "x/y"
    assert environ["CONTENT_LENGTH"] == "6"
    assert environ["HTTP_X_OWN"] == "1"
    assert environ["HTTP_HOST"] == f"127.0.0.1:{port}"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", str(port))
    assert (environ["REMOTE_ADDR"], environ["SERVER_PROTOCOL"]) == ("127.0.0.1", "HTTP/1.1")
    assert "HTTP_CONTENT_TYPE" not in environ


def test_repeated_headers_are_joined_and_underscores_do_not_pass_for_hyphens(port: int) -> None:
    request = (
        b"GET /x HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\nX_B: 3\r\n"
        b"Connection: close\r\n\r\n"
    )
    answer = _raw(port, request)
    assert b'"HTTP_X_A":"1,2"' in answer
    assert b'"HTTP_COOKIE":"a=1; b=2"' in answer
    assert b"HTTP_X_B" not in answer


def test_a_body_without_a_length_is_read(port: int) -> None:
    told = _echo(port, "/x", "POST", iter([b"abc", b"def"]))
    assert told["body"] == "abcdef"
    assert told["environ"]["CONTENT_LENGTH"] == "6"


def test_no_more_of_a_body_is_read_than_a_little_over_what_is_taken(port: int) -> None:
    declared = _echo(port, "/x", "POST", b"x" * (BODY_BYTES + 1))
    assert (declared["body"], declared["environ"]["CONTENT_LENGTH"]) == ("", str(BODY_BYTES + 1))
    told = _echo(port, "/x", "POST", iter([b"x" * 600] * 3))
    assert BODY_BYTES < int(told["environ"]["CONTENT_LENGTH"]) <= 1800


def test_head_has_the_headers_of_get_and_no_body(port: int) -> None:
    for path in ("/", "/file"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("HEAD", path)
            head = connection.getresponse()
            assert head.read() == b""
            # The next answer on the same connection stands where it should.
            connection.request("GET", "/released")
            assert connection.getresponse().read().isdigit()
        assert int(head.headers["Content-Length"]) > 0


def test_one_connection_serves_many_requests(port: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        for number in range(50):
            connection.request("GET", f"/{number}")
            assert connection.getresponse().read()


def test_a_failure_outside_the_application_is_a_problem_without_its_words(port: int) -> None:
    response, text = get(port, "/fail")
    assert (response.status, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in text


@pytest.mark.parametrize(
    ("path", "info"),
    [
        ("/%ff", "/\xff"),
        ("/a%C3", "/a\xff"),
        ("/%00", "/\x00"),
        ("//x", "//x"),
        ("/a//b", "/a//b"),
        ("/%zz", "/%zz"),
        ("/a%2Fb", "/a/b"),
        ("/..%2f..", "/../.."),
        ("/" + "x" * 20_000, "/" + "x" * 20_000),
    ],
)
def test_strange_paths_reach_the_application(port: int, path: str, info: str) -> None:
    response, text = get(port, path)
    assert response.status in {200, 404}
    if response.status == 200:
        assert json.loads(text)["environ"]["PATH_INFO"] == info


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500,
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-Y: z\r\n" * 10_000 + b"\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\r\n\x00\x00\x00",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbody\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_the_next_request_is_served(port: int, request_bytes: bytes) -> None:
    answer = _raw(port, request_bytes)
    assert not answer or answer.startswith(b"HTTP/1.")
    assert get(port, "/")[0].status == 200


def test_a_file_is_sent_whole_by_the_server_and_then_released(port: int) -> None:
    before = int(get(port, "/released")[1])
    response, body = get(port, "/file")
    assert (response.status, response.headers["X-Kind"], len(body)) == (200, "file", FILE_BYTES)
    end = time.monotonic() + 20
    while int(get(port, "/released")[1]) == before and time.monotonic() < end:
        time.sleep(0.3)
    assert int(get(port, "/released")[1]) > before


def test_a_file_that_is_still_being_read_is_not_released(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reader:
        reader.sendall(b"GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert reader.recv(1000).startswith(b"HTTP/1.1 200")
        time.sleep(6 * GRACE_SECONDS)
        during = int(get(port, "/released")[1])
        size = len(b"".join(iter(lambda: reader.recv(1_000_000), b"")))
        assert size > FILE_BYTES - 2000
    end = time.monotonic() + 20
    while int(get(port, "/released")[1]) == during and time.monotonic() < end:
        time.sleep(0.3)
    assert int(get(port, "/released")[1]) > during


def test_a_file_that_falls_short_breaks_the_transfer_visibly(port: int) -> None:
    get(port, "/file", "HEAD")
    with pytest.raises(http.client.IncompleteRead):
        get(port, "/short-file")


def test_slow_readers_of_files_hold_nobody_up(port: int) -> None:
    readers = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    try:
        for reader in readers:
            reader.sendall(b"GET /file HTTP/1.1\r\nHost: a\r\n\r\n")
            reader.recv(1000)
        begun = time.monotonic()
        for _ in range(20):
            assert get(port, "/")[0].status == 200
        assert time.monotonic() - begun < 5
    finally:
        for reader in readers:
            reader.close()


def test_a_client_that_sends_its_body_slowly_holds_nobody_up(port: int) -> None:
    senders = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    try:
        for sender in senders:
            sender.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        assert get(port, "/")[0].status == 200
    finally:
        for sender in senders:
            sender.close()


def test_requests_are_worked_on_side_by_side(port: int) -> None:
    begun = time.monotonic()
    threads = [threading.Thread(target=get, args=(port, "/slow")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < 0.95
