import gzip
from collections.abc import Callable

import pytest
import zstandard
from flask.testing import FlaskClient

from directory.http.compression import compress


def test_any_page_may_read_answers_and_their_headers(client: FlaskClient) -> None:
    response = client.get("/things", headers={"Origin": "https://example.org"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Retry-After", "RateLimit", "X-Request-ID", "Content-Disposition"} <= set(exposed)


def test_any_page_may_read_errors(client: FlaskClient) -> None:
    for response in (client.get("/nothing"), client.get("/things?x=1"), client.post("/things")):
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered(client: FlaskClient) -> None:
    response = client.options(
        "/things",
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        },
    )
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_options_returns_the_methods_of_a_path_and_404_where_there_is_none(client: FlaskClient) -> None:
    assert client.options("/things/a?whatever=1").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/nothing").status_code == 404


def test_no_type_is_guessed_and_nothing_is_framed(client: FlaskClient) -> None:
    for path in ("/things", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_server_is_named_once(client: FlaskClient) -> None:
    for path in ("/things", "/nothing"):
        assert client.get(path).headers.get_all("Server") == ["official-directory"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, *;q=0.1", "gzip"),
        ("identity", None),
        ("gzip;q=0.5, identity", None),
        ("", None),
    ],
)
def test_a_long_text_is_compressed_as_the_client_prefers(
    client: FlaskClient, accepted: str, encoding: str | None
) -> None:
    path = f"/things/{'a' * 2000}"
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": accepted})
    assert packed.headers.get("Content-Encoding") == encoding
    assert packed.headers["Vary"] == "Accept-Encoding"
    unpack: dict[str | None, Callable[[bytes], bytes]] = {"zstd": zstandard.decompress, "gzip": gzip.decompress}
    assert unpack.get(encoding, bytes)(packed.data) == plain.data


def test_the_same_text_is_compressed_to_the_same_bytes() -> None:
    for accepted in ("zstd", "gzip"):
        assert compress(b"text" * 1000, accepted) == compress(b"text" * 1000, accepted)
    # A time in the header of gzip would change with the clock.
    assert compress(b"text" * 1000, "gzip")[0][4:8] == bytes(4)
