"""The service keeps its contract whatever it is asked: schemathesis makes the requests and judges the answers."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from directory.app import create_app
from directory.config import Config
from directory.database import Database
from tests.live import address_of

ROOT = Path(__file__).parent.parent
# About a minute for all operations together on two cores.
EXAMPLES = 8

contract = schemathesis.openapi.from_path(
    ROOT / "openapi" / "openapi.json", config=SchemathesisConfig.from_path(ROOT / "schemathesis.toml")
)


@pytest.fixture(scope="module")
def address(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of the application, on the starter data."""
    folder: Path = tmp_path_factory.mktemp("contract")
    config = dataclasses.replace(Config.from_environment({}), data_dir=folder, spool_dir=folder / "spool", threads=2)
    database = Database(starter_database_url, statement_timeout_ms=10_000)
    with address_of(create_app(config, database)) as address:
        yield address
    database.close()


@contract.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_the_contract(case: Case, address: str) -> None:
    case.call_and_validate(base_url=address)
