"""For a registered account and a stranger: no address that a browser opens as the stranger's is official."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.platforms.addresses import (
    Address,
    canonical_url,
    handle_key,
    identify,
    parse_handle,
    parse_url,
    public_handle,
)
from directory.platforms.reference import PLATFORMS
from directory.resolve.resolver import resolve
from directory.search.indexing import index_pending
from directory.search.query_plan import try_plan_query
from tests.accounts.conftest import insert_account
from tests.platforms.test_addresses_properties import handles
from tests.platforms.test_strangers import UP, WITH_PAGES, WRAPS

# The account that is registered on each platform.
REGISTERED: dict[str, Address] = {}


def _register(slug: str) -> Address:
    """Return the account of a platform's example: by its handle, or by its id where handles have no page."""
    platform = PLATFORMS[slug]
    example = platform.handle_example if platform.handle_url else platform.user_id_example
    address = identify(slug, example, None, None)
    assert isinstance(address, Address)
    return address


@pytest.fixture(scope="module")
def database(module_database_url: str) -> Iterator[Database]:
    """Yield a registry with one account on each platform that has addresses."""
    with psycopg.connect(module_database_url) as conn:
        begin_revision(conn, actor="test", reason="one account a platform")
        for number, slug in enumerate(WITH_PAGES):
            address = REGISTERED[slug] = _register(slug)
            key = handle_key(slug, address.handle) if address.handle is not None else None
            values = {
                "platform": slug, "handle": public_handle(address), "handle_key": key, "status": "active",
                "platform_user_id": address.user_id, "name": f"Registered Body {number}",
                "url": canonical_url(address),
            }  # fmt: skip
            insert_account(conn, number, values)
        index_pending(conn)
    opened = Database(module_database_url, statement_timeout_ms=10_000)
    yield opened
    opened.close()


def _ask(database: Database, texts: list[str]) -> list[dict[str, Any]]:
    with database.read() as conn:
        return [json.loads(verdict) for verdict in resolve(conn, texts, plan=partial(try_plan_query, database))]


def _is_registered(address: Address) -> bool:
    registered = REGISTERED[address.platform]
    if address.user_id is not None and address.user_id == registered.user_id:
        return True
    if address.handle is None or registered.handle is None:
        return False
    return handle_key(address.platform, address.handle) == handle_key(address.platform, registered.handle)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_address_that_a_browser_opens_as_a_strangers_is_official(database: Database, data: st.DataObject) -> None:
    texts = []
    for _ in range(12):
        slug, other = data.draw(st.sampled_from(WITH_PAGES)), data.draw(st.sampled_from(WITH_PAGES))
        stranger = parse_handle(other, data.draw(handles(other)))
        assume(isinstance(stranger, Address))
        assert isinstance(stranger, Address)
        url, registered = canonical_url(stranger), canonical_url(REGISTERED[slug])
        assume(url is not None and parse_url(url) == stranger and not _is_registered(stranger))
        assert url is not None
        assert registered is not None
        texts.append(WRAPS[data.draw(st.sampled_from(sorted(WRAPS)))](registered, url, data.draw(st.sampled_from(UP))))
    for verdict in _ask(database, texts):
        assert verdict["verdict"] in {"unknown", "look_alike"}, verdict


def test_every_registered_account_is_official_by_its_own_url(database: Database) -> None:
    urls = [canonical_url(address) or "" for address in REGISTERED.values()]
    verdicts = _ask(database, urls)
    assert {verdict["query"] for verdict in verdicts if verdict["verdict"] != "official"} == set()
    assert [verdict["account"]["platform"] for verdict in verdicts] == list(REGISTERED)


@pytest.mark.parametrize(
    ("registered", "asked", "verdict", "code"),
    [
        ("user/kindcity", "https://www.youtube.com/user/kindcity", "official", "current_handle"),
        ("user/kindcity", "https://www.youtube.com/users/kindcity", "official", "current_handle"),
        ("user/kindcity", "https://www.youtube.com/@kindcity", "look_alike", "other_kind"),
        ("user/kindcity", "https://www.youtube.com/c/kindcity", "look_alike", "other_kind"),
        ("user/kindcity", "https://www.youtube.com/kindcity", "look_alike", "other_kind"),
        ("user/kindcity", "kindcity YouTube", "official", "kind_not_stated"),
        ("kindtown", "https://www.youtube.com/@kindtown", "official", "current_handle"),
        ("kindtown", "https://www.youtube.com/user/kindtown", "look_alike", "other_kind"),
        ("kindtown", "@kindtown YouTube", "official", "current_handle"),
    ],
)
def test_a_name_of_another_kind_on_youtube_is_another_account(
    conn: psycopg.Connection, registered: str, asked: str, verdict: str, code: str
) -> None:
    address = Address("youtube", registered)
    begin_revision(conn, actor="test", reason="one")
    values = {
        "platform": "youtube", "handle": public_handle(address), "handle_key": handle_key("youtube", registered),
        "status": "active", "name": "Kind City", "url": canonical_url(address),
    }  # fmt: skip
    insert_account(conn, 1, values)
    index_pending(conn)
    (told,) = [json.loads(each) for each in resolve(conn, [asked], plan=lambda _: None)]
    assert (told["verdict"], code in {reason["code"] for reason in told["reasons"]}) == (verdict, True), told
