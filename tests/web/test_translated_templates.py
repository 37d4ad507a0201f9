"""Templates with the messages of a language as constants: the pages are those that messages looked up would give."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import DictLoader

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.web import languages
from directory.web.languages import LANGUAGES
from directory.web.translated_templates import ENVIRONMENTS, TranslatedEnvironment, register
from tests.databases import copy_template
from tests.web.pages import paths
from tests.web.registry import LONG, SOURCE, make_registry


@pytest.fixture(scope="module")
def website_app(server_url: str, starter_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return the application on the registry of the website's tests."""
    folder: Path = tmp_path_factory.mktemp("translated")
    with copy_template(server_url, make_registry(server_url, starter_template)) as url:
        database = Database(url, statement_timeout_ms=10_000)
        yield create_app(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), database)
        database.close()


def read_pages(client: FlaskClient, ids: dict[str, str]) -> dict[str, bytes]:
    found = [quote(path.format_map(ids), safe="/?&=%-,:") for path, _ in paths()]
    responses = {path: client.get(path, headers={"Accept": "text/html", "X-Request-ID": "one"}) for path in found}
    # The form of reports has another challenge each time.
    return {path: got.data for path, got in responses.items() if got.headers.get("Cache-Control") != "no-store"}


def test_every_page_has_the_same_bytes_with_messages_looked_up(website_app: Flask) -> None:
    client = website_app.test_client()
    ids: dict[str, str] = {}
    for account in json.loads(client.get(f"/v1/accounts?source={SOURCE}").data)["data"]:
        name = next(name for name, text in LONG.items() if text == account["name"])
        ids |= {name: account["id"], f"{name}_department": account["department"]["id"]}
    compiled = read_pages(client, ids)
    environments = website_app.extensions[ENVIRONMENTS]
    # Without a catalogue, every message is looked up.
    website_app.extensions[ENVIRONMENTS] = {code: website_app.jinja_env.overlay() for code in LANGUAGES}
    try:
        looked_up = read_pages(client, ids)
    finally:
        website_app.extensions[ENVIRONMENTS] = environments
    assert [path for path in compiled if compiled[path] != looked_up[path]] == []


@pytest.fixture(scope="module")
def chinese() -> TranslatedEnvironment:
    """Return an environment of templates in Chinese, of an application of its own."""
    app = Flask("templates")
    app.jinja_environment = TranslatedEnvironment
    app.jinja_options = {
        "loader": DictLoader(
            {
                "constant.html": "<p>{% trans %}Search{% endtrans %}</p>{{ _('Check') }}",
                "value.html": "{% trans n=name %}revision {{ n }}{% endtrans %}",
                "computed.html": "{{ _(message) }}",
            }
        )
    }
    languages.register(app)
    register(app)
    environment: TranslatedEnvironment = app.extensions[ENVIRONMENTS]["zh"]
    return environment


def code_of(environment: TranslatedEnvironment, name: str) -> str:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, name)
    return environment.compile(source, name=name, filename=name, raw=True)


def test_messages_without_values_are_one_constant_with_the_markup_around_them(chinese: TranslatedEnvironment) -> None:
    assert "yield '<p>搜索</p>核验'" in code_of(chinese, "constant.html")


def test_values_in_a_message_are_escaped(chinese: TranslatedEnvironment) -> None:
    assert chinese.get_template("value.html").render(name="<b>&") == "版本 &lt;b&gt;&amp;"


def test_a_message_that_is_computed_is_looked_up(chinese: TranslatedEnvironment) -> None:
    with Flask("page").test_request_context():
        assert chinese.get_template("computed.html").render(message="Search") == "Search"
