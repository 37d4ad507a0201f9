import pytest
from flask import Flask

from directory.http.request import accepts, preferred_encoding, prefers_html


@pytest.mark.parametrize(
    ("header", "is_admitted"),
    [
        ("*/*", True),
        ("application/*", True),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("text/html", False),
        ("application/xml, text/csv;q=0.9", False),
        ("application/json;q=0", False),
        ("application/json;q=0, */*", False),
        ("*/*;q=0, application/json", True),
        ("", False),
    ],
)
def test_accept_admits_json(header: str, *, is_admitted: bool) -> None:
    assert accepts(header, "application/json") is is_admitted


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("gzip;q=0", "identity"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("br", "identity"),
        ("gzip;q=nonsense", "gzip"),
    ],
)
def test_the_clients_weights_choose_the_encoding(header: str, encoding: str) -> None:
    with Flask("test").test_request_context(headers={"Accept-Encoding": header}):
        assert preferred_encoding(("zstd", "gzip")) == encoding


@pytest.mark.parametrize(
    ("header", "is_preferred"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("Text/HTML", True),
        ("text/html, application/json;q=0.9", True),
        ("text/html;q=0.9, application/json", False),
        ("text/html, application/json", False),
        ("text/html;q=0.5, application/problem+json", False),
        ("text/html, */*", False),
        ("text/html;q=0, */*", False),
        ("text/*", False),
        ("*/*", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_html_is_preferred_by_clients_that_name_it_above_json(header: str, *, is_preferred: bool) -> None:
    assert prefers_html(header, ("application/problem+json", "application/json")) is is_preferred
