"""What holds of accounts after any sequence of operations, imports and inverses."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import date
from typing import Any, ClassVar

import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from directory.accounts.queries.handles import select_holders
from directory.lifecycle import deletion, handles, merges, queries, statuses, transfers
from directory.lifecycle.operations import Operation
from directory.refusals import Refused
from tests.handles.conftest import Load
from tests.handles.test_properties import DRIFT, DRIFT_BACK, OVERLAPS
from tests.lifecycle.conftest import WHY, state

USERS = ["1000000001", "1000000002", None]
HANDLES = ["aa", "bb", "cc"]
DEPARTMENTS = [("Cars", "US-OR"), ("Ships", "US-OH"), ("Trams", None)]
RUNNING = {"active", "dormant", "unknown"}
# The table of docs/lifecycle.md: the statuses in which an operation is valid.
VALID = {
    "suspend": RUNNING,
    "resume": {"suspended"},
    "close": RUNNING | {"suspended"},
    "reopen": {"closed"},
}
ACCOUNTS = st.integers(0, 2)

MISCOUNTED = """
    (SELECT status, sum(accounts) FROM account_counts GROUP BY 1 HAVING sum(accounts) <> 0
     EXCEPT SELECT status, count(*) FROM accounts GROUP BY 1)
    UNION ALL
    (SELECT status, count(*) FROM accounts GROUP BY 1
     EXCEPT SELECT status, sum(accounts) FROM account_counts GROUP BY 1)
"""
# The last version of an account is its document.
UNRECORDED = """
    SELECT a.id FROM accounts AS a
     WHERE a.document IS DISTINCT FROM (SELECT v.record FROM versions AS v WHERE v.kind = 'account' AND v.id = a.id
                                         ORDER BY v.revision DESC, v.sequence DESC LIMIT 1)
"""
# What an operator decided is what the account shows.
UNDECIDED = """
    SELECT a.id FROM accounts AS a JOIN decisions_in_force AS d ON d.account_id = a.id
     WHERE d.field = 'department' AND a.department_id IS DISTINCT FROM d.department_id
        OR d.status IN ('suspended', 'closed') AND a.status <> d.status
        OR d.status = 'closed' AND a.closed_on IS DISTINCT FROM d.closed_on
        OR d.status = 'active' AND (a.status IN ('suspended', 'closed') OR a.closed_on IS NOT NULL)
"""


class Life(RuleBasedStateMachine):
    """Accounts of one platform, of which sources and operators say anything at all."""

    conn: ClassVar[psycopg.Connection]
    load: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        """Begin a transaction that is rolled back at the end."""
        super().__init__()
        self.versions: dict[tuple[int, int], str] = {}
        self.is_lifted = False
        self.stack = ExitStack()
        self.stack.enter_context(self.conn.transaction(force_rollback=True))
        rows = [
            {"handle": handle, "platform_user_id": user, "department": name, "region": region, "status": "active"}
            for handle, user, (name, region) in zip(HANDLES, USERS, DEPARTMENTS, strict=True)
        ]
        self.load(*({key: value for key, value in row.items() if value is not None} for row in rows))
        self.accounts = [row[0] for row in self.conn.execute("SELECT id FROM accounts ORDER BY handle").fetchall()]
        self.departments = [row[0] for row in self.conn.execute("SELECT id FROM departments ORDER BY name").fetchall()]

    def teardown(self) -> None:
        """Roll everything back."""
        self.stack.close()

    @rule(
        which=ACCOUNTS,
        handle=st.sampled_from(HANDLES),
        status=st.sampled_from(["active", "suspended", "closed", None]),
        department=st.sampled_from(DEPARTMENTS),
        source=st.sampled_from(["s", "t"]),
    )
    def import_row(
        self, which: int, handle: str, status: str | None, department: tuple[str, str | None], source: str
    ) -> None:
        """A source states something of an account, or gives a handle away."""
        ended = {"closed_on": "2020-01-01"} if status == "closed" else {}
        name, region = department
        row = {"handle": handle, "platform_user_id": USERS[which], "status": status, "department": name}
        row |= {"region": region, "source": source, **ended}
        before = {each: self._decided(each) for each in self._existing()}
        self.load({key: value for key, value in row.items() if value is not None}, skip_invalid=True)
        for account, decided in before.items():
            # Of accounts that turn out to be one the survivor inherits what was decided of the other.
            for earlier, now in zip(
                decided, self._decided(account) if account in self._existing() else [], strict=False
            ):
                assert earlier is None or earlier == now

    @rule(which=ACCOUNTS, name=st.sampled_from(sorted(VALID)), is_taken_back=st.booleans())
    def change_status(self, which: int, name: str, is_taken_back: bool) -> None:  # noqa: FBT001 - drawn by name
        """An operation is refused in every status but those of the table."""
        if (account := self._account(which)) is None:
            return
        is_valid = state(self.conn, account)["status"] in VALID[name]
        assert (self._do(account, name, {}, is_taken_back) is not None) == is_valid

    @rule(which=ACCOUNTS, handle=st.sampled_from([*HANDLES, "dd", None]), is_taken_back=st.booleans())
    def change_handle(self, which: int, handle: str | None, is_taken_back: bool) -> None:  # noqa: FBT001
        """An account is renamed, or releases its handle."""
        if (account := self._account(which)) is not None:
            name = "release" if handle is None else "rename"
            self._do(account, name, {} if handle is None else {"handle": handle}, is_taken_back)

    @rule(which=ACCOUNTS, to=st.one_of(st.none(), ACCOUNTS), is_taken_back=st.booleans())
    def change_department(self, which: int, to: int | None, is_taken_back: bool) -> None:  # noqa: FBT001
        """Another department runs an account, or a transfer is taken back."""
        if (account := self._account(which)) is not None:
            arguments = {"department": None if to is None else self.departments[to]}
            self._do(account, "transfer", arguments, is_taken_back)

    @rule(which=ACCOUNTS, to=st.one_of(st.none(), ACCOUNTS), is_taken_back=st.booleans())
    def change_successor(self, which: int, to: int | None, is_taken_back: bool) -> None:  # noqa: FBT001
        """Another account took over from an account, or did not."""
        if (account := self._account(which)) is not None:
            arguments = {"successor": None if to is None else self._account(to)}
            self._do(account, "transfer", arguments, is_taken_back)

    @rule(which=ACCOUNTS, is_taken_back=st.booleans())
    def delete(self, which: int, is_taken_back: bool) -> None:  # noqa: FBT001
        """An account is deleted, and perhaps restored as it was."""
        if (account := self._account(which)) is not None:
            before = {each: state(self.conn, each) for each in self._existing()}
            deletion.delete(self.conn, account, WHY, category="mistake")
            if is_taken_back:
                deletion.restore(self.conn, account, WHY)
                assert state(self.conn, account) == before[account]

    @rule(which=ACCOUNTS)
    def restore(self, which: int) -> None:
        """A deleted account is restored, unless another one has its identity by now."""
        with suppress(Refused):
            deletion.restore(self.conn, self.accounts[which], WHY)

    @rule(which=ACCOUNTS, into=ACCOUNTS, is_taken_back=st.booleans())
    def merge(self, which: int, into: int, is_taken_back: bool) -> None:  # noqa: FBT001
        """Two accounts are merged, unless they are known to be two, and perhaps taken apart as they were."""
        account, survivor = self._account(which), self._account(into)
        if account is None or survivor is None:
            return
        before = [state(self.conn, account), state(self.conn, survivor)]
        done = None
        with suppress(Refused):
            done = merges.merge(self.conn, account, survivor, WHY)
        if done is not None and is_taken_back:
            merges.unmerge(self.conn, account, WHY)
            assert [state(self.conn, account), state(self.conn, survivor)] == before

    @rule(which=ACCOUNTS)
    def unmerge(self, which: int) -> None:
        """A merge is taken apart, unless another account has the identity of one by now."""
        with suppress(Refused):
            merges.unmerge(self.conn, self.accounts[which], WHY)

    @invariant()
    def nothing_contradicts(self) -> None:
        """Handles, counts, versions and decisions agree with the accounts."""
        for query in (OVERLAPS, DRIFT, DRIFT_BACK, MISCOUNTED, UNRECORDED, UNDECIDED):
            assert self.conn.execute(query).fetchall() == [], query

    @invariant()
    def history_only_grows(self) -> None:
        """No version that was written is changed or lost."""
        found = {
            (revision, sequence): record
            for revision, sequence, record in self.conn.execute("SELECT revision, sequence, record FROM versions")
        }
        assert self.versions.items() <= found.items()
        self.versions = found

    @invariant()
    def released_handles_are_in_quarantine(self) -> None:
        """Anybody who took a handle that another account released is not vouched for."""
        for holding in select_holders(self.conn, [("weibo", key) for key in [*HANDLES, "dd"]]):
            others = {release.account_id for release in holding.releases} - {holding.account_id}
            assert holding.is_quarantined == bool(others)

    def _existing(self) -> list[str]:
        return [row[0] for row in self.conn.execute("SELECT id FROM accounts ORDER BY id").fetchall()]

    def _account(self, which: int) -> str | None:
        account = self.accounts[which]
        return account if account in self._existing() else None

    def _decided(self, account: str) -> list[Any]:
        """Return what was decided of the status and of the department of an account."""
        return [queries.select_decision(self.conn, account, field) for field in ("status", "department")]

    def _do(self, account: str, name: str, arguments: dict[str, Any], is_taken_back: bool) -> Operation | None:  # noqa: FBT001
        """Do an operation and perhaps take it back, after which all is as before; None where it is refused."""
        before = state(self.conn, account)
        revision = self._revision()
        done = None
        with suppress(Refused):
            done = self._call(account, name, arguments)
        if done is None:
            assert (state(self.conn, account), self._revision()) == (before, revision)
            return None
        assert (done.inverse is None) == (state(self.conn, account) == before)
        if is_taken_back and done.inverse is not None:
            self._call(account, done.inverse.operation, done.inverse.arguments)
            assert state(self.conn, account) == before
        return done

    def _call(self, account: str, name: str, arguments: dict[str, Any]) -> Operation:
        conn = self.conn
        if name in {"rename", "release"}:
            return handles.rename(conn, account, arguments.get("handle"), WHY)
        if "successor" in arguments:
            return transfers.transfer_to_account(conn, account, arguments["successor"], WHY)
        if name == "transfer":
            return transfers.transfer_to_department(conn, account, arguments["department"], WHY)
        if name == "close":
            day = arguments.get("on")
            return statuses.close(conn, account, WHY, on=date.fromisoformat(day) if day else None)
        return {"suspend": statuses.suspend, "resume": statuses.resume, "reopen": statuses.reopen}[name](
            conn, account, WHY
        )

    def _revision(self) -> int:
        row = self.conn.execute("SELECT max(revision) FROM revisions").fetchone()
        return int(row[0]) if row else 0


def test_no_sequence_of_operations_and_imports_leaves_anything_inconsistent(
    conn: psycopg.Connection, load: Load
) -> None:
    machine = type("Machine", (Life,), {"conn": conn, "load": staticmethod(load)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            # A failure prints its steps; to shorten them takes minutes of imports.
            phases=[Phase.generate],
        ),
    )
