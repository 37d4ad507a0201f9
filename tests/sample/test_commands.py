import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.database.connections import connect
from directory.sample.commands import REFUSED, run_sample, sample_options
from directory.sample.places import SamplePlace
from directory.sample.rows import generate


def _run(connected: Callable[[], AbstractContextManager[psycopg.Connection]], *arguments: str) -> Result:
    @click.command()
    @sample_options
    def sample(**options: Any) -> None:  # noqa: ANN401 click calls it
        run_sample(connected, **options)

    return CliRunner().invoke(sample, arguments)


def _no_registry() -> AbstractContextManager[psycopg.Connection]:
    message = "no registry is needed"
    raise AssertionError(message)


def test_the_rows_go_to_a_file_or_to_standard_output_without_a_registry(
    tmp_path: Path, places: list[SamplePlace]
) -> None:
    path = tmp_path / "sample.ndjson"
    written = _run(_no_registry, "--accounts", "30", "--seed", "4", "--output", str(path))
    assert (written.exit_code, written.output) == (0, "")
    shown = _run(_no_registry, "--accounts", "30", "--seed", "4", "--output", "-")
    assert shown.output == path.read_text(encoding="utf-8")
    assert [json.loads(line) for line in shown.output.splitlines()] == list(generate(30, 4, places))
    assert "\\u" not in shown.output


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--accounts", "0"),
        ("--accounts", "5000001"),
        ("--accounts", "1", "--seed", "-1"),
        ("--accounts", "1", "--dry-run", "--output", "-"),
    ],
)
def test_a_wrong_number_or_combination_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert _run(_no_registry, *arguments).exit_code == 2


def test_a_sample_is_loaded_once_and_a_dry_run_loads_nothing(database_url: str) -> None:
    def connected() -> AbstractContextManager[psycopg.Connection]:
        return connect(database_url)

    dry = _run(connected, "--accounts", "80", "--dry-run")
    assert dry.exit_code == 0
    assert "nothing was written" in dry.output
    assert "wechat" in dry.output
    first = _run(connected, "--accounts", "80")
    assert first.exit_code == 0
    assert "80 accounts" in first.output
    assert "none is a real account" in first.output
    again = _run(connected, "--accounts", "80")
    assert again.exit_code == 0
    assert "loaded already" in again.output
    other = _run(connected, "--accounts", "81", "--dry-run")
    assert other.exit_code == REFUSED
    assert "another sample" in other.output
    assert "DIRECTORY_DATA_DIR" in other.output
