import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.catalog.conftest import ADDRESS, FILES, updated_at
from tests.catalog.published import dcat_us_validator

CLIENTS = ("client", "bare_client", "published_client")


@pytest.mark.parametrize("name", CLIENTS)
def test_the_catalogue_is_valid_by_the_published_schema(name: str, request: pytest.FixtureRequest) -> None:
    client: FlaskClient = request.getfixturevalue(name)
    catalogue = client.get("/data.json").get_json()
    assert [error.message for error in dcat_us_validator().iter_errors(catalogue)] == []


@pytest.mark.parametrize("key", ["title", "description", "publisher", "contactPoint", "identifier", "accessLevel"])
def test_a_dataset_without_what_the_schema_requires_is_told(client: FlaskClient, key: str) -> None:
    catalogue = client.get("/data.json").get_json()
    del catalogue["dataset"][0][key]
    assert f'"{key}" is a required property' in [error.message for error in dcat_us_validator().iter_errors(catalogue)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("modified", "yesterday"),
        ("license", "CC BY"),
        ("accessLevel", "open"),
        ("temporal", "2026"),
        ("language", ["not a tag"]),
        ("rights", "r" * 256),
        ("distribution", [{"downloadURL": "https://example.org/a.csv"}]),
    ],
)
def test_a_value_that_the_schema_does_not_take_is_told(client: FlaskClient, key: str, value: object) -> None:
    catalogue = client.get("/data.json").get_json()
    catalogue["dataset"][0][key] = value
    assert not dcat_us_validator().is_valid(catalogue)


def test_the_catalogue_says_what_the_operator_and_the_data_say(client: FlaskClient) -> None:
    overview = client.get("/v1").get_json()
    dataset = client.get("/data.json").get_json()["dataset"][0]
    assert dataset["title"] == "政务账号 & <Registry>: Accounts"
    assert dataset["publisher"]["name"] == "Ministry of Lists"
    assert dataset["contactPoint"]["hasEmail"] == "mailto:lists@example.org"
    assert dataset["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert dataset["rights"] == overview["licence"]
    assert dataset["modified"] == updated_at(client)
    assert {"China", "France", "Germany"} <= set(dataset["spatial"].split("; "))
    assert {"en", "zh"} <= set(dataset["language"])
    assert dataset["temporal"].endswith(f"/{overview['updated_at'][:10]}")


def test_the_schema_that_a_dataset_is_described_by_is_ours(client: FlaskClient) -> None:
    for dataset in client.get("/data.json").get_json()["dataset"]:
        schema = client.get(dataset["describedBy"])
        assert schema.mimetype == dataset["describedByType"]
        assert schema.get_json(force=True)["$id"] == dataset["describedBy"]


def test_without_a_snapshot_the_files_are_the_downloads_of_the_api(client: FlaskClient) -> None:
    datasets = {
        dataset["title"].rpartition(": ")[2]: dataset for dataset in client.get("/data.json").get_json()["dataset"]
    }
    assert list(datasets) == [
        "Accounts", "Departments", "Observations", "Platforms", "Regions", "Sources", "Changes"
    ]  # fmt: skip
    for dataset in datasets.values():
        for distribution in dataset["distribution"]:
            answer = client.get(distribution.get("downloadURL") or distribution["accessURL"])
            assert answer.status_code == 200
            assert answer.mimetype == distribution.get("mediaType", "application/json")
            answer.close()


def test_with_a_snapshot_the_files_are_all_of_its_tables(published_client: FlaskClient) -> None:
    datasets = published_client.get("/data.json").get_json()["dataset"]
    files: list[dict[str, Any]] = [
        distribution
        for dataset in datasets
        for distribution in dataset["distribution"]
        if "downloadURL" in distribution
    ]
    tables = {name for name in FILES if name.partition(".")[0] not in {"manifest", "datapackage"}}
    changes = {f"{ADDRESS}/v1/changes.ndjson"}
    snapshot = {f"{ADDRESS}/v1/snapshots/latest/{name}" for name in tables}
    assert {file["downloadURL"] for file in files} == snapshot | changes
    packed = {file["downloadURL"].rpartition(".")[2]: file["mediaType"] for file in files}
    assert packed == {
        "csv": "text/csv",
        "json": "application/json",
        "ndjson": "application/x-ndjson",
        "parquet": "application/vnd.apache.parquet",
        "gz": "application/gzip",
        "zst": "application/zstd",
    }
    assert f"{ADDRESS}/v1/snapshots/latest/manifest.json" in datasets[0]["references"]


def test_what_the_operator_does_not_say_is_left_out(bare_client: FlaskClient) -> None:
    (dataset, *_) = json.loads(bare_client.get("/data.json").data)["dataset"]
    assert "license" not in dataset
    assert "spatial" not in dataset
    assert "hasEmail" not in dataset["contactPoint"]
    assert dataset["publisher"]["name"] == "The operator of this registry"
