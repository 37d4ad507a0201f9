from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.regions.schemas import RegionListSchema, RegionSchema
from tests.serving import client_of, walk


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of a registry with an account in a county, one in its city and one in its country."""
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="test")
        for code in ("CN-510104", "CN-510100", "CN", "FR"):
            conn.execute(
                "INSERT INTO accounts (platform, handle, handle_key, region_code) VALUES ('x', %(h)s, %(h)s, %(h)s)",
                {"h": code},
            )
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def codes(client: FlaskClient, query: str) -> list[str]:
    response = client.get(f"/v1/regions?{query}")
    assert response.status_code == 200
    return [region["code"] for region in response.get_json()["data"]]


def test_the_pages_hold_every_region_once_each_before_those_below_it(client: FlaskClient) -> None:
    regions = walk(client, "/v1/regions?limit=700")
    with_parent = {region["code"]: region["parent"] for region in regions}
    total = client.get("/v1").get_json()["counts"]["regions"]
    assert len(regions) == len(with_parent) == total > 8000
    seen: set[str | None] = {None}
    for region in regions:
        assert region["parent"] in seen
        seen.add(region["code"])


def test_a_region_counts_its_accounts_and_those_of_all_below(client: FlaskClient) -> None:
    expected = {"CN": 3, "CN-510000": 2, "CN-510100": 2, "CN-510104": 1, "CN-510105": 0, "FR": 1}
    assert {code: client.get(f"/v1/regions/{code}").get_json()["accounts"] for code in expected} == expected
    listed = client.get("/v1/regions?parent=CN&limit=1000").get_json()["data"]
    assert {region["code"]: region["accounts"] for region in listed if region["accounts"]} == {"CN-510000": 2}


def test_regions_have_the_public_shape(client: FlaskClient) -> None:
    body = client.get("/v1/regions?limit=1000&level=country,province").get_json()
    assert RegionListSchema().validate(body) == {}
    for region in body["data"]:
        assert list(region) == list(RegionSchema().fields)


def test_filters_narrow_together(client: FlaskClient) -> None:
    assert codes(client, "parent=CN-510000&q=cheng") == ["CN-510100"]
    assert codes(client, "parent=cn-sc&q=成都") == ["CN-510100"]
    assert "CN-510104" in codes(client, "within=CN-510100")
    assert set(codes(client, "level=-subdivision,-province,-prefecture,-county&limit=1000")) == set(
        codes(client, "level=country&limit=1000")
    )
    assert codes(client, "parent=CN-510104") == []


def test_another_code_leads_to_the_one_used_here(client: FlaskClient) -> None:
    for code in ("CN-SC", "cn-510000"):
        response = client.get(f"/v1/regions/{code}")
        assert (response.status_code, response.headers["Location"]) == (301, "/v1/regions/CN-510000")


def test_an_unknown_code_is_not_found_and_the_nearest_is_named(client: FlaskClient) -> None:
    response = client.get("/v1/regions/CN-5101000")
    assert response.status_code == 404
    assert "CN-510100" in response.get_json()["detail"]
    refused = client.get("/v1/regions?parent=CN-5101000")
    assert refused.status_code == 400
    assert refused.get_json()["errors"][0]["parameter"] == "parent"


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ("臺北", "TW-TPE"),
        ("台北", "TW-TPE"),
        ("東京", "JP-13"),
        ("东京", "JP-13"),
        ("廣島", "JP-34"),
        ("広島", "JP-34"),
        ("서울", "KR-11"),
        ("Москва", "RU-MOW"),
        ("татарстан", "RU-TA"),
        ("القاهرة", "EG-C"),
        ("廣東", "CN-440000"),
        ("urumqi", "CN-650100"),
        ("Korla", "CN-652801"),
        ("Caerdydd", "GB-CRF"),
        ("cataluna", "ES-CT"),
        ("Chiayi", "TW-CYI"),
        ("gb-crd", "GB-CRF"),
    ],
)
def test_a_region_is_found_in_its_own_script_and_by_every_name(client: FlaskClient, q: str, code: str) -> None:
    assert code in codes(client, f"q={q}")


def test_what_folds_to_nothing_begins_no_name(client: FlaskClient) -> None:
    assert codes(client, "q=%CC%81") == []


def test_a_region_that_went_says_what_it_became(client: FlaskClient) -> None:
    viken = client.get("/v1/regions/NO-30").get_json()
    assert (viken["dissolved_on"], viken["replaced_by"]) == ("2024-01-01", ["NO-31", "NO-32", "NO-33"])
    vestfold = client.get("/v1/regions/NO-39").get_json()
    assert (vestfold["established_on"], vestfold["dissolved_on"]) == ("2024-01-01", None)


@pytest.mark.parametrize(
    "address",
    [
        "/v1/regions/{}",
        "/v1/regions?within={}",
        "/v1/accounts?region={}",
        "/v1/departments?region={}",
        "/v1/changes?region={}",
    ],
)
def test_a_code_that_is_no_longer_in_use_is_explained_wherever_it_is_asked_for(
    client: FlaskClient, address: str
) -> None:
    for code, named in (
        ("CN-330103", ["CN-330105"]),
        ("CN-371200", ["CN-370116", "CN-370117"]),
        ("CN-130106", ["CN-130100"]),
    ):
        response = client.get(address.format(code))
        assert response.status_code in {400, 404}
        problem = response.get_json()
        text = problem["detail"] + str(problem.get("errors", ""))
        assert all(successor in text for successor in named)
        assert "mean" not in text


def test_head_and_conditional_requests_work(client: FlaskClient) -> None:
    for path in ("/v1/regions", "/v1/regions/CN"):
        head = client.head(path)
        assert (head.status_code, head.data) == (200, b"")
        assert client.get(path, headers={"If-None-Match": head.headers["ETag"]}).status_code == 304
