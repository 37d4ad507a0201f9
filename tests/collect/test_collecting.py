"""Counts of accounts that the registry has, fetched by connectors and recorded as observations."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.cli import main
from directory.database.revisions import begin_revision
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.sync.conftest import Installation
from tests.sync.servers import Asked, Server, serving

DID = "did:plc:abcdefghijklmnopqrstuvwx"


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Installation:
    """Return a registry with an account on Bluesky, by its DID, and one on Mastodon."""
    with psycopg.connect(database_url) as conn:
        begin_revision(conn, actor="test", reason="accounts")
        insert_account(conn, 0, {"platform": "bluesky", "handle": "cdc.gov", "platform_user_id": DID})
        insert_account(conn, 1, {"platform": "mastodon", "handle": "bfdi@social.example"})
        index_pending(conn)
    return Installation(database_url, tmp_path)


def collect(installation: Installation, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["collect", *arguments], env=installation.environ, catch_exceptions=False)


def profiles(asked: Asked) -> object:
    """Return what Bluesky says of the one actor that is asked for."""
    assert asked.parameters["actors"] == DID
    return {
        "profiles": [
            {
                "did": DID,
                "handle": "cdc.gov",
                "displayName": "CDC",
                "followersCount": 5,
                "followsCount": 2,
                "postsCount": 9,
                "verification": {"verifiedStatus": "valid"},
            }
        ]
    }


def directory(asked: Asked) -> object:
    """Return the accounts of a Mastodon server: one that hides its followers, and one that the registry has not."""
    account = {"id": "7", "username": "bfdi", "display_name": "BfDI", "following_count": 3, "statuses_count": 8}
    rows = [
        account | {"followers_count": -1, "last_status_at": "2024-06-30"},
        account | {"id": "8", "username": "other", "followers_count": 1},
    ]
    return rows if asked.parameters["offset"] == "0" else []


def test_the_accounts_of_the_registry_are_asked_for_and_nothing_else_is_written(installation: Installation) -> None:
    before = installation.select("SELECT document FROM accounts ORDER BY id")
    with serving() as server:
        server.answers |= {
            "/xrpc/app.bsky.actor.getProfiles": profiles,
            "/api/v2/instance": {"domain": "social.example"},
            "/api/v1/directory": directory,
        }
        installation.configure(bluesky={"url": server.url}, mastodon={"instances": {server.url: "DE"}})
        assert collect(installation, "--dry-run", "bluesky").exit_code == 0
        assert installation.select("SELECT count(*) FROM observations") == [0]
        result = collect(installation, "bluesky", "mastodon")
    assert result.exit_code == 0, result.output
    assert "1 of accounts that the registry does not have" in result.output
    assert installation.select(
        """SELECT concat_ws(' ', source, coalesce(followers::text, '?'), following, posts, verified, last_post_at::date)
             FROM observations ORDER BY source"""
    ) == ["bluesky 5 2 9 t", "mastodon ? 3 8 2024-06-30"]
    assert installation.select("SELECT document FROM accounts ORDER BY id") == before
    assert installation.select("SELECT title FROM sources WHERE id = 'bluesky'") == ["Accounts on Bluesky"]


def test_a_source_that_is_down_ends_no_other_and_a_wrong_name_is_wrong_usage(
    installation: Installation, server: Server
) -> None:
    installation.configure(bluesky={"url": server.url}, mastodon={"instances": {}})
    result = collect(installation, "bluesky")
    assert result.exit_code == 1
    assert "stopped" in result.output
    assert collect(installation, "congress").exit_code == 2
    assert "bluesky" in collect(installation, "--list").output


@pytest.fixture
def server() -> object:
    """Yield a source that has nothing."""
    with serving() as made:
        yield made
