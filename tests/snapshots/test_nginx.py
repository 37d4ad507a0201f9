"""The service answers like nginx as a file server, and nginx in front of it sends its files."""

import http.client
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from directory.http.bearer_tokens import make_token
from tests.snapshots.planted import BUILT_AT, FILES, LINES, digest, plant
from tests.snapshots.served import ALONE, documented_server, nginx, serving
from tests.worker.server import get

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="there is no nginx")

ACCOUNTS = "/v1/snapshots/1000/accounts.ndjson"
EMPTY = "/v1/snapshots/1000/empty.ndjson"
SIZE = len(LINES)


@dataclass(frozen=True)
class Servers:
    """Ports: of the service, of an nginx on the same files, and of an nginx before the service (X-Accel-Redirect)."""

    ours: int
    nginx: int
    before: int


@pytest.fixture(scope="module")
def servers(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Yield three ways to the same files."""
    folder = tmp_path_factory.mktemp("nginx")
    storage, other = folder / "storage", folder / "other"
    with psycopg.connect(module_database_url) as conn:
        plant(conn, storage, 1000)
        # The mtime of its files differs from the snapshot's time, as in production.
        plant(conn, other, 1000)
    for path in (storage / "1000").iterdir():
        os.utime(path, (BUILT_AT.timestamp(), BUILT_AT.timestamp()))
    with (
        serving(module_database_url, storage) as ours,
        nginx(folder / "alone", ALONE.format(storage=storage)) as alone,
        serving(module_database_url, other, DIRECTORY_ACCEL_PREFIX="/snapshot-files") as behind,
        nginx(folder / "before", documented_server(other, behind)) as before,
    ):
        yield Servers(ours, alone, before)


def _told(response: http.client.HTTPResponse, body: bytes) -> dict[str, str | int | bytes | None]:
    """Return the headers of a partial response, without ETags and boundaries, which differ between servers."""
    headers = response.headers
    content_type = headers["Content-Type"] or ""
    if boundary := re.search(r"boundary=(\S+)", content_type):
        body = body.replace(boundary[1].encode(), b"-")
        content_type = content_type.partition(";")[0]
    told = {name: headers[name] for name in ("Content-Range", "Last-Modified")}
    if response.status >= 400:
        # The body of an error differs between servers.
        return {"status": response.status, "Content-Range": told["Content-Range"]}
    return {"status": response.status, "type": content_type, "body": body, **told}


RANGES = [
    "bytes=0-0",
    "bytes=5-9",
    "bytes=-5",
    f"bytes={SIZE - 5}-",
    f"bytes={SIZE - 1}-{SIZE - 1}",
    "bytes=0-",
    "bytes=0-99999999",
    "bytes=-99999999",
    "bytes=-0",
    f"bytes={SIZE}-",
    "bytes=99999999-",
    "bytes=9-5",
    "bytes=abc",
    "bytes=-",
    "bytes=5",
    "bytes=1-2-3",
    "bytes=5-9,20-22",
    "bytes=20-22,5-9",
    "bytes=5-9, 7-12",
    "bytes=5-9,99999999-",
    "bytes=99999999-,-0",
    "bytes=0-9,abc",
    "bytes=0-,5-",
    "BYTES=0-5",
    "items=0-5",
    "0-5",
]


@pytest.mark.parametrize("asked", RANGES)
@pytest.mark.parametrize("path", [ACCOUNTS, EMPTY])
def test_a_range_is_answered_as_nginx_answers_it(servers: Servers, asked: str, path: str) -> None:
    ours, theirs, before = (
        _told(*get(port, path, headers={"Range": asked})) for port in (servers.ours, servers.nginx, servers.before)
    )
    assert ours == theirs
    assert before == theirs


@pytest.mark.parametrize("condition", ["{tag}", "W/{tag}", '"another"', "{date}", "Sun, 01 Jun 2025 02:59:59 GMT", "x"])
def test_if_range_is_answered_as_nginx_answers_it(servers: Servers, condition: str) -> None:
    told = []
    for port in (servers.ours, servers.nginx, servers.before):
        head, _ = get(port, ACCOUNTS, "HEAD")
        given = condition.format(tag=head.headers["ETag"], date=head.headers["Last-Modified"])
        told.append(_told(*get(port, ACCOUNTS, headers={"Range": "bytes=5-9", "If-Range": given})))
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": "{tag}"},
        {"If-None-Match": '"another"'},
        {"If-None-Match": "*"},
        {"If-Match": "{tag}"},
        {"If-Match": '"another"'},
        {"If-Modified-Since": "{date}"},
        {"If-Modified-Since": "Sun, 01 Jun 2025 02:59:59 GMT"},
        {"If-Unmodified-Since": "Sun, 01 Jun 2025 02:59:59 GMT"},
        {"If-Unmodified-Since": "{date}"},
    ],
)
def test_a_condition_is_answered_as_nginx_answers_it(servers: Servers, condition: dict[str, str]) -> None:
    statuses = []
    for port in (servers.ours, servers.nginx, servers.before):
        head, _ = get(port, ACCOUNTS, "HEAD")
        given = {
            name: value.format(tag=head.headers["ETag"], date=head.headers["Last-Modified"])
            for name, value in condition.items()
        }
        statuses.append(get(port, ACCOUNTS, headers=given)[0].status)
    assert statuses[0] == statuses[1] == statuses[2]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("accepted", ["identity", "gzip", "zstd"])
def test_behind_nginx_a_file_comes_with_the_headers_that_the_service_gives_it(
    servers: Servers, name: str, accepted: str
) -> None:
    path = f"/v1/snapshots/latest/{name}"
    (ours, body), (before, its_body) = (
        get(port, path, headers={"Accept-Encoding": accepted}) for port in (servers.ours, servers.before)
    )
    assert (before.status, its_body) == (ours.status, body)
    own = {"server", "date", "connection", "x-request-id"}
    assert {key.lower(): value for key, value in before.headers.items() if key.lower() not in own} == {
        key.lower(): value for key, value in ours.headers.items() if key.lower() not in own
    }
    assert "X-Accel-Redirect" not in before.headers


def test_behind_nginx_the_files_have_no_public_url(servers: Servers) -> None:
    assert get(servers.before, "/snapshot-files/1000/accounts.ndjson")[0].status == 404


def test_behind_nginx_all_else_is_the_services_own(servers: Servers) -> None:
    response, _ = get(servers.before, "/v1/snapshots/999")
    assert (response.status, response.headers["Content-Type"]) == (410, "application/problem+json")


def test_behind_nginx_a_long_body_of_observations_reaches_the_service(servers: Servers) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", servers.before, timeout=30)
    headers = {"Authorization": f"Bearer {make_token()}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/observations.ndjson", b" " * 2**21, headers)
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Type"]) == (401, "application/problem+json")
    connection.close()


def test_behind_nginx_an_answer_that_is_kept_is_still_no_file_for_who_has_it(servers: Servers) -> None:
    for _ in range(2):
        assert get(servers.before, ACCOUNTS)[1] == LINES
        held, body = get(servers.before, ACCOUNTS, headers={"If-None-Match": digest(LINES)})
        assert (held.status, body, held.headers["ETag"]) == (304, b"", digest(LINES))
