"""Requests answered both ways, by Flask and without it: status, headers and bytes are the same."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, unquote, urlencode

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.database.revisions import select_state
from directory.http.registry_request import services_of
from directory.http.request import DIRECT_VIEWS
from directory.worker.application import Limits, RsgiApplication
from directory.worker.direct_responses import DirectResponses
from directory.worker.rsgi import Headers, Scope
from directory.worker.thread_pools import PendingRequest
from tests.accounts.conftest import Registry
from tests.accounts.questions import KEYS, questions
from tests.accounts.test_routes import make_tombstone

Sent = tuple[int, list[tuple[str, str]], bytes]


class _RequestHeaders:
    """The headers of a request, as granian passes them."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def __contains__(self, key: str) -> bool:
        return any(name == key for name, _ in self._headers)

    def items(self) -> Headers:
        return self._headers

    def get(self, key: str, default: str) -> str:
        return next((value for name, value in self._headers if name == key), default)

    def get_all(self, key: str) -> list[str]:
        return [value for name, value in self._headers if name == key]


@dataclass
class _Scope:
    method: str
    path: str
    query_string: str
    headers: _RequestHeaders
    http_version: str = "1.1"
    server: str = "127.0.0.1:80"
    client: str = "127.0.0.1:1"
    scheme: str = "http"
    authority: str | None = None


@dataclass
class _Protocol:
    """A connection that keeps what is sent."""

    sent: list[Sent] = field(default_factory=list)

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.sent.append((status, headers, body))


class BothWays:
    """The application of a worker with the direct views, and without them."""

    def __init__(self, app: Flask) -> None:
        self._direct = DirectResponses(app.extensions[DIRECT_VIEWS], services_of(app.extensions))
        limits = Limits(threads=1, body_bytes=1000, cache_bytes=0)
        state = app.extensions["directory.database"]
        self._ways = [
            RsgiApplication(app, limits, get_state=lambda: state.state, direct=direct)
            for direct in (self._direct, None)
        ]

    def ask(self, url: str, headers: Sequence[tuple[str, str]] = (), method: str = "GET") -> Sent:
        """Return the one response that both ways give, after both gave it."""
        scope = self._scope(url, headers, method)
        answers = []
        for way in self._ways:
            protocol = _Protocol()
            way._respond(PendingRequest(scope, protocol))  # type: ignore[arg-type]  # noqa: SLF001 - what a thread calls
            (sent,) = protocol.sent
            answers.append(sent)
        assert answers[0] == answers[1]
        return answers[0]

    def is_direct(self, url: str, headers: Sequence[tuple[str, str]] = (), method: str = "GET") -> bool:
        """Whether the request does not go through Flask."""
        return self._direct.find(self._scope(url, headers, method)) is not None

    def _scope(self, url: str, headers: Sequence[tuple[str, str]], method: str) -> Scope:
        path, _, query = url.partition("?")
        # Without it each way would make up an id.
        request_id = [] if any(name == "x-request-id" for name, _ in headers) else [("x-request-id", "r1")]
        sent = [("host", "localhost"), *headers, *request_id]
        # granian decodes the path and not the query string.
        return _Scope(method, unquote(path, errors="replace"), query, _RequestHeaders(sent))


@pytest.fixture(scope="module")
def both(app: Flask, registry: Registry) -> BothWays:
    """Return both ways to a registry that has a merged and a deleted account."""
    merged, successor, deleted = (registry.documents[number]["id"] for number in (2, 3, 4))
    make_tombstone(registry.url, merged, successor)
    make_tombstone(registry.url, deleted, None)
    with psycopg.connect(registry.url) as conn:
        revision = select_state(conn).number
    while registry.database.state.number != revision:
        time.sleep(0.01)
    return BothWays(app)


def _accept(value: str) -> Headers:
    return [("accept-encoding", value)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=questions(),
    sort=st.sampled_from(["", *KEYS, *(f"-{key}" for key in KEYS)]),
    shown=st.fixed_dictionaries(
        {},
        optional={
            "count": st.sampled_from(["exact", "estimated", "none", "all"]),
            "facets": st.sampled_from(["platform", "region,status", "x"]),
            "fields": st.sampled_from(["id,name", "id", "nothing"]),
            "as_of": st.sampled_from(["1", "2", "3", "99", "2020-01-01", "x"]),
            "highlight": st.sampled_from(["true", "false"]),
            "limit": st.sampled_from(["1", "3", "0", "1001"]),
        },
    ),
    encoding=st.sampled_from(["", "gzip", "zstd, gzip;q=0.5", "identity;q=0, gzip", "*"]),
    method=st.sampled_from(["GET", "HEAD"]),
)
def test_a_list_is_the_same_both_ways(
    both: BothWays, question: dict[str, str], sort: str, shown: dict[str, str], encoding: str, method: str
) -> None:
    query = question | shown | ({"sort": sort} if sort else {})
    url = f"/v1/accounts?{urlencode(query)}"
    status, headers, body = both.ask(url, _accept(encoding), method)
    tag = dict(headers).get("ETag")
    if tag is not None:
        assert both.ask(url, [*_accept(encoding), ("if-none-match", tag)], method)[0] == HTTPStatus.NOT_MODIFIED
    if status == HTTPStatus.OK and method == "GET" and not encoding and (cursor := json.loads(body)["page"]["next"]):
        assert both.ask(f"{url}&cursor={quote(cursor)}")[0] == HTTPStatus.OK


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(
        ["/v1/accounts", "/v1/resolve", "/v1/suggest", "/v1/accounts/{id}", "/v1/accounts/{id}/followers"]
    ),
    query=st.text(st.sampled_from("q=成a%2&+;#;é\x00\ufffd%C3%28limit5,-"), max_size=12),
    index=st.integers(0, 6),
)
def test_any_query_string_is_read_the_same_both_ways(
    both: BothWays, registry: Registry, path: str, query: str, index: int
) -> None:
    url = f"/v1/{path.format(id=registry.documents[index]['id'])}"
    both.ask(f"{url}?q={query}")
    both.ask(f"{url}?{query}")


def test_records_verdicts_and_suggestions_are_the_same_both_ways(both: BothWays, registry: Registry) -> None:
    ids = [document["id"] for document in registry.documents[:6]]
    seen = set()
    for account in ids:
        for below in ("", "/followers"):
            for query in ("", "?as_of=1", "?as_of=2", "?x=1", "?as_of=", "?limit=1", "?cursor=x"):
                for method in ("GET", "HEAD"):
                    seen.add(both.ask(f"/v1/accounts/{account}{below}{query}", method=method)[0])
    assert seen == {200, 301, 400, 404, 410}
    for text in ("nasa", "@nasa", "https://weibo.com/x", "成都", "%00", "", ids[0], ids[2], "a" * 40_000):
        for path in ("resolve", "suggest"):
            for more in ("", "&platform=weibo", "&platform=nothing", "&as_of=1", "&limit=2"):
                both.ask(f"/v1/{path}?q={quote(text, safe='%')}{more}")


_PATHS = [
    "//v1/accounts/{id}",
    "/v1/accounts/{id}/",
    "/v1/accounts/",
    "/v1//accounts",
    "/v1/accounts/x",
    "/v1/accounts/0000000",
    "/V1/accounts",
    "/v1/accounts/%{first}{rest}",
    "/v1/accounts/%E6%88%90",
    "/v1/accounts/%FF",
    "/v1/accounts/a%00b",
    "/v1/accounts/a%2Fb",
    "/v1/accounts/a/b/followers",
    "/v1/accounts/%EF%BC%91",
    "/v1/accounts/{id}/followers/x",
]
_HEADERS: list[Headers] = [
    [("range", "bytes=0-9")],
    [("if-none-match", "*")],
    [("if-none-match", '"a"'), ("if-none-match", "*")],
    [("if-modified-since", "Mon, 30 Nov 2099 00:00:00 GMT")],
    [("accept", "text/html")],
    [("accept", "image/png")],
    [("accept-encoding", "br"), ("accept-encoding", "gzip")],
    [("accept_encoding", "gzip")],
    [("x-request-id", "a")],
    [("content-length", "0")],
    [("transfer-encoding", "chunked")],
    [("origin", "https://example.org")],
    [("cookie", "a=b")],
    [("x-forwarded-host", "evil.example")],
]


def test_unusual_paths_and_headers_get_the_same_response_both_ways(both: BothWays, registry: Registry) -> None:
    account = registry.documents[0]["id"]
    for path in _PATHS:
        both.ask(path.format(id=account, first=f"{ord(account[0]):x}", rest=account[1:]))
    url = f"/v1/accounts/{account}"
    for headers in _HEADERS:
        for asked in (url, f"{url}?x=1", "/v1/accounts?limit=30", "/v1/resolve?q=nasa"):
            both.ask(asked, headers)
    for method in ("HEAD", "POST", "OPTIONS", "PUT", "GETX"):
        both.ask(url, method=method)
        both.ask("/v1/accounts?limit=30", _accept("zstd"), method)


def test_hot_reads_do_not_go_through_flask(both: BothWays, registry: Registry) -> None:
    account = registry.documents[0]["id"]
    for url in (f"/v1/accounts/{account}", "/v1/accounts?q=x", "/v1/resolve?q=x", "/v1/suggest?q=x"):
        assert both.is_direct(url, _accept("gzip"))
        assert not both.is_direct(url, [("content-length", "3")])
        assert not both.is_direct(url, method="POST")
    assert not both.is_direct("/v1/accounts.csv")
