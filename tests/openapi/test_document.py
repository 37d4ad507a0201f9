"""The contract is whole, its examples are real, and the answers are of the shapes that it states."""

import copy
import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.http.problems import PROBLEMS
from directory.openapi.document import OPENAPI
from tests.examples import Operation, address, ask
from tests.snapshots.planted import planted_everywhere

CONTRACT = Path(__file__).parents[2] / "openapi" / "openapi.json"

COMMITTED: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
# In the order in which the answers of most addresses have them.
MEDIA_TYPES = (
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "text/plain",
    "application/atom+xml",
    "image/svg+xml",
    "application/ld+json",
    "application/linkset+json",
    "application/schema+json",
)
# Addresses that answer in several forms, between which `Accept` chooses.
CHOICES = {"/data.json"}
# By these keys one knows documents of other standards, of which the contract states the beginning.
FOREIGN = {"openapi", "conformsTo", "@context", "linkset", "$schema"}
# What a parameter of an operation is not taken without.
NEEDED = {
    ("get_accounts", "highlight"): {"q": "成都"},
    ("get_rankings", "region_level"): {"of": "regions"},
    ("get_ranking_chart", "region_level"): {"of": "regions"},
    ("get_rankings_csv", "region_level"): {"of": "regions"},
}
METHODS = [(path, operation) for path, methods in COMMITTED["paths"].items() for operation in methods.values()]
each_operation = pytest.mark.parametrize(
    ("path", "operation"), METHODS, ids=[operation["operationId"] for _, operation in METHODS]
)
# Those that write need a token and a registry of their own: tests/observations, tests/editing.
# So does what is reported or proposed: tests/feedback, tests/proposals.
REPORTED = {"get_feedback_by_id", "post_feedback", "post_feedback_submission", "post_feedback_erasure", "get_proposal"}
READS = [
    (path, operation)
    for path, operation in METHODS
    if "security" not in operation and operation["operationId"] not in REPORTED
]
# The health of the service, what is different each time, and what is private.
NEVER_CACHED = {"/healthz", "/v1/feedback/challenge", "/v1/feedback/queue"}
each_read = pytest.mark.parametrize(
    ("path", "operation"), READS, ids=[operation["operationId"] for _, operation in READS]
)


@pytest.fixture(scope="module")
def app(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return the application on the starter data."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    config = Config(data_dir=folder, download_cache_dir=folder / "download-cache", threads=2)
    with planted_everywhere(starter_database_url, folder / "snapshots"):
        database = Database(starter_database_url, statement_timeout_ms=10_000)
        yield create_app(config, database)
        database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()


def walk(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any part of a JSON document
    """Return every object in a document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference refers to."""
    for key in node.get("$ref", "#").split("/")[1:]:
        node = COMMITTED[key] if key == "components" else node[key]
    return node


def check(value: object, schema: dict[str, Any]) -> None:
    """Assert that a value is of a schema of the contract and has no key that is not documented."""
    _validator(json.dumps(schema)).validate(value)


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": copy.deepcopy(COMMITTED["components"])}
    for part in walk(whole):
        if "properties" in part and part.get("type") == "object" and FOREIGN.isdisjoint(part["properties"]):
            part["additionalProperties"] = False
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check_answer(response: Any, operation: Operation) -> None:  # noqa: ANN401 - werkzeug's TestResponse
    """Assert that an answer is a success of the type, shape and headers that are documented."""
    assert response.status_code == 200, response.get_data(as_text=True)
    documented = operation["responses"]["200"]
    media = documented["content"].get(response.mimetype) or documented["content"]["*/*"]
    schema = media["schema"]
    text = response.get_data(as_text=True)
    if "x-itemSchema" in media:
        for line in text.splitlines()[:50]:
            check(json.loads(line), media["x-itemSchema"])
    elif response.mimetype.endswith("json") and schema.get("format") != "binary":
        document = json.loads(text)
        if "data" in document:
            document["data"] = document["data"][:50]
        check(document, schema)
    optional = {"Content-Encoding", "Search-Dropped"}
    assert set(documented["headers"]) - optional <= set(response.headers.keys())


def test_the_contract_is_valid_openapi() -> None:
    assert COMMITTED["openapi"].startswith("3.1")
    validate(COMMITTED)


def test_the_contract_says_who_what_and_where() -> None:
    assert {"title", "version", "summary", "description", "license", "contact"} <= set(COMMITTED["info"])
    assert COMMITTED["servers"]
    assert COMMITTED["security"] == []
    assert all(tag["description"] for tag in COMMITTED["tags"])


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, operation in METHODS]
    assert len(set(names)) == len(names)


def test_answers_may_gain_keys_and_null_is_a_type() -> None:
    for part in walk(COMMITTED["components"]):
        assert part.get("additionalProperties") is not False
        assert "nullable" not in part


@each_operation
def test_an_operation_is_explained(path: str, operation: Operation) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert {tag["name"] for tag in COMMITTED["tags"]} >= set(operation["tags"])
    for parameter in operation["parameters"]:
        assert parameter["description"], parameter["name"]
        assert "example" in parameter, parameter["name"]
        check(parameter["example"], parameter["schema"])
    assert path.count("{") == sum(parameter["in"] == "path" for parameter in operation["parameters"])


@each_operation
def test_an_operation_has_an_example_of_its_shape(path: str, operation: Operation) -> None:
    for media_type, media in operation["responses"]["200"]["content"].items():
        if "x-itemSchema" in media:
            check(json.loads(media["example"]), media["x-itemSchema"])
        if media["schema"].get("format") == "binary":
            continue
        if path != "/openapi.json":
            check(media["example"], media["schema"])
        assert media_type in MEDIA_TYPES


@each_operation
def test_an_operation_states_all_its_errors_as_problems(path: str, operation: Operation) -> None:
    statuses = set(operation["responses"])
    assert {"400", "405", "413", "414", "500", "503"} <= statuses
    assert ("406" in statuses) == (path in CHOICES)
    assert ("404" in statuses) == ("{" in path)
    assert ("304" in statuses) == (
        path not in NEVER_CACHED and "requestBody" not in operation and "security" not in operation
    )
    assert ({"415", "422"} <= statuses) == ("requestBody" in operation)
    for status, response in operation["responses"].items():
        found = resolve(response)
        assert found["description"]
        if int(status) >= 400:
            content = found["content"]["application/problem+json"]
            for example in content["examples"].values():
                check(example["value"], content["schema"])
                assert example["value"]["status"] == int(status)


@each_operation
def test_an_answer_has_one_shape_whatever_its_type(path: str, operation: Operation) -> None:
    shapes = [media["schema"] for media in operation["responses"]["200"]["content"].values()]
    assert path in CHOICES or all(shape == shapes[0] for shape in shapes)
    # A file is sent as it is or in a form.
    assert path == "/v1/imports" or len(operation.get("requestBody", {"content": [0]})["content"]) == 1


def test_every_type_of_problem_is_an_example_somewhere() -> None:
    shown = {
        slug
        for response in COMMITTED["components"]["responses"].values()
        for slug in response["content"]["application/problem+json"]["examples"]
    }
    assert set(PROBLEMS) - shown == set()


@each_read
def test_the_example_of_each_parameter_gives_an_answer_of_the_stated_shape(
    client: FlaskClient, path: str, operation: Operation
) -> None:
    check_answer(ask(client, path, operation), operation)
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            example = parameter["example"]
            value = ",".join(example) if isinstance(example, list) else example
            others = NEEDED.get((operation["operationId"], parameter["name"]), {})
            check_answer(ask(client, path, operation, **{parameter["name"]: value}, **others), operation)


@each_read
def test_an_endpoint_with_one_media_type_ignores_accept(client: FlaskClient, path: str, operation: Operation) -> None:
    for accept in ("application/json", "application/problem+json", "text/html", "image/png", "*/*;q=0"):
        response = ask(client, path, operation, accept)
        admitted = path not in CHOICES or accept == "application/json"
        assert response.status_code == (200 if admitted else 406), accept


def test_no_other_endpoint_refuses_an_accept_header(app: Flask, client: FlaskClient) -> None:
    others = [rule.rule for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    walked = [path for path in others if "<" not in path and path not in COMMITTED["paths"]]
    assert len(walked) > 3
    for path in walked:
        plain = client.get(path).status_code
        assert plain == client.get(path, headers={"Accept": "image/png"}).status_code != 406, path


@pytest.mark.parametrize(
    "name", ["q", "region", "department", "department_type", "platform", "language", "source", "updated_after"]
)
def test_the_example_of_a_filter_finds_accounts(client: FlaskClient, name: str) -> None:
    operation = COMMITTED["paths"]["/v1/accounts"]["get"]
    (example,) = (parameter["example"] for parameter in operation["parameters"] if parameter["name"] == name)
    value = ",".join(example) if isinstance(example, list) else example
    assert client.get(address("/v1/accounts", operation, **{name: value})).get_json()["data"]


@pytest.mark.parametrize(
    ("path", "number"),
    [("/v1/accounts", 25), ("/v1/departments", 100), ("/v1/regions", 100), ("/v1/changes?since=0", 100)],
)
def test_a_page_has_so_many_records_unless_its_reader_wants_others(client: FlaskClient, path: str, number: int) -> None:
    answer = client.get(path).get_json()
    assert (answer["page"]["limit"], len(answer["data"])) == (number, number)


def test_the_examples_still_name_records_of_the_shipped_data(client: FlaskClient, app: Flask) -> None:
    kept = json.loads(app.extensions[OPENAPI].text)["paths"]["/v1/accounts/{account_id}"]["get"]
    answer = client.get(address("/v1/accounts/{account_id}", kept)).get_json()
    example = kept["responses"]["200"]["content"]["application/json"]["example"]
    assert {key: answer[key] for key in ("id", "url", "department")} == {
        key: example[key] for key in ("id", "url", "department")
    }


def test_the_contract_is_served_with_a_tag_and_compressed(client: FlaskClient) -> None:
    plain = client.get("/openapi.json")
    packed = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert plain.get_json() == COMMITTED
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    again = client.get("/openapi.json", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == plain.headers["ETag"]
    assert client.get("/openapi.json", headers={"If-None-Match": "*"}).status_code == 304


def test_a_healthy_service_answers_ok(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert response.get_json()["status"] == "ok"
    assert response.get_json()["revision"] > 0
    assert response.headers["Cache-Control"] == "no-store"
