"""Departments and their accounts by external id and by website: lists, states before, and texts to resolve."""

import io
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.departments.schemas import DepartmentSchema
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.serving import client_of, walk

GOV_UK = "https://www.gov.uk/government/organisations/"
FIRST: list[dict[str, Any]] = [
    {"handle": "CDCgov", "department": "Centers for Disease Control", "department_url": "https://www.CDC.gov/index.html",
     "external_ids": ["wikidata:Q583725", "ror:042twtr12"], "region": "US", "followers": 9},
    {"handle": "CDCtravel", "department": "Centers for Disease Control", "region": "US", "followers": 3},
    {"handle": "hmtreasury", "department": "HM Treasury", "department_url": f"{GOV_UK}hm-treasury", "region": "GB"},
    {"handle": "defrauk", "department": "DEFRA", "department_url": f"{GOV_UK}defra", "region": "GB"},
    {"handle": "munich", "department": "Stadt München", "department_url": "https://www.MÜNCHEN.example/",
     "external_ids": "wikidata:Q1", "region": "DE"},
    {"handle": "nobody"},
]  # fmt: skip
# The id was another body's, and DEFRA has one too.
SECOND: list[dict[str, Any]] = [
    {"handle": "munich", "department": "Stadt München", "region": "DE", "external_ids": "wikidata:Q1726"},
    {"handle": "defrauk", "department": "DEFRA", "region": "GB", "external_ids": "wikidata:Q1"},
]


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of a registry of two imports."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        for rows in (FIRST, SECOND):
            text = "".join(json.dumps({"platform": "x", "source": "s", **row}) + "\n" for row in rows)
            import_files(conn, [io.BytesIO(text.encode())], Options(actor="test", reason="test"))
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def handles(client: FlaskClient, query: str) -> list[str]:
    return sorted(account["handle"] for account in walk(client, f"/v1/accounts?{query}"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("external_id=wikidata:q583725", ["CDCgov", "CDCtravel"]),
        ("external_id=https://ror.org/042twtr12,wikidata:Q1726", ["CDCgov", "CDCtravel", "munich"]),
        ("external_id=wikidata:Q9999999", []),
        ("external_id=-wikidata:Q583725", ["defrauk", "hmtreasury", "munich", "nobody"]),
        ("external_id=-wikidata:Q9999999&region=DE", ["munich"]),
        ("website=cdc.gov", ["CDCgov", "CDCtravel"]),
        ("website=https://www.cdc.gov/flu/", ["CDCgov", "CDCtravel"]),
        ("website=gov.uk", ["defrauk", "hmtreasury"]),
        ("website=münchen.example", ["munich"]),
        ("website=xn--mnchen-3ya.example", ["munich"]),
        ("website=gov.uk&external_id=wikidata:Q1", ["defrauk"]),
        ("website=cdc.gov&external_id=wikidata:Q1", []),
        # As it was: the id was the other body's, and was none of DEFRA's.
        ("external_id=wikidata:Q1", ["defrauk"]),
    ],
)
def test_accounts_are_found_by_what_their_department_is_known_by(
    client: FlaskClient, query: str, expected: list[str]
) -> None:
    assert handles(client, query) == expected
    page = client.get(f"/v1/accounts?{query}&count=exact").get_json()["page"]
    assert page["count"] == {"value": len(expected), "kind": "exact"}


def test_a_former_id_is_found_as_of_the_revision_that_had_it(client: FlaskClient) -> None:
    first = client.get("/v1").get_json()["revision"] - 1
    assert handles(client, f"external_id=wikidata:Q1&as_of={first}") == ["munich"]
    assert handles(client, f"external_id=wikidata:Q1726&as_of={first}") == []
    assert handles(client, f"website=gov.uk&as_of={first}") == ["defrauk", "hmtreasury"]


@pytest.mark.parametrize(
    ("query", "remedy"),
    [
        ("external_id=wikidata:P31", "write it like wikidata:Q583725"),
        ("external_id=Q5", "write it as scheme:value"),
        ("external_id=lei:5493001KJTIIGC8Y1R21", "compare it with its register"),
        ("website=localhost", "expected a host such as cdc.gov"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/departments"])
def test_a_malformed_id_or_host_is_refused_with_the_remedy(
    client: FlaskClient, path: str, query: str, remedy: str
) -> None:
    response = client.get(f"{path}?{query}")
    assert response.status_code == 400
    (error,) = response.get_json()["errors"]
    assert error["parameter"] == query.partition("=")[0]
    assert remedy in error["detail"]


def test_departments_are_listed_by_id_and_website_and_show_their_ids(client: FlaskClient) -> None:
    (found,) = walk(client, "/v1/departments?external_id=ror:042TWTR12&website=cdc.gov")
    assert found["external_ids"] == ["ror:042twtr12", "wikidata:Q583725"]
    assert DepartmentSchema().validate(found) == {}
    assert client.get(found["links"]["self"]).get_json() == found
    assert [each["name"] for each in walk(client, "/v1/departments?website=gov.uk&external_id=-wikidata:Q1")] == [
        "HM Treasury"
    ]
    (without,) = walk(client, "/v1/departments?q=HM")
    assert "external_ids" not in without


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("https://www.cdc.gov/", "website_of_department", ["CDCgov", "CDCtravel"]),
        ("cdc.gov", "website_of_department", ["CDCgov", "CDCtravel"]),
        ("https://cdc.gov/flu/about?x=1", "website_of_department", ["CDCgov", "CDCtravel"]),
        (f"{GOV_UK}hm-treasury/about", "website_of_department", ["hmtreasury"]),
        ("https://www.gov.uk", "website_of_department", ["defrauk", "hmtreasury"]),
        ("https://www.gov.uk/browse", "unknown_host", []),
        ("http://münchen.example", "website_of_department", ["munich"]),
        ("wikidata:Q583725", "id_of_department", ["CDCgov", "CDCtravel"]),
        ("https://www.wikidata.org/wiki/Q583725", "id_of_department", ["CDCgov", "CDCtravel"]),
        ("cdc.gov.", "website_of_department", ["CDCgov", "CDCtravel"]),
        ("wikidata:Q9999999", "unknown_external_id", []),
        ("ror:042twtr13", "wrong_check_digit", []),
        ("https://cdc.gov.evil.example/", "unknown_host", []),
    ],
)
def test_a_site_and_an_id_lead_to_the_accounts_of_the_department_and_are_no_account(
    client: FlaskClient, text: str, code: str, expected: list[str]
) -> None:
    verdict = client.get("/v1/resolve", query_string={"q": text}).get_json()
    assert (verdict["verdict"], verdict["account"]) == ("unknown", None)
    assert [reason["code"] for reason in verdict["reasons"]] == [code]
    assert [candidate["account"]["handle"] for candidate in verdict["candidates"]] == expected or sorted(
        candidate["account"]["handle"] for candidate in verdict["candidates"]
    ) == expected


def test_the_domain_of_a_government_imitates_no_handle_and_a_word_does(client: FlaskClient) -> None:
    verdicts = {
        text: client.get("/v1/resolve", query_string={"q": text}).get_json()
        for text in ("cdb.gov", "cdb.gov.", "cdbgov")
    }
    assert {text: verdict["verdict"] for text, verdict in verdicts.items()} == {
        "cdb.gov": "unknown",
        "cdb.gov.": "unknown",
        "cdbgov": "look_alike",
    }
    # Nevertheless it may be meant.
    assert verdicts["cdb.gov"]["candidates"][0]["account"]["handle"] == "CDCgov"
