"""Registries of a few accounts that tests make for themselves, and clients of them."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.serving import client_of

Load = Callable[..., FlaskClient]


CENTRE: Mapping[str, object] = {
    "platform": "weibo",
    "handle": "jijiu120",
    "platform_user_id": "2028810631",
    "name": "北京急救中心",
    "names": [{"name": "Beijing Emergency Medical Center", "language": "en"}],
    "department": "北京市卫生健康委员会",
    "department_type": "health",
}
OTHER: Mapping[str, object] = {
    "platform": "weibo",
    "handle": "other",
    "name": "重庆长寿区旅游",
    "department": "长寿区文化和旅游发展委员会",
}


def import_rows(url: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Import rows into the registry at `url`."""
    lines = (json.dumps({"platform": "x", "source": "test", **row}, ensure_ascii=False) for row in rows)
    with psycopg.connect(url, autocommit=True) as conn:
        import_files(conn, [io.BytesIO("\n".join(lines).encode())], Options(actor="test", reason="test"))


@pytest.fixture
def load(database_url: str, tmp_path: Path) -> Iterator[Load]:
    """Yield what imports rows into the test's own registry and gives a client of it."""
    with ExitStack() as opened:

        def load(*rows: Mapping[str, object]) -> FlaskClient:
            import_rows(database_url, rows)
            return opened.enter_context(client_of(database_url, tmp_path))

        yield load


@pytest.fixture(scope="module")
def two(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry of two accounts, CENTRE and OTHER, for tests that only read."""
    import_rows(module_database_url, [CENTRE, OTHER])
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def names(client: FlaskClient, q: str, **parameters: str) -> list[str]:
    """Return the names of what is found, in order."""
    response = client.get("/v1/accounts", query_string={"q": q, **parameters})
    assert response.status_code == 200, response.get_json()
    return [record["name"] for record in response.get_json()["data"]]
