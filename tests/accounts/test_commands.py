import gzip
import io
import subprocess
import sys
from pathlib import Path

import click
import pytest
import zstandard
from flask.testing import FlaskClient

from directory.accounts import commands
from directory.accounts.commands import export_options, run_export
from directory.accounts.parameters import CsvQuerySchema
from tests.accounts.conftest import Registry
from tests.service import ROOT, environ_of_user


@pytest.mark.parametrize(
    ("name", "query", "options"),
    [
        ("a.csv", "accounts.csv?bom=true&sort=-followers", {"bom": ("true",), "sort": ("-followers",)}),
        ("a.json", "accounts.json?status=-active", {"status": ("-active",)}),
        ("a.ndjson", "accounts.ndjson?fields=id,name", {"fields": ("id", "name")}),
        ("a", "accounts.ndjson", {}),
    ],
)  # fmt: skip
def test_a_file_has_the_bytes_of_the_download(
    client: FlaskClient, registry: Registry, tmp_path: Path, name: str, query: str, options: dict[str, tuple[str, ...]]
) -> None:
    run_export(registry.database, str(tmp_path / name), form=None, **options)
    assert (tmp_path / name).read_bytes() == client.get(f"/v1/{query}").get_data()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_the_name_says_how_to_compress(client: FlaskClient, registry: Registry, tmp_path: Path) -> None:
    plain = client.get("/v1/accounts.csv").get_data()
    run_export(registry.database, str(tmp_path / "a.csv.gz"), form=None)
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == plain
    run_export(registry.database, str(tmp_path / "a.csv.zst"), form=None)
    packed = io.BytesIO((tmp_path / "a.csv.zst").read_bytes())
    assert zstandard.ZstdDecompressor().stream_reader(packed).read() == plain


def test_standard_output_gets_the_bytes_too(
    client: FlaskClient, registry: Registry, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run_export(registry.database, "-", form="csv")
    assert capfdbinary.readouterr().out == client.get("/v1/accounts.csv").get_data()


def test_a_failure_leaves_the_old_file_and_no_part_of_a_new_one(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a.csv").write_text("old")
    monkeypatch.setattr(commands, "write_accounts", fail)
    with pytest.raises(click.ClickException, match="No space left"):
        run_export(registry.database, str(tmp_path / "a.csv"), form=None)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.csv", "old")]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.xml", {}, "no form"),
        ("a.csv", {"platform": ("weib",)}, "did you mean weibo"),
        ("a.json", {"bom": ("true",)}, "--bom"),
        ("a.csv", {"followers_min": ("2",), "followers_max": ("1",)}, "--followers-min"),
        ("missing/a.csv", {}, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_remedy(
    registry: Registry, tmp_path: Path, name: str, options: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(click.ClickException, match=message):
        run_export(registry.database, str(tmp_path / name), form=None, **options)
    assert not list(tmp_path.iterdir())


def test_every_parameter_of_the_download_is_an_option() -> None:
    @click.command()
    @export_options
    def command(**_: object) -> None:
        """Nothing."""

    assert [option.name for option in command.params] == ["target", "form", *CsvQuerySchema().load_fields]
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_a_reader_that_has_enough_is_no_fault(registry: Registry) -> None:
    command = [sys.executable, "-m", "directory", "export", "-"]
    environ = {**environ_of_user(), "DATABASE_URL": registry.url}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == (b"", 1)
