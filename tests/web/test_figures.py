"""Pages of rankings, reports, aggregates and downloads, on a registry whose accounts have every fault once."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.schemas import FIELDS
from directory.web import data_dictionary
from tests.quality.conftest import load
from tests.serving import client_of
from tests.snapshots.building import publish

POLICE = {"region": "CN-510000", "platform": "weibo"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of the service."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def client(module_database_url: str, folder: Path) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        load(conn)
    with client_of(module_database_url, folder) as client:
        yield client


def text_of(client: FlaskClient, path: str, **query: str) -> str:
    """Return a page."""
    response = client.get(path, query_string=query or None)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def links_of(page: str, part: str) -> list[str]:
    """Return the addresses of a page that have a part, from the root of the service."""
    found = (html.unescape(each) for each in re.findall(r'href="([^"]*)"', page))
    return [f"/{each.replace('../', '')}" for each in found if part in each]


def test_equal_figures_share_a_rank_and_what_had_none_before_is_new(client: FlaskClient) -> None:
    page = text_of(client, "/en/rankings")
    assert page.count('<span class="tied">tied</span>') == 5
    assert page.count(">new</span>") == 4
    # It was counted once, before the period.
    assert "299 days old" in page
    assert re.search(r"<b>3</b>\s+nobody has counted them yet", page)
    chinese = text_of(client, "/zh/rankings")
    assert chinese.count('<span class="tied">并列</span>') == 5
    assert re.search(r"<b>3</b>\s+尚无粉丝数记录", chinese)
    # Whose it is stands below its name.
    assert "成都市公安局</a>" in chinese
    assert "成都市</a>" in chinese


def test_a_ranking_has_its_filters_in_its_form_its_files_and_its_picture(client: FlaskClient) -> None:
    page = text_of(client, "/en/rankings", **POLICE, subject="body", days="30", cursor="")
    assert '<option value="weibo" selected>Sina Weibo</option>' in page
    assert '<option value="30" selected>30 days</option>' in page
    assert '<input type="hidden" name="subject" value="body">' in page
    for kind in ("/v1/rankings?", "/v1/rankings.csv?", "/v1/rankings.svg?"):
        for link in links_of(page, kind):
            assert "region=CN-510000" in link
            assert "subject=body" in link
            assert client.get(link).status_code == 200, link
    # The form sends a level whatever is ranked.
    assert "accounts counted" not in text_of(client, "/en/rankings", of="accounts", region_level="2")
    assert "4 of 6 accounts counted" in text_of(client, "/en/rankings", of="regions", region_level="2", region="CN")


def test_the_pages_of_a_ranking_follow_each_other(client: FlaskClient) -> None:
    first = text_of(client, "/en/rankings", limit="4")
    (following,) = links_of(first, "cursor=")
    second = text_of(client, following)
    assert second.count('scope="row"') == 1
    assert "rankings.svg" not in second
    assert ">Next page<" not in second


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_report_of_the_list_has_a_page_with_files_of_the_same_rows(client: FlaskClient, language: str) -> None:
    listed = links_of(text_of(client, f"/{language}/reports"), f"/{language}/reports/")
    assert len(listed) == 9
    for path in listed:
        page = text_of(client, path)
        assert page.count("<h1>") == 1
        for link in links_of(page, "/v1/reports/"):
            assert client.get(link).status_code == 200, link


def test_a_count_of_silent_accounts_leads_to_these_accounts(client: FlaskClient) -> None:
    page = text_of(client, "/en/reports/dormancy", by="platform", days="14", region="CN")
    (weibo,) = [link for link in links_of(page, "dormant-accounts") if "platform=weibo" in link]
    listed = text_of(client, weibo)
    assert "Dormant: silent for more than 14 days." in listed
    assert listed.count('scope="row"') == 1
    assert "15 days" in listed
    below = links_of(text_of(client, "/zh/reports/dormancy", region="CN"), "region=CN-510000")
    assert "成都市" in text_of(client, below[0])


def test_missing_bodies_are_named_and_are_not_said_to_have_no_account(client: FlaskClient) -> None:
    page = text_of(client, "/en/reports/coverage", kind="ministry", region="CN")
    (missing,) = links_of(page, "/coverage/CN/ministry")
    listed = text_of(client, missing)
    assert "国防部" in listed
    assert "does not say that it has no account" in listed


def test_a_report_that_there_is_not_is_not_found(client: FlaskClient) -> None:
    assert client.get("/en/reports/nonsense").status_code == 404


def test_groups_have_their_subtotals_and_lead_to_their_accounts(client: FlaskClient) -> None:
    query = {"by": "region,platform", "region_level": "2", "subtotals": "true", "sort": "by", "region": "CN"}
    page = text_of(client, "/en/aggregates", **query)
    assert page.count('<tr class="subtotal">') == 2
    (weibo,) = [link for link in links_of(page, "/en/accounts?") if "platform=weibo" in link]
    assert "region=CN-510000" in weibo
    assert "region=CN&" not in weibo
    assert "四川省" in text_of(client, "/zh/aggregates", **query)
    # The form sends every field, and the second dimension may be the first once more.
    assert "Platform" in text_of(client, "/en/aggregates?by=platform&by=&by=platform&region_level=2&region=")


@pytest.mark.parametrize(
    "query",
    [
        {"by": "region", "region": "CN-510100"},
        {"by": "region", "region": "CN-510100,SE"},
        {"by": "region", "region": "四川省"},
        {"by": "region,platform", "region": "CN,-CN-510100"},
        {"by": "region", "region_level": "2", "region": "CN,CN-510100", "platform": "weibo"},
        {"by": "region,source", "region": "-SE"},
    ],
)
def test_the_number_of_a_group_is_that_of_the_list_it_leads_to(client: FlaskClient, query: dict[str, str]) -> None:
    page = text_of(client, "/en/aggregates", **query)
    numbers = re.findall(r'<a href="[./]*/(en/accounts\?[^"]*)">([\d,]+)<', page)
    assert len(numbers) == len(client.get("/v1/aggregates", query_string=query).get_json()["data"])
    for link, number in numbers:
        listed = client.get(f"/v1/{html.unescape(link).removeprefix('en/')}&count=exact").get_json()
        assert listed["page"]["count"]["value"] == int(number), link


def test_a_group_within_accounts_of_one_source_leads_to_no_list(client: FlaskClient) -> None:
    assert not links_of(text_of(client, "/en/aggregates", by="source", source="test"), "/en/accounts?")


def test_downloads_say_so_before_there_is_a_snapshot_and_have_its_files_after_that(
    client: FlaskClient, module_database_url: str, folder: Path
) -> None:
    page = text_of(client, "/en/downloads")
    assert "There is no snapshot yet." in page
    assert client.get(links_of(page, "/v1/accounts.csv")[0]).status_code == 200
    tag = client.get("/en/downloads").headers["ETag"]
    publish(module_database_url, folder / "snapshots")
    # No revision has come, and yet the page is another one.
    assert client.get("/en/downloads", headers={"If-None-Match": tag}).status_code == 200
    page = text_of(client, "/en/downloads")
    files = {link for link in links_of(page, "/v1/snapshots/") if link.count("/") == 4}
    manifest = client.get("/v1/snapshots/latest").get_json()
    assert len(files) == len(manifest["files"]) + 2
    assert re.search(r"observations-[0-9-]+\.parquet", page.partition("digests")[0])
    assert all(f"<code>{file['sha256']}</code>" in page for file in manifest["files"])
    assert client.get(next(link for link in files if link.endswith("/accounts.csv"))).status_code == 200
    assert f"-P {manifest['public_key']}" in page
    assert "最新快照" in text_of(client, "/zh/downloads")


def test_a_part_of_the_registry_is_counted_and_offered_as_files(client: FlaskClient) -> None:
    page = text_of(client, "/en/downloads", **POLICE, status="", department_type="police")
    assert "3 accounts match:" in page
    (link,) = (each for each in links_of(page, "/v1/accounts.ndjson?") if "police" in each)
    assert len(client.get(link).data.splitlines()) == 3


def test_the_dictionary_explains_every_key_of_an_account() -> None:
    assert tuple(data_dictionary.FIELDS) == FIELDS
