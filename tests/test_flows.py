"""A reader of a flow opens no more files than these: a request inside Flask, an import from its command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests import flows

# What is reached: a change that needs one more file says so here. Four of a request are what the worker calls in place
# of Flask: the request, its validators, its response and the compression.
MAX_FILES = {"list": 24, "search": 32, "record": 17, "resolve": 37, "import": 49}


@pytest.fixture(scope="module")
def opened(
    starter_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    """Yield a client of an application on the starter data, and the ids of two accounts."""
    with flows.open_client(starter_database_url, tmp_path_factory.mktemp("flows")) as client_and_ids:
        yield client_and_ids


@pytest.mark.parametrize("name", flows.REQUESTS)
def test_a_request_passes_through_few_files(opened: tuple[FlaskClient, dict[str, str]], name: str) -> None:
    client, ids = opened
    flow = flows.trace_request(client, name, ids)
    assert len(flow.files) <= MAX_FILES[name], list(flow.files)


def test_an_import_passes_through_few_files(database_url: str, tmp_path: Path) -> None:
    flow = flows.trace_import(tmp_path, database_url)
    assert len(flow.files) <= MAX_FILES["import"], list(flow.files)
