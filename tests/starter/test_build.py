import dataclasses
import gzip
import os
from collections.abc import Mapping
from typing import Any

import pytest

from starter.__main__ import FILE
from starter.build import build, pack
from starter.department_types import find_department_type
from starter.places import find_region
from starter.public_bodies import is_public
from starter.releases import Body, Item, Release, ReleaseError, load

CITY = Item("operators/leisure/park", "operator", {"operator": "City of Shoreline"}, "Shoreline", ("us-wa.geojson",))
BICYCLES = Item(
    "brands/amenity/bicycle_rental",
    "brand",
    {"brand": "BiciMAD", "operator": "Empresa Municipal de Transportes de Madrid", "operator:type": "government"},
    "BiciMAD",
    ("es-m.geojson",),
)
METRO = Item("transit/route/subway", "network", {"network": "常州地铁", "network:zh": "常州地铁"}, "常州地铁", ("cn",))
BUSES = Item("transit/route/bus", "network", {"network": "Example Transit"}, "Example Transit", ("us-wa.geojson",))


def body(wikidata: str, *items: Item, label: str = "", description: str = "", **accounts: str) -> Body:
    return Body(wikidata, label, description, accounts, items)


def release(day: str, *bodies: Body) -> Release:
    return Release(day, {each.id: each for each in bodies})


def rows_of(*bodies: Body) -> list[Mapping[str, Any]]:
    """Return the rows of the index, without those of the facts about Weibo."""
    return [row for row in build([release("2026-09-18", *bodies)]) if row["source"] == "nsi-wikidata"]


def test_a_channel_and_its_handle_are_one_row() -> None:
    city = body("Q1", CITY, youtube="UCeBrPRhx8O6aNfBovK17WSw", youtubeHandle="shoreline")
    (row,) = rows_of(city)
    assert (row["platform"], row["platform_user_id"], row["handle"], row["url"]) == (
        "youtube",
        "UCeBrPRhx8O6aNfBovK17WSw",
        "shoreline",
        "https://www.youtube.com/@shoreline",
    )
    # Releases before 2026 repeat the id.
    repeated = body("Q1", CITY, youtube="UCeBrPRhx8O6aNfBovK17WSw", youtubeHandle="UCeBrPRhx8O6aNfBovK17WSw")
    (row,) = rows_of(repeated)
    assert row["handle"] == row["platform_user_id"] == "UCeBrPRhx8O6aNfBovK17WSw"


@pytest.mark.parametrize(
    ("stated", "user_id", "handle"),
    [
        ("3549916271", "3549916271", "3549916271"),
        ("u/3549916271", "3549916271", "3549916271"),
        ("shmetro", None, "shmetro"),
    ],
)
def test_each_form_of_a_weibo_account_is_an_id_or_a_handle(stated: str, user_id: str | None, handle: str) -> None:
    (row,) = rows_of(body("Q1", CITY, weibo=stated))
    assert (row.get("platform_user_id"), row.get("handle")) == (user_id, handle)


def test_what_a_government_operates_is_public_whatever_its_description_says() -> None:
    rental = body("Q17402113", BICYCLES, label="BiciMAD", description="company in Madrid", facebook="BiciMAD")
    assert is_public(rental)
    (row,) = rows_of(rental)
    assert (row["name"], row["department"], row["department_type"], row["region"]) == (
        "BiciMAD",
        "Empresa Municipal de Transportes de Madrid",
        "transport",
        "ES-M",
    )


def test_transit_is_public_by_operator_or_review_and_never_by_name() -> None:
    buses = body("Q999999999", BUSES, label="Example Transit", description="public transit company")
    assert not is_public(buses)
    operated = dataclasses.replace(BUSES, tags={**BUSES.tags, "operator:type": "public"})
    assert is_public(dataclasses.replace(buses, items=(operated,)))
    # Reviewed: Changzhou's metro; and refused: a company with the trains of Melbourne.
    assert is_public(body("Q4507108", METRO))
    assert not is_public(body("Q10931299", operated))


def test_a_reviewed_chinese_body_has_both_names_and_the_region_of_its_city() -> None:
    (row,) = rows_of(body("Q4507108", METRO, label="Changzhou Metro", weibo="5150097287"))
    assert (row["name"], row["name_zh"], row["department"], row["region"]) == (
        "Changzhou Metro",
        "常州地铁",
        "常州地铁",
        "CN-320400",
    )


def test_an_account_that_two_bodies_state_is_in_one_row() -> None:
    network = dataclasses.replace(BUSES, tags={**BUSES.tags, "operator:type": "public"})
    (row,) = rows_of(body("Q1", network, facebook="Shoreline"), body("Q2", CITY, facebook="shoreline"))
    assert row["source_id"] == "Q2"


@pytest.mark.parametrize(
    ("label", "description", "kind"),
    [
        ("Shoreline", "city in Washington, United States", "local-government"),
        ("Shoreline City Council", "", "local-government"),
        ("Shoreline School District", "school district in Washington", "education"),
        ("Sanchong", "municipal government of Sanchong District, New Taipei City", "local-government"),
        ("Government of Jersey", "central government of the Bailiwick of Jersey", "executive"),
        ("Shoreline Forest Trust", "park operator in King County", "environment"),
    ],
)
def test_the_type_is_what_the_body_is_and_not_all_that_it_operates(label: str, description: str, kind: str) -> None:
    assert find_department_type(body("Q1", CITY, label=label, description=description)) == kind


@pytest.mark.parametrize(
    ("places", "region"),
    [
        (("us-ca-orange_county.geojson",), "US-CA"),
        (("us-ca.geojson", "us-wa.geojson"), "US"),
        (("us", "ca"), None),
        (("fx",), "FR"),
        (("001",), None),
        ((), None),
    ],
)
def test_the_region_is_the_narrowest_that_holds_all_places(places: tuple[str, ...], region: str | None) -> None:
    assert find_region(body("Q1", dataclasses.replace(CITY, locations=places))) == region


def test_what_earlier_releases_alone_state_has_the_days_of_its_listing() -> None:
    old = body("Q1", CITY, facebook="oldshoreline", twitter="kept", instagram="moved")
    releases = [
        release("2021-12-27", old),
        release("2022-12-19", old),
        release("2023-12-18", body("Q1", CITY, facebook="shoreline", twitter="kept")),
        release("2026-09-18", body("Q1", CITY, facebook="Shoreline", twitter="Kept"), body("Q2", instagram="moved")),
    ]
    rows = [row for row in build(releases) if row["source"] == "nsi-wikidata"]
    assert [(row["handle"], row.get("listed_from"), row.get("listed_until")) for row in rows] == [
        ("oldshoreline", "2021-12-27", "2023-12-18"),
        ("Shoreline", None, None),
        ("Kept", None, None),
    ]
    assert {row["source_id"] for row in rows} == {"Q1"}


def test_the_shipped_file_is_what_the_pinned_releases_and_the_tables_make() -> None:
    try:
        releases = load()
    except ReleaseError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    packed = pack(build(releases))
    shipped = FILE.read_bytes()
    assert gzip.decompress(packed) == gzip.decompress(shipped)
    # The same rows may be packed otherwise by another zlib; the header has neither a time nor a name.
    assert packed[:9] == shipped[:9] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02"
