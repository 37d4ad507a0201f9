from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from directory.accounts.parameters import Filter
from directory.accounts.queries.list import PageRequest, WhereClause
from directory.accounts.queries.search import select_accounts
from directory.accounts.region_filter import RegionSelection
from directory.accounts.sorts import Order
from directory.departments.names import fold
from directory.http.fields import Selection
from directory.http.problems import InvalidCursor
from directory.regions.queries import RegionNode
from tests.accounts.conftest import Registry
from tests.accounts.questions import walk

READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "id": lambda d: d["id"],
    "name": lambda d: fold(d["name"] or "").encode(),
    "followers": lambda d: -1 if d["followers"] is None else d["followers"]["count"],
    "opened_on": lambda d: d["opened_on"] or "",
    "created_at": lambda d: d["created_at"],
    "updated_at": lambda d: d["updated_at"],
}


def in_order(documents: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    if keys[-1].removeprefix("-") != "id":
        keys = [*keys, "-id" if keys[-1].startswith("-") else "id"]

    def compare(one: dict[str, Any], other: dict[str, Any]) -> int:
        for key in keys:
            read = READ[key.removeprefix("-")]
            if read(one) != read(other):
                return (1 if read(one) > read(other) else -1) * (-1 if key.startswith("-") else 1)
        return 0

    return sorted(documents, key=cmp_to_key(compare))


@st.composite
def sorts(draw: st.DrawFn) -> list[str]:
    names = draw(st.lists(st.sampled_from([key for key in READ if key != "id"]), max_size=3, unique=True))
    names += draw(st.sampled_from([[], ["id"]])) if names else ["id"]
    return [draw(st.sampled_from(["", "-"])) + name for name in names]


@settings(max_examples=40, deadline=None)
@given(keys=sorts(), limit=st.integers(20, 150))
def test_every_order_is_the_one_that_its_keys_say_page_after_page(
    client: FlaskClient, registry: Registry, keys: list[str], limit: int
) -> None:
    listed = walk(client, {"sort": ",".join(keys)}, limit)
    assert [d["id"] for d in listed] == [d["id"] for d in in_order(registry.documents, keys)]


@pytest.mark.parametrize("key", READ)
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_deep_page_is_read_from_an_index_where_it_begins(registry: Registry, key: str, sign: str) -> None:
    order = Order.by([f"{sign}{key}"])
    with registry.database.snapshot() as conn:
        # So few accounts are read faster without an index; with many they are not.
        conn.execute("SET LOCAL enable_seqscan = off")
        conn.execute("SET LOCAL enable_bitmapscan = off")
        rows = select_accounts(conn, Filter(), order, PageRequest(limit=300))
        where = WhereClause.of(Filter(), order=order)
        where.start_after(rows[-1][1:], order)
        explain = sql.SQL("EXPLAIN SELECT document FROM {} {} {} LIMIT 25").format(
            where.from_items(), where.where(), order.order_by()
        )
        plan = "\n".join(row[0] for row in conn.execute(explain, where.parameters))
    assert "Index Scan" in plan
    assert "Index Cond" in plan
    assert "Sort" not in plan


def test_the_most_followed_of_a_province_on_a_platform_are_read_from_one_index(registry: Registry) -> None:
    province = RegionSelection(include=(RegionNode("CN-510000", "CN/CN-510000/"),))
    account_filter = Filter(values={"region": province, "platform": Selection(include=("weibo",))})
    order = Order.by(["-followers"])
    where = WhereClause.of(account_filter, order=order)
    statement = sql.SQL("EXPLAIN SELECT document FROM {} {} {} LIMIT 25").format(
        where.from_items(), where.where(), order.order_by()
    )
    with registry.database.snapshot() as conn:
        conn.execute("SET LOCAL enable_sort = off")
        conn.execute("SET LOCAL enable_bitmapscan = off")
        plan = [row[0] for row in conn.execute(statement, where.parameters)]
    assert any("account_followers_division" in line for line in plan)
    assert not any("Sort" in line or "Filter" in line for line in plan)


@pytest.mark.parametrize("values", [["1"], ["x", "0000000"], [None, "0000000"], ["1", "a\x00"]])
def test_a_cursor_whose_values_do_not_fit_the_order_is_refused(values: list[str | None]) -> None:
    with pytest.raises(InvalidCursor):
        Order.by(["followers"]).after(values)
