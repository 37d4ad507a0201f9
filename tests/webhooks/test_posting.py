"""The client of messages asks no private network, follows no redirect, uses no proxy, and waits a bounded time."""

import socket
import threading
from typing import Any

import pytest

from directory.fetching import posting
from directory.fetching.posting import Poster, parse_receiver
from directory.fetching.web import WebError
from tests.webhooks.conftest import Receiver


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://receiver.example/", "bad_url"),
        ("ftp://receiver.example/", "bad_url"),
        ("https://user:password@receiver.example/", "bad_url"),
        ("https://receiver.example/#part", "bad_url"),
        ("https://receiver.example:22/", "forbidden_port"),
        ("https://10.0.0.1/", "private_address"),
        ("https://127.1/", "private_address"),
        ("https://2130706433/", "private_address"),
        ("https://[::ffff:169.254.169.254]/", "private_address"),
        ("https://[::1]:8443/", "private_address"),
    ],
)
def test_a_url_that_gets_no_messages_is_refused(url: str, code: str) -> None:
    with pytest.raises(WebError) as raised:
        parse_receiver(url, ())
    assert raised.value.code == code


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def resolve(_host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("93.184.215.14", "169.254.169.254")])
def test_a_name_with_a_private_address_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    resolve_to(monkeypatch, *addresses)
    with Poster("test") as poster, pytest.raises(WebError) as raised:
        poster.post("https://receiver.example/", b"{}", {})
    assert raised.value.code == "private_address"


def test_redirects_are_not_followed_and_proxies_of_the_environment_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    receiver.answers = [(307, {"Location": receiver.url})]
    with Poster("test", private_hosts=["127.0.0.1"]) as poster:
        assert poster.post(receiver.url, b"{}", {"webhook-id": "1"}) == 307
    assert [body for _, body in receiver.received] == [b"{}"]


def test_a_receiver_that_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SECONDS_MAX", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, Poster("test", private_hosts=["127.0.0.1"]) as poster:
        with pytest.raises(WebError) as raised:
            poster.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        assert raised.value.code == "too_slow"


def test_a_receiver_that_sends_for_ever_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SECONDS_MAX", 0.5)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"X-More: 1\r\n")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server, Poster("test", private_hosts=["127.0.0.1"]) as poster:
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        with pytest.raises(WebError) as raised:
            poster.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        ended.set()
        thread.join()
    assert raised.value.code == "too_slow"


def test_what_is_no_answer_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with Poster("test", private_hosts=["127.0.0.1"]) as poster, pytest.raises(WebError) as raised:
        poster.post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert raised.value.code == "unreachable"
