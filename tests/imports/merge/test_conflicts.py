"""Rows of one import that are one account and disagree: named in the report, and no name of them is lost."""

from collections.abc import Callable
from typing import Any

from tests.imports.conftest import Load

Accounts = Callable[[], list[dict[str, Any]]]

CONTRADICTING = """url,name,department,region,status
https://x.com/confone,Name A,Department A,CA,active
https://x.com/confone,Nom B,Ministère B,FR,closed
""".encode()


def test_rows_of_one_account_that_disagree_are_named_with_both_values_and_the_one_taken(load: Load) -> None:
    report = load(CONTRADICTING)
    told: Any = report.as_json()["repeated"]
    assert (told["accounts"], told["disagreeing"]) == (1, 1)
    assert told["by_field"] == {"department": 1, "name": 1, "region": 1, "status": 1}
    assert [(one["field"], [value["value"] for value in one["values"]], one["taken"]) for one in told["first"]] == [
        ("name", ["Name A", "Nom B"], "Nom B"),
        ("department", ["Department A", "Ministère B"], "Ministère B"),
        ("region", ["CA", "FR"], "FR"),
        ("status", ["active", "closed"], "closed"),
    ]
    assert [(value["file"], value["line"]) for value in told["first"][0]["values"]] == [
        (report.files[0][1], 2),
        (report.files[0][1], 3),
    ]
    lines = list(report.lines())
    assert "accounts with several rows: 1, of which disagree: 1" in lines
    assert any("x/confone, name: 'Name A' (" in line and line.endswith("taken 'Nom B'") for line in lines)


def test_the_name_that_was_overruled_is_kept_as_another_name(load: Load, accounts: Accounts) -> None:
    load(CONTRADICTING)
    (account,) = accounts()
    assert (account["name"], account["names"]) == ("Nom B", [{"name": "Name A", "language": None}])
    assert load(CONTRADICTING).unchanged == 1


def test_names_and_tags_of_all_rows_are_kept(load: Load, accounts: Accounts) -> None:
    load(
        [
            {"url": "https://x.com/one", "name": "First", "names": "fr: Premier; de: Erster", "tags": "b;a"},
            {"url": "https://x.com/one", "name": "Second", "names": "es: Segundo; de: Second", "tags": "c;a"},
            {"url": "https://x.com/one", "name": "第三"},
        ]
    )
    (account,) = accounts()
    assert account["name"] == "第三"
    assert {(other["name"], other["language"]) for other in account["names"]} == {
        ("First", None), ("Premier", "fr"), ("Erster", "de"), ("Second", None), ("Segundo", "es"),
    }  # fmt: skip
    assert account["tags"] == ["a", "b", "c"]


def test_an_overruled_spelling_leaves_no_key_behind_at_the_name_that_was_taken(load: Load, accounts: Accounts) -> None:
    report = load([{"url": "https://x.com/one", "name": "First"}, {"url": "https://x.com/one", "name": "second"}])
    assert report.created == 1
    (account,) = accounts()
    assert (account["name"], [other["name"] for other in account["names"]]) == ("second", ["First"])


def test_rows_of_two_source_ids_and_two_spellings_disagree_as_well(load: Load) -> None:
    report = load(
        [
            {"url": "https://x.com/one", "source_id": "1", "language": "en", "handle": "ONE"},
            {"url": "https://twitter.com/One", "source_id": "2", "language": "fr"},
        ]
    )
    assert [(one.field, one.taken) for one in report.repeated.first] == [("language", "fr")]


def test_rows_that_agree_or_lack_a_value_or_only_count_otherwise_do_not_disagree(load: Load) -> None:
    report = load(
        [
            {
                "url": "https://x.com/one",
                "name": "One",
                "status": "active",
                "followers": 1,
                "followers_at": "2026-01-01",
            },
            {
                "url": "https://x.com/one",
                "name": "One",
                "status": "unknown",
                "followers": 2,
                "followers_at": "2026-01-02",
            },
            {"url": "https://x.com/one", "region": "DE"},
            {"url": "https://x.com/two", "name": "Two"},
        ]
    )
    assert (report.repeated.accounts, report.repeated.disagreeing, report.repeated.first) == (1, 0, [])


def test_a_dry_run_names_what_disagrees_and_a_second_import_does_so_again(load: Load) -> None:
    assert load(CONTRADICTING, dry_run=True).repeated.disagreeing == 1
    load(CONTRADICTING)
    again = load(CONTRADICTING)
    assert (again.revision, again.repeated.first[0].taken) == (None, "Nom B")


def test_the_report_names_the_first_disagreements_and_counts_all(load: Load) -> None:
    rows = [{"url": f"https://x.com/one{number}", "language": tag} for number in range(30) for tag in ("en", "fr")]
    report = load(rows)
    assert (report.repeated.accounts, report.repeated.by_field, len(report.repeated.first)) == (
        30,
        {"language": 30},
        20,
    )
    assert [stated.line for stated in report.repeated.first[1].stated] == [3, 4]
