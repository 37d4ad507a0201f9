"""The starter data as the API gives it: every record, in every way that it is given."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from directory.accounts.schemas import AccountRecordSchema
from tests.accounts.csv_reference import flatten
from tests.databases import copy_template
from tests.serving import client_of, walk


@pytest.fixture(scope="module")
def client(server_url: str, starter_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry that holds the starter data."""
    with (
        copy_template(server_url, starter_template) as url,
        client_of(url, tmp_path_factory.mktemp("application")) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def documents(client: FlaskClient) -> list[dict[str, Any]]:
    """Return all records, from the NDJSON download."""
    return [json.loads(line) for line in client.get("/v1/accounts.ndjson?sort=id").get_data().splitlines()]


def test_every_record_has_the_public_shape(documents: list[dict[str, Any]]) -> None:
    schema = AccountRecordSchema()
    keys = list(schema.fields)
    assert len(documents) > 9000
    for document in documents:
        assert list(document) == keys
        assert schema.validate(document) == {}


@pytest.mark.parametrize("sort", ["", "&sort=name", "&sort=-followers,opened_on"])
def test_a_walk_at_the_largest_page_gives_each_account_once(
    client: FlaskClient, documents: list[dict[str, Any]], sort: str
) -> None:
    walked = walk(client, f"/v1/accounts?limit=1000{sort}")
    assert len(walked) == len(documents)
    assert sorted(walked, key=lambda document: document["id"]) == documents


def test_every_row_of_the_csv_is_its_record_flattened(client: FlaskClient, documents: list[dict[str, Any]]) -> None:
    text = client.get("/v1/accounts.csv?sort=id").get_data().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows == [flatten(document) for document in documents]


def test_the_facets_add_up_to_the_count(client: FlaskClient, documents: list[dict[str, Any]]) -> None:
    body = client.get("/v1/accounts?count=exact&facets=platform,region,department_type&limit=1").get_json()
    assert body["page"]["count"]["value"] == len(documents)
    for buckets in body["facets"].values():
        assert sum(bucket["count"] for bucket in buckets) == len(documents)
