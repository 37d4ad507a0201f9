"""A registry of some accounts that tests make for themselves, and a client of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.filters import Filter
from directory.accounts.queries import select_accounts
from directory.accounts.sorts import Order
from directory.database import Database
from directory.imports.inputs import Input
from directory.imports.load import import_files
from directory.imports.run import Options
from directory.search.tiers import Search
from tests.serving import client_of

Row = Mapping[str, Any]


@pytest.fixture
def load(database_url: str) -> Callable[[Sequence[Row]], None]:
    """Give what imports rows into the test's own registry."""

    def load(rows: Sequence[Row]) -> None:
        import io
        import json

        file = io.BytesIO("\n".join(json.dumps({"source": "test", **row}) for row in rows).encode())
        with psycopg.connect(database_url, autocommit=True) as conn:
            import_files(conn, [file], Options(actor="test", reason="test", form="ndjson"))

    return load


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """Give a client of the test's own registry."""
    with client_of(database_url, tmp_path) as client:
        yield client
