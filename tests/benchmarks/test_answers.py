import json
from typing import Any

import pytest

from benchmarks import answers, questions
from benchmarks.questions import DATASETTE, PLATFORMATIC, ROAPI, SERVICE, Question, Request, Work

# The rows of a registry by descending followers; two of them are about 急救.
ROWS: list[dict[str, Any]] = [
    {"id": f"a{number}", "platform": "weibo", "handle": f"handle{number}", "name": name, "followers": 900 - number}
    for number, name in enumerate(["北京发布", "成都急救", "平安北京", "急救中心", "上海教育"])
]
FOUND = [row for row in ROWS if "急救" in row["name"]]
REQUESTS = {name: Request(f"/{name}") for name in (SERVICE, DATASETTE, PLATFORMATIC, ROAPI)}
IDS = frozenset(row["id"] for row in FOUND)
SEARCH = Work("search: 2 Chinese characters", "contains", [Question("急救", REQUESTS, REQUESTS, IDS, IDS)])
LIST = Work("list: by followers", "ranked", [Question("5 of weibo", REQUESTS, REQUESTS)])
FACETS = Work("facets: platforms", "facets", [Question("platforms", REQUESTS, REQUESTS)])


def body(system: str, rows: list[dict[str, Any]]) -> bytes:
    """Return rows as a system answers them."""
    if system == SERVICE:
        return json.dumps({"data": [{**row, "followers": {"count": row["followers"]}} for row in rows]}).encode()
    return json.dumps({"rows": rows} if system == DATASETTE else rows).encode()


def check(work: Work, **changed: list[dict[str, Any]]) -> list[str]:
    """Check the answers of all systems, which are right but for those in `changed`."""
    right = FOUND if work is SEARCH else ROWS

    def ask(system: str, _: Request) -> bytes:
        return body(system, changed.get(system, right))

    return [*answers.check([work], ask, [*REQUESTS])]


def test_systems_that_answer_alike_are_compared() -> None:
    assert check(SEARCH) == [
        "search: 2 Chinese characters: 1 questions answered alike by service, Datasette, Platformatic DB, ROAPI"
    ]
    assert check(LIST)


@pytest.mark.parametrize("system", [SERVICE, DATASETTE, ROAPI])
def test_a_system_that_ignores_the_search_stops_the_run(system: str) -> None:
    with pytest.raises(answers.DisagreementError, match=f"2 Chinese characters, '急救': {system} does not find 1 of 2"):
        check(SEARCH, **{system: ROWS[:3]})


def test_a_peer_that_returns_all_rows_for_a_search_stops_the_run() -> None:
    with pytest.raises(answers.DisagreementError, match="Datasette finds 3 that do not contain it, next to 2"):
        check(SEARCH, **{DATASETTE: ROWS})


def test_the_service_may_find_more_but_not_everything() -> None:
    assert check(SEARCH, **{SERVICE: ROWS})
    every = [{**ROWS[0], "id": f"b{number}"} for number in range(questions.ALL)]
    with pytest.raises(answers.DisagreementError, match="it does not search"):
        check(SEARCH, **{SERVICE: [*FOUND, *every]})


def test_another_page_of_a_list_stops_the_run() -> None:
    with pytest.raises(answers.DisagreementError, match=r"5 of weibo.*followers by service.*by ROAPI"):
        check(LIST, **{ROAPI: ROWS[1:]})


def test_of_the_last_count_of_a_page_each_system_may_show_other_rows() -> None:
    assert check(LIST, **{ROAPI: [*ROWS[:-1], {**ROWS[-1], "id": "other"}]})
    with pytest.raises(answers.DisagreementError, match="only by service"):
        check(LIST, **{ROAPI: [{**ROWS[0], "id": "other"}, *ROWS[1:]]})


def test_other_counts_of_a_facet_stop_the_run() -> None:
    def ask(system: str, _: Request) -> bytes:
        counts = {"weibo": 3, "wechat": 1 if system == ROAPI else 2}
        listed = [{"value": name, "count": count} for name, count in counts.items()]
        if system == SERVICE:
            return json.dumps({"facets": {"platform": listed}}).encode()
        if system == DATASETTE:
            return json.dumps({"facet_results": {"platform": {"results": listed}}}).encode()
        return json.dumps([{"platform": name, "n": count} for name, count in counts.items()]).encode()

    with pytest.raises(answers.DisagreementError, match="facets: platforms, 'platforms': service counts"):
        list(answers.check([FACETS], ask, [SERVICE, DATASETTE, ROAPI]))


def test_a_kept_answer_that_differs_stops_the_run() -> None:
    def ask(system: str, _: Request) -> bytes:
        return body(SERVICE, ROWS) + (b" " if system.endswith("cached") else b"")

    with pytest.raises(answers.DisagreementError, match="service and service, cached answer with other bytes"):
        list(answers.check([LIST], ask, [SERVICE, f"{SERVICE}, cached"]))
