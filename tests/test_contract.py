"""The service keeps its contract whatever it is asked: schemathesis makes the requests and judges the answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from tests.live import address_of
from tests.snapshots.planted import planted_everywhere

ROOT = Path(__file__).parent.parent
# About a minute for all operations together on two cores.
EXAMPLES = 8
SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


@schemathesis.serializer("application/x-ndjson")
def write_line(_: object, value: object) -> bytes:
    """Return a body of one line."""
    return json.dumps(value).encode()


def read_contract() -> dict[str, Any]:
    """Return the contract, of a body in lines the shape of a line."""
    document: dict[str, Any] = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))
    for path in document["paths"].values():
        for operation in path.values():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                if "x-itemSchema" in media:
                    media["schema"] = media.pop("x-itemSchema")
                    del media["example"]
    return document


contract = schemathesis.openapi.from_dict(
    read_contract(), config=SchemathesisConfig.from_path(ROOT / "schemathesis.toml")
)


@pytest.fixture(scope="module")
def address(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the application, on the starter data."""
    folder: Path = tmp_path_factory.mktemp("contract")
    config = Config(data_dir=folder, download_cache_dir=folder / "download-cache", threads=2)
    with planted_everywhere(starter_database_url, folder / "snapshots"):
        database = Database(starter_database_url, statement_timeout_ms=10_000)
        with address_of(create_app(config, database)) as address:
            yield address
        database.close()


@contract.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=SLOW_IS_FINE)
def test_every_operation_keeps_the_contract(case: Case[Any], address: str) -> None:
    case.call_and_validate(base_url=address)
