"""What holds of proposals after any sequence of filing, deciding and changes by others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, ClassVar

import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from directory.database.advisory_locks import lock_writes
from directory.handles.changes import AuditNote
from directory.http.problem import Problem
from directory.lifecycle import bodies
from directory.lifecycle.requests import KINDS, carry_out
from directory.proposals import decisions
from directory.proposals.filing import Filing, file_proposal
from directory.refusals import Refused
from directory.tokens.queries import Token, insert_token, select_token
from tests.handles.conftest import Load

CHANGES: list[tuple[Any, dict[str, Any]]] = [
    ("suspend", {}),
    ("resume", {}),
    ("close", {"on": "2020-05-01"}),
    ("close", {"on": None}),
    ("reopen", {}),
    ("rename", {"handle": "aa"}),
    ("rename", {"handle": "cc"}),
    ("release", {}),
    ("delete", {"category": "mistake"}),
    ("restore", {}),
]
ACCOUNTS = st.integers(0, 1)
CHANGE = st.sampled_from(CHANGES)
FINAL = {"accepted", "rejected", "withdrawn", "stale"}

# Accepted ones have the revision that names them, and no others have one.
UNNAMED = """
    SELECT p.id FROM proposals AS p LEFT JOIN revisions AS r ON (r.revision, r.mark) = (p.revision, p.mark)
     WHERE (p.state = 'accepted') <> (r.revision IS NOT NULL)
        OR p.state = 'accepted' AND r.actor <> p.decider
        OR p.state = 'accepted' AND r.reason NOT LIKE format('Proposal %s by %s: %%', p.id, p.proposer)
"""
TWICE = "SELECT digest FROM proposals WHERE state = 'open' GROUP BY digest HAVING count(*) > 1"


class Desk(RuleBasedStateMachine):
    """Two accounts, two proposers, a moderator, and an editor who asks nobody."""

    conn: ClassVar[psycopg.Connection]
    load: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        """Begin a transaction that is rolled back at the end."""
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(self.conn.transaction(force_rollback=True))
        self.load(
            {"handle": "aa", "platform_user_id": "1000000001", "status": "active"},
            {"handle": "bb", "platform_user_id": "1000000002", "status": "active"},
        )
        self.accounts = [row[0] for row in self.conn.execute("SELECT id FROM accounts ORDER BY handle").fetchall()]
        self.tokens = [self._token(name) for name in ("Survey", "City", "Desk")]
        self.filed: list[tuple[str, Token]] = []
        self.states: dict[str, str] = {}
        self.revisions = self._revisions()

    def teardown(self) -> None:
        """Roll everything back."""
        self.stack.close()

    @rule(which=ACCOUNTS, change=CHANGE, who=st.integers(0, 1))
    def file(self, which: int, change: tuple[Any, dict[str, Any]], who: int) -> None:
        """Somebody proposes a change, which changes no account."""
        token = self.tokens[who]
        filing = Filing(account_id=self.accounts[which], operation=change[0], body=change[1], reason="so")
        before = self._documents()
        with self._refusable():
            self.filed.append((file_proposal(self.conn, token, filing), token))
        assert (self._documents(), self._revisions()) == (before, self.revisions)

    @rule(which=st.integers(0, 9), knows=st.booleans())
    def accept(self, which: int, knows: bool) -> None:  # noqa: FBT001 - drawn by name
        """A moderator accepts a proposal: it makes the change that it says, or none at all."""
        if (found := self._filed(which)) is None:
            return
        proposal, _ = found
        before = self._documents()
        revisions = self.revisions
        outcome: Refused | str | None = "refused"
        with self._refusable():
            outcome = decisions.accept(
                self.conn, self.tokens[2], proposal, "yes", four_eyes=True, read_at=self._latest() if knows else None
            )
        self.revisions = self._revisions()
        if outcome is None:
            assert self.revisions == revisions + 1
            (account, after) = self.conn.execute(
                "SELECT account_id, after FROM proposals WHERE id = %s", (proposal,)
            ).fetchone() or ("", None)
            document = self._documents().get(account)
            assert (document is None) == (after is None)
            # What others changed since may show in other values, but not in what a moderator had not read.
            if document is not None and after is not None and not knows:
                assert {key: document[key] for key in ("handle", "status", "closed_on")} == {
                    key: after[key] for key in ("handle", "status", "closed_on")
                }
        else:
            assert (self._documents(), self.revisions) == (before, revisions)

    @rule(which=st.integers(0, 9))
    def reject(self, which: int) -> None:
        """A moderator rejects a proposal."""
        if (found := self._filed(which)) is not None:
            with self._refusable():
                decisions.reject(self.conn, self.tokens[2], found[0], "no")

    @rule(which=st.integers(0, 9), who=st.integers(0, 2))
    def withdraw(self, which: int, who: int) -> None:
        """Its proposer withdraws a proposal, and nobody else can."""
        if (found := self._filed(which)) is None:
            return
        state = self._states()[found[0]]
        with self._refusable():
            decisions.withdraw(self.conn, self.tokens[who], found[0])
        withdrawn = self._states()[found[0]] == "withdrawn" != state
        assert withdrawn == (self.tokens[who].id == found[1].id and state == "open")

    @rule(which=ACCOUNTS, change=CHANGE)
    def edit(self, which: int, change: tuple[Any, dict[str, Any]]) -> None:
        """An editor changes an account without a proposal."""
        name, body = change
        arguments = bodies.check(KINDS[name].members, body)
        with self._refusable():
            carry_out(self.conn, self.tokens[2], name, self.accounts[which], AuditNote("Editor", "x"), arguments)
        self.revisions = self._revisions()

    @invariant()
    def what_is_decided_stays_decided(self) -> None:
        """No state is left but `open`, and accepted proposals and their revisions name each other."""
        states = self._states()
        assert {*self.states} <= {*states}
        for proposal, before in self.states.items():
            assert before == "open" or states[proposal] == before
        assert {*states.values()} <= FINAL | {"open"}
        self.states = states
        for query in (UNNAMED, TWICE):
            assert self.conn.execute(query).fetchall() == [], query

    def _token(self, name: str) -> Token:
        digest = name.encode().ljust(32)
        insert_token(self.conn, digest, name=name, scopes=["propose", "moderate"], lifetime=timedelta(days=1))
        token = select_token(self.conn, digest)
        assert token is not None
        return token

    @contextmanager
    def _refusable(self) -> Iterator[None]:
        """Roll back what is refused, as a request does."""
        try:
            with self.conn.transaction():
                lock_writes(self.conn)
                yield
        except (Refused, Problem):
            pass

    def _filed(self, which: int) -> tuple[str, Token] | None:
        return self.filed[which % len(self.filed)] if self.filed else None

    def _states(self) -> dict[str, str]:
        return dict(self.conn.execute("SELECT id, state FROM proposals").fetchall())

    def _documents(self) -> dict[str, dict[str, Any]]:
        return dict(self.conn.execute("SELECT id, document::jsonb FROM accounts").fetchall())

    def _revisions(self) -> int:
        row = self.conn.execute("SELECT count(*) FROM revisions").fetchone()
        return int(row[0]) if row else 0

    def _latest(self) -> int:
        row = self.conn.execute("SELECT max(revision) FROM revisions").fetchone()
        return int(row[0]) if row else 0


def test_no_sequence_of_proposals_and_changes_decides_twice_or_changes_what_was_not_proposed(
    conn: psycopg.Connection, load: Load
) -> None:
    machine = type("Machine", (Desk,), {"conn": conn, "load": staticmethod(load)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            phases=[Phase.generate],
        ),
    )
