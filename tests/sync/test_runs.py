"""A run of one source: what it fetches, when it stops, and where it continues."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from directory.sync.fetch.client import Limits
from directory.sync.runs import KEPT_RUNS, SourceFolder
from tests.sync.conftest import Congress, Installation
from tests.sync.servers import Answer, Server

SOCIAL = "/legislators-social-media.json"
CURRENT = "/legislators-current.json"


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template with few regions: each run compares and reads all of them."""
    return template_of_few_regions


def test_the_accounts_of_a_source_are_in_the_registry_with_licence_and_date(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    result = installation.sync("congress")
    assert result.exit_code == 0, result.output
    assert "congress: 3 rows; 2 requests" in result.output
    first = installation.accounts()[0]
    assert (first["platform"], first["handle"], first["platform_user_id"]) == ("x", "Member0", "9000000")
    assert (first["subject"], first["department"]["name"]) == ("person", "United States House of Representatives")
    source = installation.select("SELECT document FROM sources WHERE id = 'congress'")[0]
    assert json.loads(source)["licence"] == "CC0-1.0"
    assert json.loads(source)["origin"] == f"{server.url}/"
    assert json.loads(source)["retrieved"].startswith("20")
    agent = server.asked[0].headers["user-agent"]
    assert agent.startswith("official-directory/")
    assert agent.endswith("(+https://registry.example/contact)")


def test_a_second_sync_asks_conditionally_and_changes_nothing(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    installation.sync("congress")
    before = installation.select("SELECT max(revision) FROM revisions")
    result = installation.sync("congress")
    assert "2 requests (2 not modified)" in result.output
    assert "nothing to change, no new revision" in result.output
    assert installation.select("SELECT max(revision) FROM revisions") == before
    assert all("if-none-match" in asked.headers for asked in server.asked[2:])


def test_what_a_source_stops_listing_is_withdrawn_and_a_rename_is_followed(
    installation: Installation, congress: Congress
) -> None:
    congress(10)
    installation.sync("congress")
    congress(9, renamed={0: "NewName"})
    assert installation.sync("congress").exit_code == 0
    by_id = {account["platform_user_id"]: account for account in installation.accounts()}
    assert by_id["9000000"]["handle"] == "NewName"
    assert by_id["9000009"]["sources"] == []
    assert by_id["9000008"]["sources"] == ["congress"]


def test_a_source_that_shrinks_is_stopped_until_it_is_accepted(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(10)
    installation.sync("congress")
    congress(5)
    result = installation.sync("congress")
    assert result.exit_code == 5
    assert "it lists 5 rows (10 on" in result.output
    assert all(account["sources"] for account in installation.accounts())
    asked = len(server.asked)
    assert installation.sync("congress", "--accept").exit_code == 0
    # What it accepts is what it has shown, and not what the source says by now.
    assert len(server.asked) == asked
    assert sum(not account["sources"] for account in installation.accounts()) == 5


def test_a_source_without_rows_is_stopped_the_first_time_too(installation: Installation, congress: Congress) -> None:
    congress(0)
    result = installation.sync("congress")
    assert result.exit_code == 5
    assert "it lists 0 rows (none before)" in result.output


@pytest.mark.parametrize(
    "fault",
    [
        Answer(b"slow down", 429, headers={"Retry-After": "1"}),
        Answer(b"oops", 503),
        Answer(b"<html>maintenance</html>", content_type="text/html"),
        Answer(b'[{"id": 1}' * 100, cut=True),
        Answer(b'[{"id": 1}, {"id"'),
        Answer(b"\x1f\x8b damaged", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["retry-after", "server-error", "html", "truncated", "truncated-json", "damaged-gzip"],
)
def test_a_fault_that_passes_delays_a_source_only(
    installation: Installation, congress: Congress, server: Server, fault: Answer
) -> None:
    congress(3)
    server.faults[SOCIAL] = [fault]
    started = time.monotonic()
    result = installation.sync("congress")
    assert result.exit_code == 0, result.output
    assert "3 requests (1 failed)" in result.output
    assert server.paths() == [CURRENT, SOCIAL, SOCIAL]
    if fault.status == 429:
        assert time.monotonic() - started >= 1


def test_the_body_of_a_redirect_is_not_read(installation: Installation, congress: Congress, server: Server) -> None:
    congress(3)
    moved = {"Location": f"{server.url}/moved.json", "Content-Encoding": "gzip"}
    server.answers["/moved.json"] = server.answers[SOCIAL]
    server.answers[SOCIAL] = Answer(b"no gzip" * 100_000, 302, headers=moved)
    result = installation.sync("congress")
    assert result.exit_code == 0, result.output
    assert len(installation.accounts()) == 3


def test_a_text_that_is_not_unicode_and_a_missing_contact_end_their_source_alone(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    server.answers["/copy/legislators-social-media.json"] = server.answers[SOCIAL]
    members = [member | {"name": {"official_full": "Ann \ud800"}} for member in server.answers[CURRENT]]
    server.answers["/copy/legislators-current.json"] = members
    known = ("france", "uk", "italy", "openstates", "england", "canada", "mastodon")
    installation.configure(
        congress={"url": f"{server.url}/copy/"},
        copy={"connector": "congress", "url": f"{server.url}/"},
        **{name: {"off": True} for name in known},
    )
    result = installation.sync(DIRECTORY_CONTACT=None)
    assert result.exit_code == 1
    assert "a text is not Unicode" in result.output
    assert "wikidata asks clients to name a contact" in result.output
    assert {source for account in installation.accounts() for source in account["sources"]} == {"copy"}


def test_after_five_failures_a_source_stops_and_the_next_run_continues_there(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    server.faults[SOCIAL] = [Answer(b"", 500)] * 5
    result = installation.sync("congress")
    assert result.exit_code == 1
    assert f"{SOCIAL} is answered 500 Internal Server Error; given up after 5 failures" in result.output
    assert installation.accounts() == []
    result = installation.sync("congress")
    assert result.exit_code == 0
    assert "1 requests (1 responses of an earlier run reused)" in result.output
    assert server.paths() == [CURRENT, *[SOCIAL] * 6]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Answer(b"", 403), "is answered 403 Forbidden"),
        (Answer(b"", 429, headers={"Retry-After": "3600"}), "put off to the next run, as it asks for a wait of 3,6"),
        (Answer(b"", 302, headers={"Location": "file:///etc/passwd"}), "redirect"),
        (Answer(b"", 302, headers={"Location": "http://[::1]:1/x"}), "which is in a private network; not followed"),
        (Answer(b"[]", headers={"Content-Encoding": "br"}), "is encoded as br, which was not asked for"),
        ({"error": "moved"}, "a response has another form than this connector knows"),
    ],
    ids=["forbidden", "long-wait", "redirect-to-file", "redirect-inside", "encoding", "changed-form"],
)
def test_a_fault_that_stays_stops_a_source_at_once(
    installation: Installation, congress: Congress, server: Server, fault: object, message: str
) -> None:
    congress(3)
    server.faults[SOCIAL] = [fault]
    result = installation.sync("congress")
    assert result.exit_code == 1
    assert message in result.output
    assert server.paths().count(SOCIAL) == 1
    assert installation.accounts() == []


def test_after_its_deadline_a_source_stops_and_says_so(
    installation: Installation, congress: Congress, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(_: object) -> Answer:
        time.sleep(1.1)
        return Answer(b"", 500)

    congress(3)
    server.faults[CURRENT] = [wait]
    monkeypatch.setattr("directory.sync.run.Limits", partial(Limits, deadline_seconds=1.0))
    result = installation.sync("congress")
    assert result.exit_code == 1
    assert (
        "is answered 500 Internal Server Error; the source took more than 0.00028 hours; 0 rows came" in result.output
    )
    assert "failures" not in result.output


def test_a_body_that_is_too_large_is_not_read_to_its_end(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    installation.configure(congress={"url": f"{server.url}/", "max_response_bytes": 100_000})
    server.faults[SOCIAL] = [Answer(b"[" * 9_000_000, headers={"Content-Encoding": "identity"})]
    result = installation.sync("congress")
    assert result.exit_code == 1
    assert "sends more than the allowed 100,000 bytes" in result.output


def test_gzip_that_grows_beyond_all_measure_is_refused(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    installation.configure(congress={"url": f"{server.url}/", "max_response_bytes": 100_000})
    server.faults[SOCIAL] = [Answer(b" " * 9_000_000)] * 5
    result = installation.sync("congress")
    assert result.exit_code == 1
    assert "it has more than the allowed" in result.output


def test_a_killed_run_continues_without_asking_again(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)

    def kill(_: object) -> Answer:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return Answer(b"")

    server.faults[SOCIAL] = [kill]
    process = subprocess.Popen(
        [sys.executable, "-m", "directory", "sync", "congress"],
        env=os.environ | installation.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.wait(60) == -signal.SIGKILL
    # A kill may also cut off the index.
    index = next(installation.data_dir.glob("sync/congress/runs/*/responses/responses.ndjson"))
    index.write_text(index.read_text("utf-8") + '{"key": "cut', "utf-8")
    assert installation.sync("congress").exit_code == 0
    assert server.paths() == [CURRENT, SOCIAL, SOCIAL]
    assert len(installation.runs("congress")) == 1
    assert len(installation.accounts()) == 3


def test_a_dry_run_and_a_limit_leave_the_responses_to_the_next_run(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    assert "dry run of 3 rows" in installation.sync("congress", "--dry-run").output
    assert installation.accounts() == []
    assert installation.sync("congress", "--limit", "2").exit_code == 0
    assert len(installation.accounts()) == 2
    assert installation.sync("congress").exit_code == 0
    assert len(installation.accounts()) == 3
    assert len(server.asked) == 2


def test_rejected_rows_of_a_source_withdraw_nothing(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(10)
    installation.sync("congress")
    congress(9)
    server.answers[CURRENT][0]["name"]["official_full"] = "Ann \u202eevil"
    result = installation.sync("congress")
    assert result.exit_code == 0
    assert "1 rows are not understood, so nothing is withdrawn this time" in result.output
    assert all(account["sources"] == ["congress"] for account in installation.accounts())
    assert (installation.runs("congress")[-1] / "rejected.ndjson").exists()


def test_two_syncs_of_one_source_do_not_run_at_once(
    installation: Installation, congress: Congress, server: Server
) -> None:
    congress(3)
    with SourceFolder(installation.data_dir / "sync" / "congress").locked():
        result = installation.sync("congress")
    assert result.exit_code == 1
    assert "another `directory sync` is at this source" in result.output
    assert server.asked == []


def test_old_runs_are_removed_but_for_the_last_ones(tmp_path: Path) -> None:
    folder = SourceFolder(tmp_path)
    for day in ("20200101", "20200102", "20200103"):
        run = tmp_path / "runs" / f"{day}T000000.000000Z"
        run.mkdir(parents=True)
    folder.prune()
    assert len(list((tmp_path / "runs").iterdir())) == KEPT_RUNS
