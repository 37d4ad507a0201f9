"""What becomes of proofs: they are written, checked again, replaced, and end."""

from __future__ import annotations

from typing import Any

from tests.verification.conftest import Installation

SITE = "www.town.gov/"
LINK = '<a href="https://x.com/town">'
STATES = """
    SELECT method || ' ' || result || coalesce(' ' || end_reason, '') FROM account_evidence ORDER BY id
"""


def prove(installation: Installation, page: str = LINK) -> dict[str, Any]:
    """Check by the front page, and return the verification."""
    installation.place.serve(SITE, page)
    installation.check("town", "--method", "link")
    return dict(installation.account("town")["verification"])


def test_a_proof_is_kept_with_its_time_and_replaced_by_the_next_check(installation: Installation) -> None:
    first = prove(installation)
    assert (first["level"], first["method"]) == ("registry", "link:town.gov")
    assert first["checked_at"] < first["expires_at"]
    assert installation.select("SELECT reason FROM revisions ORDER BY revision DESC LIMIT 1") == [
        "checks of who owns accounts"
    ]
    assert prove(installation)["checked_at"] > first["checked_at"]
    assert prove(installation, "")["level"] == "source"
    assert installation.select(STATES) == ["link proved checked_again", "link proved failed_since", "link failed"]
    listed = installation.proof("list", installation.account("town")["id"]).output.splitlines()
    assert len(listed) == 3
    assert listed[0].split()[1:4] == ["link", "failed", "no_link"]
    assert "failed_since" in listed[1]
    assert installation.proof("list", "0000000").exit_code == 1
    assert installation.proof("check", "0000000").exit_code == 1


def test_a_site_that_does_not_answer_leaves_a_proof_as_it_is(installation: Installation) -> None:
    prove(installation)
    installation.place.serve(SITE, "", status=503)
    assert "unanswered" in installation.check("town", "--method", "link")
    assert installation.account("town")["verification"]["level"] == "registry"
    assert installation.select(STATES) == ["link proved", "link unanswered"]


def test_a_dry_run_writes_nothing(installation: Installation) -> None:
    installation.place.serve(SITE, LINK)
    assert "link proved" in installation.check("town", "--dry-run")
    assert installation.select("SELECT id FROM account_evidence") == []
    assert installation.select("SELECT account_id FROM proof_checks") == []


def test_of_several_proofs_the_strongest_is_named_and_a_weaker_one_remains(installation: Installation) -> None:
    installation.place.serve(SITE, LINK)
    installation.place.names.records["_government-accounts.town.gov"] = ["government-account=https://x.com/town"]
    installation.check("town")
    assert installation.account("town")["verification"]["method"] == "dns:town.gov"
    installation.place.names.records.clear()
    installation.check("town")
    assert installation.account("town")["verification"]["method"] == "link:town.gov"


def test_checks_are_due_later_with_each_failure_and_proofs_end_by_their_time(installation: Installation) -> None:
    days = "SELECT round(extract(epoch FROM due_at - now()) / 86400)::int FROM proof_checks"
    waits = []
    for _ in range(4):
        prove(installation, "")
        waits += installation.select(days)
    assert waits == [1, 2, 4, 8]
    prove(installation)
    assert installation.select(days) == [30]
    assert "0 accounts checked, 0 proofs expired" in installation.proof("recheck").output
    installation.execute("UPDATE proof_checks SET due_at = now()")
    installation.place.serve(SITE, "", status=503)
    assert "1 accounts checked, 0 proofs expired" in installation.proof("recheck").output
    assert installation.account("town")["verification"]["level"] == "registry"
    installation.execute("UPDATE account_evidence SET expires_at = now() WHERE expires_at IS NOT NULL")
    assert "0 accounts checked, 1 proofs expired" in installation.proof("recheck").output
    account = installation.account("town")["verification"]
    assert account == {"level": "source", "method": None, "checked_at": None, "expires_at": None}
    assert "link proved too_old" in installation.select(STATES)


def test_a_proof_ends_with_the_handle_or_the_department_that_it_was_of(installation: Installation) -> None:
    prove(installation)
    installation.execute("UPDATE accounts SET (handle, handle_key) = ('other', 'other')")
    assert installation.account("other")["verification"]["level"] == "source"
    assert installation.select(STATES) == ["link proved account_changed"]
    assert installation.select("SELECT account_id FROM proof_checks WHERE due_at <= now()")
    installation.execute("UPDATE accounts SET (handle, handle_key) = ('town', 'town')")
    assert prove(installation)["level"] == "registry"
    installation.execute("UPDATE accounts SET department_id = NULL")
    assert installation.account("town")["verification"]["level"] == "source"


def test_a_takeover_ends_a_proof_and_is_not_proved_again(installation: Installation) -> None:
    """The handle is released, somebody else claims it, and the website still links to it."""
    prove(installation)
    account = installation.account("town")["id"]
    installation.load({"platform": "x", "handle": "newtown", "platform_user_id": "7", "department": "Town"})
    installation.execute("UPDATE accounts SET (handle, handle_key) = ('town_gov', 'town_gov') WHERE handle = 'town'")
    assert installation.account("town_gov")["verification"]["level"] == "source"
    assert "link failed" in installation.proof("check", account, "--method", "link").output


def test_an_account_that_has_ended_is_not_proved(installation: Installation) -> None:
    installation.execute("UPDATE accounts SET status = 'closed'")
    assert prove(installation)["level"] == "source"
    installation.execute(
        "UPDATE accounts SET (status, withdrawn_by, listed_until, sources, verification)"
        " = ('active', 'list', now(), '{}', 'none')"
    )
    assert prove(installation)["level"] == "none"


def test_evidence_is_bounded_and_unanswered_checks_push_out_no_proof(installation: Installation) -> None:
    prove(installation)
    installation.place.serve(SITE, "", status=503)
    for _ in range(11):
        installation.check("town", "--method", "link")
    assert sorted(installation.select(STATES)) == ["link proved", *["link unanswered"] * 10]


def test_a_proof_ends_by_its_time_where_the_department_has_no_website_any_more(installation: Installation) -> None:
    prove(installation)
    installation.execute("UPDATE departments SET website = NULL")
    assert "no method applies" in installation.check("town")
    assert installation.account("town")["verification"]["level"] == "registry"
    installation.execute("UPDATE account_evidence SET expires_at = now() WHERE expires_at IS NOT NULL")
    assert "no method applies" in installation.check("town")
    assert installation.account("town")["verification"]["level"] == "source"
