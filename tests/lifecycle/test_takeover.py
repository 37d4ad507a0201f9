"""The takeover drill: a handle is released, a stranger claims it, and the proof of the account expires."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from directory.database.connections import connect
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.lifecycle import handles, statuses
from directory.resolve.resolver import resolve
from tests.handles.conftest import OTHER, UID, account_of
from tests.imports.conftest import ndjson
from tests.lifecycle.conftest import WHY, state

PROFILE = {"platform": "weibo", "handle": "cityhall", "platform_user_id": UID, "status": "active", "name": "City Hall"}
OLD, NEW = "https://weibo.com/cityhall", "https://weibo.com/cityhall2"


@pytest.fixture
def registry(database_url: str) -> Iterator[psycopg.Connection]:
    """Return a connection to a registry of the test's own."""
    with connect(database_url) as conn:
        yield conn


def load(conn: psycopg.Connection, **more: str) -> None:
    """Import the account as a list has it."""
    import_files(conn, [ndjson([{"source": "list", **PROFILE, **more}])], Options(actor="test", reason="test"))


def resolved(url: str, text: str) -> tuple[str, set[str]]:
    """Return the verdict on a text and its reasons."""
    with connect(url) as conn:
        (answer,) = resolve(conn, [text], plan=lambda _: None)
    read: dict[str, Any] = json.loads(answer)
    return read["verdict"], {reason["code"] for reason in read["reasons"]}


def verdict(url: str, text: str) -> str:
    """Return the verdict on a text."""
    return resolved(url, text)[0]


def prove(conn: psycopg.Connection, account: str, level: str) -> None:
    """Record that an account was proved, or that its proof expired."""
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'a proof')")
        conn.execute("UPDATE accounts SET verification = %s WHERE id = %s", (level, account))


def test_nobody_who_takes_over_a_handle_is_vouched_for_at_any_step(
    registry: psycopg.Connection, database_url: str
) -> None:
    load(registry)
    account = account_of(registry, UID)
    prove(registry, account, "registry")
    assert verdict(database_url, OLD) == "official"

    # The platform suspends the hacked account, and a list that does not know says that it is active.
    statuses.suspend(registry, account, WHY)
    load(registry, name="City Hall of Exampleton")
    assert "suspended" in resolved(database_url, OLD)[1]

    # It comes back by another handle, and releases the old one.
    statuses.resume(registry, account, WHY)
    handles.rename(registry, account, "cityhall2", WHY)
    assert (verdict(database_url, OLD), verdict(database_url, NEW)) == ("formerly_official", "official")

    # A stranger claims the old handle, and gets into a list with it; the stale list of the account changes nothing.
    load(registry, platform_user_id=OTHER, source="careless")
    load(registry)
    stranger = account_of(registry, OTHER)
    assert state(registry, account)["handle"] == "cityhall2"
    assert verdict(database_url, OLD) != "official"
    assert verdict(database_url, NEW) == "official"

    # The proof expires: nothing becomes official by that.
    prove(registry, account, "none")
    assert verdict(database_url, OLD) != "official"

    # The stranger goes elsewhere: its other handle is a new one, the old one is still nobody's.
    handles.rename(registry, stranger, "stranger", WHY)
    assert verdict(database_url, OLD) == "formerly_official"
