import datetime as dt
import json
import re
from pathlib import Path

import psycopg

from directory.database.revisions import begin_revision
from directory.overview.schemas import OverviewSchema
from tests.serving import client_of


def test_the_overview_says_what_the_registry_holds_and_since_when(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        with conn.transaction():
            revision = begin_revision(conn, actor="test", reason="test")
            conn.execute("INSERT INTO accounts (platform, handle, handle_key) VALUES ('x', 'h', 'h')")
        latest = conn.execute("SELECT at FROM revisions ORDER BY revision DESC LIMIT 1").fetchone()
    with client_of(database_url, tmp_path) as client:
        response = client.get("/v1")
        body = response.get_json()
        assert OverviewSchema().validate(body) == {}
        assert list(body) == list(OverviewSchema().fields)
        assert body["revision"] == revision
        assert latest is not None
        assert dt.datetime.fromisoformat(body["updated_at"]) == latest[0]
        assert body["counts"]["accounts"] == 1
        assert body["counts"]["regions"] > 8000
        assert body["counts"]["platforms"] >= 40
        assert response.get_data(as_text=True) == json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        for name, link in body["links"].items():
            assert client.get(link).status_code == 200, name
        assert body["notice"] is None


# By conventions of their own: what robots may do, what pages there are, and whom to tell, if anybody, of a flaw.
CONVENTIONS = {"/robots.txt", "/sitemap.xml", "/.well-known/security.txt"}


def test_everything_that_can_be_read_without_an_id_is_linked_from_where_clients_begin(
    database_url: str, tmp_path: Path
) -> None:
    with client_of(database_url, tmp_path) as client:
        rules = [rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
        # `/` redirects to the pages in one of their languages.
        plain = {rule.rule for rule in rules if not rule.arguments} - CONVENTIONS - {"/"} | {"/en/", "/zh/"}
        # Who has a token knows what it is for.
        paths = client.get("/openapi.json").get_json()["paths"]
        plain -= {path for path, operations in paths.items() if "security" in operations.get("get", {})}
        body = client.get("/v1").get_json()
        assert plain == {link.partition("?")[0] for link in body["links"].values()} - {"/docs/api.md"}
        page = client.get("/docs").get_data(as_text=True)
        text = client.get("/llms.txt").get_data(as_text=True)
        (_, api) = client.get("/.well-known/api-catalog").get_json(force=True)["linkset"]
        listed = {link["href"] for name, links in api.items() if name != "anchor" for link in links} | {api["anchor"]}
        for link in body["links"].values():
            assert f'href="{link[1:] or "./"}"' in page, link
            assert f"{link})" in text or link == "/llms.txt"
            assert any(address.endswith(link) for address in listed), link


def test_every_record_has_a_template_that_leads_to_it(database_url: str, tmp_path: Path) -> None:
    with client_of(database_url, tmp_path) as client:
        templates = client.get("/v1").get_json()["templates"]
        views = [rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
        rules = {rule.rule for rule in views if rule.arguments - {"language"}}
        paths = client.get("/openapi.json").get_json()["paths"]
        with_token = {path for path, operations in paths.items() if "security" in operations.get("get", {})}
        patterns = {
            re.sub(r"<[^>]+>", "{}", rule)
            for rule in rules
            if "/docs/" not in rule and "/assets/" not in rule and "language" not in rule
        }
        patterns -= {re.sub(r"\{\w+\}", "{}", path) for path in with_token}
        assert patterns <= {re.sub(r"\{\w+\}", "{}", template) for template in templates.values()}


def test_a_registry_of_invented_accounts_says_so_wherever_it_says_what_it_is(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="test")
        conn.execute("INSERT INTO sources (id, title, licence) VALUES ('synthetic', 'Invented', 'CC0')")
        conn.execute(
            "INSERT INTO accounts (platform, handle, handle_key, sources) VALUES ('x', 'h', 'h', '{synthetic}')"
        )
    with client_of(database_url, tmp_path) as client:
        notice = client.get("/v1").get_json()["notice"]
        assert notice == "This is a demonstration: every account and department in it is invented."
        for path in ("/en/", "/llms.txt", "/data.json", "/catalog.jsonld", "/docs", "/problems", "/problems/not-found"):
            assert notice in client.get(path).get_data(as_text=True), path
        failure = client.get("/nothing", headers={"Accept": "text/html"})
        assert failure.status_code == 404
        assert notice in failure.get_data(as_text=True)
    with psycopg.connect(database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="test")
        conn.execute("INSERT INTO accounts (platform, handle, handle_key) VALUES ('x', 'i', 'i')")
    with client_of(database_url, tmp_path) as client:
        assert client.get("/v1").get_json()["notice"].startswith("1 of the 2 accounts here are invented")
