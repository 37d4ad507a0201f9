"""Accounts on Mastodon: what the lookup of their server says of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.probe.conftest import Installation, lookup
from tests.sync.servers import Answer, Asked

TODAY = datetime.now(UTC).date()
SERVER = "social.example"


def row(user: str, **more: object) -> dict[str, Any]:
    return {"platform": "mastodon", "handle": f"{user}@{SERVER}", "name": user, **more}


def found(user: str, number: int = 1, days: int = 1, **more: object) -> dict[str, Any]:
    """Return an account as Mastodon shows it; its last post is so many days old."""
    return {
        "id": str(number),
        "acct": user,
        "username": user,
        "locked": False,
        "followers_count": 100 + number,
        "statuses_count": 20,
        "last_status_at": (TODAY - timedelta(days=days)).isoformat(),
        "fields": [],
        **more,
    }


def answer(installation: Installation, *accounts: dict[str, Any] | Answer, server: str = SERVER) -> None:
    """Answer with these accounts, with those answers for `user`, and that there is no other one."""
    by_name = {account["acct"]: account for account in accounts if isinstance(account, dict)}
    others = [account for account in accounts if isinstance(account, Answer)]

    def respond(asked: Asked) -> Any:  # noqa: ANN401 - any answer
        if others:
            return others[0]
        return by_name.get(asked.parameters["acct"], Answer(b'{"error":"Record not found"}', 404))

    installation.server.answers[lookup(server)] = respond


def test_an_account_is_active_or_dormant_by_its_last_post_and_its_counts_are_observed(
    installation: Installation,
) -> None:
    installation.load(
        row("new", followers=5, followers_at="2020-01-01"), row("silent"), row("edge"), row("closed", status="closed")
    )
    answer(installation, found("new"), found("silent", days=15), found("edge", days=14, locked=True), found("closed"))
    result = installation.probe("mastodon")
    assert result.exit_code == 0, result.output
    assert "4 of 4 accounts asked for: 4 present; 4 requests" in result.output
    assert "1 of them are locked" in result.output
    assert "written: 4 observations, 3 statuses, 0 verified" in result.output
    new = installation.account(f"new@{SERVER}")
    assert (new["status"], new["followers"]["count"]) == ("active", 101)
    assert new["last_post_at"].startswith((TODAY - timedelta(days=1)).isoformat())
    assert [installation.account(f"{user}@{SERVER}")["status"] for user in ("silent", "edge", "closed")] == [
        "dormant",
        "active",
        # An end that a source states holds.
        "closed",
    ]
    assert installation.evidence(f"edge@{SERVER}")["locked"] is True
    assert installation.select("SELECT DISTINCT source FROM observations ORDER BY 1") == ["list", "probe"]
    # Nobody is asked again within a week, and the same answers change no record.
    assert "0 of 0 accounts" in installation.probe("mastodon").output
    installation.age(8)
    changed = installation.select("SELECT max(revision) FROM accounts")
    assert installation.probe("mastodon").exit_code == 0
    assert installation.select("SELECT max(revision) FROM accounts") == changed


def test_an_account_that_is_gone_is_closed_when_a_later_probe_confirms_it(installation: Installation) -> None:
    installation.load(row("gone", status="active"))
    answer(installation)
    result = installation.probe("mastodon")
    assert f"https://{SERVER}/@gone" in result.output
    assert "gone, Record not found" in result.output
    assert installation.account(f"gone@{SERVER}")["status"] == "active"
    installation.age(8)
    installation.server.answers[lookup(SERVER)] = Answer(b"", 503)
    installation.probe("mastodon")
    assert installation.account(f"gone@{SERVER}")["status"] == "active"
    evidence = installation.evidence(f"gone@{SERVER}")
    assert (evidence["http_status"], "503" in evidence["failure"]["message"]) == (404, True)
    installation.age(8)
    answer(installation)
    installation.probe("mastodon")
    assert installation.account(f"gone@{SERVER}")["status"] == "closed"
    # An import of the same list does not bring it back; the platform does.
    installation.load(row("gone", status="active", description="still listed"))
    assert installation.account(f"gone@{SERVER}")["status"] == "closed"
    installation.age(8)
    answer(installation, found("gone"))
    installation.probe("mastodon")
    assert installation.account(f"gone@{SERVER}")["status"] == "active"


def test_moved_suspended_and_reassigned_accounts_are_told_apart(installation: Installation) -> None:
    installation.load(
        row("moved"),
        row("suspended"),
        row("taken", platform_user_id=f"77@{SERVER}", followers=5, followers_at="2020-01-01"),
    )
    answer(
        installation,
        found("moved", moved=found("there", url="https://other.example/@there")),
        found("suspended", suspended=True),
        found("taken", 78),
    )
    result = installation.probe("mastodon")
    assert result.exit_code == 0
    assert "moved, https://other.example/@there" in result.output
    assert installation.outcomes() == {
        f"moved@{SERVER}": "moved",
        f"suspended@{SERVER}": "suspended",
        f"taken@{SERVER}": "reassigned",
    }
    assert installation.account(f"moved@{SERVER}")["status"] == "closed"
    assert installation.account(f"suspended@{SERVER}")["status"] == "suspended"
    # Nothing of the stranger is recorded.
    taken = installation.account(f"taken@{SERVER}")
    assert (taken["status"], taken["followers"]["count"]) == ("unknown", 5)
    # When a later probe confirms it, nobody vouches for the stranger's handle any more.
    installation.age(8)
    installation.probe("mastodon")
    taken = installation.account(f"taken@{SERVER}")
    assert (taken["status"], taken["followers"]["count"]) == ("closed", 5)
    installation.age(8)
    answer(installation, found("suspended", 55), found("moved", 1), found("taken", 77))
    installation.probe("mastodon")
    # Of this one the id was seen only.
    assert installation.outcomes()[f"suspended@{SERVER}"] == "reassigned"


def test_what_is_no_answer_never_means_that_an_account_is_gone(installation: Installation, tmp_path: Path) -> None:
    hosts = {
        "html.example": Answer(b"<html>Not found</html>", 404, "text/html"),
        "json.example": Answer(b'{"statusCode":404,"error":"Not Found","message":"Cannot GET /api"}', 404),
        "closed.example": Answer(b'{"error":"This method requires an authenticated user"}', 401),
        "broken.example": Answer(b"", 502),
        "other.example": Answer(b"<html>Welcome</html>", 200, "text/html"),
        "copy.example": Answer(b'{"id":"1","acct":"town@elsewhere.example"}'),
        "stranger.example": Answer(b'{"id":"1","acct":"city"}'),
        "half.example": Answer(b'{"id":"1","acct":"town","url":"\\ud800"}'),
        "zero.example": Answer(b'{"error":"\\u0000"}', 404),
        "large.example": Answer(os.urandom(1_100_000), headers={"Content-Encoding": "identity"}),
        "bomb.example": Answer(b" " * 5_000_000),
        "inward.example": Answer(b"", 302, headers={"Location": f"http://localhost:{installation.server.port}/"}),
    }
    installation.hosts.update(hosts)
    for host, response in hosts.items():
        answer(installation, response, server=host)
    installation.load(
        *({"platform": "mastodon", "handle": f"town@{host}", "status": "active"} for host in hosts),
        {"platform": "mastodon", "handle": "village@broken.example", "status": "active"},
    )
    result = installation.probe("mastodon", "--report", str(tmp_path / "report.json"))
    assert installation.outcomes() == {
        "town@html.example": "unclear",
        "town@json.example": "unclear",
        "town@closed.example": "refused",
        "town@broken.example": "unreachable",
        "village@broken.example": "unreachable",
        "town@other.example": "unclear",
        "town@copy.example": "unclear",
        "town@stranger.example": "unclear",
        "town@half.example": "unclear",
        "town@zero.example": "unclear",
        "town@large.example": "unreachable",
        "town@bomb.example": "unreachable",
        "town@inward.example": "unreachable",
    }
    # No platform answered at all.
    assert result.exit_code == 1
    assert installation.select("SELECT DISTINCT status FROM accounts") == ["active"]
    assert installation.select(
        "SELECT count(*) FROM account_probes WHERE gone_since IS NOT NULL OR status IS NOT NULL"
    ) == [0]
    for host, reason in {
        "large.example": "more than the allowed 1,048,576 bytes",
        "bomb.example": "more than the allowed 4,194,304 bytes",
        "inward.example": "redirects to localhost, which is in a private network",
    }.items():
        assert reason in installation.evidence(f"town@{host}")["message"]
    # After five failures the host is left alone.
    assert installation.server.paths().count(lookup("broken.example")) == 5


def test_absurd_counts_times_and_links_are_left_out(installation: Installation) -> None:
    installation.load(row("large"), row("later"), row("older"))
    at = "2024-05-06T07:08:09Z"
    answer(
        installation,
        found("large", followers_count=10**30, statuses_count=3, locked="\u2028" * 9, moved=7),
        found("later", days=-400, fields=[{"value": 'href="https://[cdc.gov"', "verified_at": at}, "x", {"value": 1}]),
        found("older", last_status_at="0001-01-01T00:00:00+14:00", fields=5),
    )
    assert installation.probe("mastodon").exit_code == 0
    assert set(installation.outcomes().values()) == {"present"}
    assert installation.account(f"large@{SERVER}")["followers"] is None
    assert installation.select("SELECT DISTINCT last_post_at FROM observations WHERE posts = 20") == [None]
    assert installation.account(f"later@{SERVER}")["status"] == "unknown"


def test_a_verified_link_to_an_official_site_is_a_verification_by_the_server(installation: Installation) -> None:
    installation.load(
        row("gov"),
        row("own", department="Town of Newtown", department_url="https://www.newtown.example/"),
        row("stranger"),
    )

    def verified(url: str, at: str | None = "2024-05-06T07:08:09.000+00:00") -> dict[str, Any]:
        link = f'<a href="{url}" rel="me">{url}</a>'
        return {"fields": [{"name": "Website", "value": link, "verified_at": at}]}

    answer(
        installation,
        found("gov", 1, **verified("https://www.cdc.gov/about")),
        found("own", 2, **verified("https://news.newtown.example")),
        found("stranger", 3, **verified("https://cdc.gov.example")),
    )
    result = installation.probe("mastodon")
    assert "2 verified by the platform" in result.output
    assert installation.account(f"gov@{SERVER}")["verification"] == {
        "level": "platform",
        "method": f"mastodon-link:{SERVER} for www.cdc.gov",
        "checked_at": "2024-05-06T07:08:09+00:00",
        "expires_at": None,
    }
    assert installation.account(f"own@{SERVER}")["verification"]["level"] == "platform"
    assert installation.account(f"stranger@{SERVER}")["verification"]["level"] == "source"
    # An import leaves it; a probe that finds no proof any more takes it back.
    installation.load(row("gov", description="new"))
    assert installation.account(f"gov@{SERVER}")["verification"]["level"] == "platform"
    installation.age(8)
    answer(installation, found("gov", 1, **verified("https://www.cdc.gov/about", None)))
    installation.probe("mastodon")
    assert installation.account(f"gov@{SERVER}")["verification"] == {
        "level": "source",
        "method": None,
        "checked_at": None,
        "expires_at": None,
    }


def test_no_proof_makes_an_account_official_that_its_last_source_has_dropped(installation: Installation) -> None:
    town = row("town", department="Newtown", department_url="https://newtown.gov/")
    proof = {"name": "Site", "value": '<a href="https://newtown.gov">', "verified_at": "2024-05-06T07:08:09Z"}
    answer(installation, found("town", fields=[proof]))
    installation.load(town, row("other"))
    installation.probe("mastodon")
    assert installation.account(f"town@{SERVER}")["verification"]["level"] == "platform"
    installation.load(row("other"), complete=True, allow_withdrawals=100.0)
    installation.age(8)
    for _ in range(2):
        verification = installation.account(f"town@{SERVER}")["verification"]
        assert (verification["level"], verification["method"], verification["checked_at"]) == ("none", None, None)
        assert verification["withdrawn"]["source"] == "list"
        installation.probe("mastodon")
    installation.load(town, row("other"))
    installation.age(8)
    installation.probe("mastodon")
    assert installation.account(f"town@{SERVER}")["verification"]["level"] == "platform"


def test_what_was_found_of_a_former_handle_says_nothing_of_the_next(installation: Installation) -> None:
    user_id = f"7@{SERVER}"
    installation.load(row("old", platform_user_id=user_id, status="active"))
    answer(installation)
    for _ in range(2):
        installation.probe("mastodon")
        installation.age(8)
    assert installation.account(f"old@{SERVER}")["status"] == "closed"
    installation.load(row("new", platform_user_id=user_id, status="active"))
    assert installation.account(f"new@{SERVER}")["status"] == "active"
    # It is not found for the first time, which closes no account.
    installation.probe("mastodon")
    assert installation.outcomes() == {f"new@{SERVER}": "gone"}
    assert installation.account(f"new@{SERVER}")["status"] == "active"
