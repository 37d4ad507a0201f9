import dataclasses
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from directory.app import create_app
from directory.catalog.guides import guides
from directory.config import Config
from directory.database.connections import Database
from directory.web.guides import TEXTS
from directory.web.languages import LANGUAGES
from directory.web.markdown import render

ROOT = "http://localhost"


def render_plain(text: str) -> str:
    """Return a text as HTML with its links as they are."""
    return str(render(text, str, "Table", "Try:").html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_is_a_page_whose_links_and_fragments_lead_somewhere(client: FlaskClient, language: str) -> None:
    ids: dict[str, set[str]] = {}
    pages = {name.removesuffix(".md"): f"/{language}/docs/{name.removesuffix('.md')}" for name in guides()}
    texts = {name: client.get(path).get_data(as_text=True) for name, path in pages.items()}
    for name, text in texts.items():
        ids[f"{ROOT}{pages[name]}"] = set(re.findall(r' id="([^"]+)"', text))
        assert len(re.findall("<h1>", text)) == 1
    for name, text in texts.items():
        for target in re.findall(r'<a href="([^"]+)"', text.partition('<div class="guide"')[2].partition("</main>")[0]):
            address, _, fragment = urljoin(f"{ROOT}{pages[name]}", target.replace("&amp;", "&")).partition("#")
            if address in ids:
                assert fragment == "" or fragment in ids[address], target
            elif address.startswith(ROOT) and "/v1" not in address:
                assert client.get(address).status_code == 200, target


def test_the_chinese_page_of_a_guide_is_in_chinese_with_the_english_fragments(client: FlaskClient) -> None:
    text = client.get("/zh/docs/verdicts").get_data(as_text=True)
    assert "<h1>核验规则</h1>" in text
    assert '<h2 id="reasons">理由</h2>' in text
    assert 'href="../../docs/zh/verdicts.md"' in text
    assert 'href="../../en/docs/verdicts" hreflang="en">英文版</a>' in text
    assert client.get("/zh/docs/schema").get_data(as_text=True).count("仅提供英文") == 1
    listed = client.get("/zh/docs").get_data(as_text=True)
    assert '<a href="../zh/docs/verdicts">核验规则</a> <span>如何判定账号是否官方，以及给出的全部理由</span>' in listed
    assert '<a href="../zh/docs/commands" lang="en">Commands</a> <span>全部命令（英文）</span>' in listed
    assert not re.search(r'<a href="[./]*/problems/[^"]*"[^>]*>[A-Z]', listed)


def test_the_docs_browser_is_not_the_list_of_guides(client: FlaskClient) -> None:
    for path, marked in (("/docs", 0), ("/en/docs", 1)):
        assert client.get(path).get_data(as_text=True).count('aria-current="page"') == marked


def test_a_guide_that_there_is_not_is_a_404_that_names_those_that_there_are(client: FlaskClient) -> None:
    answer = client.get("/en/docs/nonsense", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "loading" in answer.get_data(as_text=True)


def test_every_text_about_the_site_is_in_every_language(client: FlaskClient) -> None:
    folder = Path(__file__).parents[2] / "directory" / "web" / "templates" / "texts"
    for code in LANGUAGES:
        assert {path.stem for path in (folder / code).iterdir()} == set(TEXTS)
        for name in TEXTS:
            assert client.get(f"/{code}/{name}").status_code == 200
    titles = [re.findall("<h1>(.*?)</h1>", client.get(f"/{code}/privacy").get_data(as_text=True)) for code in LANGUAGES]
    assert titles == [["Privacy"], ["隐私"]]


def test_a_page_to_write_to_is_no_mail_address_for_its_at_sign(config: Config, database: Database) -> None:
    page = "https://social.example/@office"
    client = create_app(dataclasses.replace(config, contact=page), database).test_client()
    for path in ("/en/contact", "/catalog.jsonld", "/data.json", "/openapi.json", "/en/"):
        text = client.get(path).get_data(as_text=True)
        assert not re.search(rf'mailto:https|[eE]mail": ?"{page}', text), path
    assert f'<a href="{page}"' in client.get("/en/contact").get_data(as_text=True)


def test_an_example_is_a_link_unless_it_sends_something() -> None:
    get = "```sh\ncurl 'http://localhost:8000/v1/accounts?q=a&limit=3'\n```"
    assert '<a href="../v1/accounts?q=a&amp;limit=3">' in render_plain(get)
    assert "<a " not in render_plain("```sh\ncurl -X POST 'http://localhost:8000/v1/observations' -d @rows\n```")
    assert "<a " not in render_plain('```json\n{"self": "/v1/accounts/x"}\n```')


def test_each_table_of_a_text_has_a_name_of_its_own() -> None:
    html = render_plain("## Keys\n\n| a |\n|---|\n| b |\n\n## <Marks>\n\n| c |\n|---|\n| d |\n")
    assert re.findall('aria-label="([^"]+)"', html) == ["Table 1 · Keys", "Table 2 · &lt;Marks&gt;"]


def test_what_a_text_has_of_html_is_shown_as_it_is_written() -> None:
    assert render_plain("a <b>bold</b> `<i>`\n\n```\n<script>\n```") == (
        "<p>a &lt;b&gt;bold&lt;/b&gt; <code>&lt;i&gt;</code></p>\n"
        '<pre tabindex="0" lang="en"><code>&lt;script&gt;\n</code></pre>\n'
    )
