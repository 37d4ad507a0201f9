"""Proposals by HTTP: what is filed, what is decided, and what is refused."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.connections import connect
from directory.deletions.changes import DeletionNote, delete
from directory.lifecycle.requests import KINDS
from directory.proposals import filing
from directory.proposals.schemas import ProposalListSchema, ProposalSchema
from tests.proposals.conftest import EDIT, MODERATE, PROPOSE, Send, values

Values = Callable[..., list[str]]


def _latest(registry: str) -> tuple[Any, ...]:
    with psycopg.connect(registry) as conn:
        return conn.execute("SELECT revision, actor, reason FROM revisions ORDER BY revision DESC").fetchone() or ()


def _accept(send: Send, proposal: str, query: str = "", **members: object) -> Any:  # noqa: ANN401 - the response
    return send(MODERATE, "POST", f"/v1/proposals/{proposal}/acceptance{query}", reason="checked", **members)


def test_every_operation_can_be_proposed_and_its_acceptance_does_what_was_said(
    client: FlaskClient, send: Send, propose: Send, registry: str, ids: list[str]
) -> None:
    one, two, three = ids
    (ships,) = values(registry, "SELECT id FROM departments WHERE name = 'Ships'")
    steps: list[tuple[str, str, dict[str, object]]] = [
        (one, "suspend", {}),
        (one, "resume", {}),
        (one, "close", {"on": "2020-05-01"}),
        (one, "reopen", {}),
        (one, "rename", {"handle": "other"}),
        (one, "release", {}),
        (one, "transfer", {"department": ships}),
        (one, "transfer", {"successor": two}),
        (one, "delete", {"category": "mistake"}),
        (one, "restore", {}),
        (three, "merge", {"into": two}),
        (three, "unmerge", {}),
    ]
    assert {operation for _, operation, _ in steps} == {*KINDS}
    for account, operation, body in steps:
        before = _latest(registry)
        filed = propose(account, operation, **body)
        assert filed.status_code == 200, filed.get_json()
        proposal = filed.get_json()
        assert ProposalSchema().validate(proposal) == {}
        assert (proposal["state"], proposal["proposer"], proposal["decision"]) == ("open", "Survey", None)
        assert _latest(registry) == before, "what is only proposed writes nothing"
        assert client.get(f"/v1/proposals/{proposal['id']}").get_json() == proposal
        accepted = _accept(send, proposal["id"])
        assert accepted.status_code == 200, accepted.get_json()
        done = accepted.get_json()
        assert ProposalSchema().validate(done) == {}
        revision, actor, reason = _latest(registry)
        assert revision == before[0] + 1
        assert (done["state"], done["decision"]["revision"], done["decision"]["actor"]) == ("accepted", revision, actor)
        assert actor == "Desk"
        assert reason == f"Proposal {proposal['id']} by Survey: they say so – accepted: checked"
        current = client.get(f"/v1/accounts/{account}")
        if proposal["after"] is not None:
            assert current.get_json()["status"] == proposal["after"]["status"]
            assert current.get_json()["handle"] == proposal["after"]["handle"]
        else:
            assert current.status_code in {301, 410}


def test_what_an_operation_refuses_cannot_be_proposed_either(propose: Send, registry: str, ids: list[str]) -> None:
    one, two, _ = ids
    for account, operation, body, code in (
        (one, "resume", {}, "not-suspended"),
        (one, "rename", {"handle": "two"}, "handle-taken"),
        (one, "rename", {"handle": "one"}, "no-change"),
        (one, "merge", {"into": two}, "other-user-id"),
        ("08xb202", "suspend", {}, "unknown-account"),
    ):
        refused = propose(account, operation, **body)
        assert (refused.status_code, refused.get_json()["code"]) == (409, code), refused.get_json()
        assert refused.get_json()["remedy"]
    assert values(registry, "SELECT count(*) FROM proposals") == ["0"]


BODIES: list[tuple[dict[str, Any], str]] = [
    ({"operation": "suspend", "reason": "x"}, "/account"),
    ({"account": "000000!", "operation": "suspend", "reason": "x"}, "/account"),
    ({"account": "08xb202", "operation": "hide", "reason": "x"}, "/operation"),
    ({"account": "08xb202", "operation": ["suspend"], "reason": "x"}, "/operation"),
    ({"account": "08xb202", "operation": "suspend"}, "/reason"),
    ({"account": "08xb202", "operation": "suspend", "reason": "x" * 1001}, "/reason"),
    ({"account": "08xb202", "operation": "suspend", "reason": "x", "body": []}, "/body"),
    ({"account": "08xb202", "operation": "suspend", "reason": "x", "body": {"on": "2020-01-01"}}, "/body/on"),
    ({"account": "08xb202", "operation": "rename", "reason": "x"}, "/body/handle"),
    ({"account": "08xb202", "operation": "rename", "reason": "x", "body": {"handle": {}}}, "/body/handle"),
    ({"account": "08xb202", "operation": "close", "reason": "x", "body": {"reason": "y"}}, "/body/reason"),
    ({"account": "08xb202", "operation": "suspend", "reason": "x", "state": "accepted"}, "/state"),
]


def test_a_body_that_is_not_understood_is_refused_with_its_place(send: Send) -> None:
    for body, where in BODIES:
        refused = send(PROPOSE, "POST", "/v1/proposals", **body)
        assert (refused.status_code, body) == (422, body)
        assert refused.get_json()["errors"][0]["pointer"] == where


def test_an_equal_proposal_is_refused_while_the_first_one_is_open(propose: Send, send: Send, ids: list[str]) -> None:
    first = propose(ids[0], "rename", handle="other").get_json()["id"]
    # A handle is the same however it is written, and by anybody.
    for options in ((), ("--scope", "propose", "--name", "Another")):
        again = propose(ids[0], "rename", *options, handle="https://weibo.com/other")
        assert (again.status_code, again.get_json()["code"]) == (409, "proposed-already")
        assert first in again.get_json()["detail"]
    assert propose(ids[0], "rename", handle="another").status_code == 200
    assert send(PROPOSE, "DELETE", f"/v1/proposals/{first}").get_json()["state"] == "withdrawn"
    assert propose(ids[0], "rename", handle="other").status_code == 200


def test_a_dry_run_checks_and_stores_nothing(send: Send, propose: Send, registry: str, ids: list[str]) -> None:
    tried = propose(ids[0], "suspend", query="?dry_run=true").get_json()
    assert (tried["id"], tried["after"]["status"]) == (None, "suspended")
    assert propose(ids[0], "resume", query="?dry_run=true").status_code == 409
    assert values(registry, "SELECT count(*) FROM proposals") == ["0"]
    proposal = propose(ids[0], "suspend").get_json()["id"]
    before = _latest(registry)
    tried = _accept(send, proposal, "?dry_run=true").get_json()
    assert (tried["state"], tried["decision"]["revision"]) == ("accepted", None)
    assert _latest(registry) == before
    assert values(registry, "SELECT state FROM proposals") == ["open"]


def test_a_proposal_is_decided_once(client: FlaskClient, send: Send, propose: Send, ids: list[str]) -> None:
    proposal = propose(ids[0], "suspend").get_json()["id"]
    rejected = send(MODERATE, "POST", f"/v1/proposals/{proposal}/rejection", reason="it runs").get_json()
    assert (rejected["state"], rejected["decision"]["reason"]) == ("rejected", "it runs")
    for refused in (
        _accept(send, proposal),
        send(MODERATE, "POST", f"/v1/proposals/{proposal}/rejection", reason="no"),
        send(PROPOSE, "DELETE", f"/v1/proposals/{proposal}"),
    ):
        assert (refused.status_code, refused.get_json()["code"]) == (409, "proposal-state")
    assert client.get(f"/v1/proposals/{proposal}").get_json() == rejected
    assert _accept(send, "08xb202").status_code == 404
    assert client.get("/v1/proposals/08xb202").status_code == 404


def test_only_the_token_that_filed_a_proposal_withdraws_it(
    client: FlaskClient, send: Send, propose: Send, ids: list[str]
) -> None:
    proposal = propose(ids[0], "suspend").get_json()["id"]
    for options in (("--scope", "propose", "--name", "Other"), ("--scope", "admin", "--name", "Survey")):
        refused = send(options, "DELETE", f"/v1/proposals/{proposal}")
        assert refused.status_code == 403
        assert refused.get_json()["type"].endswith("/problems/not-proposer")
    assert client.get(f"/v1/proposals/{proposal}").get_json()["state"] == "open"


def test_an_account_that_changed_since_needs_a_moderator_who_says_that_it_was_read(
    client: FlaskClient, send: Send, propose: Send, ids: list[str]
) -> None:
    proposal = propose(ids[0], "rename", handle="other").get_json()["id"]
    changed = send(EDIT, "POST", f"/v1/accounts/{ids[0]}/close", reason="closed").get_json()
    refused = _accept(send, proposal)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "account-changed")
    assert refused.get_json()["revision"] == changed["revision"]
    assert refused.get_json()["current"] == {ids[0]: changed["after"]}
    assert _accept(send, proposal, revision=changed["revision"] - 1).status_code == 409
    assert client.get(f"/v1/proposals/{proposal}").get_json()["state"] == "open"
    for wrong in (0, -1, True, "4", 1.5, 10**15):
        assert _accept(send, proposal, revision=wrong).status_code == 422
    assert _accept(send, proposal, revision=changed["revision"]).status_code == 200
    assert client.get(f"/v1/accounts/{ids[0]}").get_json()["handle"] == "other"
    # A change of the account that it would go into counts, too, and one of another account does not.
    merge = propose(ids[2], "merge", into=ids[1]).get_json()["id"]
    assert send(EDIT, "POST", f"/v1/accounts/{ids[0]}/reopen", reason="open").status_code == 200
    assert _accept(send, merge, "?dry_run=true").status_code == 200
    assert send(EDIT, "POST", f"/v1/accounts/{ids[1]}/suspend", reason="gone").status_code == 200
    refused = _accept(send, merge)
    assert (refused.status_code, {*refused.get_json()["current"]}) == (409, {ids[1], ids[2]})


def test_a_proposal_that_is_not_valid_any_more_is_stale(
    client: FlaskClient, send: Send, propose: Send, registry: str, ids: list[str]
) -> None:
    proposal = propose(ids[0], "rename", handle="other").get_json()["id"]
    # Another account takes the handle, so this one did not change.
    assert send(EDIT, "POST", f"/v1/accounts/{ids[1]}/rename", handle="other", reason="x").status_code == 200
    before = _latest(registry)
    tried = _accept(send, proposal, "?dry_run=true")
    assert (tried.status_code, tried.get_json()["code"]) == (409, "handle-taken")
    assert client.get(f"/v1/proposals/{proposal}").get_json()["state"] == "open"
    refused = _accept(send, proposal)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "handle-taken")
    stale = client.get(f"/v1/proposals/{proposal}").get_json()
    assert (stale["state"], stale["decision"]["actor"], stale["decision"]["revision"]) == ("stale", "Desk", None)
    assert "other" in stale["decision"]["reason"]
    assert _latest(registry) == before
    assert _accept(send, proposal).get_json()["code"] == "proposal-state"


def test_what_was_done_by_others_meanwhile_is_not_accepted_as_a_change_of_nothing(
    send: Send, propose: Send, registry: str, ids: list[str]
) -> None:
    proposal = propose(ids[0], "rename", handle="other").get_json()["id"]
    done = send(EDIT, "POST", f"/v1/accounts/{ids[0]}/rename", handle="other", reason="x").get_json()
    refused = _accept(send, proposal, revision=done["revision"])
    assert (refused.status_code, refused.get_json()["code"]) == (409, "no-change")
    assert values(registry, "SELECT state FROM proposals") == ["stale"]


def test_a_proposal_that_nobody_decides_for_90_days_is_stale(
    client: FlaskClient, send: Send, propose: Send, registry: str, ids: list[str]
) -> None:
    old, older = (propose(ids[0], operation).get_json()["id"] for operation in ("suspend", "close"))
    with psycopg.connect(registry) as conn:
        conn.execute("UPDATE proposals SET filed_at = now() - interval '91 days'")
    refused = _accept(send, old)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too-old")
    assert propose(ids[0], "suspend").status_code == 200
    for proposal in (old, older):
        stale = client.get(f"/v1/proposals/{proposal}").get_json()
        assert (stale["state"], stale["decision"]["actor"]) == ("stale", None)
        assert "90 days" in stale["decision"]["reason"]


def test_a_token_files_a_bounded_number_of_proposals(
    send: Send, propose: Send, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "OPEN_MAX", 2)
    monkeypatch.setattr(filing, "DAILY_MAX", 3)
    first = propose(ids[0], "suspend").get_json()["id"]
    assert propose(ids[1], "suspend").status_code == 200
    refused = propose(ids[2], "suspend")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too-many-open")
    assert propose(ids[2], "suspend", "--scope", "propose", "--name", "Other").status_code == 200
    send(PROPOSE, "DELETE", f"/v1/proposals/{first}")
    last = propose(ids[0], "suspend").get_json()["id"]
    send(PROPOSE, "DELETE", f"/v1/proposals/{last}")
    refused = propose(ids[0], "suspend")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]


def test_both_the_proposer_and_the_moderator_have_to_be_of_the_place_as_it_is_now(
    send: Send, propose: Send, registry: str, ids: list[str]
) -> None:
    one, two, three = ids
    (ships,) = values(registry, "SELECT id FROM departments WHERE name = 'Ships'")
    narrow = ("--scope", "propose", "--region", "US-OR", "--name", "Oregon")
    assert propose(two, "suspend", *narrow).status_code == 403
    assert propose(one, "transfer", *narrow, department=ships).status_code == 403
    assert (
        propose(three, "merge", "--scope", "propose", "--region", "US-CA", "--name", "x", into=two).status_code == 403
    )
    proposal = propose(one, "rename", *narrow, handle="other").get_json()["id"]
    moved = send(EDIT, "POST", f"/v1/accounts/{one}/transfer", department=ships, reason="x").get_json()
    for name, status in (("US-OR", 403), ("US-OH", 200)):
        moderator = ("--scope", "moderate", "--region", name, "--name", name)
        path = f"/v1/proposals/{proposal}/acceptance"
        decided = send(moderator, "POST", path, reason="x", revision=moved["revision"])
        assert decided.status_code == status, decided.get_json()
    # A deleted account has no place: that of the last one counts.
    assert send(MODERATE, "POST", f"/v1/accounts/{one}/delete", reason="x", category="mistake").status_code == 200
    restore = propose(one, "restore").get_json()["id"]
    assert send(("--scope", "moderate", "--region", "US-OR", "--name", "US-OR"), "POST",
                f"/v1/proposals/{restore}/rejection", reason="x").status_code == 403  # fmt: skip
    assert _accept(send, restore).status_code == 200


def test_the_list_is_filtered_and_paged_and_has_the_tag_of_its_content(
    client: FlaskClient, send: Send, propose: Send, ids: list[str]
) -> None:
    one, two, three = ids
    filed = [propose(account, "suspend").get_json()["id"] for account in (one, two, three)]
    filed.append(propose(one, "close").get_json()["id"])
    send(MODERATE, "POST", f"/v1/proposals/{filed[1]}/rejection", reason="x")

    def listed(query: str) -> list[str]:
        answer = client.get(f"/v1/proposals?{query}")
        assert ProposalListSchema().validate(answer.get_json()) == {}
        return [each["id"] for each in answer.get_json()["data"]]

    assert listed("") == filed[::-1]
    assert listed("state=open") == [filed[3], filed[2], filed[0]]
    assert listed("state=rejected,stale") == [filed[1]]
    assert listed(f"account={one}&operation=close") == [filed[3]]
    assert listed("region=US-OH") == [filed[2], filed[1]]
    assert listed("region=US") == filed[::-1]
    assert client.get("/v1/proposals?region=nowhere").status_code == 400
    assert client.get("/v1/proposals?state=lost").status_code == 400
    page = client.get("/v1/proposals?limit=3").get_json()
    assert [each["id"] for each in page["data"]] == filed[:0:-1]
    rest = client.get(f"/v1/proposals?limit=3&cursor={page['page']['next']}").get_json()
    assert [each["id"] for each in rest["data"]] == filed[:1]
    answer = client.get("/v1/proposals")
    assert client.get("/v1/proposals", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    send(PROPOSE, "DELETE", f"/v1/proposals/{filed[0]}")
    assert client.get("/v1/proposals", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_the_erasure_of_an_account_erases_what_was_proposed_about_it(
    propose: Send, registry: str, ids: list[str]
) -> None:
    propose(ids[0], "rename", handle="a-name")
    kept = propose(ids[1], "rename", handle="another").get_json()["id"]
    with connect(registry) as conn:
        delete(conn, ids[0], DeletionNote("test", "erasure_request", "test"), with_erasure=True)
    assert values(registry, "SELECT id FROM proposals") == [kept]


BOTH = ("--scope", "propose", "--scope", "moderate", "--name", "Both")
OF_ONE_NAME = (*BOTH, "--expires", "30d")
ADMIN = ("--scope", "admin", "--name", "Admin")


@pytest.mark.parametrize("settings", [{"four_eyes": "on"}])
def test_with_four_eyes_somebody_else_accepts_a_proposal(send: Send, propose: Send, ids: list[str]) -> None:
    for account, proposer, same in ((ids[0], BOTH, OF_ONE_NAME), (ids[1], ADMIN, ADMIN)):
        path = f"/v1/proposals/{propose(account, 'suspend', *proposer).get_json()['id']}"
        for own in (proposer, same):
            refused = send(own, "POST", f"{path}/acceptance", reason="x")
            assert refused.status_code == 403
            assert refused.get_json()["type"].endswith("/problems/four-eyes-required")
        assert send(MODERATE, "POST", f"{path}/acceptance", reason="x").get_json()["state"] == "accepted"
    assert send(ADMIN, "POST", f"/v1/accounts/{ids[2]}/close", reason="x").status_code == 403


def test_without_four_eyes_a_token_of_both_scopes_accepts_its_own(send: Send, propose: Send, ids: list[str]) -> None:
    proposal = propose(ids[0], "suspend", *BOTH).get_json()["id"]
    assert send(BOTH, "POST", f"/v1/proposals/{proposal}/acceptance", reason="x").status_code == 200
