import dataclasses
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from directory.config import Config
from directory.database.migrations import downgrade, migrate
from directory.environment import ConfigError
from directory.secret_files import read_or_create
from directory.secret_keys import SecretKeyError, derive_key, require_same_secret


def host(folder: Path, **settings: str) -> Config:
    """Return the settings of a host."""
    config = Config.from_environment({"DIRECTORY_DATA_DIR": str(folder)})
    return dataclasses.replace(config, **settings)  # type: ignore[arg-type]  # texts alone


def test_each_purpose_has_its_own_key_which_is_the_same_each_time(tmp_path: Path) -> None:
    config = host(tmp_path / "data")
    first = derive_key(config, b"one")
    assert len(first) == 32
    assert derive_key(config, b"one") == first != derive_key(config, b"two")
    file = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["secret.key"]  # noqa: PTH208 - hidden files, too
    assert derive_key(host(tmp_path / "other"), b"one") != first
    copied = host(tmp_path / "third", secret_key=file.read_text().strip())
    assert derive_key(copied, b"one") == first


def test_processes_that_create_the_secret_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda number: read_or_create(tmp_path / "key", lambda: str(number)), range(32)))
    assert len(texts) == 1


def test_a_damaged_secret_is_refused_with_the_path_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short\n")
    with pytest.raises(SecretKeyError, match=r"secret\.key is damaged"):
        derive_key(host(tmp_path), b"one")


def test_a_short_secret_in_the_environment_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="at least 32") as raised:
        Config.from_environment({"DIRECTORY_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(raised.value)
    assert "s" * 32 not in repr(Config.from_environment({"DIRECTORY_SECRET_KEY": "s" * 32}))


def test_a_host_with_another_secret_than_the_first_one_is_refused_in_words(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    first, second = host(tmp_path / "first"), host(tmp_path / "second")
    require_same_secret(conn, first)
    require_same_secret(conn, first)
    with pytest.raises(SecretKeyError, match=r"second/secret\.key is not the one .* copy `secret\.key`"):
        require_same_secret(conn, second)
    with pytest.raises(SecretKeyError, match="the secret in DIRECTORY_SECRET_KEY is not"):
        require_same_secret(conn, host(tmp_path, secret_key="s" * 32))
    conn.execute("DELETE FROM secret_key_fingerprint")
    require_same_secret(conn, second)


def test_the_schema_goes_down_and_up_with_a_fingerprint_in_it(bare_database_url: str, tmp_path: Path) -> None:
    migrate(bare_database_url, "0052")
    with psycopg.connect(bare_database_url) as conn:
        require_same_secret(conn, host(tmp_path))
    downgrade(bare_database_url, "0040")
    migrate(bare_database_url, "0052")
    with psycopg.connect(bare_database_url) as conn:
        assert conn.execute("SELECT count(*) FROM secret_key_fingerprint").fetchone() == (0,)
