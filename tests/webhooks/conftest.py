"""A registry with webhooks, and a receiver on this machine that keeps what comes and answers as it is told."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from standardwebhooks.webhooks import Webhook

from directory.app import create_app
from directory.cli import main
from directory.config import Config
from directory.database.connections import Database, connect
from directory.database.revisions import begin_revision
from directory.fetching.posting import Poster
from directory.search.indexing import index_pending
from directory.secret_keys import derive_key
from directory.webhooks.delivery import Delivery
from directory.webhooks.secrets import PURPOSE
from tests.accounts.conftest import insert_account


@dataclass(slots=True)
class Receiver:
    """What came, headers with names in lower case; `answers` are the next statuses with their headers, then 204."""

    url: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """Return the messages as a receiver reads them, each verified by a secret."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.received]

    def ids(self) -> list[str]:
        """Return the ids of what came."""
        return [headers["webhook-id"] for headers, _ in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True)
class Place:
    """A registry, its settings, a client with a token, and a connection that writes."""

    url: str
    config: Config
    client: FlaskClient
    conn: psycopg.Connection
    headers: dict[str, str]
    accounts: int = 0

    def send(self, method: str, path: str, body: object = None, *, status: int = 200) -> dict[str, Any]:
        """Return the answer to a request with the token."""
        response = self.client.open(f"/v1{path}", method=method, headers=self.headers, json=body)
        assert response.status_code == status, response.get_json()
        found: dict[str, Any] = response.get_json()
        return found

    def subscribe(self, url: str, **members: object) -> tuple[str, str]:
        """Make a webhook and return its id and secret."""
        made = self.send("POST", "/webhooks", {"url": url, "events": ["registry.changed"], **members})
        return made["id"], made["secret"]

    def add_accounts(self, count: int = 1, **values: object) -> None:
        """Insert accounts in one revision."""
        with self.conn.transaction():
            begin_revision(self.conn, actor="test", reason="accounts")
            for number in range(self.accounts, self.accounts + count):
                insert_account(self.conn, number, {"name": f"Office {number}", **values})
            index_pending(self.conn)
        self.accounts += count

    def deliver(self, webhook_id: str) -> None:
        """Send what is due, as a job does."""
        with Poster("test", private_hosts=self.config.webhook_private_hosts) as poster:
            Delivery(self.conn, poster, derive_key(self.config, PURPOSE)).run(webhook_id)

    def log(self, webhook_id: str) -> list[dict[str, Any]]:
        """Return the log of a webhook."""
        rows: list[dict[str, Any]] = self.send("GET", f"/webhooks/{webhook_id}/deliveries?limit=100")["data"]
        return rows

    def command(self, *words: str, status: int = 0, group: str = "webhook") -> str:
        """Return what a command prints."""
        environment = {
            "DATABASE_URL": self.url,
            "DIRECTORY_DATA_DIR": str(self.config.data_dir),
            "DIRECTORY_WEBHOOK_PRIVATE_HOSTS": ",".join(self.config.webhook_private_hosts),
        }
        result = CliRunner().invoke(main, [group, *words], env=environment, catch_exceptions=False)
        assert result.exit_code == status, result.output
        return result.stdout if not status else result.output

    def make_token(self, *options: str) -> dict[str, str]:
        """Return the headers of a new token."""
        token = self.command("create", "--name", "Desk", *options, group="token")
        return {"Authorization": f"Bearer {token.strip()}"}


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    return template_of_few_regions


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    config = dataclasses.replace(
        Config.from_environment({"DIRECTORY_DATA_DIR": str(tmp_path)}), webhook_private_hosts=("127.0.0.1",)
    )
    database = Database(database_url, statement_timeout_ms=5000)
    with connect(database_url) as conn:
        made = Place(database_url, config, create_app(config, database).test_client(), conn, {})
        made.headers = made.make_token("--scope", "admin")
        yield made
    database.close()


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets how long failures are borne."""

    def set_patience(text: str) -> None:
        monkeypatch.setattr("directory.webhooks.delivery.PATIENCE", text)

    return set_patience
