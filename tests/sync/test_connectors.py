"""Every connector but that of Wikidata against a server that answers in the documented form of its source."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sync.conftest import Installation
from tests.sync.servers import Answer, Asked, Server

FRANCE: list[dict[str, Any]] = [
    {
        "id": "f1",
        "nom": "Mairie - Bourg-en-Bresse",
        "siren": "732 829 320",
        "pivot": json.dumps([{"type_service_local": "mairie", "code_insee_commune": ["01053"]}]),
        "code_insee_commune": "01053",
        "site_internet": json.dumps([{"libelle": "", "valeur": "https://www.bourgenbresse.example"}]),
        "reseau_social": json.dumps(
            [
                {"valeur": "https://www.facebook.com/bourgenbresse", "description": "", "custom_dico2": "Facebook"},
                {"valeur": "www.instagram.com/bourgenbresse", "description": "", "custom_dico2": "Instagram"},
                {"valeur": "https://www.bourgenbresse.example/actualites", "description": "", "custom_dico2": "Autre"},
            ]
        ),
    },
    {
        "id": "f2",
        "nom": "Commissariat de police - Paris 18e",
        # That of the ministry.
        "siren": "732829320",
        "pivot": json.dumps([{"type_service_local": "commissariat_police", "code_insee_commune": ["75118"]}]),
        "code_insee_commune": "75118",
        "site_internet": None,
        "reseau_social": json.dumps([{"valeur": "https://x.com/police18", "custom_dico2": "Twitter"}]),
    },
]
CANADA = [
    [
        "<strong>Account:</strong> Health Canada",
        "Platform: Youtube",
        "Department: Health Canada",
        "Language: English",
        '<a href="https://www.youtube.com/user/HealthCanada">Link</a>',
    ]
]
ITALY = (
    "cod_amm\tdes_amm\tsito_istituzionale\turl_facebook\turl_twitter\turl_googleplus\turl_youtube\n"
    "c_a001\tComune di Abano Terme\twww.abanoterme.example\thttps://www.facebook.com/abano\tnull\tnull\tnull\n"
)
ENGLAND = (
    "organisation,name,website,twitter,wikidata,end-date\n"
    "local-authority-eng:ASH,Ashfield District Council,https://www.ashfield.example,ADCAshfield,Q1,\n"
    "local-authority-eng:OLD,Old District Council,,OldCouncil,Q2,2019-04-01\n"
)
OPENSTATES = (
    "id,name,current_chamber,twitter,facebook,instagram,youtube\n"
    "ocd-person/1,Ann Example,upper,AnnExample,,,https://www.youtube.com/@annexample\n"
)


def _uk(server: Server) -> None:
    def page(slugs: list[str], following: str | None) -> dict[str, Any]:
        results = [
            {
                "format": "Ministerial department",
                "web_url": f"https://www.gov.uk/{slug}",
                "details": {"slug": slug, "abbreviation": ""},
            }
            for slug in slugs
        ]
        return {"results": results, "next_page_url": following}

    def content(name: str, status: str) -> dict[str, Any]:
        links = [{"service_type": "twitter", "title": "Twitter", "href": f"https://twitter.com/@{name}"}]
        details = {"organisation_govuk_status": {"status": status}, "social_media_links": links}
        return {"title": f"Department for {name}", "details": details}

    second = f"{server.url}/uk/api/organisations?page=2"
    server.answers["/uk/api/organisations"] = lambda asked: (
        page(["old", "court"], None) if asked.parameters else page(["health"], second)
    )
    base = "/uk/api/content/government/organisations"
    server.answers |= {f"{base}/health": content("Health", "live"), f"{base}/old": content("Old", "replaced")}


def _mastodon(server: Server) -> None:
    accounts = [
        {
            "id": f"109{number}",
            "username": "bfdi",
            "acct": "bfdi",
            "display_name": "BfDI",
            "note": "<p>Datenschutz</p>",
            "followers_count": -1 if number else 12_000,
            "statuses_count": 30,
            "last_status_at": "2026-11-01",
            "moved": {"id": "1"} if number else None,
        }
        for number in range(2)
    ]
    server.answers["/api/v2/instance"] = {"domain": "social.example"}
    server.answers["/api/v1/directory"] = lambda asked: accounts[int(asked.parameters["offset"]) :]


BLUESKY = {
    "profiles": [
        {
            "did": "did:plc:" + "a" * 24,
            "handle": "cdc.gov",
            "displayName": "CDC",
            "followersCount": 5,
            "postsCount": 1,
        }
    ]
}


def _socrata(asked: Asked) -> object:
    assert asked.parameters["$order"] == ":id"
    records = [
        {"agency": "Parks", "platform": "Twitter", "url": {"url": "https://twitter.com/nycparks"}},
        {"agency": "Fire", "platform": "Facebook", "url": {"url": "https://www.facebook.com/FDNY"}},
    ]
    # A portal that sends fewer rows than it is asked for.
    offset = int(asked.parameters["$offset"])
    return records[offset : offset + 1]


@pytest.fixture
def sources(installation: Installation, server: Server) -> Installation:
    """Return a registry whose sources are on the server."""
    text = "text/plain"
    server.answers |= {
        "/fr/exports/json": FRANCE,
        "/ca/sm-en.json": {"aaData": CANADA},
        "/ca/sm-fr.json": {"aaData": CANADA},
        "/italy.txt": Answer(ITALY.encode(), content_type=text),
        "/england.csv": Answer(ENGLAND.encode(), content_type=text),
        "/people/current/ny.csv": Answer(OPENSTATES.encode(), content_type=text),
        "/xrpc/app.bsky.actor.getProfiles": BLUESKY,
        "/resource/abcd-1234.json": _socrata,
    }
    _uk(server)
    _mastodon(server)
    installation.configure(
        wikidata={"off": True},
        congress={"off": True},
        france={"url": f"{server.url}/fr/"},
        uk={"url": f"{server.url}/uk/"},
        italy={"url": f"{server.url}/italy.txt"},
        openstates={"url": f"{server.url}/", "states": ["ny"]},
        england={"url": f"{server.url}/england.csv"},
        canada={"url": f"{server.url}/ca/", "accept_terms": True},
        mastodon={"instances": {server.url: "DE"}},
        bluesky={"url": server.url, "actors": {"cdc.gov": "US", "gone.gov": "US"}},
        nyc={
            "connector": "socrata",
            "url": f"{server.url}/resource/abcd-1234.json",
            "licence": "CC0-1.0",
            "columns": {"department": "agency", "platform": "platform", "url": "url"},
            "set": {"region": "US-NY"},
        },
    )
    return installation


def test_each_connector_reads_its_source_in_the_documented_form(sources: Installation) -> None:
    result = sources.sync()
    assert result.exit_code == 0, result.output
    assert "1 rows left out, as they name no account (unknown_host)" in result.output
    assert "1 of the 2 actors from cdc.gov to gone.gov do not exist any more" in result.output
    found = {
        (account["sources"][0], account["platform"], account["handle"]): (
            account["region"]["code"],
            (account["department"] or {}).get("name"),
            (account["department"] or {}).get("type"),
        )
        for account in sources.accounts()
    }
    bourg = ("FR-01", "Mairie - Bourg-en-Bresse", "local-government")
    assert found == {
        ("france", "facebook", "bourgenbresse"): bourg,
        ("france", "instagram", "bourgenbresse"): bourg,
        ("france", "x", "police18"): ("FR-75C", "Commissariat de police - Paris 18e", "police"),
        ("uk", "x", "Health"): ("GB", "Department for Health", "executive"),
        ("italy", "facebook", "abano"): ("IT", "Comune di Abano Terme", "local-government"),
        ("openstates", "x", "AnnExample"): ("US-NY", "New York Legislature (upper chamber)", "legislature"),
        ("openstates", "youtube", "annexample"): ("US-NY", "New York Legislature (upper chamber)", "legislature"),
        ("england", "x", "ADCAshfield"): ("GB-ENG", "Ashfield District Council", "local-government"),
        ("canada", "youtube", "HealthCanada"): ("CA", "Health Canada", "health"),
        ("mastodon", "mastodon", "bfdi@social.example"): ("DE", "BfDI", "other"),
        ("bluesky", "bluesky", "cdc.gov"): ("US", "CDC", "other"),
        ("nyc", "x", "nycparks"): ("US-NY", "Parks", "environment"),
        ("nyc", "facebook", "FDNY"): ("US-NY", "Fire", "emergency"),
    }
    counts = sources.select("SELECT source || ' ' || followers FROM observations ORDER BY source")
    assert counts == ["bluesky 5", "mastodon 12000"]
    ids = sources.select(
        """SELECT name || ' ' || array_to_string(external_ids, ' ') FROM departments
            WHERE external_ids <> '{}' ORDER BY 1"""
    )
    assert ids == [
        "Ashfield District Council wikidata:Q1",
        "Comune di Abano Terme ipa:c_a001",
        "Mairie - Bourg-en-Bresse siren:732829320",
    ]
    again = sources.sync("france", "uk", "italy", "openstates", "england", "canada", "nyc")
    assert again.output.count("nothing to change, no new revision") == 7, again.output


def test_a_server_that_is_closed_withdraws_nothing(sources: Installation, server: Server) -> None:
    sources.sync("mastodon")
    server.answers["/api/v1/directory"] = Answer(b"{}", 401)
    result = sources.sync("mastodon")
    assert "left out: " in result.output
    assert "401" in result.output
    assert [account["sources"] for account in sources.accounts()] == [["mastodon"]]


@pytest.mark.parametrize(("shift", "is_whole"), [(1, True), (-1, False)], ids=["one-more", "one-less"])
def test_a_list_of_mastodon_that_changes_while_it_is_read_withdraws_nothing(
    sources: Installation, server: Server, shift: int, *, is_whole: bool
) -> None:
    first = server.answers["/api/v1/directory"](Asked("", {"offset": "0"}, {}))[0]
    accounts = [{**first, "id": str(number), "username": f"office{number}"} for number in range(10, 0, -1)]

    def answer(asked: Asked) -> object:
        offset = int(asked.parameters["offset"])
        begin = offset - shift if offset else 0
        return accounts[begin : begin + 4]

    server.answers["/api/v1/directory"] = answer
    result = sources.sync("mastodon")
    assert result.exit_code == 0, result.output
    assert ("changed its list while it was read" in result.output) is not is_whole
    assert "several rows" not in result.output
    if is_whole:
        assert len(sources.accounts()) == len(accounts)


def test_the_page_of_a_person_is_no_account_of_a_body(sources: Installation, server: Server) -> None:
    links = [{"valeur": f"https://www.linkedin.com/{page}"} for page in ("in/jean-dupont", "company/bourg")]
    server.answers["/fr/exports/json"] = [{**FRANCE[0], "reseau_social": json.dumps(links)}]
    result = sources.sync("france")
    assert (
        "1 rows left out, as they name no account (page_of_a_person): https://www.linkedin.com/in/jean" in result.output
    )
    assert [account["handle"] for account in sources.accounts()] == ["bourg"]


@pytest.mark.parametrize(
    ("source", "path", "answer", "message"),
    [
        ("england", "/england.csv", Answer(b"name,site\na,b\n"), "has no column organisation, website, twitter"),
        ("england", "/england.csv", Answer(ENGLAND.encode().rstrip() + b"\nhalf"), "another number of cells"),
        ("italy", "/italy.txt", Answer(b"<!DOCTYPE html><title>IPA</title>"), "the response is not CSV"),
        ("uk", "/uk/api/organisations", {"items": []}, "another form than this connector knows (KeyError 'results')"),
        (
            "uk",
            "/uk/api/content/government/organisations/health",
            Answer(b"<html>", content_type="text/html"),
            "not JSON",
        ),
        ("nyc", "/resource/abcd-1234.json", [], "it lists 0 rows"),
        ("canada", "/ca/sm-en.json", {"aaData": [["a"]]}, "has a row of 1 cells and not of 5"),
    ],
)
def test_a_source_of_another_form_is_reported_and_changes_nothing(
    sources: Installation, server: Server, source: str, path: str, answer: object, message: str
) -> None:
    server.answers[path] = answer
    result = sources.sync(source)
    assert result.exit_code in {1, 5}
    assert message in result.output
    assert sources.accounts() == []


def test_terms_have_to_be_accepted_first(sources: Installation, server: Server) -> None:
    sources.configure(canada={"url": f"{server.url}/ca/"})
    result = sources.sync("canada")
    assert result.exit_code == 2
    assert "read https://www.canada.ca/en/transparency/terms.html, then set accept_terms = true" in result.output
    assert "canada       Social media accounts" in sources.sync("--list").output
