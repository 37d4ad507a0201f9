"""`directory account`: what it prints, and how it refuses."""

import shlex

import psycopg
from click import Context

from directory.cli import main
from directory.lifecycle.commands import account
from tests.handles.conftest import OTHER, UID, Load, account_of, latest
from tests.lifecycle.conftest import Run, state


def test_the_group_is_one_of_the_program() -> None:
    assert main.get_command(Context(main), "account") is account


def test_each_operation_prints_the_command_that_takes_it_back(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load(
        {"handle": "one", "platform_user_id": UID, "status": "active", "department": "Cars", "region": "US-OR"},
        {"handle": "two", "platform_user_id": OTHER, "department": "Ships", "region": "US-OH"},
    )
    one, two = account_of(conn, UID), account_of(conn, OTHER)
    (ships,) = conn.execute("SELECT id FROM departments WHERE name = 'Ships'").fetchone() or ("",)
    before = state(conn, one)
    for words in (
        ["suspend", one],
        ["close", one],
        ["close", one, "--on", "2020-05-01"],
        ["close", one, "--on", "unknown"],
        ["rename", one, "three"],
        ["release", one],
        ["transfer", one, "--department", ships],
        ["transfer", one, "--successor", two],
    ):
        done = run(*words, "--reason", "why", "--actor", "me")
        assert done.exit_code == 0, done.output
        assert latest(conn)[1:3] == ("me", "why")
        changed, back = done.stdout.splitlines()
        assert changed.startswith(f"{one}: ")
        assert state(conn, one) != before
        taken_back = run(*shlex.split(back.removeprefix("To take it back: directory account "))[:-2], "--reason", "no")
        assert taken_back.exit_code == 0, taken_back.output
        assert state(conn, one) == before
        # And the inverse is taken back by the operation, or by one that does the same.
        again = taken_back.stdout.splitlines()[1].removeprefix("To take it back: directory account ")
        assert run(*shlex.split(again)[:-2], "--reason", "yes").exit_code == 0
        assert state(conn, one) != before
        run(*shlex.split(back.removeprefix("To take it back: directory account "))[:-2], "--reason", "no")
        assert state(conn, one) == before


def test_a_refusal_ends_with_1_and_wrong_usage_with_2(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load({"handle": "one", "platform_user_id": UID, "status": "active"})
    one = account_of(conn, UID)
    refused = run("resume", one, "--reason", "why")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"Error: the account {one} is active, not suspended; there is nothing to resume\n"
    assert run("suspend", one).exit_code == 2
    assert run("transfer", one, "--reason", "why").exit_code == 2
    assert run("transfer", one, "--back", "successor", "--department", one, "--reason", "why").exit_code == 2
    assert run("close", one, "--on", "yesterday", "--reason", "why").exit_code == 2
    assert "nothing to change" in run("rename", one, "one", "--reason", "why").stdout
