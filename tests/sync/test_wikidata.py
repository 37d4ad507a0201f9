"""The Wikidata connector on a real SPARQL server: Oxigraph, which predefines no prefix."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from directory.sync.connectors import wikidata
from tests.sync.conftest import Installation

TURTLE = """
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix wds: <http://www.wikidata.org/entity/statement/> .
@prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix p: <http://www.wikidata.org/prop/> .
@prefix ps: <http://www.wikidata.org/prop/statement/> .
@prefix pq: <http://www.wikidata.org/prop/qualifier/> .
@prefix wikibase: <http://wikiba.se/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
wd:Q142 wdt:P297 "FR" .  wd:Q148 wdt:P297 "CN" .
wd:Q111 wdt:P279 wd:Q327333 .  wd:Q327333 wdt:P279 wd:Q2659904 .
wd:Q12 wdt:P300 "FR-ARA" .
# Two classes under one, two sites, and all kinds of statements.
wd:Q1 wdt:P17 wd:Q142 ; wdt:P31 wd:Q111, wd:Q192350 ; wdt:P131 wd:Q12 ;
  wdt:P856 <https://www.agence.example/>, <https://agence.example/old> ;
  rdfs:label "Agency of Water"@en, "Agence de l'eau"@fr, "Wasseragentur"@de ;
  p:P2002 wds:1a, wds:1b, wds:1c, wds:1d ; p:P2397 wds:1e ; p:P11245 wds:1f ; p:P2013 wds:1g ; p:P4003 wds:1h ;
  p:P8687 wds:1x, wds:1y, wds:1z .
wds:1a ps:P2002 "eau_fr" ; wikibase:rank wikibase:PreferredRank ; pq:P6552 "1234567890123456789" .
wds:1b ps:P2002 "eau_old" ; wikibase:rank wikibase:NormalRank ;
  pq:P580 "2012-03-01T00:00:00Z"^^xsd:dateTime ; pq:P582 "2019-05-01T00:00:00Z"^^xsd:dateTime .
wds:1c ps:P2002 "eau_wrong" ; wikibase:rank wikibase:DeprecatedRank .
wds:1d ps:P2002 "eau_gone" ; wikibase:rank wikibase:NormalRank ; pq:P582 _:unknown .
wds:1e ps:P2397 "UCabcdefghijklmnopqrstuv" ; wikibase:rank wikibase:NormalRank .
wds:1f ps:P11245 "eaufr" ; wikibase:rank wikibase:NormalRank .
wds:1g ps:P2013 "eau.fr" ; wikibase:rank wikibase:NormalRank .
wds:1h ps:P4003 "eau.fr" ; wikibase:rank wikibase:NormalRank .
wds:1x ps:P8687 "+1500"^^xsd:decimal ; wikibase:rank wikibase:NormalRank ; pq:P6552 "1234567890123456789" ;
  pq:P585 "2021-01-02T00:00:00Z"^^xsd:dateTime .
wds:1y ps:P8687 "+2500"^^xsd:decimal ; wikibase:rank wikibase:NormalRank ; pq:P6552 "1234567890123456789" ;
  pq:P585 "2022-01-02T00:00:00Z"^^xsd:dateTime .
wds:1z ps:P8687 "+9"^^xsd:decimal ; wikibase:rank wikibase:NormalRank ; pq:P6552 "42" ;
  pq:P585 "2022-01-02T00:00:00Z"^^xsd:dateTime .
# Dissolved, and with nothing but a name in French.
wd:Q2 wdt:P17 wd:Q142 ; wdt:P31 wd:Q15284 ; wdt:P576 "2016-01-01T00:00:00Z"^^xsd:dateTime ;
  rdfs:label "Ville de Test"@fr ; p:P2003 wds:2a ; p:P7085 wds:2b ; p:P2013 wds:2c .
wds:2c ps:P2013 "villedetest" ; wikibase:rank wikibase:NormalRank ; pq:P582 "2015-06-01T00:00:00Z"^^xsd:dateTime .
wds:2b ps:P7085 "villedetest" ; wikibase:rank wikibase:NormalRank .
wds:2a ps:P2003 "villedetest" ; wikibase:rank wikibase:NormalRank .
# An embassy lies in one country and is another's.
wd:Q3 wdt:P17 wd:Q142 ; wdt:P137 wd:Q148 ; wdt:P31 wd:Q3917681 ; rdfs:label "Embassy of China, Paris"@en ;
  p:P2002 wds:3a ; p:P3579 wds:3b .
wds:3a ps:P2002 "AmbassadeChine" ; wikibase:rank wikibase:NormalRank .
wds:3b ps:P3579 "2874978364" ; wikibase:rank wikibase:NormalRank .
# No public body.
wd:Q4 wdt:P17 wd:Q142 ; wdt:P31 wd:Q4830453 ; rdfs:label "Shop"@en ; p:P2002 wds:4a .
wds:4a ps:P2002 "shop" ; wikibase:rank wikibase:NormalRank .
"""


@pytest.fixture(scope="module")
def sparql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of an endpoint with these statements."""
    folder = tmp_path_factory.mktemp("oxigraph")
    (folder / "wikidata.ttl").write_text(TURTLE, "utf-8")
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    assert program is not None
    load = [program, "load", "-l", str(folder / "db"), "-f", str(folder / "wikidata.ttl")]
    subprocess.run(load, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = [program, "serve-read-only", "-l", str(folder / "db"), "-b", f"127.0.0.1:{port}"]
    with subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}/query"
        try:
            _wait_for(url)
            yield url
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            httpx.get(url, params={"query": "ASK {}"})
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server does not answer")


def test_bodies_of_wikidata_are_accounts_with_ids_dates_and_follower_counts(
    installation: Installation, sparql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first body has 48 rows (3 classes, 2 sites, 8 statements), so the first page ends within the second one.
    monkeypatch.setattr(wikidata, "_PAGE_ROWS", 49)
    installation.configure(wikidata={"url": sparql, "countries": ["FR", "CN"]})
    result = installation.sync("wikidata")
    assert result.exit_code == 0, result.output
    accounts = {(account["platform"], account["handle"]): account for account in installation.accounts()}
    assert sorted(accounts) == [
        ("facebook", "eau.fr"),
        ("facebook", "villedetest"),
        ("instagram", "villedetest"),
        ("tiktok", "villedetest"),
        ("weibo", None),
        ("x", "AmbassadeChine"),
        ("x", "eau_fr"),
        ("youtube", "eaufr"),
    ]
    water = accounts["x", "eau_fr"]
    assert water["platform_user_id"] == "1234567890123456789"
    assert (water["region"]["code"], water["name"]) == ("FR-ARA", "Agency of Water")
    assert water["department"]["name"] == "Agency of Water"
    assert water["followers"]["count"] == 2500
    assert accounts["youtube", "eaufr"]["platform_user_id"] == "UCabcdefghijklmnopqrstuv"
    town = accounts["instagram", "villedetest"]
    assert (town["status"], town["department"]["type"]) == ("closed", "local-government")
    embassy = accounts["x", "AmbassadeChine"]
    assert (embassy["region"]["code"], embassy["department"]["type"]) == ("CN", "diplomatic")
    # What Wikidata has ended: a former handle of the account that is left, and an account.
    released = installation.select(
        "SELECT handle || ' ' || listed_from::date || ' ' || valid_to::date FROM handles WHERE valid_to IS NOT NULL"
    )
    assert released == ["eau_old 2012-03-01 2019-05-01"]
    ended = accounts["facebook", "villedetest"]
    assert (ended["sources"], ended["verification"]["withdrawn"]["listed_until"][:10]) == ([], "2015-06-01")
    counts = installation.select("SELECT followers FROM observations ORDER BY observed_at")
    assert counts == [1500, 2500]
    again = installation.sync("wikidata")
    assert "nothing to change, no new revision" in again.output, again.output


def test_wikimedia_is_not_asked_without_a_contact(installation: Installation) -> None:
    result = installation.sync("wikidata", DIRECTORY_CONTACT=None)
    assert result.exit_code == 2
    assert "set DIRECTORY_CONTACT" in result.output
