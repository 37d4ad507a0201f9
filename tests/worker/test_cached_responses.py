"""The response cache, through a real granian."""

import http.client
import time
from collections.abc import Iterator

import pytest

from tests.worker.server import get, running


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a real granian with the small application of tests/worker/server.py."""
    with running(tmp_path_factory.mktemp("worker")) as port:
        yield port


def get_cached(port: int, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Return a response once it is cached, which is a moment after it was sent."""
    until = time.monotonic() + 10
    answer = get(port, path)
    while (again := get(port, path))[1] != answer[1]:
        assert time.monotonic() < until
        answer = again
    return again


def test_a_response_is_cached_for_its_revision(port: int) -> None:
    first = get_cached(port, "/cached?a")
    again = get(port, "/cached?a")
    assert again[1] == first[1]
    assert again[0].status == 200
    assert again[0].headers["ETag"] == first[0].headers["ETag"]
    assert get(port, "/cached?b")[1] != first[1]
    assert get(port, "/cached?a", headers={"Accept-Encoding": "gzip"})[1] != first[1]
    get(port, "/revision", "POST", b"")
    assert get(port, "/cached?a")[1] != first[1]


def test_a_response_of_a_day_is_not_answered_from_the_cache_once_that_ended(port: int) -> None:
    first = get_cached(port, "/cached?expires=60")
    assert get(port, "/cached?expires=60")[1] == first[1]
    ended = get(port, "/cached?expires=-1")[1]
    for _ in range(3):
        time.sleep(0.05)
        assert get(port, "/cached?expires=-1")[1] != ended
        ended = get(port, "/cached?expires=-1")[1]


def test_no_cached_response_outlives_a_restore_to_the_same_revision(port: int) -> None:
    first = get_cached(port, "/cached?restored")[1]
    assert get(port, "/cached?restored")[1] == first
    get(port, "/restore", "POST", b"")
    until = time.monotonic() + 10
    while get(port, "/cached?restored")[1] == first:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_cached_response_has_the_id_of_its_own_request(port: int) -> None:
    get_cached(port, "/cached?id")
    assert get(port, "/cached?id", headers={"X-Request-ID": "mine"})[0].headers["X-Request-ID"] == "mine"
    made = [get(port, "/cached?id")[0].headers["X-Request-ID"] for _ in range(2)]
    assert made[0] != made[1]
    assert "first" not in made


def test_if_none_match_is_compared_with_a_cached_response(port: int) -> None:
    tag = get_cached(port, "/cached?tag")[0].headers["ETag"]
    for asked in (tag, "*", f'"other", {tag}', tag.removeprefix("W/")):
        response, body = get(port, "/cached?tag", headers={"If-None-Match": asked})
        assert (response.status, body) == (304, b"")
        assert response.headers["ETag"] == tag
        assert response.headers["Cache-Control"] == "public"
        assert "Content-Type" not in response.headers
    assert get(port, "/cached?tag", headers={"If-None-Match": '"other"'})[0].status == 200


def test_head_is_answered_from_the_cache_and_caches_nothing_itself(port: int) -> None:
    head = get(port, "/cached?head", "HEAD")[0]
    got = get(port, "/cached?head")
    assert got[1].startswith(b"run ")
    again = get(port, "/cached?head", "HEAD")
    assert (again[0].status, again[1]) == (200, b"")
    assert again[0].headers["Content-Length"] == str(len(got[1]))
    assert head.status == 200


def test_the_application_answers_for_a_stored_file_that_was_removed(port: int) -> None:
    get(port, "/file")
    assert get(port, "/stored")[0].status == 200
    assert get(port, "/stored")[0].headers["Content-Type"] == "application/x-test"
    get(port, "/remove", "POST", b"")
    response, body = get(port, "/stored")
    assert (response.status, body) == (410, b"gone")
