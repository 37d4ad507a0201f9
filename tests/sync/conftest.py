"""`directory sync` on a registry of the test's own, with sources on ports of this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.cli import main
from tests.sync.servers import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a source."""
    with serving() as made:
        yield made


@dataclass(frozen=True, slots=True)
class Installation:
    """A registry, and the command on it."""

    url: str
    data_dir: Path

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of the command."""
        return {
            "DATABASE_URL": self.url,
            "DIRECTORY_DATA_DIR": str(self.data_dir),
            "DIRECTORY_CONTACT": "https://registry.example/contact",
        }

    def configure(self, **tables: Mapping[str, Any]) -> None:
        """Write the settings of sources; each repeats a request at once."""
        lines = []
        for name, table in tables.items():
            lines.append(f"[{name}]\nfirst_wait_seconds = 0.001\n")
            lines += [f"{key} = {_toml(value)}\n" for key, value in table.items()]
        (self.data_dir / "sync.toml").write_text("".join(lines), "utf-8")

    def sync(self, *arguments: str, **environ: str | None) -> Result:
        """Run the command; `environ` replaces variables."""
        return CliRunner().invoke(main, ["sync", *arguments], env=self.environ | environ, catch_exceptions=False)

    def accounts(self) -> list[dict[str, Any]]:
        """Return all accounts as the API shows them."""
        with psycopg.connect(self.url) as conn:
            rows = conn.execute("SELECT document FROM account_records ORDER BY platform, handle_key, id").fetchall()
        return [json.loads(document) for (document,) in rows]

    def select(self, query: str) -> list[Any]:
        """Return the first column of a query."""
        with psycopg.connect(self.url) as conn:
            return [row[0] for row in conn.execute(query.encode())]

    def runs(self, source: str) -> list[Path]:
        """Return the folders of the runs of a source, in order."""
        return sorted((self.data_dir / "sync" / source / "runs").iterdir())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Installation:
    """Return an empty registry."""
    return Installation(database_url, tmp_path)


Congress = Callable[..., None]


@pytest.fixture
def congress(server: Server, installation: Installation) -> Congress:
    """Return a function that makes the server the source of so many members of Congress."""
    installation.configure(congress={"url": f"{server.url}/"})

    def set_members(count: int, *, renamed: Mapping[int, str] | None = None) -> None:
        members = [
            {
                "id": {"bioguide": f"B{number:06}"},
                "name": {"first": "Ann", "last": f"Member{number}", "official_full": f"Ann Member {number}"},
                "terms": [{"type": "sen" if number % 2 else "rep", "state": "OH"}],
            }
            for number in range(count)
        ]
        social = [
            {
                "id": {"bioguide": f"B{number:06}"},
                "social": {"twitter": (renamed or {}).get(number, f"Member{number}"), "twitter_id": 9_000_000 + number},
            }
            for number in range(count)
        ]
        server.answers["/legislators-current.json"] = members
        server.answers["/legislators-social-media.json"] = social

    return set_members
