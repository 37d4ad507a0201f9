import re
from dataclasses import replace
from pathlib import Path

from directory.app import create_app, fingerprint_program
from directory.config import Config
from directory.database.connections import Database

PAGES_WITH_FORMS = (
    *("check", "feedback", "feedback/<feedback_id>"),
    *("desk", "desk/leave", "desk/reports/<feedback_id>", "desk/accounts/<account_id>"),
)
NOWHERE = "postgresql://nowhere.invalid/"


def test_an_application_is_made_without_a_database_and_without_touching_the_disk(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data", download_cache_dir=tmp_path / "download-cache")
    create_app(config, Database(NOWHERE, statement_timeout_ms=1))
    assert list(tmp_path.iterdir()) == []


def test_two_applications_stand_side_by_side(tmp_path: Path) -> None:
    titles = []
    for title in ("First", "Second"):
        config = Config(
            data_dir=tmp_path, download_cache_dir=tmp_path, title=title, public_url=f"https://{title.lower()}.example"
        )
        client = create_app(config, Database(NOWHERE, statement_timeout_ms=1)).test_client()
        contract = client.get("/openapi.json").get_json()
        titles.append((contract["info"]["title"], contract["servers"][0]["url"]))
    assert titles == [("First", "https://first.example"), ("Second", "https://second.example")]


def test_every_endpoint_supports_get_but_those_that_take_a_body(tmp_path: Path) -> None:
    app = create_app(Config(data_dir=tmp_path, download_cache_dir=tmp_path), Database(NOWHERE, statement_timeout_ms=1))
    taken = {(rule.rule, " ".join(sorted(rule.methods or ()))) for rule in app.url_map.iter_rules()}
    others = {each for each in taken if each[1] != "GET HEAD OPTIONS"}
    paths = app.test_client().get("/openapi.json").get_json()["paths"]
    written = {
        (re.sub(r"\{(\w+)\}", r"<\1>", path), " ".join(sorted((method.upper(), "OPTIONS"))))
        for path, operations in paths.items()
        for method in operations.keys() - {"get", "parameters"}
    }
    forms = {f"/<any(en, zh):language>/{path}" for path in PAGES_WITH_FORMS}
    assert others == written | {(path, "OPTIONS POST") for path in forms}
    assert ("/v1/resolve", "OPTIONS POST") in written


def test_the_contact_of_the_operator_is_in_the_contract(tmp_path: Path) -> None:
    for contact, key in (("data@example.org", "email"), ("https://example.org/contact", "url")):
        config = Config(data_dir=tmp_path, download_cache_dir=tmp_path, contact=contact, publisher="Example")
        client = create_app(config, Database(NOWHERE, statement_timeout_ms=1)).test_client()
        assert client.get("/openapi.json").get_json()["info"]["contact"] == {"name": "Example", key: contact}


def test_the_program_has_one_fingerprint_until_it_or_what_its_pages_show_changes(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, download_cache_dir=tmp_path)
    assert fingerprint_program(config) == fingerprint_program(replace(config, threads=3))
    assert fingerprint_program(config) != fingerprint_program(replace(config, contact="desk@example.org"))
    assert len(fingerprint_program(config)) == 16
