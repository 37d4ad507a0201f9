import csv
import io
import json
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from directory.accounts.filter_kinds import Binder, Equals, FilterKind
from directory.accounts.filters import FILTERS
from directory.accounts.parameters import PageQuerySchema, build_filter
from directory.accounts.queries.facets import count_matches
from directory.accounts.queries.list import PageRequest, select_by_sort
from directory.accounts.sorts import Order
from directory.database.sql import Fragment, compose
from directory.http.fields import Enum, ValueList
from directory.http.problems import InvalidParameters
from tests.accounts.conftest import Registry
from tests.accounts.questions import KEYS, Question, answer, questions, walk

SINGLE_VALUED = ("platform", "region", "department_type", "status", "verification", "language", "subject")


@settings(max_examples=40, deadline=None)
@given(question=questions(), limit=st.integers(1, 200), sort=st.sampled_from(["", *KEYS, *(f"-{key}" for key in KEYS)]))
def test_list_count_facets_and_download_all_give_what_reading_every_record_gives(
    client: FlaskClient, registry: Registry, question: Question, limit: int, sort: str
) -> None:
    expected = [document["id"] for document in answer(registry, question)]
    asked = question | ({"sort": sort} if sort else {})
    # Where nothing has all words, some are left out: tests/search/test_relaxation.py says which.
    assume("dropped" not in client.get(f"/v1/accounts?{urlencode(question)}").get_json()["page"])
    listed = walk(client, asked, limit)
    assert sorted(document["id"] for document in listed) == expected

    # Only a search has an order of its own in a download.
    downloaded = asked if sort or "q" in question else asked | {"sort": "id"}
    text = client.get(f"/v1/accounts.ndjson?{urlencode(downloaded)}").get_data(as_text=True)
    assert [json.loads(line) for line in text.splitlines()] == listed

    table = csv.DictReader(io.StringIO(client.get(f"/v1/accounts.csv?{urlencode(downloaded)}").get_data(as_text=True)))
    assert [row["id"] for row in table] == [document["id"] for document in listed]

    facets = ",".join(SINGLE_VALUED)
    body = client.get(f"/v1/accounts?{urlencode(question | {'count': 'exact', 'facets': facets})}").get_json()
    assert body["page"]["count"] == {"value": len(expected), "kind": "exact"}
    assert {name: sum(bucket["count"] for bucket in body["facets"][name]) for name in SINGLE_VALUED} == dict.fromkeys(
        SINGLE_VALUED, len(expected)
    )


def found(client: FlaskClient, query: str) -> set[str]:
    body = client.get(f"/v1/accounts?{query}&limit=1000").get_json()
    return {document["id"] for document in body["data"]}


def test_a_region_means_itself_and_all_below(client: FlaskClient, registry: Registry) -> None:
    below = {"CN-510000", "CN-510100", "CN-510104", "CN-510105"}
    expected = {d["id"] for d in registry.documents if d["region"] and d["region"]["code"] in below}
    assert found(client, "region=CN-510000") == expected
    assert found(client, "region=CN-510000&region=CN-510100") == expected


def test_a_region_answers_to_its_other_codes_and_any_letter_case(client: FlaskClient) -> None:
    assert found(client, "region=CN-SC") == found(client, "region=cn-510000") != set()


def test_a_platform_answers_to_its_other_names(client: FlaskClient) -> None:
    assert found(client, "platform=twitter") == found(client, "platform=x") != set()
    assert found(client, "platform=%E6%96%B0%E6%B5%AA%E5%BE%AE%E5%8D%9A") == found(client, "platform=weibo") != set()


def test_an_exclusion_keeps_accounts_without_the_value(client: FlaskClient, registry: Registry) -> None:
    expected = {d["id"] for d in registry.documents if not d["region"] or not d["region"]["code"].startswith("CN")}
    assert found(client, "region=-CN") == expected


def test_a_region_can_leave_out_a_part_of_itself(client: FlaskClient) -> None:
    assert found(client, "region=CN,-CN-510000") == found(client, "region=CN") - found(client, "region=CN-510000")


def test_a_language_means_all_its_variants_and_a_variant_only_itself(client: FlaskClient, registry: Registry) -> None:
    english = {d["id"] for d in registry.documents if d["language"] in {"en", "en-GB"}}
    assert found(client, "language=EN") == english
    assert found(client, "language=en-gb") == {d["id"] for d in registry.documents if d["language"] == "en-GB"}


@pytest.mark.parametrize(
    ("query", "parameter", "hint"),
    [
        ("platform=weib", "platform", "weibo"),
        ("region=CN-5100000", "region", "CN-510000"),
        ("department_type=polcie", "department_type", "police"),
        ("source=s11", "source", "s1"),
        ("status=activ", "status", "active"),
        ("regoin=CN", "regoin", "region"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_known(
    client: FlaskClient, query: str, parameter: str, hint: str
) -> None:
    response = client.get(f"/v1/accounts?{query}")
    assert response.status_code == 400
    (error,) = response.get_json()["errors"]
    assert error["parameter"] == parameter
    assert hint in error["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "followers_min=2&followers_max=1",
        "opened_after=2024-01-02&opened_before=2024-01-01",
        "platform=x,-twitter",
        "region=CN-510000,-CN-SC",
        "region=CN-510100,-CN",
        "status=active,-active",
        "sort=id,name",
        "sort=name,-name",
        "department=0000001",
        "department=0000000",
        "followers_min=-1",
        "followers_min=10000000000000000000000",
        "language=en_GB",
        "fields=id,colour",
        "facets=colour",
        "limit=0",
        "limit=1001",
        "q=%00",
        "q=",
        "tag=" + ",".join(f"t{number}" for number in range(201)),
    ],
)
def test_what_contradicts_itself_or_cannot_be_is_refused(client: FlaskClient, query: str) -> None:
    response = client.get(f"/v1/accounts?{query}")
    assert response.status_code == 400
    assert response.get_json()["errors"]


def test_a_department_means_its_accounts(client: FlaskClient, registry: Registry) -> None:
    department = next(d["department"]["id"] for d in registry.documents if d["department"] and d["department"]["id"])
    assert found(client, f"department={department}") == {
        d["id"] for d in registry.documents if d["department"] and d["department"]["id"] == department
    }


def test_a_whole_name_comes_before_those_that_begin_with_it_and_an_address_needs_no_sign(
    client: FlaskClient, registry: Registry
) -> None:
    names = [d["name"] for d in client.get("/v1/accounts?q=nasa&limit=1000").get_json()["data"]]
    whole = sum(d["name"] == "NASA" for d in registry.documents)
    assert set(names[:whole]) == {"NASA"}
    assert len(names) == sum((d["name"] or "").startswith("NASA") for d in registry.documents) > whole > 0
    handle = next(d["handle"] for d in registry.documents if d["platform"] == "x")
    first = client.get(f"/v1/accounts?q=@{handle.upper()}").get_json()["data"][0]
    assert first["handle"] == handle


def test_other_names_are_found_too(client: FlaskClient, registry: Registry) -> None:
    assert found(client, "q=chengdu%7Crelease") == {d["id"] for d in registry.documents if d["names"]}


@dataclass(frozen=True)
class HasValue(FilterKind):
    """Whether a column has a value."""

    _: KW_ONLY
    column: str

    def conditions(self, value: str, binder: Binder) -> Iterator[Fragment]:
        """Yield a comparison with NULL."""
        yield compose("({} IS NOT NULL) = {}::boolean", binder.column(self.column), binder.bind(value))


def test_one_more_entry_makes_a_parameter_with_its_condition_count_facet_and_documentation(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = (
        Equals("country", ValueList("Countries.", example="FR"), column="country", is_facet=True, is_counted=True),
        HasValue("has_followers", Enum("Whether followers are known.", ("true", "false")), column="followers"),
    )
    for entry in entries:
        monkeypatch.setitem(FILTERS, entry.name, entry)

    class Extended(PageQuerySchema):
        class Meta(PageQuerySchema.Meta):
            include: ClassVar = {name: kind.field for name, kind in FILTERS.items()}

    fields = Extended().load_fields
    assert fields["country"].description == "Countries."  # type: ignore[attr-defined]
    assert fields["has_followers"].json_schema()["enum"] == ["true", "false"]  # type: ignore[attr-defined]
    with pytest.raises(InvalidParameters, match="see errors") as caught:
        Extended().parse((("has_followers", "maybe"), ("nation", "FR")))
    assert [error["parameter"] for error in caught.value.errors] == ["has_followers", "nation"]

    french = build_filter(registry.database, Extended().parse((("country", "FR"),)))
    known = build_filter(registry.database, Extended().parse((("country", "-CN"), ("has_followers", "false"))))
    regions = {d["id"]: (d["region"] or {"code": ""})["code"][:2] for d in registry.documents}
    unknown = {d["id"] for d in registry.documents if d["followers"] is None}
    with registry.database.read() as conn:
        pages = [
            {row[1] for row in select_by_sort(conn, each, Order.by(()), PageRequest(limit=1000))}
            for each in (french, known)
        ]
        assert pages == [
            {account_id for account_id, country in regions.items() if country == "FR"},
            {account_id for account_id, country in regions.items() if country != "CN" and account_id in unknown},
        ]
        assert french.is_answered_by_counts
        counts = [count_matches(conn, each, "exact", ["country"]) for each in (french, known)]
        assert [each.count for each in counts] == [{"value": len(page), "kind": "exact"} for page in pages]
        assert counts[0].facets == {"country": [{"value": "FR", "count": len(pages[0])}]}
