"""Regions by name: alone, in a path of names, shortened; what means several is never one of them."""

from collections.abc import Collection, Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from directory.regions.folding import keys_of
from directory.regions.name_matching import NamedRegion, describe_regions, match_enclosing, match_regions
from directory.regions.reference import Region, regions
from tests.serving import client_of


def _path(region: Region) -> str:
    above = regions().get(region.parent_code or "")
    return f"{_path(above) if above else ''}{region.code}/"


_NAMED = {
    r.code: NamedRegion(r.code, _path(r), r.name, r.name_local) for r in regions().values() if r.dissolved_on is None
}
_INDEX: dict[str, list[NamedRegion]] = {}
for _code, _named in _NAMED.items():
    for _key in dict.fromkeys([*keys_of(regions()[_code]), *regions()[_code].aliases, _code]):
        _INDEX.setdefault(_key, []).append(_named)


def lookup(keys: Collection[str]) -> dict[str, list[NamedRegion]]:
    return {key: _INDEX[key] for key in keys if key in _INDEX}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("四川省成都市双流区", "CN-510116"), ("成都市双流区", "CN-510116"), ("双流区", "CN-510116")),
        *(("双流", "CN-510116"), ("四川省 成都市", "CN-510100"), ("中国四川省成都市", "CN-510100")),
        *(("上海浦东新区", "CN-310115"), ("北京市朝阳区", "CN-110105"), ("广西", "CN-450000")),
        *(("廣東省", "CN-440000"), ("吉林", "CN-220000"), ("Illinois", "US-IL"), ("State of Illinois", "US-IL")),
        *(("IL, US", "US-IL"), ("Illinois, United States", "US-IL"), ("Bayern, Germany", "DE-BY")),
        *(("Germany > Bayern", "DE-BY"), ("Sichuan Province", "CN-510000"), ("東京", "JP-13")),
        *(("Sao Paulo", "BR-SP"), ("Mexico", "MX"), ("Chengdu, Sichuan", "CN-510100")),
    ],
)  # fmt: skip
def test_a_name_or_a_path_of_names_that_means_one_region_is_that(text: str, code: str) -> None:
    assert [each.code for each in match_regions(text, lookup)] == [code]


@pytest.mark.parametrize("text", ["朝阳区", "鼓楼区", "Georgia", "Luxembourg"])
def test_a_name_of_several_regions_means_none_of_them_alone(text: str) -> None:
    assert len(match_regions(text, lookup)) > 1


@pytest.mark.parametrize("text", ["", ",", "成都市朝阳区", "Ruritania", "Illinois, Germany", "x" * 1_000])
def test_what_means_no_region_is_none(text: str) -> None:
    assert match_regions(text, lookup) == []


def test_the_region_around_a_place_that_is_not_known_is_the_last_of_the_path() -> None:
    around = match_enclosing("Cook County, Illinois", lookup)
    assert around is not None
    assert around.code == "US-IL"


def test_a_region_is_named_with_what_it_lies_in() -> None:
    assert describe_regions([_NAMED["CN-510116"]], _NAMED) == "CN-510116 (双流区, 成都市, 四川省)"


@given(st.sampled_from(sorted(_NAMED)))
def test_every_region_is_found_by_the_path_of_its_local_names_or_among_few(code: str) -> None:
    codes = _NAMED[code].path.rstrip("/").split("/")
    names = [_NAMED[part].name_local or _NAMED[part].name for part in codes if "," not in _NAMED[part].name]
    found = match_regions(" / ".join(names), lookup)
    assert not found or any(each.path.startswith(codes[0]) for each in found)


@given(st.text(st.sampled_from("四川省成都市双流区 ,/IL-US"), max_size=60))
def test_no_text_ends_in_an_error(text: str) -> None:
    match_regions(text, lookup)


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


@pytest.mark.parametrize(
    "address", ["/v1/accounts?region=", "/v1/departments?region=", "/v1/regions?within=", "/v1/changes?region="]
)
def test_every_parameter_for_a_region_takes_a_name_that_means_one(client: FlaskClient, address: str) -> None:
    assert client.get(address + quote("四川省")).status_code == 200
    assert client.get(f"{address}Illinois").status_code == 200
    for name, words in (("朝阳区", "CN-110105 (朝阳区, 北京市)"), ("Ruritania", "/v1/regions?q=Ruritania")):
        answer = client.get(address + quote(name))
        assert answer.status_code == 400
        (error,) = answer.get_json()["errors"]
        assert error["value"] == name
        assert words in error["detail"]
        assert "[A-Z" not in error["detail"]


def test_a_name_and_a_code_of_one_region_select_the_same(client: FlaskClient) -> None:
    both = [client.get(f"/v1/regions?within={quote(text)}&limit=5").get_json()["data"] for text in ("四川", "cn-sc")]
    assert both[0] == both[1] != []


def test_more_names_than_are_looked_up_for_one_request_are_refused(client: FlaskClient) -> None:
    answer = client.get("/v1/accounts?region=" + ",".join(f"name{number}" for number in range(21)))
    assert answer.status_code == 400
    assert "at most 20" in answer.get_json()["errors"][0]["detail"]
