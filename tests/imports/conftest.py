import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import psycopg
import pytest

from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.imports.report import Report

Load = Callable[..., Report]


def ndjson(rows: Iterable[Mapping[str, Any]]) -> io.BytesIO:
    return io.BytesIO("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


@pytest.fixture(scope="session")
def shared_database_url(shared_database_url_of_few_regions: str) -> str:
    """Return the URL of the database of `conn`: each of the hundreds of imports reads all regions."""
    return shared_database_url_of_few_regions


@pytest.fixture
def load(conn: psycopg.Connection) -> Load:
    """Return a function that imports rows, or the bytes of a file, with any of the options."""

    def load_rows(given: Iterable[Mapping[str, Any]] | bytes, **options: object) -> Report:
        stream = io.BytesIO(given) if isinstance(given, bytes) else ndjson(given)
        return import_files(
            conn, [stream], Options(**cast("dict[str, Any]", {"actor": "test", "reason": "test", **options}))
        )

    return load_rows


@pytest.fixture
def accounts(conn: psycopg.Connection) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads all accounts as the API shows them, in the order of platform, name and handle."""

    def read() -> list[dict[str, Any]]:
        rows = conn.execute(
            "SELECT document FROM account_records ORDER BY platform, name_key, handle_key, id"
        ).fetchall()
        return [json.loads(document) for (document,) in rows]

    return read
