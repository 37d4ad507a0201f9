import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from directory.web.languages import LANGUAGES, choose_language

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "en"),
        ("*", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-TW", "zh"),
        ("zh-Hant-HK, en;q=0.9", "zh"),
        ("yue", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("de,fr;q=0.9,zh;q=0.1", "zh"),
        ("de, en;q=0.3, zh-CN;q=0.7", "zh"),
        ("zh;q=0", "en"),
        ("de", "en"),
    ],
)
def test_a_reader_gets_the_language_that_they_prefer_of_those_that_there_are(
    client: FlaskClient, accepted: str, chosen: str
) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{chosen}/")
    assert "Accept-Language" in answer.headers["Vary"]


@given(st.text())
def test_any_header_chooses_a_language_that_there_is(header: str) -> None:
    assert choose_language(header) in LANGUAGES


def test_a_page_leads_to_itself_in_the_other_language_with_its_parameters(client: FlaskClient) -> None:
    text = client.get("/zh/accounts?platform=weibo&q=%E6%88%90%E9%83%BD").get_data(as_text=True)
    assert '<html lang="zh-Hans">' in text
    assert 'href="../en/accounts?platform=weibo&amp;q=%E6%88%90%E9%83%BD" hreflang="en"' in text


@pytest.mark.parametrize(
    ("path", "accepted", "told"),
    [
        ("/zh/accounts?platform=nowhere", "en", "查询参数无效"),
        ("/zh/nothing", "en", "未找到"),
        ("/v1/nothing", "zh", "未找到"),
        ("/v1/nothing", "en", "Not found"),
        ("/en/accounts?platform=nowhere", "zh", "Invalid query parameters"),
    ],
)
def test_a_problem_is_told_in_the_language_of_the_page(
    client: FlaskClient, path: str, accepted: str, told: str
) -> None:
    answer = client.get(path, headers={"Accept": BROWSER, "Accept-Language": accepted})
    assert answer.status_code >= 400
    assert f"<h1>{told}</h1>" in answer.get_data(as_text=True)


def test_parameters_by_which_other_sites_follow_readers_and_empty_ones_are_left_out(client: FlaskClient) -> None:
    assert client.get("/en/accounts?q=&platform=weibo&fbclid=x&utm_source=y").status_code == 200
    answer = client.get("/en/accounts?platfrom=weibo", headers={"Accept": BROWSER})
    assert answer.status_code == 400
    assert "did you mean platform?" in answer.get_data(as_text=True)
