"""An empty registry is filled by one command, from sources on this machine that list more than 40,000 real accounts.

Their rows are no part of the project: without them the test is skipped, and says so.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sync.conftest import Installation
from tests.sync.servers import Asked, Server

DATA: Final = Path(__file__).parents[3] / "shared" / "data"
# The bound on coverage does not depend on data next to the project; and without the tracer it takes about half as long.
pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there"),
    pytest.mark.no_cover,
]

Row = Mapping[str, Any]
ENTITY: Final = "http://www.wikidata.org/entity/"
# Properties whose values are the handles or ids of rows.
PROPERTIES: Final = frozenset(
    {"P2002", "P2003", "P2013", "P2397", "P2037", "P3040", "P3185", "P3267", "P3579", "P3789", "P3836", "P4015"}
    | {"P4033", "P4264", "P5163", "P7085", "P10152", "P11892", "P12361"}
)
CONGRESS_KEYS: Final = {"x": "twitter", "facebook": "facebook", "youtube": "youtube", "instagram": "instagram"}


def read_rows() -> dict[str, list[Row]]:
    """Return the rows by source."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for name in ("accounts", "more"):
        with gzip.open(DATA / f"{name}.ndjson.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                rows[row["source"]].append(row)
    return rows


def serve_wikidata(server: Server, rows: list[Row]) -> list[str]:
    """Answer the queries for accounts of bodies, and return the countries that have some."""
    bindings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        item, _, name = row["source_id"].partition("#")
        if name in PROPERTIES:
            values = {"body": ENTITY + item, "kind": f"{ENTITY}Q327333", "property": ENTITY + name}
            values |= {"value": row.get("platform_user_id") or row["handle"], "name": row["name"]}
            values |= {"site": row.get("department_url", ""), "rank": "http://wikiba.se/ontology#NormalRank"}
            bindings[row["region"][:2]].append(
                {key: {"type": "literal", "value": each} for key, each in values.items()}
            )

    for own in bindings.values():
        own.sort(key=lambda each: str(each["body"]["value"]))

    def answer(asked: Asked) -> Any:  # noqa: ANN401 - any JSON
        query = asked.parameters["query"]
        country, start, limit = (
            found[1]
            for pattern in (r'wdt:P297 "(\w+)"', r'STR\(\?body\) >= "([^"]*)"', r"LIMIT (\d+)")
            if (found := re.search(pattern, query))
        )
        own = bindings[country] if "wdt:P17 " in query else []
        page = [each for each in own if each["body"]["value"] >= start][: int(limit)]
        return {"results": {"bindings": page}}

    server.answers["/sparql"] = answer
    return sorted(bindings)


def serve_congress(server: Server, rows: list[Row]) -> None:
    members: dict[str, Row] = {row["source_id"]: row for row in rows}
    server.answers["/congress/legislators-current.json"] = [
        {
            "id": {"bioguide": member},
            "name": {"official_full": row["name"]},
            "terms": [{"type": "sen" if "Senate" in row["department"] else "rep", "state": row["region"][3:] or "OH"}],
        }
        for member, row in members.items()
    ]
    server.answers["/congress/legislators-social-media.json"] = [
        {"id": {"bioguide": row["source_id"]}, "social": {CONGRESS_KEYS[row["platform"]]: row["handle"]}}
        for row in rows
        if row["platform"] in CONGRESS_KEYS
    ]


def serve_openstates(server: Server, rows: list[Row]) -> list[str]:
    """Answer with a table for each state, and return the states."""
    tables: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if re.fullmatch("US-[A-Z]{2}", row.get("region", "")) and row["platform"] in CONGRESS_KEYS:
            tables[row["region"][3:].lower()].append(row)
    for state, people in tables.items():
        text = io.StringIO()
        table = csv.DictWriter(text, ["id", "name", "current_chamber", *CONGRESS_KEYS.values()], restval="")
        table.writeheader()
        for row in people:
            table.writerow({"id": row["source_id"], "name": row["name"], CONGRESS_KEYS[row["platform"]]: row["url"]})
        server.answers[f"/openstates/people/current/{state}.csv"] = text.getvalue().encode()
    return sorted(tables)


def serve_dataset(server: Server, path: str, rows: list[Row]) -> None:
    def answer(asked: Asked) -> list[Row]:
        offset = int(asked.parameters["$offset"])
        return rows[offset : offset + min(int(asked.parameters["$limit"]), 5_000)]

    server.answers[path] = answer


@pytest.fixture
def sources(server: Server, installation: Installation) -> Server:
    """Return the server of all sources, which the installation is set up for."""
    rows = read_rows()
    common = {"seconds_between_requests": 0}
    countries = serve_wikidata(server, rows["govdirectory-2026"])
    serve_congress(server, rows["congress-legislators"])
    states = serve_openstates(server, rows["openstates-people"])
    columns = ("url", "name", "department", "department_type", "region", "source_id")
    datasets = {}
    for number, source in enumerate(("usdr-2024", "nsi-wikidata", "embassies-wikidata")):
        serve_dataset(server, f"/resource/{number}.json", rows[source])
        datasets[source] = common | {
            "connector": "socrata",
            "url": f"{server.url}/resource/{number}.json",
            "columns": {column: column for column in columns},
        }
    installation.configure(
        wikidata=common | {"url": f"{server.url}/sparql", "countries": countries, "followers": False},
        congress=common | {"url": f"{server.url}/congress/"},
        openstates=common | {"url": f"{server.url}/openstates/", "states": states},
        **datasets,
        **{name: {"off": True} for name in ("france", "uk", "italy", "england")},
    )
    return server


def test_one_command_fills_an_empty_registry_and_again_changes_nothing(
    installation: Installation, sources: Server
) -> None:
    result = installation.sync()
    assert result.exit_code == 0, result.output
    assert installation.select("SELECT count(*) FROM accounts")[0] > 40_000
    assert installation.select("SELECT count(*) FROM accounts WHERE verification <> 'source'") == [0]
    revision, asked = installation.select("SELECT max(revision) FROM revisions"), len(sources.asked)
    result = installation.sync()
    assert result.exit_code == 0, result.output
    assert installation.select("SELECT max(revision) FROM revisions") == revision
    # Each of them conditionally.
    assert len(sources.asked) == 2 * asked
    assert all("if-none-match" in each.headers for each in sources.asked[asked:] if each.path != "/sparql")
