"""The descriptor is validated by Frictionless' own library, with every row of every table."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from directory.snapshots.contents.tables import TABLES
from tests.accounts.conftest import fill
from tests.snapshots.building import publish


@pytest.fixture(scope="module")
def snapshot(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the snapshot of a registry in which every value and every null occurs."""
    fill(module_database_url)
    root = tmp_path_factory.mktemp("datapackage")
    return root / str(publish(module_database_url, root).revision)


@pytest.fixture
def package(snapshot: Path, tmp_path: Path) -> Path:
    """Return a copy of the descriptor with its tables, for tests to damage."""
    for name in ("datapackage.json", *(f"{table.name}.csv" for table in TABLES)):
        shutil.copy(snapshot / name, tmp_path / name)
    return tmp_path / "datapackage.json"


def validate(package: Path) -> dict[str, Any]:
    """Return the report of the command that the documentation names."""
    command = [sys.executable, "-m", "frictionless", "validate", str(package), "--json"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    report: dict[str, Any] = json.loads(run.stdout)
    assert (run.returncode == 0) == report["valid"]
    return report


def test_frictionless_finds_every_table_as_the_descriptor_says(package: Path, module_database_url: str) -> None:
    report = validate(package)
    assert report["valid"], report
    assert [task["name"] for task in report["tasks"]] == [table.name for table in TABLES]
    with psycopg.connect(module_database_url) as conn:
        assert conn.execute("SELECT count(*) FROM accounts").fetchone() == (report["tasks"][0]["stats"]["rows"],)


def test_a_table_that_does_not_match_the_descriptor_is_detected(package: Path) -> None:
    path = package.with_name("accounts.csv")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    rows[1][rows[0].index("department.id")] = "0000000"
    rows[2][rows[0].index("status")] = "asleep"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    descriptor = json.loads(package.read_text())
    del descriptor["resources"][0]["hash"], descriptor["resources"][0]["bytes"]
    package.write_text(json.dumps(descriptor))
    report = validate(package)
    found = [(error["rowNumber"], error["type"]) for error in report["tasks"][0]["errors"]]
    assert not report["valid"]
    assert (2, "foreign-key") in found
    assert (3, "constraint-error") in found
