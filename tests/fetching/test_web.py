"""Documents of servers that misbehave, on ports of this machine."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator

import pytest

from directory.fetching import web
from directory.fetching.public_addresses import is_public
from directory.fetching.web import REDIRECTS_MAX, WebError, WebFetcher
from tests.sync.servers import Answer, Server, serving

HTML = ("text/html",)
SITE = "http://town.example"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def fetcher(server: Server) -> Iterator[WebFetcher]:
    with WebFetcher("registry/1 (+https://registry.example)", servers={"town.example": server.url}) as made:
        yield made


def page(body: bytes = b"<p>", **options: object) -> Answer:
    return Answer(body, content_type="text/html; charset=utf-8", **options)  # type: ignore[arg-type]


def to(url: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": url})


def failure(fetcher: WebFetcher, url: str = f"{SITE}/", **options: int) -> str:
    with pytest.raises(WebError) as caught:
        fetcher.fetch(url, HTML, **options)
    return caught.value.code


def test_a_document_comes_with_its_digest_and_the_client_says_who_it_is(server: Server, fetcher: WebFetcher) -> None:
    server.answers |= {"/": to("/start"), "/start": page(b"<p>Town")}
    found = fetcher.fetch(f"{SITE}/", HTML)
    assert (found.url, found.final_url, found.content) == (f"{SITE}/", f"{SITE}/start", b"<p>Town")
    assert found.is_found
    assert len(found.sha256) == 64
    assert {asked.headers["user-agent"] for asked in server.asked} == {"registry/1 (+https://registry.example)"}
    assert not fetcher.fetch(f"{SITE}/missing", HTML).is_found


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://10.1.2.3/",
        "https://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/",
        "http://localhost/",
    ],
)
def test_nothing_on_this_machine_or_in_a_private_network_is_asked(
    server: Server, fetcher: WebFetcher, url: str
) -> None:
    assert failure(fetcher, url) == "private_address"
    server.answers["/"] = to(url)
    assert failure(fetcher) == "private_address"


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    server: Server, fetcher: WebFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to a public address first, and to this machine the next time (DNS rebinding)."""
    resolved: list[str] = []
    connected: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[object]:
        resolved.append(host)
        address = "93.184.215.14" if len(resolved) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        connected.append(address[0])
        raise OSError("no route")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert failure(fetcher, "http://rebinding.example/") == "unreachable"
    assert (resolved, connected) == (["rebinding.example"], ["93.184.215.14"])
    # The next time it is on this machine, and is not connected to.
    assert failure(fetcher, "http://rebinding.example/") == "private_address"
    assert connected == ["93.184.215.14"]
    assert not server.asked


def test_other_ports_schemes_and_credentials_are_refused_at_the_start_and_behind_a_redirect(
    server: Server, fetcher: WebFetcher
) -> None:
    for url, code in {
        server.url: "forbidden_port",
        "http://town.example:8080/": "forbidden_port",
        "ftp://town.example/": "bad_url",
        "file:///etc/passwd": "bad_url",
        "gopher://town.example/": "bad_url",
        "http://user:secret@town.example/": "bad_url",
        "http://": "bad_url",
        "http://[": "bad_url",
        "http://town.example/" + "a" * 3000: "bad_url",
    }.items():
        assert failure(fetcher, url) == code, url
        server.answers["/"] = to(url)
        assert failure(fetcher) in {code, "too_many_redirects"}, url
    server.answers["/"] = to("http://town.example/plain")
    assert failure(fetcher, "https://town.example/") == "downgrade"
    server.answers |= {"/": to("HTTPS://town.example/plain", 308), "/plain": page()}
    assert fetcher.fetch("https://town.example/", HTML).is_found


def test_redirects_are_followed_up_to_a_bound_and_each_host_is_asked_for_its_rules(server: Server) -> None:
    server.answers |= {f"/{number}": to(f"/{number + 1}") for number in range(REDIRECTS_MAX + 1)}
    server.answers |= {f"/{REDIRECTS_MAX}": page(), "/circle": to("/circle")}
    places = {"town.example": server.url, "other.example": f"{server.url}/other"}
    with WebFetcher("registry/1", servers=places) as fetcher:
        assert fetcher.fetch(f"{SITE}/0", HTML).final_url == f"{SITE}/{REDIRECTS_MAX}"
        assert failure(fetcher, f"{SITE}/circle") == "too_many_redirects"
        server.answers |= {"/away": to("http://other.example/secret")}
        server.answers["/other/robots.txt"] = Answer(b"User-agent: *\nDisallow: /secret\n", content_type="text/plain")
        assert failure(fetcher, f"{SITE}/away") == "robots"
    assert "/other/secret" not in server.paths()


def test_what_robots_txt_forbids_is_not_asked(server: Server, fetcher: WebFetcher) -> None:
    rules = b"\xef\xbb\xbfUser-agent: official-directory\nDisallow: /closed\n"
    server.answers |= {"/robots.txt": Answer(rules, content_type="text/plain"), "/": page(), "/closed": page()}
    assert failure(fetcher, f"{SITE}/closed") == "robots"
    assert fetcher.fetch(f"{SITE}/", HTML).is_found
    assert server.paths() == ["/robots.txt", "/"]


@pytest.mark.parametrize(("status", "expected"), [(404, ""), (403, ""), (500, "bad_status"), (429, "bad_status")])
def test_a_site_whose_rules_cannot_be_had_is_asked_only_where_it_has_none(
    server: Server, fetcher: WebFetcher, status: int, expected: str
) -> None:
    server.answers |= {"/robots.txt": Answer(status=status), "/": page()}
    assert (failure(fetcher) if expected else "") == expected
    assert not expected or "/" not in server.paths()


def test_a_document_of_another_type_status_or_size_is_refused(server: Server, fetcher: WebFetcher) -> None:
    for answer, code in (
        (Answer(b"{}", content_type="application/json"), "wrong_type"),
        (Answer(b"x", content_type=""), "wrong_type"),
        (page(b"x" * 2000), "too_large"),
        (page(gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"}), "too_large"),
        (page(gzip.compress(b"12345")[:-4], headers={"Content-Encoding": "gzip"}), "wrong_type"),
        (page(b"no gzip", headers={"Content-Encoding": "gzip"}), "wrong_type"),
        (page(b"x", headers={"Content-Encoding": "br"}), "wrong_type"),
        (page(b"x" * 500, cut=True), "unreachable"),
        (page(status=401), "bad_status"),
        (page(status=503), "bad_status"),
    ):
        server.answers["/"] = answer
        assert failure(fetcher, bytes_max=1000) == code, answer
    server.answers["/"] = page(gzip.compress(b"<p>"), headers={"Content-Encoding": "gzip"})
    assert fetcher.fetch(f"{SITE}/", HTML).content == b"<p>"


def test_a_server_that_sends_a_byte_at_a_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS_MAX", 0.3)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                while not ended.wait(0.05):
                    connection.sendall(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        place = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with WebFetcher("registry/1", servers={"town.example": place}) as fetcher:
            assert failure(fetcher) in {"too_slow", "unreachable"}
        ended.set()
        thread.join()


def test_a_server_that_does_not_answer_is_unreachable(fetcher: WebFetcher, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with WebFetcher("registry/1", servers={"town.example": f"http://127.0.0.1:{port}"}) as other:
        assert failure(other) == "unreachable"
    assert failure(fetcher, "https://town.invalid/") == "unreachable"
    assert not server.asked
    assert is_public("93.184.215.14")
