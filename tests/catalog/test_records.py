"""The schemas of records against the records: those that are stored, those that the API answers, and spoilt ones."""

import json
from collections.abc import Iterable
from typing import Any

import jsonschema_rs
import psycopg
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from directory.catalog import datasets
from directory.catalog.queries import PublishedFile
from directory.catalog.records import DIALECT, RECORDS, json_schema, schema_text
from directory.config import Config
from directory.database.revisions import begin_revision
from directory.snapshots.contents.tables import TABLES, get_table
from directory.snapshots.publish.build import publish
from tests.catalog.conftest import ADDRESS, client_of

# By kind of record: the table of a snapshot that has its lines, and a lower bound of those that are shipped.
STORED = {
    "account": ("accounts", 10481),
    "department": ("departments", 3700),
    "handle": ("handles", 8950),
    "platform": ("platforms", 80),
    "region": ("regions", 8000),
    "source": ("sources", 5),
}
EACH = pytest.mark.parametrize("name", list(RECORDS))
TOMBSTONE = {
    "kind": "account",
    "id": "0000000",
    "action": "merge",
    "revision": 3,
    "at": "2026-03-11T00:00:00+00:00",
    "replaced_by": "1111111",
}

CHANGE = {
    "revision": 1,
    "sequence": 1,
    "at": "2026-03-11T00:00:00+00:00",
    "actor": "test",
    "reason": "test",
    "source": None,
    "action": "create",
    "before": None,
}


def closed(name: str) -> dict[str, Any]:
    """Return the schema of a record that has no other key than the schema knows."""
    schema = json_schema(RECORDS[name], ADDRESS)
    for part in (schema, *schema.get("$defs", {}).values()):
        part["additionalProperties"] = False
    return schema


def strict(name: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a closed schema, which knows those that it refers to."""
    resources = {f"{ADDRESS}/schemas/{other}.json": closed(other) for other in RECORDS}
    registry = jsonschema_rs.Registry(list(resources.items()))
    return jsonschema_rs.Draft202012Validator(closed(name), validate_formats=True, registry=registry)


def flaws(name: str, records: Iterable[Any]) -> list[str]:
    """Return what is wrong with records of a kind."""
    validator = strict(name)
    return [
        f"{error.message} at {error.instance_path}" for record in records for error in validator.iter_errors(record)
    ]


def lines(url: str, table: str) -> list[Any]:
    """Return the records of all lines that a snapshot has of a table."""
    with psycopg.connect(url) as conn:
        return [json.loads(line) for (line,) in conn.execute(get_table(table).query)]


def test_every_table_of_a_snapshot_has_a_schema_and_a_dataset() -> None:
    tables = {table.name for table in TABLES}
    assert {table for table, _ in STORED.values()} | {"followers", "tombstones"} == tables
    assert {table.name for table in datasets.TABLES} == tables | {"changes", "observations"}
    assert {table.record for table in datasets.TABLES} == RECORDS.keys() - {
        *("manifest", "observations", "government-accounts")
    }


def test_the_dataset_of_observations_has_the_files_of_each_year_and_month() -> None:
    names = ("followers-from-9.ndjson", "observations-2025.parquet", "observations-2026-01.csv.gz")
    files = [PublishedFile(9, name, "text/csv", None, 1, "") for name in names]
    (dataset,) = (each for each in datasets.list_datasets(files) if each.table.name == "observations")
    assert [file.path.rpartition("/")[2] for file in dataset.distributions] == list(names[1:])
    (dataset,) = (each for each in datasets.list_datasets([]) if each.table.name == "observations")
    assert [file.path for file in dataset.distributions] == ["/v1/observations.ndjson"]


@pytest.mark.parametrize("name", list(STORED))
def test_every_line_of_the_shipped_registry_is_valid(starter_database_url: str, name: str) -> None:
    table, least = STORED[name]
    records = lines(starter_database_url, table)
    assert len(records) >= least
    assert flaws(name, records) == []


@pytest.mark.parametrize("name", list(STORED))
def test_a_document_without_a_key_or_with_a_value_of_another_type_is_told(starter_database_url: str, name: str) -> None:
    document, validator = lines(starter_database_url, STORED[name][0])[0], strict(name)
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
    records = client.get(path).get_json()["data"]
    single = client.get(records[0]["links"]["self"]).get_json()
    assert flaws(name, (*records, single)) == []
    assert set(RECORDS[name].computed) <= single.keys()


def test_an_account_with_a_time_or_a_status_that_there_is_not_is_told(starter_database_url: str) -> None:
    account, validator = lines(starter_database_url, "accounts")[0], strict("account")
    for spoilt in ({"created_at": "yesterday"}, {"status": "lost"}, {"opened_on": "2026-02-30"}, {"revision": -1}):
        assert not validator.is_valid({**account, **spoilt})


def test_what_is_left_of_records_and_every_change_of_them_are_valid(database_url: str, config: Config) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="three accounts")
            conn.execute(
                "INSERT INTO accounts (platform, handle, handle_key)"
                " SELECT 'x', handle, handle FROM unnest(ARRAY['a', 'b', 'c']) AS handle"
            )
        with conn.transaction():
            begin_revision(conn, actor="test", reason="one of them goes")
            conn.execute("UPDATE accounts SET name = 'b' WHERE handle = 'a'")
            conn.execute("DELETE FROM accounts WHERE handle = 'b'")
    tombstones = lines(database_url, "tombstones")
    assert {tombstone["kind"] for tombstone in tombstones} >= {"account"}
    assert flaws("tombstone", tombstones) == []
    with client_of(database_url, config) as client:
        changes = [json.loads(line) for line in client.get("/v1/changes.ndjson").get_data(as_text=True).splitlines()]
    assert {(change["kind"], change["action"]) for change in changes} >= {
        ("account", "create"),
        ("account", "update"),
        ("account", "delete"),
        ("handle", "create"),
        ("region", "create"),
    }
    assert flaws("change", changes) == []


def test_a_change_is_told_whose_record_is_not_of_its_kind(starter_database_url: str) -> None:
    region = lines(starter_database_url, "regions")[0]
    change = {**CHANGE, "kind": "region", "id": region["code"], "after": region}
    assert flaws("change", [change]) == []
    assert flaws("change", [{**change, "kind": "platform"}])
    assert flaws("change", [{**change, "after": {**region, "level": "planet"}}])


def test_a_spoilt_tombstone_is_told() -> None:
    assert flaws("tombstone", [TOMBSTONE, {**TOMBSTONE, "action": "delete", "replaced_by": None}]) == []
    for key in TOMBSTONE:
        assert flaws("tombstone", [{other: value for other, value in TOMBSTONE.items() if other != key}]), key
    assert flaws("tombstone", [{**TOMBSTONE, "action": "update"}])


def test_the_files_of_a_catalogue_are_those_of_a_snapshot_and_its_manifest_is_valid(
    database_url: str, config: Config
) -> None:
    publish(config, database_url)
    with client_of(database_url, config) as client:
        manifest = client.get("/v1/snapshots/latest").get_json()
        assert flaws("manifest", [manifest]) == []
        assert flaws("manifest", [{**manifest, "files": [{"name": "accounts.csv"}]}])
        sizes = {file["name"]: file["bytes"] for file in manifest["files"]}
        for dataset in client.get("/catalog.jsonld").get_json(force=True)["dcat:dataset"]:
            for file in dataset["dcat:distribution"]:
                path = file["dcat:accessURL"]["@id"].removeprefix(ADDRESS)
                answer = client.get(path)
                assert answer.status_code == 200, path
                if "dcat:byteSize" in file:
                    name = path.rpartition("/")[2]
                    assert int(file["dcat:byteSize"]["@value"]) == sizes.pop(name) == answer.content_length
                answer.close()
    assert {name for name in sizes if name.partition(".")[0] not in {"datapackage", "minisign"}} == set()


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
            assert told.get("description") or "enum" in told or "$ref" in told.get("items", told), key


def test_the_schemas_are_served_and_listed(client: FlaskClient, config: Config) -> None:
    listed = client.get("/schemas").get_json()["data"]
    assert [found["name"] for found in listed] == list(RECORDS)
    for found in listed:
        answer = client.get(found["links"]["self"])
        assert answer.content_type == "application/schema+json"
        assert answer.get_data(as_text=True) == schema_text(found["name"], config.base_url)
    assert client.get("/schemas/accounts.json").status_code == 404
    assert client.get("/schemas/account").status_code == 404
