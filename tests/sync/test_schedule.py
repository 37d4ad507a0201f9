"""Syncs of a running service."""

from __future__ import annotations

import logging.config
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from directory.config import Config
from directory.sync import schedule
from tests.sync.conftest import Congress, Installation


def test_a_sync_is_due_so_many_hours_after_the_last_one_began(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert schedule.is_due(tmp_path, 24)
    (tmp_path / "scheduled").write_text(now.isoformat(), "utf-8")
    assert not schedule.is_due(tmp_path, 24, now + timedelta(hours=23))
    assert schedule.is_due(tmp_path, 24, now + timedelta(hours=24))
    # The clock was set back.
    assert schedule.is_due(tmp_path, 24, now - timedelta(hours=1))


def test_a_service_synchronizes_what_is_on_and_logs_what_it_did(
    installation: Installation, congress: Congress, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    congress(3)
    settings = (installation.data_dir / "sync.toml").read_text("utf-8")
    others = ("france", "uk", "italy", "openstates", "england", "mastodon")
    off = "".join(f"[{name}]\noff = true\n" for name in others)
    (installation.data_dir / "sync.toml").write_text(settings + off, "utf-8")
    # The logging, the niceness and the signals of the test's own process stay as they are.
    monkeypatch.setattr(logging.config, "dictConfig", lambda _: None)
    monkeypatch.setattr(schedule, "lower_priority", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    environ = {name: value for name, value in installation.environ.items() if name != "DIRECTORY_CONTACT"}
    with caplog.at_level(logging.INFO):
        schedule.sync_all(Config.from_environment(environ), installation.url)
    assert len(installation.accounts()) == 3
    assert "congress: 3 rows" in caplog.text
    assert "wikidata is not synchronized: it asks clients to name a contact" in caplog.text
