"""Cells with several addresses or handles: no account of them is dropped in silence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.errors import RowError, RowRejected
from directory.imports.validate.profiles import EXTRA_URLS
from directory.imports.validate.rows import Validator
from directory.imports.values.regions import Regions

BETWEEN = [
    "; ",
    ";",
    "\n",
    "\r\n",
    ", ",
    ",",
    " ",
    "  ",
    "\t",
    "\u3000",
    "",
    "|",
    " | ",
    "、",
    "；",
    "(",
    "  •  ",
    " + ",
    "/",
]
BETWEEN += [" and ", " und ", " et ", " & ", "&", " / ", " or else ", "?a=1&"]
REGIONS = Regions([("CN", "China", "中国", [], "country")])


def read(**record: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    row = Validator(REGIONS, default_source="file").normalize(record)
    return json.loads(row.statement), row.warnings


def error(**record: object) -> RowError:
    with pytest.raises(RowRejected) as raised:
        read(**record)
    (found,) = raised.value.errors
    return found


@pytest.mark.parametrize(
    "between",
    BETWEEN,
)
@pytest.mark.parametrize("field", ["url", "handle"])
def test_two_addresses_in_one_cell_are_a_rejected_row_that_names_both(field: str, between: str) -> None:
    cell = f"https://www.facebook.com/alphatown{between}https://x.com/betatown"
    found = error(**{"platform": None if field == "url" else "facebook", field: cell})
    assert (found.field, found.code) == (field, "several-accounts")
    assert found.message == "it names several accounts: facebook/alphatown, x/betatown"
    assert found.remedy == "give each account a row of its own"


@pytest.mark.parametrize(
    "cell",
    [
        "x.com/alphatown; x.com/betatown",
        "www.facebook.com/alphatown and www.facebook.com/betatown",
        "https://www.facebook.com/alphatownwww.facebook.com/betatown",
        "https://www.facebook.com/alphatown/https://www.facebook.com/betatown/",
        "X: https://x.com/alphatown Facebook: https://www.facebook.com/alphatown",
        "[Alpha](https://x.com/alphatown) [Beta](https://x.com/betatown)",
        '<a href="https://x.com/alphatown">Alpha</a><br><a href="https://x.com/betatown">Beta</a>',
        "https://x.com/alphatown @betatown",
        "https://x.com/alphatown, @betatown",
        "https://mastodon.social/@alphatown @betatown@mastodon.social",
        "https://www.google.com/url?q=https://x.com/alphatown https://www.google.com/url?q=https://x.com/betatown",
    ],
)
def test_urls_without_scheme_in_marks_and_next_to_handles_are_several_too(cell: str) -> None:
    assert error(url=cell).code == "several-accounts"


@pytest.mark.parametrize(
    "cell",
    [
        "https://x.com/nasa",
        "https://x.com/nasa https://twitter.com/NASA",
        "https://x.com/nasa, https://x.com/nasa/status/1",
        "https://x.com/nasa (official account, since 2009; verified)",
        "https://x.com/nasa (@NASA)",
        "https://x.com/nasa (run together with @example)",
        "NASA and friends: https://x.com/nasa",
        "[x.com/other](https://x.com/nasa)",
        "https://x.com/@https://x.com/nasa",
        "https://x.com/https://x.com/nasa",
        "https://web.archive.org/web/2020/https://x.com/nasa",
        "https://www.google.com/url?q=https://x.com/nasa&sa=D",
        "https://x.com/nasa?next=https://x.com/other",
        "https://x.com/nasa?next=/https://x.com/other",
        "https://x.com/nasa#https://x.com/other",
        "https://x.com/intent/follow?original_referer=https://www.facebook.com/other&screen_name=nasa",
    ],
)
def test_one_address_is_one_account_whatever_text_or_query_is_around_it(cell: str) -> None:
    statement, _ = read(url=cell)
    assert (statement["platform"], statement["handle"].lower()) == ("x", "nasa")


@pytest.mark.parametrize(
    "cell",
    ["https://www.nasa.gov https://x.com/nasa", "https://x.com/nasa; https://www.nasa.gov/", "nasa.gov/ x.com/nasa"],
)
def test_a_website_next_to_one_profile_is_that_profile_with_a_warning(cell: str) -> None:
    statement, warnings = read(url=cell)
    assert (statement["url"], warnings) == ("https://x.com/nasa", (EXTRA_URLS,))


def test_a_page_of_a_platform_that_comes_first_still_names_nobody() -> None:
    assert error(url="https://x.com/login https://x.com/nasa").code == "login-page"


def test_an_id_that_the_row_states_as_well_is_no_second_account() -> None:
    channel = "UCLA_DiR1FfKNvjuUpBHmylQ"
    cell = f"https://www.youtube.com/@nasa https://www.youtube.com/channel/{channel}"
    assert error(url=cell).code == "several-accounts"
    statement, _ = read(url=cell, platform_user_id=channel)
    assert (statement["handle"], statement["platform_user_id"]) == ("nasa", channel)


@pytest.mark.parametrize(
    "cell",
    [
        "@alpha, @beta",
        "alpha; beta",
        "alpha | beta",
        "alpha\nbeta",
        "@alpha @beta",
        "@alpha and @beta",
        "@alpha/@beta",
        "@alpha / @beta",
        "@alpha und @beta",
    ],
)
@pytest.mark.parametrize("url", [None, "https://x.com/alpha"])
def test_two_handles_in_one_cell_are_a_rejected_row_also_next_to_a_url(cell: str, url: str | None) -> None:
    found = error(platform="x", handle=cell, url=url)
    assert (found.field, found.code) == ("handle", "several-accounts")
    assert found.message == "it names several accounts: x/alpha, x/beta"


@pytest.mark.parametrize(
    "cell", ["Alpha, MA", "Alpha Town; Office of Beta", "Alpha and Beta", "alpha", "@alpha", "Alpha (@alpha)"]
)
def test_a_name_in_the_handles_cell_gives_way_to_the_address(cell: str) -> None:
    assert read(platform="x", handle=cell, url="https://x.com/alpha")[0]["handle"] == "alpha"


def test_an_entity_of_html_parts_nothing() -> None:
    url = "https://www.linkedin.com/company/alpha-&amp;-beta"
    assert read(platform="linkedin", handle="alpha-&amp;-beta", url=url)[0]["url"].endswith("/alpha-&-beta")


PARTS = ["https://x.com/alpha", "www.", "http://", "@beta", ";", " ", "/", "?u=", "#", "<", "[", "("]


@given(st.lists(st.sampled_from(PARTS)), st.sampled_from(["url", "handle"]))
def test_any_cell_is_read_or_rejected_with_a_fault(parts: list[str], field: str) -> None:
    try:
        statement, _ = read(**{"platform": "x", field: "".join(parts)})
    except RowRejected as rejected:
        codes = [found.code for found in rejected.errors]
    else:
        codes = [str(statement["platform"])]
    assert all(codes)
    assert codes
