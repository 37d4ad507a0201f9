"""Tables as registries publish them: a column a platform, headings in many languages, titles and totals."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.errors import UnreadableFile
from directory.imports.read.delimited import DelimitedTable
from directory.imports.read.headings import COLUMNS, Headings, find_platform_heading
from directory.imports.read.records import ReadOptions, Record, WarningCounts


def read(text: str, **options: Any) -> tuple[list[Record], list[str]]:  # noqa: ANN401 - of ReadOptions
    warnings = WarningCounts()
    table = DelimitedTable(text.splitlines(keepends=True), Headings(), warnings, ReadOptions(**options))
    records = list(table)
    return records, [*table.notes, *warnings.lines()]


def values(text: str, **options: Any) -> list[dict[str, object]]:  # noqa: ANN401 - of ReadOptions
    return [dict(record.values) for record in read(text, **options)[0]]


def test_each_cell_under_a_platform_is_an_account_of_its_row() -> None:
    records, notes = read(
        "name,twitter,facebook_url,YouTube\n"
        "Alphaville,@alphaville,https://facebook.com/alphaville,\n"
        "Betaville,?,betaville,n/a\n"
        "Gammaville,-,,\n"
    )
    assert [record.values for record in records] == [
        {"name": "Alphaville", "platform": "x", "handle": "@alphaville"},
        {"name": "Alphaville", "platform": "facebook", "url": "https://facebook.com/alphaville"},
        {"name": "Betaville", "platform": "facebook", "handle": "betaville"},
    ]
    assert [(record.line, record.heading) for record in records] == [
        (2, "twitter"),
        (2, "facebook_url"),
        (3, "facebook_url"),
    ]
    assert [note for note in notes if "first on line 4" in note]


def test_columns_of_one_platform_are_one_account_unless_language_or_number_parts_them() -> None:
    assert values("name,youtube,youtube_id\nA,agov,UCabcdefghijklmnopqrstuv\n") == [
        {"name": "A", "platform": "youtube", "handle": "agov", "platform_user_id": "UCabcdefghijklmnopqrstuv"}
    ]
    assert values("name,twitter_en,twitter_fr\nA,a_en,a_fr\n") == [
        {"name": "A", "platform": "x", "handle": "a_en", "language": "en"},
        {"name": "A", "platform": "x", "handle": "a_fr", "language": "fr"},
    ]
    assert [row["handle"] for row in values("name,Twitter 1,Twitter 2\nA,one,two\n")] == ["one", "two"]
    assert [row["handle"] for row in values("name,Twitter,Twitter account\nA,one,two\n")] == ["one", "two"]


def test_several_accounts_in_one_cell_are_each_one_of_the_row() -> None:
    assert [row["url"] for row in values("name,facebook\nA,https://facebook.com/aa; https://facebook.com/bb\n")] == [
        "https://www.facebook.com/aa",
        "https://www.facebook.com/bb",
    ]


def test_followers_next_to_several_platforms_are_left_out_and_named() -> None:
    found, notes = read("单位名称,新浪微博,微博粉丝数,抖音号,粉丝数\n甲局,jiaju,100,jiaju_dy,5\n")
    assert [dict(record.values) for record in found] == [
        {"department": "甲局", "platform": "weibo", "followers": "100", "handle": "jiaju"},
        {"department": "甲局", "platform": "douyin", "handle": "jiaju_dy"},
    ]
    assert any("'粉丝数'" in note for note in notes)


def test_a_long_table_stays_one_though_a_heading_names_a_platform() -> None:
    found, notes = read("platform,handle,Facebook\nx,nasa,nasa\n")
    assert [dict(record.values) for record in found] == [{"platform": "x", "handle": "nasa"}]
    assert any("'Facebook'" in note for note in notes)


def test_coordinates_remarks_and_numbers_of_lines_are_no_platforms() -> None:
    assert values("X,Y,name,twitter\n-87.6,41.8,A,a\n") == [{"name": "A", "platform": "x", "handle": "a"}]
    assert find_platform_heading("Note") is None
    assert find_platform_heading("timeline") is None
    assert values("name,line,handle,platform\nA,12,a,x\n") == [{"name": "A", "handle": "a", "platform": "x"}]


def test_the_website_next_to_columns_of_platforms_is_that_of_the_body() -> None:
    assert values("name,url,twitter\nA,https://a.example,a\nB,https://facebook.com/bb,\n") == [
        {"name": "A", "department_url": "https://a.example", "platform": "x", "handle": "a"},
        {"name": "B", "url": "https://facebook.com/bb"},
    ]


def test_a_rejected_account_is_given_back_without_the_others_of_its_row() -> None:
    (first, second), _ = read("name,twitter,facebook\nA,a b,good\n")
    assert first.raw == ["A", "a b", ""]
    assert second.raw == ["A", "", "good"]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        *(("单位名称", "department"), ("平台", "platform"), ("账号名称", "name"), ("主页链接", "url")),
        *(("粉丝数", "followers"), ("开通日期", "opened_on"), ("账号状态", "status"), ("帳號狀態", "status")),
        *(("粉絲數", "followers"), ("自治体名", "department")),
        *(("Plateforme", "platform"), ("Nom du compte", "name"), ("Ministère ou organisme", "department")),
        *(("Behörde", "department"), ("Sprache", "language"), ("Organismo", "department"), ("Enlace", "url")),
        *(("Ente", "department"), ("Órgão", "department"), ("Seguidores", "followers"), ("Account", "handle")),
        *(("Account (as of 2026)", "handle"), ("*单位名称", "department"), ("name_fr", "name")),
    ],
)  # fmt: skip
def test_headings_of_lists_in_many_languages_are_known(heading: str, column: str) -> None:
    assert Headings().find(heading).column == column


def test_all_that_is_wrong_with_a_header_is_told_at_once() -> None:
    with pytest.raises(UnreadableFile) as raised:
        read("platform,handel,folowers\nx,a,1\n")
    assert "'handel'" in str(raised.value)
    assert "'folowers'" in str(raised.value)


def test_names_in_several_languages_are_all_kept() -> None:
    assert values("platform,handle,name_en,name_fr,language\nx,a,Health,Santé,fr\nx,b,Health,,en\n") == [
        {
            "platform": "x", "handle": "a", "name": "Santé", "language": "fr",
            "names": [{"name": "Health", "language": "en"}],
        },
        {"platform": "x", "handle": "b", "name": "Health", "language": "en"},
    ]  # fmt: skip


def test_two_columns_of_one_meaning_fill_each_other_and_what_differs_is_told() -> None:
    found, notes = read("platform,handle,agency,organization\nx,a,,B\nx,b,A,B\n")
    assert [record.values["department"] for record in found] == ["B", "A"]
    assert any("'organization'" in note and "first on line 3" in note for note in notes)


def test_numbers_in_units_that_the_heading_states_are_read_with_them() -> None:
    assert values("platform,handle,粉丝数（万）\nweibo,a,1.2\n")[0]["followers"] == "1.2万"


def test_what_stands_under_account_is_a_name_where_it_is_no_handle() -> None:
    assert values("Platform,Account,URL\nx,Health Agency,https://x.com/health\nx,@health,https://x.com/health\n") == [
        {"platform": "x", "name": "Health Agency", "url": "https://x.com/health"},
        {"platform": "x", "handle": "@health", "url": "https://x.com/health"},
    ]


def test_lines_of_title_above_the_header_and_totals_and_footnotes_below_are_left_out() -> None:
    found, notes = read(
        "政务新媒体备案表,,,\n填表单位：网信办,,2026年,\n平台,账号,单位名称,粉丝数\n1,2,3,4\n微博,jia,甲局,5\n"
        "合计,1,,5\n注：数据截至十月,,,\n,,乙局,9\n"
    )
    assert [(record.line, record.values["handle"]) for record in found] == [(5, "jia")]
    assert any("line 3 was taken for the header" in note for note in notes)
    assert [any(f"first on line {line}" in note for note in notes) for line in (6, 7, 8)] == [True, True, True]
    found, notes = read("备案表,,,\n填表日期：2026年11月,,,\n单位名称,平台,账号,粉丝数\n甲局,微博,jia,5\n")
    assert [record.values["handle"] for record in found] == ["jia"]
    assert next(note for note in notes if "header" in note).startswith("line 3 was taken for the header")
    found, notes = read("备案表,,,\n,填表日期：2026年11月,,\n单位名称,平台,账号,粉丝数\n甲局,微博,jia,5\n")
    assert not any("one header" in note for note in notes)


def test_a_header_of_two_lines_is_one_where_the_upper_groups_the_lower() -> None:
    assert values("单位名称,新浪微博,,抖音,\n,账号名称,粉丝数,账号,粉丝数\n甲局,@甲局发布,5,jia,6\n") == [
        # On Weibo a displayed name is one account's.
        {"department": "甲局", "platform": "weibo", "name": "@甲局发布", "handle": "@甲局发布", "followers": "5"},
        {"department": "甲局", "platform": "douyin", "handle": "jia", "followers": "6"},
    ]
    assert values("Agency,Twitter,,Facebook\n,EN,FR,\nA,a_en,a_fr,a\n") == [
        {"department": "A", "platform": "x", "handle": "a_en", "language": "en"},
        {"department": "A", "platform": "x", "handle": "a_fr", "language": "fr"},
        {"department": "A", "platform": "facebook", "handle": "a"},
    ]
    found, notes = read("Platform,Account,Language\nPlateforme,Compte,Langue\nx,a,fr\n")
    assert [dict(record.values) for record in found] == [{"platform": "x", "handle": "a", "language": "fr"}]
    assert any("line 2 names the columns once more" in note for note in notes)


def test_a_list_of_towns_has_their_names_and_one_that_names_bodies_has_those() -> None:
    found, notes = read("City,State,Twitter\nExampleton,Ohio,exampleton\n-,OH,ohio\n")
    assert [(record.values.get("name"), record.values["handle"]) for record in found] == [
        ("Exampleton", "exampleton"),
        (None, "ohio"),
    ]
    assert any("the name of their place" in note for note in notes)
    assert "name" not in values("City,Agency,Twitter\nExampleton,Police,a\n")[0]


@pytest.mark.parametrize("link", ["", "无"])
def test_a_displayed_name_alone_is_an_account_on_weibo_in_a_long_table_too(link: str) -> None:
    found, notes = read(
        f"平台,账号名称,主页链接,粉丝数\n新浪微博,甲局发布,{link},5\n微信,乙局,无,6\n新浪微博,合计,无,11\n"
    )
    assert [record.values["handle"] for record in found] == ["甲局发布"]
    assert any("say that there is none" in note and "first on line 3" in note for note in notes)
    assert values("平台,账号名称\n新浪微博,甲局发布\n")[0]["handle"] == "甲局发布"


def test_the_line_of_the_header_can_be_stated() -> None:
    assert values("platform,handle\nx,a\nname,twitter\nB,b\n", header_line=3) == [
        {"name": "B", "platform": "x", "handle": "b"}
    ]
    with pytest.raises(UnreadableFile, match="--header-line 9"):
        read("platform,handle\nx,a\n", header_line=9)


def test_constants_fill_what_is_empty_and_a_filled_cell_wins() -> None:
    assert values("handle,region\na,\nb,DE\nc,n/a\n", constants={"platform": "x", "region": "FR"}) == [
        {"handle": handle, "platform": "x", "region": region}
        for handle, region in (("a", "FR"), ("b", "DE"), ("c", "FR"))
    ]


def test_blank_cells_below_a_filled_one_are_remarked_and_can_be_filled() -> None:
    text = "platform,handle,department\nx,a,A\nx,b,\nx,c,C\n"
    found, notes = read(text)
    assert "department" not in found[1].values
    assert any("--fill-down department" in note and "first on line 3" in note for note in notes)
    found, notes = read(text, fill_down=("department",))
    assert [record.values["department"] for record in found] == ["A", "A", "C"]
    assert notes == []
    with pytest.raises(UnreadableFile, match="--fill-down dept"):
        read(text, fill_down=("dept",))


def test_a_column_can_be_left_out_and_can_be_one_of_a_platform() -> None:
    with pytest.raises(UnreadableFile, match="--column 'username'="):
        read("platform,handle,username\nx,a,b\n")
    headings = Headings({"username": "", "Kanal A": "facebook"})
    table = DelimitedTable(
        ["handle,username,Kanal A\n", "a,b,c\n"], headings, WarningCounts(), ReadOptions(constants={"platform": "x"})
    )
    assert dict(next(iter(table)).values) == {"platform": "facebook", "handle": "c"}


_CELLS = st.sampled_from([*COLUMNS[:6], "twitter", "微博", "Facebook FR", "State", "", "odd", "No."])


@given(st.lists(st.lists(_CELLS), max_size=4))
def test_whatever_the_cells_a_table_is_read_or_refused_with_a_reason(rows: list[list[str]]) -> None:
    with suppress(UnreadableFile):
        for record in read("".join(",".join(row) + "\n" for row in rows))[0]:
            assert record.line <= len(rows)


def test_headings_in_two_languages_and_units_of_one_platform_are_read() -> None:
    assert values("Platform / Plateforme,Account 账号,单位名称 Department\nx,a,B\n") == [
        {"platform": "x", "handle": "a", "department": "B"}
    ]
    assert values("单位,微博账号,微博粉丝数（万）\n甲局,jia,1.2\n")[0]["followers"] == "1.2万"


def test_columns_of_a_state_and_a_numbered_district_are_one_region() -> None:
    found, notes = read("name,state,district,twitter\nA,IL,3,a\n")
    assert [record.values["region"] for record in found] == ["IL"]
    assert any("numbers of districts" in note for note in notes)
    assert values("name,city,country,twitter\nA,Paris,France,a\n")[0]["region"] == "Paris, France"
