import psycopg
from click import Context

from directory.cli import main
from directory.handles.commands import handle
from tests.handles.conftest import OTHER, UID, Load, Run, account_of, holding, latest


def test_the_group_is_one_of_the_program() -> None:
    assert main.get_command(Context(main), "handle") is handle


def test_each_change_says_what_became_of_it(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load({"handle": "one", "platform_user_id": UID}, {"handle": "two", "platform_user_id": OTHER})
    one, two = account_of(conn, UID), account_of(conn, OTHER)
    done = run("rename", one, "three", "--reason", "why", "--actor", "me", "--at", "2020-05-01")
    assert f"{one} on weibo: one → three, revision" in done.stdout
    assert latest(conn)[1:3] == ("me", "why")
    assert "three already: nothing to change" in run("rename", one, "three", "--reason", "why").stdout
    assert "three → no handle" in run("release", one, "--reason", "why").stdout
    lifted = run("unquarantine", "新浪微博", "ONE", "--reason", "why").stdout
    assert "the quarantine of one is lifted for all accounts" in lifted
    assert f"lifted for {two}" in run("unquarantine", "weibo", "three", "--for", two, "--reason", "why").stdout
    assert f"{one} is replaced by {two}: revision" in run("transfer", one, two, "--reason", "why").stdout
    assert f"{one} is replaced by {two}: nothing to change" in run("transfer", one, two, "--reason", "why").stdout


def test_a_refusal_ends_with_1_and_wrong_usage_with_2(run: Run, load: Load, conn: psycopg.Connection) -> None:
    load({"handle": "one"})
    account = holding(conn, "one").account_id
    refused = run("release", account, "--reason", "why")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: the account {account} is known by its handle alone")
    assert run("release", account).exit_code == 2
    assert run("rename", account, "two", "--reason", "why", "--at", "yesterday").exit_code == 2


def test_the_history_of_a_handle_is_shown_by_handle_url_and_account(
    conn: psycopg.Connection, load: Load, run: Run
) -> None:
    load({"handle": "Old", "platform_user_id": UID}, {"platform": "x", "handle": "old"})
    account = account_of(conn, UID)
    run("rename", account, "new", "--reason", "why", "--at", "2020-05-01T12:00:00+08:00")
    run("unquarantine", "weibo", "old", "--reason", "given away")
    for words in (["old"], ["https://weibo.com/old"], ["OLD", "--platform", "weibo"], [account]):
        shown = run("show", *words).stdout.splitlines()
        (line,) = (each for each in shown if each.startswith("weibo     Old"))
        assert line.split() == ["weibo", "Old", account, "before", "2020-05-01T04:00:00+00:00", "lifted"]
        assert any("all accounts" in each and each.endswith("given away") for each in shown)
        assert any(each.startswith("x ") for each in shown) == (words == ["old"])
        assert any("new" in each for each in shown) == (words == [account])
    assert run("show", "nobody").exit_code == 1
    assert run("show", "https://example.org/x").exit_code == 1


def test_a_quarantine_is_shown_with_whom_it_spares(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load({"handle": "old", "platform_user_id": UID}, {"handle": "two", "platform_user_id": OTHER})
    account, other = account_of(conn, UID), account_of(conn, OTHER)
    run("release", account, "--reason", "why")
    assert f"for all but {account}\n" in run("show", "old").stdout.replace(" \n", "\n")
    run("unquarantine", "weibo", "old", "--for", other, "--reason", "why")
    assert f"for all but {account}, {other}" in run("show", "old").stdout
    load({"handle": "old", "platform_user_id": "3333333333", "source": "t"})
    assert "yes: not vouched for" in run("show", "old").stdout


def test_the_id_of_a_merged_account_shows_the_handles_of_its_successor(
    conn: psycopg.Connection, load: Load, run: Run
) -> None:
    load({"handle": "old"}, {"platform_user_id": UID})
    loser = holding(conn, "old").account_id
    load({"handle": "old", "platform_user_id": UID})
    assert account_of(conn, UID) in run("show", loser).stdout
