"""The settings of sources, and which sources a command takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from directory.cli import main
from directory.sync.errors import SettingsError
from directory.sync.sources import describe_offer, read_sources


def test_without_settings_every_connector_is_a_source(tmp_path: Path) -> None:
    sources = read_sources(tmp_path / "sync.toml")
    assert sources["congress"].off is None
    assert sources["congress"].connector.url.startswith("https://")


def test_a_table_may_add_a_source_of_a_connector(tmp_path: Path) -> None:
    (tmp_path / "sync.toml").write_text('[copy]\nconnector = "congress"\nurl = "https://mirror.example/"\noff = true\n')
    copy = read_sources(tmp_path / "sync.toml")["copy"]
    assert (copy.name, copy.connector.url, copy.is_usable) == ("copy", "https://mirror.example/", True)
    assert copy.off is not None


def test_a_new_registry_is_told_how_many_accounts_its_sources_have(tmp_path: Path) -> None:
    path = tmp_path / "sync.toml"
    # Canada is off until its terms are accepted.
    assert "would bring some 24,100 accounts more" in str(describe_offer(path, has_contact=True))
    path.write_text("".join(f"[{name}]\noff = true\n" for name in ("wikidata", "congress", "openstates", "england")))
    assert describe_offer(path, has_contact=True) is None
    path.write_text("[congress]\nurl = 1\n")
    assert "`directory sync` cannot run" in str(describe_offer(path, has_contact=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("congress = 1", "congress is no table"),
        ("[congress]\nhost = 1", "unknown option host"),
        ("[congress]\nurl = 1", "url is no text"),
        ("[congress]\nfirst_wait_seconds = 1000", "from 0 to 300"),
        ("[other]\nurl = 'x'", r"\[other\] is no source"),
        ("['../up']\nconnector = 'congress'", "is no id of a source"),
        ("[", "cannot be read"),
    ],
)
def test_unusable_settings_are_refused_with_table_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "sync.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_sources(tmp_path / "sync.toml")


def test_an_unknown_source_is_a_usage_error_that_names_the_known_ones(tmp_path: Path) -> None:
    environ = {"DIRECTORY_DATA_DIR": str(tmp_path)}
    result = CliRunner().invoke(main, ["sync", "atlantis"], env=environ)
    assert result.exit_code == 2
    assert "atlantis is no source; known are wikidata" in result.output
