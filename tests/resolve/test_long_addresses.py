"""The longest URLs that a registry gives, percent-encoded: each is taken, alone and in a batch, and leads home."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.platforms.addresses import Address, canonical_url, identify
from directory.resolve.input_parsing import MAX_LENGTH
from tests.serving import client_of

DATA: Final = Path(__file__).parents[3] / "shared" / "data"
# As long as LinkedIn lets them be, in letters of two, three and four bytes.
INVENTED: Final = [
    {"platform": "linkedin", "handle": f"{space}{character * 140}"}
    for character in ("д", "城", "\U00020bb7")
    for space in ("company/", "showcase/", "school/")
]
MAX: Final = 300


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry with the invented accounts, and with the longest of the data where these are."""
    rows = [*INVENTED, *(longest_rows() if DATA.exists() else ())]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        import_files(conn, [io.BytesIO(lines.encode())], Options(actor="test", reason="long addresses"))
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def longest_rows() -> list[dict[str, Any]]:
    """Return what the rows of the data with the longest URLs say of platform, handle, URL and id."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("accounts", "more"):
        with gzip.open(DATA / f"{name}.ndjson.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                stated = [row.get(key) for key in ("platform", "handle", "url", "platform_user_id")]
                address = identify(*stated)
                url = canonical_url(address) if isinstance(address, Address) else None
                if url is not None:
                    found[url] = {
                        key: row[key] for key in ("platform", "handle", "url", "platform_user_id") if key in row
                    }
    return [found[url] for url in sorted(found, key=len, reverse=True)[:MAX]]


def stored(client: FlaskClient) -> dict[str, str]:
    """Return the id of each account by its URL."""
    lines = client.get("/v1/accounts.ndjson?fields=id,url").get_data(as_text=True).splitlines()
    return {account["url"]: account["id"] for account in map(json.loads, lines)}


def check(client: FlaskClient, expected: dict[str, str]) -> None:
    """Hold that each URL is read as its account's, in one batch and alone."""
    body = {"queries": list(expected)}
    verdicts = client.post("/v1/resolve", json=body).get_json()["data"]
    assert {verdict["query"]: (verdict["account"] or {}).get("id") for verdict in verdicts} == expected
    for url in sorted(expected, key=len)[-20:]:
        alone = client.get("/v1/resolve", query_string={"q": url}).get_json()
        assert (alone["account"] or {}).get("id") == expected[url]


def test_the_longest_handles_that_a_platform_has_are_found_by_their_urls(client: FlaskClient) -> None:
    long = {url: account for url, account in stored(client).items() if len(url) > 840}
    assert len(long) == len(INVENTED)
    assert 1700 < max(map(len, long)) < MAX_LENGTH
    check(client, long)


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there")
def test_the_longest_stored_urls_of_the_data_are_found(client: FlaskClient) -> None:
    real = {url: account for url, account in stored(client).items() if len(url) <= 840}
    assert len(real) >= MAX - 10
    assert max(map(len, real)) > 300
    check(client, real)
