from pathlib import Path

import pytest

from directory.config import Config
from directory.environment import ConfigError


def test_an_empty_environment_gives_a_whole_configuration() -> None:
    config = Config.from_environment({})
    assert (config.host, config.port, config.seed_data, config.database_url) == ("127.0.0.1", 8000, "bundled", None)
    assert config.data_dir.is_absolute()
    assert config.data_dir.name == "official-directory"
    assert config.download_cache_dir == config.data_dir / "download-cache"
    assert (config.storage_url, config.accel_prefix) == ((config.data_dir / "snapshots").as_uri(), None)
    assert (config.signing_key_path, config.snapshot_every) == (config.data_dir / "signing.key", 24)
    assert 1 <= config.workers <= 4


def test_settings_are_taken_from_the_environment(tmp_path: Path) -> None:
    config = Config.from_environment(
        {
            "DATABASE_URL": "postgresql://host/name",
            "DIRECTORY_DATA_DIR": str(tmp_path),
            "PORT": "8099",
            "DIRECTORY_SEED_DATA": "none",
            "DIRECTORY_RESPONSE_CACHE_BYTES": "0",
            "DIRECTORY_PUBLIC_URL": "https://example.org/registry/",
            "DIRECTORY_TITLE": "  名录 ",
            "DIRECTORY_KEYWORDS": "政务, open data",
            "DIRECTORY_LANGUAGES": "zh-Hans,en",
            "DIRECTORY_LICENCE": "CC-BY-4.0",
            "DIRECTORY_SECURITY_CONTACT": "security@example.org",
        }
    )
    assert config.database_url == "postgresql://host/name"
    assert (config.data_dir, config.port, config.seed_data, config.response_cache_bytes) == (tmp_path, 8099, "none", 0)
    assert (config.public_url, config.title) == ("https://example.org/registry", "名录")
    assert (config.keywords, config.languages) == (("政务", "open data"), ("zh-Hans", "en"))
    assert (config.licence, config.security_contact) == ("CC-BY-4.0", "security@example.org")


def test_an_empty_value_counts_as_not_set() -> None:
    assert Config.from_environment({"DATABASE_URL": "", "PORT": " "}) == Config.from_environment({})


def test_a_relative_data_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Config.from_environment({"DIRECTORY_DATA_DIR": "here"}).data_dir == tmp_path / "here"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PORT", "80000", "from 1 to 65535"),
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "８０", "whole number"),
        ("PORT", "9" * 5000, "whole number"),
        ("DIRECTORY_WORKERS", "many", "whole number"),
        ("DIRECTORY_SEED_DATA", "all", "bundled or none"),
        ("DIRECTORY_TITLE", "a\nb", "control characters"),
        ("DIRECTORY_PUBLIC_URL", "example.org", "https://host"),
        ("DIRECTORY_CONTACT", "the third door", "e-mail address"),
        ("DIRECTORY_SECURITY_CONTACT", "http://example.org/report", "https://"),
        ("DIRECTORY_KEYWORDS", "data,,accounts", "with commas between"),
        ("DIRECTORY_KEYWORDS", "data, data", "each once"),
        ("DIRECTORY_LANGUAGES", "English", "RFC 5646"),
        ("DIRECTORY_LICENCE", "free as in speech", "SPDX"),
        ("DIRECTORY_DATA_DIR", "~nobody-of-this-name/x", "full path"),
        ("DIRECTORY_THREAD", "3", "did you mean DIRECTORY_THREADS?"),
        ("DIRECTORY_ANSWER_CACHE_BYTES", "0", "it is DIRECTORY_RESPONSE_CACHE_BYTES now"),
        ("DIRECTORY_STARTER", "none", "it is DIRECTORY_SEED_DATA now"),
        ("DIRECTORY_SPOOL_DIR", "here", "it is DIRECTORY_DOWNLOAD_CACHE_DIR now"),
        ("DIRECTORY_SPOOL_BYTES", "1048576", "it is DIRECTORY_DOWNLOAD_CACHE_BYTES now"),
        ("DIRECTORY_ACCEL_PREFIX", "snapshot-files", "location"),
        ("DIRECTORY_ACCEL_PREFIX", "/a/../b c", "location"),
    ],
)
def test_an_unusable_setting_is_refused_with_name_value_and_remedy(name: str, value: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_environment({name: value})
    assert name in str(caught.value)
    assert remedy in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"DIRECTORY_HOST": "::1", "PORT": "8099"}, "http://[::1]:8099"),
        ({"DIRECTORY_PUBLIC_URL": "https://example.org/registry/"}, "https://example.org/registry"),
    ],
)
def test_the_base_url_is_the_public_url_or_else_that_of_the_host_and_port(settings: dict[str, str], url: str) -> None:
    assert Config.from_environment(settings).base_url == url


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC0-1.0", "https://spdx.org/licenses/CC0-1.0.html"),
        ("https://example.org/terms", "https://example.org/terms"),
        ("", None),
    ],
)
def test_a_licence_has_a_url_and_the_terms_name_it(licence: str, url: str | None) -> None:
    config = Config.from_environment({"DIRECTORY_LICENCE": licence})
    assert config.licence_url == url
    assert licence in config.terms
    assert "each under its own licence" in config.terms


def test_a_refused_database_url_does_not_show_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_environment({"DATABASE_URL": "mysql://user:secret@host/name"})
    assert "postgresql://" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_storage_is_a_folder_or_a_bucket() -> None:
    for url in ("file:///srv/snapshots", "s3://bucket/prefix?endpoint=http://127.0.0.1:9000"):
        assert Config.from_environment({"DIRECTORY_STORAGE_URL": url}).storage_url == url
    settings = {"DIRECTORY_ACCEL_PREFIX": "/snapshot-files/"}
    assert Config.from_environment(settings).accel_prefix == "/snapshot-files"


@pytest.mark.parametrize(
    "url", ["/srv", "file://host/srv", "file:///srv?a=b", "s3:///no-bucket", "https://key:secret@host"]
)
def test_a_url_that_is_no_storage_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="file:///folder") as caught:
        Config.from_environment({"DIRECTORY_STORAGE_URL": url})
    assert "secret" not in str(caught.value)
