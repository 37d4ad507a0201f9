"""`directory proof` on a registry of the test's own, with websites, platforms and name servers on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from dnslib import QTYPE, RCODE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

from directory.cli import main
from tests.probe import conftest as probe
from tests.sync.servers import Answer, Server, serving

HOSTS = ("town.gov", "www.town.gov", "x.com", "social.example", "plc.directory", "elsewhere.example")
Record = str | list[bytes]


class NameServer(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Answers with TXT records by name; an int is a code of an error, and a record may have several strings."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record] | int] = {}
        self.port = 0

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:  # noqa: ARG002 - as dnslib calls it
        """Return the answer to a question."""
        reply = request.reply()
        found = self.records.get(str(request.q.qname).rstrip("."), RCODE.NXDOMAIN)
        if isinstance(found, int):
            reply.header.rcode = found
            return reply
        for record in found or ():
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT(record), ttl=1))
        return reply


@contextmanager
def answering() -> Iterator[NameServer]:
    """Answer by UDP and TCP while the block runs."""
    resolver = NameServer()
    servers = _servers(resolver)
    resolver.port = servers[0].server.server_address[1]
    for server in servers:
        server.start_thread()
    try:
        yield resolver
    finally:
        for server in servers:
            server.stop()
            server.server.server_close()


def _servers(resolver: NameServer) -> tuple[DNSServer, DNSServer]:
    """Return servers of UDP and TCP at one port."""
    logger = DNSLogger(log="", prefix=False)
    for _ in range(20):
        udp = DNSServer(resolver, port=0, address="127.0.0.1", logger=logger)
        port = udp.server.server_address[1]
        try:
            return udp, DNSServer(resolver, port=port, address="127.0.0.1", tcp=True, logger=logger)
        except OSError:
            # A port that is free for UDP may be somebody's for TCP.
            udp.server.server_close()
    message = "no port is free for both UDP and TCP"
    raise AssertionError(message)


@dataclass(frozen=True, slots=True)
class Place:
    """Websites, platforms and name servers; `server` stands for every host of HOSTS, below its name."""

    server: Server
    names: NameServer

    def serve(self, path: str, body: str | bytes, content_type: str = "text/html", **options: Any) -> None:  # noqa: ANN401 - of an Answer
        """Answer with a document at the host and path."""
        content = body.encode() if isinstance(body, str) else body
        self.server.answers[f"/{path}"] = Answer(content, content_type=content_type, **options)

    @property
    def servers(self) -> dict[str, str]:
        """Return where the hosts are."""
        return {host: f"{self.server.url}/{host}" for host in HOSTS}


@pytest.fixture(scope="session")
def whole_place() -> Iterator[Place]:
    """Yield the servers of all tests: each takes half a second to stop."""
    with serving() as server, answering() as names:
        yield Place(server, names)


@pytest.fixture
def place(whole_place: Place) -> Place:
    """Return a place where nothing is yet."""
    whole_place.server.answers.clear()
    whole_place.server.asked.clear()
    whole_place.names.records.clear()
    return whole_place


@dataclass(frozen=True, slots=True)
class Installation(probe.Installation):
    """A registry, and the command on it."""

    place: Place

    def proof(self, *arguments: str) -> Result:
        """Run the command."""
        if arguments[0] in {"check", "recheck"}:
            servers = [part for pair in self.place.servers.items() for part in ("--server", "=".join(pair))]
            arguments = (*arguments, *servers, "--name-server", f"127.0.0.1:{self.place.names.port}")
        return CliRunner().invoke(main, ["proof", *arguments], env=self.environ, catch_exceptions=False)

    def check(self, handle: str, *arguments: str) -> str:
        """Check an account, and return what is printed."""
        result = self.proof("check", self.account(handle)["id"], *arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def execute(self, statement: str) -> None:
        """Run a statement in a revision of its own."""
        with psycopg.connect(self.url) as conn:
            conn.execute("SELECT begin_revision('test', 'test')")
            conn.execute(statement.encode())


def row(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - values of a row
    """Return a row about an account of a town."""
    return {
        "url": "https://x.com/town",
        "name": "Town",
        "region": "US",
        "department": "Town",
        "department_website": "https://www.town.gov/",
        **values,
    }


@pytest.fixture
def template(template_of_few_regions: str) -> str:
    return template_of_few_regions


@pytest.fixture
def installation(database_url: str, tmp_path: Path, place: Place) -> Installation:
    """Return a registry with an account of a town."""
    made = Installation(database_url, tmp_path, place.server, set(), place)
    made.load(row())
    return made
