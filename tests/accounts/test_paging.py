import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.queries import search as search_queries
from directory.database.revisions import begin_revision
from tests.accounts.conftest import Registry, insert_account
from tests.accounts.questions import walk


@contextmanager
def writing(url: str) -> Iterator[None]:
    """Keep another connection inserting, changing and deleting accounts of its own, and changing others."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as conn:
                for number in range(10_000, 20_000):
                    if stop.is_set():
                        break
                    with conn.transaction():
                        begin_revision(conn, actor="test", reason="meanwhile")
                        insert_account(conn, number, {"name": f"Passing {number}", "followers": None})
                        conn.execute("UPDATE accounts SET description = %s WHERE handle = 'Handle7'", (str(number),))
                        conn.execute("DELETE FROM accounts WHERE handle = %s", (f"Handle{number - 5}",))
                with conn.transaction():
                    begin_revision(conn, actor="test", reason="afterwards")
                    conn.execute("DELETE FROM accounts WHERE name LIKE 'Passing %'")
        except BaseException as error:
            failures.append(error)
            raise

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
    assert not failures


@pytest.mark.parametrize("sort", ["id", "-created_at", "name,-followers"])
def test_a_walk_gives_each_account_once_while_another_process_writes(
    client: FlaskClient, registry: Registry, sort: str
) -> None:
    with writing(registry.url):
        ids = [document["id"] for document in walk(client, {"sort": sort}, 3)]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {document["id"] for document in registry.documents}


def test_the_last_page_has_no_next_and_a_full_one_before_it_has(client: FlaskClient) -> None:
    total = client.get("/v1/accounts?count=exact&limit=1").get_json()["page"]["count"]["value"]
    assert client.get(f"/v1/accounts?limit={total}").get_json()["page"]["next"] is None
    first = client.get(f"/v1/accounts?limit={total - 1}")
    assert 'rel="next"' in first.headers["Link"]
    link = first.headers["Link"].rpartition("<")[2].partition(">")[0]
    last = client.get(link)
    assert len(last.get_json()["data"]) == 1
    assert 'rel="next"' not in last.headers["Link"]


def test_a_cursor_is_of_its_filters_and_order_and_of_no_other(client: FlaskClient) -> None:
    cursor = client.get("/v1/accounts?sort=-followers&limit=2").get_json()["page"]["next"]
    assert client.get(f"/v1/accounts?sort=-followers&limit=5&cursor={cursor}").status_code == 200
    for query in ("sort=followers", "sort=-followers&status=active", "sort=name"):
        response = client.get(f"/v1/accounts?{query}&cursor={cursor}")
        assert (response.status_code, response.get_json()["type"]) == (400, "/problems/invalid-cursor")
    assert client.get(f"/v1/accounts?sort=-followers&cursor={cursor[:-3]}").status_code == 400


@pytest.mark.parametrize("limits", [(200, 800, 3200), (1, 2), (3,)])
@pytest.mark.parametrize(
    "asked", ["language=zh", "followers_min=1000", "opened_before=2015-01-01&region=CN", "tag=covid"]
)
def test_a_search_within_any_filter_keeps_the_order_of_the_search(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, asked: str, limits: tuple[int, ...]
) -> None:
    monkeypatch.setattr(search_queries, "_POST_FILTERED", limits)
    parameters = dict(part.split("=") for part in asked.split("&"))
    admitted = {document["id"] for document in walk(client, parameters, 500)}
    in_order = [document["id"] for document in walk(client, {"q": "handle"}, 500)]
    found = [document["id"] for document in walk(client, {"q": "handle"} | parameters, 2)]
    assert found == [each for each in in_order if each in admitted]
    assert 0 < len(found) < len(in_order)
