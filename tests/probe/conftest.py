"""`directory probe` on a registry of the test's own, with platforms on a port of this machine."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.cli import main
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.sync.servers import Server, serving

BLUESKY = "/public.api.bsky.app/xrpc/app.bsky.actor.getProfiles"


def lookup(server: str) -> str:
    """Return the path at which the tests' server answers for a Mastodon server."""
    return f"/{server}/api/v1/accounts/lookup"


@dataclass(frozen=True, slots=True)
class Installation:
    """A registry, and the command on it; `server` stands for every host of `hosts`."""

    url: str
    data_dir: Path
    server: Server
    hosts: set[str]

    def load(self, *rows: dict[str, Any], **options: Any) -> None:  # noqa: ANN401 - options of an import
        """Import rows."""
        lines = io.BytesIO("".join(json.dumps({"source": "list", **row}) + "\n" for row in rows).encode())
        with psycopg.connect(self.url, autocommit=True) as conn:
            import_files(conn, [lines], Options(actor="test", reason="test", **options))

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of the command."""
        return {"DATABASE_URL": self.url, "DIRECTORY_DATA_DIR": str(self.data_dir)}

    def command(self, *arguments: str) -> list[str]:
        """Return the arguments of the command; failed requests are repeated at once."""
        servers = [part for host in sorted(self.hosts) for part in ("--server", f"{host}={self.server.url}/{host}")]
        return ["probe", "--first-wait", "0.001", *servers, *arguments]

    def probe(self, *arguments: str) -> Result:
        """Run the command."""
        return CliRunner().invoke(main, self.command(*arguments), env=self.environ, catch_exceptions=False)

    def account(self, handle: str) -> dict[str, Any]:
        """Return an account as the API shows it."""
        with psycopg.connect(self.url) as conn:
            row = conn.execute("SELECT document FROM account_records WHERE handle = %s", (handle,)).fetchone()
        assert row is not None, handle
        return dict(json.loads(row[0]))

    def outcomes(self) -> dict[str, str]:
        """Return what the last probes found, by handle or id."""
        with psycopg.connect(self.url) as conn:
            return dict(
                conn.execute(
                    """
                    SELECT coalesce(handle, platform_user_id), outcome
                      FROM account_probes JOIN accounts ON id = account_id
                    """
                ).fetchall()
            )

    def evidence(self, handle: str) -> dict[str, Any]:
        """Return what the platform said of an account."""
        with psycopg.connect(self.url) as conn:
            row = conn.execute(
                "SELECT evidence FROM account_probes JOIN accounts ON id = account_id WHERE handle = %s", (handle,)
            ).fetchone()
        assert row is not None, handle
        return dict(row[0])

    def age(self, days: int) -> None:
        """Make all probes so many days older, and forget their responses."""
        with psycopg.connect(self.url) as conn:
            conn.execute(
                """
                UPDATE account_probes
                   SET (asked_at, answered_at, gone_since)
                     = (asked_at - make_interval(days => %(days)s), answered_at - make_interval(days => %(days)s),
                        gone_since - make_interval(days => %(days)s))
                """,
                {"days": days},
            )

    def select(self, query: str) -> list[Any]:
        """Return the first column of a query."""
        with psycopg.connect(self.url) as conn:
            return [row[0] for row in conn.execute(query.encode())]


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Yield an empty registry, and a server for the platforms."""
    with serving() as server:
        hosts = {"public.api.bsky.app", "www.youtube.com", "social.example", "x.com"}
        yield Installation(database_url, tmp_path, server, hosts)
