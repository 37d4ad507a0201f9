"""What public reports tell of released handles: a researcher claimed one, and a registry vouched for him."""

import json

import psycopg

from directory.accounts.queries.handles import Holding, ask_holders_anywhere, select_holders
from directory.database.prepared_statements import open_pipeline
from tests.handles.conftest import OTHER, UID, Load, Run, account_of, holding, intervals


def test_a_released_handle_of_another_account_is_not_vouched_for_until_its_quarantine_is_lifted(
    conn: psycopg.Connection, load: Load, run: Run
) -> None:
    load({"handle": "USEmbassyRiyadh", "platform_user_id": UID})
    embassy = account_of(conn, UID)
    assert run("rename", embassy, "USAinKSA", "--reason", "new name").exit_code == 0

    report = load({"handle": "usembassyriyadh", "platform_user_id": OTHER, "source": "t"})
    impostor = account_of(conn, OTHER)
    (taken,) = report.quarantined
    assert (taken.account_id, taken.released_by, taken.handle) == (impostor, embassy, "usembassyriyadh")
    said = "\n".join(report.lines())
    assert f"account {embassy} released on {taken.released_at:%Y-%m-%d}" in said
    assert "directory handle unquarantine weibo 'usembassyriyadh'" in said
    assert report.as_json()["handles"] == {
        "quarantined": 1,
        "first": [
            {
                "platform": "weibo",
                "handle": "usembassyriyadh",
                "account": impostor,
                "released_by": embassy,
                "released_at": taken.released_at.isoformat(),
            }
        ],
    }
    found = holding(conn, "usembassyriyadh")
    assert (found.account_id, found.is_quarantined) == (impostor, True)
    (release,) = found.releases
    assert (release.account_id, release.is_gone) == (embassy, False)
    assert release.account is not None
    assert release.account.handle == "USAinKSA"
    assert found.valid_from == release.valid_to

    # The same file again is no news and no error, and the remark is made once.
    assert load({"handle": "usembassyriyadh", "platform_user_id": OTHER, "source": "t"}).quarantined == []

    refused = run("rename", embassy, "USEmbassyRiyadh", "--reason", "back")
    assert refused.exit_code == 1
    assert f"the account {impostor} holds the handle" in refused.stderr

    assert (
        run("unquarantine", "weibo", "USEmbassyRiyadh", "--for", impostor, "--reason", "it is the consulate").exit_code
        == 0
    )
    assert not holding(conn, "usembassyriyadh").is_quarantined
    assert run("rename", impostor, "riyadh", "--reason", "new name").exit_code == 0
    # It was lifted for that account alone: every other one is still barred.
    assert holding(conn, "usembassyriyadh").is_quarantined
    assert run("unquarantine", "weibo", "USEmbassyRiyadh", "--reason", "let it go").exit_code == 0
    assert not holding(conn, "usembassyriyadh").is_quarantined


def test_a_lifted_quarantine_covers_earlier_releases_and_not_later_ones(
    conn: psycopg.Connection, load: Load, run: Run
) -> None:
    load({"handle": "cdfb", "platform_user_id": UID})
    first = account_of(conn, UID)
    run("release", first, "--reason", "r")
    run("unquarantine", "weibo", "cdfb", "--reason", "r")
    load({"handle": "cdfb", "platform_user_id": OTHER, "source": "t"})
    second = account_of(conn, OTHER)
    assert not holding(conn, "cdfb").is_quarantined
    since = holding(conn, "cdfb").valid_from
    assert since is not None
    # Released before the quarantine was lifted by the calendar, and after it by the registry's clock.
    run("release", second, "--reason", "r", "--at", since.isoformat())
    assert holding(conn, "cdfb").is_quarantined
    refused = run("rename", first, "cdfb", "--reason", "back")
    assert refused.exit_code == 1
    assert f"the account {second} released the handle" in refused.stderr


def test_who_released_a_handle_may_take_it_back(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load({"handle": "cdfb", "platform_user_id": UID})
    account = account_of(conn, UID)
    run("rename", account, "moved", "--reason", "r")
    assert load({"handle": "cdfb", "platform_user_id": UID, "source": "t"}).renamed == 1
    assert run("rename", account, "moved", "--reason", "r").exit_code == 0
    assert run("rename", account, "cdfb", "--reason", "r").exit_code == 0
    assert [handle for handle, _, _ in intervals(conn, account)] == ["cdfb", "moved"] * 2 + ["cdfb"]
    assert not holding(conn, "cdfb").is_quarantined
    assert holding(conn, "moved").is_quarantined


def test_handles_of_a_deleted_account_stay_in_quarantine(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "cdfb"})
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'deleted')")
        (gone,) = conn.execute("SELECT id FROM accounts").fetchone() or ("",)
        conn.execute("INSERT INTO tombstones VALUES ('account', %s, NULL, current_revision())", (gone,))
        conn.execute("DELETE FROM accounts")
    report = load({"handle": "cdfb"})
    assert report.created == 1
    (taken,) = report.quarantined
    assert (taken.is_new, taken.released_by) == (True, gone)
    found = holding(conn, "cdfb")
    assert found.is_quarantined
    assert [(each.is_gone, each.account) for each in found.releases] == [(True, None)]


def test_a_dry_run_names_no_account_that_will_never_be(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load({"handle": "cdfb", "platform_user_id": UID})
    run("release", account_of(conn, UID), "--reason", "r")
    report = load({"handle": "cdfb", "platform_user_id": OTHER, "source": "t"}, dry_run=True)
    assert '"account": null' in json.dumps(report.as_json())
    assert "a new account takes up" in "\n".join(report.lines())


def test_many_handles_are_looked_up_at_once_in_their_order(conn: psycopg.Connection, load: Load, run: Run) -> None:
    load({"handle": "one", "platform_user_id": UID}, {"handle": "two", "platform_user_id": OTHER})
    run("rename", account_of(conn, UID), "three", "--reason", "r")
    asked = [("weibo", key) for key in ("nobody", "three", "one", "two", "one")] + [("x", "two")]
    found = select_holders(conn, asked)
    assert [(each.platform, each.handle_key) for each in found] == asked
    assert [each.account_id for each in found] == [
        None,
        account_of(conn, UID),
        None,
        account_of(conn, OTHER),
        None,
        None,
    ]
    assert [len(each.releases) for each in found] == [0, 0, 1, 0, 1, 0]
    assert [each.is_quarantined for each in found] == [False, False, True, False, True, False]
    assert select_holders(conn, []) == []


def test_a_handle_is_looked_up_on_every_platform_on_which_somebody_has_or_had_it(
    conn: psycopg.Connection, load: Load, run: Run
) -> None:
    load({"handle": "one", "platform_user_id": UID}, {"handle": "one", "platform": "x"})
    run("rename", account_of(conn, UID), "three", "--reason", "r")
    taken: list[Holding] = []
    with open_pipeline(conn) as pipeline:
        ask_holders_anywhere(pipeline, ["one", "three", "nobody"], lambda holdings: taken.extend(holdings.values()))
    found = sorted(taken, key=lambda each: (each.platform, each.handle_key))
    assert [(each.platform, each.handle_key) for each in found] == [("weibo", "one"), ("weibo", "three"), ("x", "one")]
    assert found == select_holders(conn, [(each.platform, each.handle_key) for each in found])
    assert [len(each.releases) for each in found] == [1, 0, 0]
    assert [each.account is None for each in found] == [True, False, False]
