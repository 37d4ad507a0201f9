"""The connector of docs/connectors.md, installed as a package of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from directory.sync.connector import ENTRY_POINTS
from tests.sync.conftest import Installation
from tests.sync.servers import Asked, Server

PAGE = Path(__file__).parents[2] / "docs" / "connectors.md"
CODE = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the connector of the page while the test runs."""
    assert CODE is not None
    packages = tmp_path / "packages"
    info = packages / "exampleland-1.0.dist-info"
    info.mkdir(parents=True)
    (packages / "exampleland.py").write_text(CODE[1], "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: exampleland\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nexampleland = exampleland:CONNECTOR\n", "utf-8")
    monkeypatch.syspath_prepend(packages)
    invalidate_caches()
    yield
    sys.modules.pop("exampleland", None)


@pytest.mark.usefixtures("installed")
def test_the_connector_of_the_documentation_runs_from_a_package_of_its_own(
    installation: Installation, server: Server
) -> None:
    def town(number: int, **more: object) -> dict[str, object]:
        links = [f"https://x.com/town{number}", f"https://www.facebook.com/town{number}"]
        return {
            "code": f"T{number}",
            "name": f"Town {number}",
            "website": "https://town.example",
            "links": links,
            **more,
        }

    def answer(asked: Asked) -> object:
        page = int(asked.parameters["page"])
        following = f"{server.url}/api/municipalities?page={page + 1}" if page < 3 else None
        return {"results": [town(page)], "next": following}

    server.answers["/api/municipalities"] = answer
    installation.configure(exampleland={"url": f"{server.url}/", "region": "FR"})
    assert "exampleland  Municipalities of Exampleland" in installation.sync("--list").output
    result = installation.sync("exampleland")
    assert result.exit_code == 0, result.output
    assert "exampleland: 6 rows; 3 requests" in result.output
    assert {account["handle"] for account in installation.accounts()} == {"town1", "town2", "town3"}
    assert installation.select("SELECT licence FROM sources WHERE id = 'exampleland'") == ["CC-BY-4.0"]


@pytest.mark.usefixtures("installed")
def test_a_link_to_another_host_is_not_followed(installation: Installation, server: Server) -> None:
    server.answers["/api/municipalities"] = {"results": [], "next": "http://127.0.0.1:1/latest/meta-data"}
    installation.configure(exampleland={"url": f"{server.url}/"})
    result = installation.sync("exampleland")
    assert result.exit_code == 1
    assert "http://127.0.0.1:1/latest/meta-data is not at" in result.output


def test_the_connector_of_the_documentation_has_at_most_40_lines() -> None:
    assert CODE is not None
    assert CODE[1].count("\n") <= 40
