"""The schemas of records against the records: those that are stored, those that the API answers, and spoilt ones."""

import json
from typing import Any

import jsonschema_rs
import psycopg
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from psycopg import sql

from directory.catalog.records import DIALECT, RECORDS, json_schema, schema_text
from directory.config import Config
from tests.catalog.conftest import ADDRESS

# Tables whose rows hold the stored document of a record, by its kind, with a lower bound of the rows that are shipped.
STORED = {"account": 9711, "department": 3700, "platform": 80, "region": 8000, "source": 5}
EACH = pytest.mark.parametrize("name", list(RECORDS))
TOMBSTONE = {
    "kind": "account",
    "id": "0000000",
    "action": "merge",
    "revision": 3,
    "at": "2026-03-11T00:00:00+00:00",
    "replaced_by": "1111111",
}


def strict(name: str) -> Any:  # noqa: ANN401 - a validator, which has no type of its own
    """Give the validator of a record that has no other key than the schema knows."""
    schema = json_schema(RECORDS[name], ADDRESS)
    for part in (schema, *schema.get("$defs", {}).values()):
        part["additionalProperties"] = False
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def stored(url: str, name: str) -> list[Any]:
    """Give all stored documents of a kind of record."""
    query = sql.SQL("SELECT document FROM {}").format(sql.Identifier(f"{name}s"))
    with psycopg.connect(url) as conn:
        return [json.loads(document) for (document,) in conn.execute(query)]


@pytest.mark.parametrize("name", list(STORED))
def test_every_stored_document_of_the_shipped_registry_is_valid(starter_database_url: str, name: str) -> None:
    documents, validator = stored(starter_database_url, name), strict(name)
    assert len(documents) >= STORED[name]
    assert [
        (document, next(validator.iter_errors(document))) for document in documents if not validator.is_valid(document)
    ] == []


@pytest.mark.parametrize("name", list(STORED))
def test_a_document_without_a_key_or_with_a_value_of_another_type_is_told(starter_database_url: str, name: str) -> None:
    document, validator = stored(starter_database_url, name)[0], strict(name)
    for key in document:
        assert not validator.is_valid({other: value for other, value in document.items() if other != key}), key
        assert not validator.is_valid({**document, key: {"of": "another type"}}), key
    assert not validator.is_valid({**document, "key": "of which nothing is said"})
    assert not validator.is_valid([document])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("account", "/v1/accounts?limit=100"),
        ("department", "/v1/departments"),
        ("platform", "/v1/platforms"),
        ("region", "/v1/regions"),
        ("source", "/v1/sources"),
    ],
)
def test_what_the_api_answers_is_valid_by_the_same_schema(client: FlaskClient, name: str, path: str) -> None:
    validator = strict(name)
    records = client.get(path).get_json()["data"]
    single = client.get(records[0]["links"]["self"]).get_json()
    assert [record for record in (*records, single) if not validator.is_valid(record)] == []
    assert set(RECORDS[name].computed) <= single.keys()


def test_an_account_with_a_time_or_a_status_that_there_is_not_is_told(starter_database_url: str) -> None:
    account, validator = stored(starter_database_url, "account")[0], strict("account")
    for spoilt in ({"created_at": "yesterday"}, {"status": "lost"}, {"opened_on": "2026-02-30"}, {"revision": -1}):
        assert not validator.is_valid({**account, **spoilt})


def test_a_tombstone_is_valid_and_a_spoilt_one_is_told() -> None:
    validator = strict("tombstone")
    assert validator.is_valid(TOMBSTONE)
    assert validator.is_valid({**TOMBSTONE, "action": "delete", "replaced_by": None})
    for key in TOMBSTONE:
        assert not validator.is_valid({other: value for other, value in TOMBSTONE.items() if other != key}), key
    assert not validator.is_valid({**TOMBSTONE, "action": "update"})


@EACH
def test_a_schema_is_one_of_the_draft_that_it_names(name: str) -> None:
    schema = json.loads(schema_text(name, ADDRESS))
    assert schema["$schema"] == DIALECT == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"{ADDRESS}/schemas/{name}.json"


@EACH
def test_a_schema_explains_every_key(name: str) -> None:
    schema = json_schema(RECORDS[name], ADDRESS)
    for part in (schema, *schema.get("$defs", {}).values()):
        assert part["description"].endswith(".")
        assert "additionalProperties" not in part
        for key, told in part["properties"].items():
            assert told.get("description") or "$ref" in told or "enum" in told, key


def test_the_schemas_are_served_and_listed(client: FlaskClient, config: Config) -> None:
    listed = client.get("/schemas").get_json()["data"]
    assert [found["name"] for found in listed] == list(RECORDS)
    for found in listed:
        answer = client.get(found["links"]["self"])
        assert answer.content_type == "application/schema+json"
        assert answer.get_data(as_text=True) == schema_text(found["name"], config.address)
    assert client.get("/schemas/accounts.json").status_code == 404
    assert client.get("/schemas/account").status_code == 404
