from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.departments.names import fold
from directory.departments.reference import DEPARTMENT_TYPES
from directory.departments.schemas import (
    DepartmentListSchema,
    DepartmentSchema,
    DepartmentTypeListSchema,
    DepartmentTypeSchema,
)
from tests.serving import client_of, walk

DEPARTMENTS = (
    ("成都市公安局", "police", "CN-510100", None),
    ("成都市公安局锦江分局", "police", "CN-510104", "成都市公安局"),
    ("Police", "police", "FR", None),
    ("Police nationale", "police", "FR", None),
    ("Department of Health", "health", None, None),
)


@pytest.fixture(scope="module")
def ids(module_database_url: str) -> dict[str, str]:
    """Return the ids of a few departments by name; the first runs two accounts."""
    found: dict[str, str] = {}
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="test")
        for name, kind, region, parent in DEPARTMENTS:
            row = conn.execute(
                """INSERT INTO departments (name, name_key, type, region_code, parent_id)
                   VALUES (%s, %s, %s, %s, %s) RETURNING id""",
                (name, fold(name), kind, region, found.get(parent or "")),
            ).fetchone()
            assert row is not None
            found[name] = row[0]
        for handle in ("a", "b"):
            conn.execute(
                "INSERT INTO accounts (platform, handle, handle_key, department_id) VALUES ('x', %s, %s, %s)",
                (handle, handle, found["成都市公安局"]),
            )
    return found


@pytest.fixture(scope="module")
def client(
    module_database_url: str, ids: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """Return a client of the registry with these departments."""
    assert ids
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def names(client: FlaskClient, query: str) -> list[str]:
    return [department["name"] for department in walk(client, f"/v1/departments?{query}")]


def test_the_pages_hold_every_department_in_the_order_of_names(client: FlaskClient) -> None:
    assert names(client, "limit=2") == sorted((name for name, *_ in DEPARTMENTS), key=fold)


def test_departments_have_the_public_shape_and_their_number_of_accounts(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    body = client.get("/v1/departments").get_json()
    assert DepartmentListSchema().validate(body) == {}
    for department in body["data"]:
        # `external_ids` is there where one is known, which is so of none of these.
        assert list(department) == [name for name in DepartmentSchema().fields if name != "external_ids"]
        assert department["id"] == ids[department["name"]]
        assert department["accounts"] == (2 if department["name"] == "成都市公安局" else 0)
        assert client.get(f"/v1/departments/{department['id']}").get_json() == department


def test_filters_narrow_together(client: FlaskClient, ids: dict[str, str]) -> None:
    assert names(client, "region=CN-SC") == ["成都市公安局", "成都市公安局锦江分局"]
    assert names(client, "region=CN-510104") == ["成都市公安局锦江分局"]
    assert names(client, f"parent={ids['成都市公安局']}") == ["成都市公安局锦江分局"]
    assert names(client, "type=police&q=ＰＯＬＩＣＥ") == ["Police", "Police nationale"]
    assert names(client, "type=-police") == ["Department of Health"]


@pytest.mark.parametrize(
    ("query", "hint"), [("type=polcie", "police"), ("region=CN-5101000", "CN-510100"), ("parent=0000000", "not known")]
)
def test_an_unknown_word_is_refused_with_the_nearest_known(client: FlaskClient, query: str, hint: str) -> None:
    response = client.get(f"/v1/departments?{query}")
    assert response.status_code == 400
    assert hint in response.get_json()["errors"][0]["detail"]


def test_mistyped_unknown_merged_and_deleted_ids_are_told_apart(
    client: FlaskClient, ids: dict[str, str], module_database_url: str
) -> None:
    assert client.get("/v1/departments/0000001").status_code == 400
    assert client.get("/v1/departments/0000000").status_code == 404
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        revision = begin_revision(conn, actor="test", reason="test")
        new = [row[0] for row in conn.execute("SELECT new_id() FROM generate_series(1, 2)")]
        for departed, successor in zip(new, (ids["Police"], None), strict=True):
            conn.execute("INSERT INTO tombstones VALUES ('department', %s, %s, %s)", (departed, successor, revision))
    moved = client.get(f"/v1/departments/{new[0]}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/v1/departments/{ids['Police']}")
    assert client.get(f"/v1/departments/{new[1]}").status_code == 410


def test_the_types_are_listed_in_their_order_with_their_numbers_of_accounts(client: FlaskClient) -> None:
    types = walk(client, "/v1/department-types?limit=5")
    assert [kind["slug"] for kind in types] == [kind.slug for kind in DEPARTMENT_TYPES]
    assert {kind["slug"]: kind["accounts"] for kind in types if kind["accounts"]} == {"police": 2}
    body = client.get("/v1/department-types").get_json()
    assert DepartmentTypeListSchema().validate(body) == {}
    assert all(list(kind) == list(DepartmentTypeSchema().fields) for kind in body["data"])
