"""Evidence, and the file that a department publishes, by HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from directory.cli import main
from directory.departments.published_accounts import ACCOUNTS_MAX, read_addresses
from directory.verification.evidence import METHODS, REASONS
from directory.verification.schemas import END_REASONS, RESULTS, EvidenceListSchema, RequestedProofSchema
from directory.web.labels import LABELS
from tests.serving import client_of, walk
from tests.verification.conftest import Installation


@pytest.fixture
def client(installation: Installation, tmp_path: Path) -> Iterator[FlaskClient]:
    with client_of(installation.url, tmp_path) as client:
        yield client


def test_evidence_is_listed_page_by_page_with_the_latest_first(installation: Installation, client: FlaskClient) -> None:
    account = installation.account("town")["id"]
    path = f"/v1/accounts/{account}/evidence"
    assert client.get(path).get_json()["data"] == []
    installation.place.serve("www.town.gov/", '<a href="https://x.com/town">')
    installation.check("town")
    installation.check("town")
    with psycopg.connect(installation.url) as conn:
        conn.execute("SELECT pg_notify('directory_revision', '0')")
    listed = client.get(path).get_json()
    assert EvidenceListSchema().validate(listed) == {}
    found = [(each["method"], each["result"]) for each in listed["data"]]
    assert found == [
        ("link", "proved"), ("rel-me", "failed"), ("well-known", "failed"), ("dns", "failed"),
        ("link", "expired"), ("rel-me", "failed"), ("well-known", "failed"), ("dns", "failed"),
    ][: len(found)]  # fmt: skip
    assert listed["data"][0]["ended"] is None
    assert walk(client, f"{path}?limit=1") == listed["data"]


def test_an_id_that_no_account_or_department_has_is_a_problem(client: FlaskClient) -> None:
    assert client.get("/v1/accounts/0000001/evidence").status_code == 400
    assert client.get("/v1/accounts/0000000/evidence").status_code == 404
    assert client.get("/v1/departments/0000001/government-accounts.json").status_code == 400
    assert client.get("/v1/departments/0000000/government-accounts.json").status_code == 404


def test_the_file_of_a_department_is_valid_and_proves_what_it_lists(
    installation: Installation, client: FlaskClient
) -> None:
    account = installation.account("town")
    answer = client.get(f"/v1/departments/{account['department']['id']}/government-accounts.json")
    document: dict[str, Any] = answer.get_json()
    schema = client.get("/schemas/government-accounts.json").get_json(force=True)
    jsonschema.validate(document, schema)
    assert document["organization"] == {"name": "Town", "website": "https://www.town.gov/"}
    assert [each["url"] for each in document["accounts"]] == ["https://x.com/town"]
    path = "www.town.gov/.well-known/government-accounts.json"
    installation.place.serve(path, answer.data, "application/json")
    assert "well-known proved" in installation.check("town", "--method", "well-known")


@pytest.mark.parametrize(
    ("document", "is_valid"),
    [
        ({"version": 1, "accounts": []}, True),
        ({"version": 1, "accounts": [{"url": "https://x.com/a", "more": 1}], "more": []}, True),
        ({"version": 2, "accounts": []}, False),
        ({"version": 1}, False),
        ({"version": 1, "accounts": {}}, False),
        ({"version": 1, "accounts": [{}]}, False),
        ({"version": 1, "accounts": [{"url": None}]}, False),
        ({"version": 1, "accounts": [{"url": "x" * 2049}]}, False),
        ({"version": 1, "accounts": [{"url": "https://x.com/a"}] * (ACCOUNTS_MAX + 1)}, False),
        ([], False),
    ],
)
def test_the_schema_and_the_reader_agree(document: Any, is_valid: bool) -> None:  # noqa: ANN401, FBT001 - any JSON
    schema = json.loads((Path(__file__).parents[2] / "openapi/schemas/government-accounts.json").read_text("utf-8"))
    assert jsonschema.Draft202012Validator(schema).is_valid(document) == is_valid
    assert (read_addresses(document) is not None) == is_valid


def test_a_verdict_and_the_page_of_an_account_say_what_proves_it(
    installation: Installation, client: FlaskClient
) -> None:
    installation.place.serve("www.town.gov/", '<a href="https://x.com/town">')
    installation.check("town")
    verdict = client.get("/v1/resolve?q=https://x.com/town").get_json()
    assert verdict["verdict"] == "official"
    assert "verified_by_registry" in [reason["code"] for reason in verdict["reasons"]]
    proof = verdict["account"]["verification"]
    assert (proof["level"], proof["method"]) == ("registry", "link:town.gov")
    assert proof["checked_at"] < proof["expires_at"]
    path = f"/accounts/{verdict['account']['id']}"
    english, chinese = (client.get(f"/{language}{path}").get_data(as_text=True) for language in ("en", "zh"))
    assert "The front page of the department’s website links to the profile." in english
    assert "部门网站的首页链接到此主页。" in chinese
    assert "该域名没有指明此账号的 TXT 记录。" in chinese
    assert "&lt;a href=&#34;https://x.com/town&#34;&gt;" in english
    assert "dns:_government-accounts.town.gov?type=TXT" in english


def test_every_code_of_evidence_is_in_words_of_both_languages(client: FlaskClient) -> None:
    assert set(LABELS["proof_method"]) == set(METHODS)
    assert set(LABELS["proof_result"]) == set(RESULTS)
    assert set(LABELS["proof_reason"]) == {code for codes in REASONS.values() for code in codes}
    assert set(LABELS["proof_end"]) == set(END_REASONS)
    guide = client.get("/docs/proofs.md").get_data(as_text=True)
    assert [code for code in LABELS["proof_reason"] if f"`{code}`" not in guide] == []


@pytest.fixture
def token(installation: Installation) -> str:
    """Return a token."""
    arguments = ["token", "create", "--scope", "edit", "--name", "Editor"]
    return CliRunner().invoke(main, arguments, env=installation.environ, catch_exceptions=False).stdout.strip()


def test_a_check_that_a_token_requests_is_done_by_the_next_run(
    installation: Installation, client: FlaskClient, token: str
) -> None:
    account = installation.account("town")["id"]
    path, headers = f"/v1/accounts/{account}/proofs", {"Authorization": f"Bearer {token}"}
    found = client.post(path, json={"methods": ["link"]}, headers=headers).get_json()
    assert RequestedProofSchema().validate(found) == {}
    assert (found["account"], found["methods"]) == (account, ["link"])
    installation.place.serve("www.town.gov/", '<a href="https://x.com/town">')
    assert "1 accounts checked" in installation.proof("recheck").output
    assert installation.account("town")["verification"]["level"] == "registry"
    # Another one within a minute waits.
    later = client.post(path, json={}, headers=headers).get_json()
    assert later["methods"] == ["dns", "well-known", "rel-me", "link"]
    assert later["due_at"] > found["due_at"]
    assert "0 accounts checked" in installation.proof("recheck").output


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 422),
        ('{"methods": "dns"}', 422),
        ('{"methods": ["mastodon"]}', 422),
        ('{"methods": [["dns"]]}', 422),
        ('{"methods": [{"a": 1}]}', 422),
        ('{"methods": [], "more": 1}', 422),
        ('{"methods": [], "methods": []}', 400),
    ],
)
def test_a_body_of_another_form_requests_nothing(
    installation: Installation, client: FlaskClient, token: str, body: str, status: int
) -> None:
    path = f"/v1/accounts/{installation.account('town')['id']}/proofs"
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(path, data=body, content_type="application/json", headers=headers)
    assert answer.status_code == status
    assert installation.select("SELECT account_id FROM proof_checks") == []
    assert client.post("/v1/accounts/0000000/proofs", json={}, headers=headers).status_code == 404
    assert client.post(path, data=body, content_type="text/plain", headers=headers).status_code == 415


def test_where_no_method_applies_nothing_is_requested(
    installation: Installation, client: FlaskClient, token: str
) -> None:
    installation.execute("UPDATE departments SET website = NULL")
    path = f"/v1/accounts/{installation.account('town')['id']}/proofs"
    answer = client.post(path, json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 422
    assert "no website" in answer.get_json()["errors"][0]["detail"]
