"""A run of a probe: whom it asks for, what it believes, and where it continues."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from directory.probe.guard import find_too_many_gone
from directory.probe.queries import select_due, stage_results
from directory.probe.results import Account, Outcome, Result
from directory.sync.errors import FetchError
from directory.sync.fetch.client import Fetcher, Limits, read_all
from directory.sync.fetch.pages import PageFolder, Request
from tests.probe.conftest import Installation, lookup
from tests.probe.test_mastodon import SERVER, answer, found, row
from tests.sync.servers import Answer, serving

USERS = [f"town{number:02}" for number in range(12)]


def test_each_run_asks_for_the_accounts_that_were_asked_for_longest_ago(installation: Installation) -> None:
    installation.load(*(row(user) for user in USERS[:5]))
    answer(installation, *(found(user) for user in USERS))
    for expected in (2, 2, 1, 0):
        before = len(installation.server.asked)
        installation.probe("mastodon", "--limit", "2")
        assert len(installation.server.asked) - before == expected
    assert len({asked.parameters["acct"] for asked in installation.server.asked}) == 5
    account = installation.account(f"{USERS[3]}@{SERVER}")["id"]
    assert "1 of 1 accounts asked for" in installation.probe("--account", account).output
    assert installation.server.asked[-1].parameters["acct"] == USERS[3]


def test_many_accounts_that_are_gone_at_once_are_not_believed_until_they_are_accepted(
    installation: Installation, tmp_path: Path
) -> None:
    installation.load(*(row(user, status="active") for user in USERS))
    answer(installation, *(found(user) for user in USERS[:9]))
    result = installation.probe("mastodon", "--report", str(tmp_path / "report.json"))
    assert result.exit_code == 5
    assert "3 of 12 accounts that were answered for are gone, more than 20%" in result.output
    assert set(installation.outcomes().values()) == {"present", "unclear"}
    (report,) = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (report["refused"], report["outcomes"]) == (True, {"present": 9, "unclear": 3})
    assert {each["evidence"]["http_status"] for each in report["found"]} == {200, 404}
    installation.age(8)
    assert installation.probe("mastodon", "--accept").exit_code == 0
    assert list(installation.outcomes().values()).count("gone") == 3


def test_a_server_that_lost_its_accounts_is_not_believed_though_it_is_a_small_part_of_all() -> None:
    account = Account(id="1", platform="mastodon", handle="a@b.example", platform_user_id=None, url=None, website=None)

    def results(server: str, outcome: Outcome, number: int) -> list[Result]:
        return [
            Result(
                account=account,
                method="mastodon-lookup",
                asked_at=datetime.now(UTC),
                outcome=outcome,
                evidence={"server": server},
            )
            for _ in range(number)
        ]

    others = [*results("whole.example", "present", 100), *results("small.example", "gone", 9)]
    assert find_too_many_gone(others) == ([], "")
    for outcome in ("gone", "reassigned"):
        lost = results("lost.example", outcome, 10)
        found, message = find_too_many_gone([*others, *lost])
        assert found == lost
        assert "10 of 10 accounts of lost.example" in message


def test_a_dry_run_writes_nothing_and_its_responses_serve_the_next_run(installation: Installation) -> None:
    installation.load(row("town"))
    answer(installation, found("town"))
    result = installation.probe("mastodon", "--dry-run")
    assert "would be written: 1 observations, 1 statuses" in result.output
    assert installation.outcomes() == {}
    assert installation.account(f"town@{SERVER}")["status"] == "unknown"
    assert "0 requests" in installation.probe("mastodon").output
    assert installation.account(f"town@{SERVER}")["status"] == "active"
    assert len(installation.server.asked) == 1


def test_a_killed_run_continues_without_asking_again(installation: Installation) -> None:
    installation.load(*(row(user) for user in USERS[:3]))
    answer(installation, *(found(user) for user in USERS))

    def kill(_: object) -> Answer:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return Answer(b"")

    usual = installation.server.answers[lookup(SERVER)]
    installation.server.faults[lookup(SERVER)] = [usual, kill]
    process = subprocess.Popen(
        [sys.executable, "-m", "directory", *installation.command("mastodon")],
        env=os.environ | installation.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.wait(60) == -signal.SIGKILL
    assert installation.outcomes() == {}
    assert "3 present; 2 requests" in installation.probe("mastodon").output
    assert len(installation.server.asked) == 4


def test_what_an_import_renamed_meanwhile_is_left_alone(installation: Installation) -> None:
    installation.load(row("town", platform_user_id=f"1@{SERVER}"))
    with psycopg.connect(installation.url) as conn:
        (asked,) = select_due(conn, "mastodon", before=datetime.now(UTC), limit=10)
    installation.load(row("city", platform_user_id=f"1@{SERVER}"))
    result = Result(account=asked, method="mastodon-lookup", asked_at=datetime.now(UTC), outcome="gone")
    with psycopg.connect(installation.url) as conn, conn.transaction(force_rollback=True):
        assert stage_results(conn, [result]) == []


def test_a_host_in_a_private_network_is_asked_only_if_it_is_trusted(tmp_path: Path) -> None:
    limits = Limits(seconds_between_requests=0, first_wait_seconds=0.001, max_response_bytes=1000)
    with serving() as server:
        server.answers["/"] = Answer(b"{}")
        request = Request(f"{server.url}/", "application/json")
        for trusted, requests in ((frozenset[str](), 0), (frozenset({"127.0.0.1"}), 1)):
            folder = PageFolder(tmp_path / str(requests))
            with Fetcher(
                folder, tmp_path / "cache", limits, "agent", lambda _line: None, trusted_hosts=trusted
            ) as fetcher:
                if trusted:
                    fetcher.fetch(request, read_all)
                else:
                    with pytest.raises(FetchError, match="in a private network"):
                        fetcher.fetch(request, read_all)
            assert len(server.asked) == requests


@pytest.mark.parametrize(
    "arguments",
    [["weibbo"], ["--server", "x.com"], ["--server", "x.com=ftp://a"], ["--limit", "0"], ["--account", "nosuch"]],
)
def test_wrong_usage_is_refused(installation: Installation, arguments: list[str]) -> None:
    assert installation.probe(*arguments).exit_code == 2


def test_a_server_that_asks_for_a_longer_wait_is_put_off(installation: Installation) -> None:
    installation.load(row("town"))
    installation.server.answers[lookup(SERVER)] = Answer(b"", 429, headers={"Retry-After": "3600"})
    assert installation.probe("mastodon").exit_code == 1
    assert len(installation.server.asked) == 1
    assert installation.outcomes() == {f"town@{SERVER}": "unreachable"}
