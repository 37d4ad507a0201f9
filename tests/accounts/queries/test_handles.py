import json

import psycopg
from flask.testing import FlaskClient

from directory.accounts.schemas import AccountSchema
from directory.database.revisions import begin_revision
from tests.accounts.conftest import Registry, insert_account
from tests.accounts.test_schemas import keys_of


def test_a_record_has_all_its_handles_in_the_order_of_time_the_current_one_last(
    client: FlaskClient, registry: Registry
) -> None:
    times = []
    with psycopg.connect(registry.url, autocommit=True, options="-c timezone=UTC") as conn:
        with conn.transaction():
            begin_revision(conn, actor="editor", reason="made")
            insert_account(conn, 7_000, {"handle": "First", "platform_user_id": "7000"})
        for handle in ("second", "First", None, "second"):
            with conn.transaction():
                begin_revision(conn, actor="editor", reason="renamed")
                conn.execute(
                    """
                    UPDATE accounts SET (handle, handle_key) = ROW (%(handle)s::text, lower(%(handle)s))
                     WHERE platform_user_id = '7000'
                    """,
                    {"handle": handle},
                )
            row = conn.execute("SELECT to_json(max(at)) #>> '{}' FROM revisions").fetchone()
            assert row is not None
            times.append(row[0])
        found = conn.execute("SELECT id FROM accounts WHERE platform_user_id = '7000'").fetchone()
        assert found is not None
    response = client.get(f"/v1/accounts/{found[0]}")
    record = response.get_json()
    assert [tuple(each.values()) for each in record["handles"]] == [
        ("First", None, times[0]),
        ("second", times[0], times[1]),
        ("First", times[1], times[2]),
        ("second", times[3], None),
    ]
    keys_of(AccountSchema(), record)
    assert AccountSchema().validate(record) == {}
    assert response.get_data(as_text=True) == json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def test_an_account_without_a_handle_has_none_and_lists_leave_them_out(client: FlaskClient, registry: Registry) -> None:
    with psycopg.connect(registry.url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="editor", reason="made")
        insert_account(conn, 7_001, {"handle": None, "platform_user_id": "7001"})
        row = conn.execute("SELECT id FROM accounts WHERE platform_user_id = '7001'").fetchone()
        assert row is not None
    assert client.get(f"/v1/accounts/{row[0]}").get_json()["handles"] == []
    assert all("handles" not in account for account in client.get("/v1/accounts?limit=1000").get_json()["data"])
    assert client.get("/v1/accounts?fields=handles").status_code == 400
