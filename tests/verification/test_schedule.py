"""Checks of a running service."""

from __future__ import annotations

import logging.config
import signal
import threading

import psycopg
import pytest

from directory.config import Config
from directory.verification import queries, run, schedule
from directory.verification.due import has_work
from directory.verification.queries import merge_request
from tests.verification.conftest import Installation


def is_due(installation: Installation, *, only_requested: bool) -> bool:
    with psycopg.connect(installation.url) as conn:
        return has_work(conn, only_requested=only_requested)


def test_a_service_checks_what_was_requested_and_lets_proofs_expire(
    installation: Installation, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The logging, the niceness and the signals of the test's own process stay as they are.
    monkeypatch.setattr(logging.config, "dictConfig", lambda _: None)
    monkeypatch.setattr(schedule, "lower_priority", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(run, "check", lambda *_: [])
    config = Config.from_environment(installation.environ)
    assert not is_due(installation, only_requested=False)
    account = installation.account("town")["id"]
    with psycopg.connect(installation.url) as conn:
        merge_request(conn, account, ["link"], "token")
    assert is_due(installation, only_requested=True)
    with caplog.at_level(logging.INFO):
        schedule.check_requested(config, installation.url)
    assert "1 accounts checked, 0 proofs expired" in caplog.text
    assert not is_due(installation, only_requested=False)
    installation.execute("UPDATE proof_checks SET due_at = now()")
    assert not is_due(installation, only_requested=True)
    assert is_due(installation, only_requested=False)
    schedule.check_all(config, installation.url)
    assert not is_due(installation, only_requested=False)
    monkeypatch.undo()
    installation.place.serve("www.town.gov/", '<a href="https://x.com/town">')
    installation.check("town", "--method", "link")
    installation.execute("UPDATE account_evidence SET expires_at = now() WHERE expires_at IS NOT NULL")
    assert is_due(installation, only_requested=True)


def test_a_service_looks_again_and_again_until_it_ends(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    ended = threading.Event()

    def start(work: object, *_: object) -> None:
        started.append(getattr(work, "__name__", ""))
        if len(started) == 2:
            ended.set()

    monkeypatch.setattr(schedule, "run_in_process", start)
    monkeypatch.setattr(schedule, "_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(schedule, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(signal, "pthread_sigmask", lambda *_: None)
    with psycopg.connect(installation.url) as conn:
        merge_request(conn, installation.account("town")["id"], [], "token")
    config = Config.from_environment({**installation.environ, "DIRECTORY_PROOF_EVERY": "24"})
    schedule._check_when_due(config, installation.url, ended)  # noqa: SLF001 - the body of the thread
    assert started == ["check_all", "check_requested"]
    with schedule.scheduled_proofs(config, installation.url):
        pass


def test_two_services_never_do_the_same_check(installation: Installation) -> None:
    account = installation.account("town")["id"]
    with psycopg.connect(installation.url) as conn:
        merge_request(conn, account, [], "token")
    with psycopg.connect(installation.url) as first, psycopg.connect(installation.url) as second:
        assert list(queries.select_due(first, limit=10, only_requested=False)) == [account]
        assert queries.select_due(second, limit=10, only_requested=False) == {}
