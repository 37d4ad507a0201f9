"""The search page: what it finds, its facets and chips, its pages and files, and its ways on where nothing is found."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from directory.database.connections import Database
from directory.web.search import is_link
from directory.web.search_doors import find_door
from directory.web.search_results import list_results


@pytest.fixture(scope="module")
def database(starter_database_url: str) -> Iterator[Database]:
    """Return the way to the starter data."""
    database = Database(starter_database_url, statement_timeout_ms=20_000)
    yield database
    database.close()


def page(client: FlaskClient, query: str, language: str = "en") -> str:
    """Return the text of a search page."""
    response = client.get(f"/{language}/accounts?{query}")
    assert response.status_code == 200
    return unescape(response.get_data(as_text=True))


def found(text: str) -> list[str]:
    """Return the ids of the accounts that a page lists, in its order."""
    return re.findall(r'<h3><a href="[./]*/(?:en|zh)/accounts/(\w{7})"', text)


def test_a_page_lists_what_the_api_lists_in_its_order_with_what_matched_marked(client: FlaskClient) -> None:
    text = page(client, "q=police&platform=x&utm_source=elsewhere")
    listed = client.get("/v1/accounts?q=police&platform=x&count=exact").get_json()
    assert found(text) == [account["id"] for account in listed["data"]]
    assert f">{listed['page']['count']['value']} accounts</p>" in text
    assert "<mark>Police</mark> Scotland" in text
    data = re.findall(r'rel="alternate" type="application/json">', text)
    assert len(data) == 1


@pytest.mark.parametrize(("language", "words"), [("en", "204 accounts"), ("zh", "共 204 个账号")])
def test_the_regions_are_a_tree_that_leads_down_and_up_again(client: FlaskClient, language: str, words: str) -> None:
    text = page(client, "region=CN&platform=weibo,wechat,x,instagram", language)
    assert words in text
    assert re.search(r'href="[^"]*\?platform=weibo[^"]*&region=CN-510000" rel="nofollow"><span class="text">', text)
    (up,) = re.findall(r'<ol class="path">\s*<li><a href="[^"?]*\?([^"]*)"', text)
    assert "region" not in up


def test_a_region_that_is_named_is_the_one_of_its_code(client: FlaskClient) -> None:
    named, coded = (page(client, f"region={region}") for region in ("%E5%9B%9B%E5%B7%9D%E7%9C%81", "CN-510000"))
    tree = re.findall(r'<ol class="path">.*?</ol>', coded, re.DOTALL)
    assert "<bdi>Sichuan</bdi>" in named
    assert re.findall(r'<ol class="path">.*?</ol>', named, re.DOTALL) == tree != []


def test_a_box_that_is_ticked_leaves_the_others_to_choose_as_well(client: FlaskClient) -> None:
    text = page(client, "q=police&platform=youtube&status=-closed")
    assert 'name="platform" value="youtube" checked' in text
    assert re.search(r'name="platform" value="facebook"> .*?<span class="count">\d+</span>', text)
    assert '<input type="hidden" form="search" name="status" value="-closed">' in text


def test_each_chip_names_its_filter_and_leads_to_the_page_without_it(client: FlaskClient) -> None:
    text = page(client, "region=CN-510100&platform=weibo&status=-closed&followers_max=5000&cursor=", "zh")
    (chips,) = re.findall(r'<ul class="chips".*?</ul>', text, re.DOTALL)
    assert re.findall(r"<bdi>(.*?)</bdi>", chips) == ["成都市", "新浪微博", "非已注销", "5,000"]
    links = re.findall(r'href="[^"?]*(\?[^"]*)?"', chips)
    assert links[0] == "?platform=weibo&status=-closed&followers_max=5000"
    assert links[-1] == ""


def test_pages_lead_on_and_back_the_way_they_were_read(client: FlaskClient) -> None:
    pages = [page(client, "q=police&limit=10")]
    for _ in range(2):
        (onward,) = re.findall(r'href="[^"?]*\?([^"]*)" rel="next nofollow"', pages[-1])
        pages.append(page(client, onward))
    listed = client.get("/v1/accounts?q=police&limit=30").get_json()["data"]
    assert [each for text in pages for each in found(text)] == [account["id"] for account in listed]
    for after, before in ((2, 1), (1, 0)):
        (back,) = re.findall(r'href="[^"?]*\?([^"]*)" rel="prev nofollow"', pages[after])
        assert found(page(client, back)) == found(pages[before])


def test_the_files_of_a_page_hold_the_accounts_that_it_lists(client: FlaskClient) -> None:
    text = page(client, "q=police+scotland&limit=5&sort=name")
    files = re.findall(r'href="\.\./(v1/accounts\.\w+\?[^"]*)"', text)
    assert [file.partition("?")[0] for file in files] == [f"v1/accounts.{kind}" for kind in ("csv", "ndjson", "json")]
    listed = client.get("/v1/accounts?q=police+scotland&sort=name").get_json()["data"]
    lines = client.get(f"/{files[1]}").get_data(as_text=True).splitlines()
    assert [re.findall(r'"id":"(\w{7})"', line)[0] for line in lines] == [account["id"] for account in listed]
    assert client.get(f"/{files[0]}").data.startswith(b"\xef\xbb\xbf")


def test_where_nothing_is_found_a_page_leads_on(client: FlaskClient) -> None:
    text = page(client, "q=polizeisachsenn99zz&platform=weibo")
    assert "No account found" in text
    assert "/check?q=polizeisachsenn99zz" in text
    assert "Did you mean one of these?" in text
    assert "@polizeisachsen<" in text
    without = page(client, "q=police+scotland&platform=weibo&region=FR")
    assert re.search(r"\d+ accounts are found without the filters", without)
    assert 'q=police+scotland"' in without


def test_words_that_no_account_has_are_named(client: FlaskClient) -> None:
    assert '<bdi class="dropped">qwerty</bdi>' in page(client, "q=qwerty+policie")


def test_no_page_is_longer_than_people_read(client: FlaskClient) -> None:
    for path in ("accounts", "regions", "departments"):
        text = client.get(f"/en/{path}?limit=500").get_data(as_text=True)
        assert "limit=100" in text
        assert 50 < len(re.findall(rf'<a href="[./]*/en/{path}/[\w-]+"', text)) < 250, path


def test_of_many_filters_the_first_are_named(client: FlaskClient) -> None:
    departments = client.get("/v1/departments?limit=22").get_json()["data"]
    text = page(client, "department=" + ",".join(each["id"] for each in departments))
    (chips,) = re.findall(r'<ul class="chips".*?</ul>', text, re.DOTALL)
    expected = [each["name"] if place < 20 else each["id"] for place, each in enumerate(departments)]
    assert re.findall(r"<bdi>(.*?)</bdi>", chips) == expected


@pytest.mark.parametrize(
    "query", ["limit=" + 4301 * "1", "regoin=CN", "status=open", "region=CN&cursor=nonsense", "followers_min=many"]
)
def test_what_the_api_refuses_the_page_refuses(client: FlaskClient, query: str) -> None:
    response = client.get(f"/en/accounts?{query}", headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert response.content_type == "text/html; charset=utf-8"


def test_a_search_for_blanks_is_none(client: FlaskClient) -> None:
    assert found(page(client, "q=+%20&platform=x&limit=5")) == found(page(client, "platform=x&limit=5")) != []


def test_links_and_handles_are_told_from_names() -> None:
    assert all(map(is_link, ["https://x.com/someone", "weibo.com/cdfb", "@someone", "＠someone"]))
    assert not any(map(is_link, ["成都发布", "Dept. of Health", "U.S. embassy"]))


def test_a_link_is_led_to_the_check_first(client: FlaskClient) -> None:
    text = page(client, "q=https://x.com/someone")
    assert text.index("/check?q=https") < text.index('class="panel nothing"')


def test_what_was_typed_is_text_and_no_markup(client: FlaskClient) -> None:
    raw = client.get("/en/accounts?q=%3Cscript%3Ealert(1)%3C/script%3E").get_data(as_text=True)
    assert "<script>alert" not in raw


def test_what_matched_is_marked_within_a_name_that_is_escaped(app: Flask) -> None:
    unknown = dict.fromkeys(("handle", "platform_user_id", "department", "region", "followers", "replaced_by"))
    match = {"field": "name", "text": "<b>Police</b>", "ranges": [[3, 9]]}
    account: dict[str, Any] = {
        **unknown,
        "id": "1cqhcdd",
        "platform": "weibo",
        "name": "<b>Police</b>",
        "names": [],
        "status": "active",
        "verification": {"level": "source"},
        "highlight": {"rule": "words", "matches": [match]},
    }
    with app.test_request_context("/en/accounts"):
        (result,) = list_results([account])
    assert result.title == "&lt;b&gt;<mark>Police</mark>&lt;/b&gt;"


@pytest.mark.parametrize(
    ("words", "language", "query", "names"),
    [
        ("Chengdu", "en", "region=CN-510100", "Chengdu"),
        ("北京 police", "zh", "region=CN-110000&department_type=police", "北京市 · "),
        ("weibo Sichuan", "en", "platform=weibo&region=CN-510000", "Sina Weibo · Sichuan"),
    ],
)
def test_words_that_are_a_place_a_kind_or_a_platform_lead_to_the_filters(
    app: Flask, words: str, language: str, query: str, names: str
) -> None:
    with app.test_request_context(f"/{language}/accounts"):
        app.preprocess_request()
        door = find_door(words)
        assert door is not None
        assert door.address.endswith(f"accounts?{query}")
        assert " · ".join(door.names).startswith(names)
        assert door.count > 0
        for unclear in ("Chengdu Beijing", "Chengdu nosuchplace", "a b c d e", ""):
            assert find_door(unclear) is None


def test_a_search_that_names_no_account_offers_the_filters_that_it_names(client: FlaskClient) -> None:
    text = page(client, "q=weibo+police+Sichuan")
    assert re.search(r'class="panel door">By filters instead of words: <a href="[^"]*accounts\?platform=weibo&', text)
    assert "panel door" not in page(client, "q=police&platform=x")
