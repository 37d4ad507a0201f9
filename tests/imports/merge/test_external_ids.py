"""External ids of departments in imports: recorded, merged by, corrected, and refused where they contradict."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from directory.database.revisions import begin_revision
from directory.imports.report import Report

Load = Callable[..., Report]
SUBWAY, OTHER = "wikidata:Q478994", "wikidata:Q1000"


def row(number: int, department: str | None, ids: object = None, **given: object) -> dict[str, Any]:
    stated = {"platform": "x", "handle": f"h{number}", "source": "a", "external_ids": ids, **given}
    return {key: value for key, value in ({"department": department} | stated).items() if value is not None}


@pytest.fixture
def departments(conn: psycopg.Connection) -> Callable[[], dict[str, list[str]]]:
    """Return a function that reads the external ids of all departments by name, as their documents have them."""

    def read() -> dict[str, list[str]]:
        rows = conn.execute("SELECT document FROM departments ORDER BY name_key, region_code")
        documents = [json.loads(document) for (document,) in rows]
        return {document["name"]: document.get("external_ids", []) for document in documents}

    return read


@pytest.fixture
def runs(conn: psycopg.Connection) -> Callable[[], dict[str, list[str]]]:
    """Return a function that reads the handles of accounts by the name of their department."""

    def read() -> dict[str, list[str]]:
        rows = conn.execute(
            """SELECT d.name, array_agg(a.handle ORDER BY a.handle) FROM accounts AS a
                 LEFT JOIN departments AS d ON d.id = a.department_id GROUP BY 1 ORDER BY 1"""
        )
        return dict(rows.fetchall())

    return read


Read = Callable[[], dict[str, list[str]]]


def test_ids_of_a_new_department_are_in_its_only_version(
    conn: psycopg.Connection, load: Load, departments: Read
) -> None:
    load([row(1, "Beijing Subway", {"wikidata": "q478994", "ror": ["https://ror.org/042twtr12"]}), row(2, "Other")])
    assert departments() == {"Beijing Subway": ["ror:042twtr12", SUBWAY], "Other": []}
    assert conn.execute("SELECT count(*) FROM versions WHERE kind = 'department'").fetchone() == (2,)
    known = conn.execute("SELECT scheme, value FROM department_identifiers ORDER BY scheme").fetchall()
    assert known == [("ror", "042twtr12"), ("wikidata", "Q478994")]
    assert load([row(1, "Beijing Subway", [SUBWAY, "ror:042twtr12"]), row(2, "Other")]).revision is None


def test_bodies_of_two_names_with_one_id_are_one_department(load: Load, departments: Read, runs: Read) -> None:
    report = load([row(1, "Beijing Subway", SUBWAY), row(2, "北京地铁", SUBWAY, source="b"), row(3, "北京地铁")])
    assert report.departments_created == 1
    assert runs() == {"Beijing Subway": ["h1", "h2", "h3"]}
    # The other name means it from now on, without the id too.
    assert load([row(4, "北京地铁"), row(5, "Bei Jing Metro", SUBWAY, source="c")]).departments_created == 0
    assert runs() == {"Beijing Subway": ["h1", "h2", "h3", "h4", "h5"]}
    assert departments() == {"Beijing Subway": [SUBWAY]}


def test_departments_that_turn_out_to_be_one_are_merged_with_a_report(
    conn: psycopg.Connection, load: Load, departments: Read, runs: Read
) -> None:
    load([row(1, "Beijing Subway", SUBWAY), row(2, "北京地铁", source="b"), row(3, "北京地铁", source="b")])
    (gone,) = conn.execute("SELECT id FROM departments WHERE name = '北京地铁'").fetchone() or ("",)
    report = load([row(2, "北京地铁", SUBWAY, source="b", department_url="https://bjsubway.com")])
    (merged,) = report.department_ids.merged
    assert (merged.id, merged.survivor_name, merged.external_id) == (gone, "Beijing Subway", SUBWAY)
    assert "departments merged by an equal external id: 1" in list(report.lines())
    assert runs() == {"Beijing Subway": ["h1", "h2", "h3"]}
    assert departments() == {"Beijing Subway": [SUBWAY]}
    successor = conn.execute("SELECT successor_id FROM tombstones WHERE kind = 'department' AND id = %s", (gone,))
    assert successor.fetchone() == (merged.survivor_id,)
    tallies = conn.execute("SELECT value, accounts FROM account_tallies WHERE dimension = 'department'")
    assert tallies.fetchall() == [(merged.survivor_id, 3)]
    # A source without ids does not bring it back.
    assert load([row(4, "北京地铁", source="c")]).departments_created == 0
    assert conn.execute("SELECT website FROM departments").fetchall() == [("https://bjsubway.com",)]


def test_contradictions_are_reported_and_merge_nothing(load: Load, departments: Read, runs: Read) -> None:
    load([row(1, "A", SUBWAY), row(2, "B", [OTHER, "ror:042twtr12"], source="b")])
    report = load(
        [
            row(3, "A", OTHER, source="c"),
            row(4, "C", [SUBWAY, "ror:042twtr12"], source="c"),
            row(5, "D", [SUBWAY, OTHER], source="c"),
        ]
    )
    assert departments() == {"A": [SUBWAY], "B": ["ror:042twtr12", OTHER], "C": [], "D": []}
    assert runs() == {"A": ["h1", "h3"], "B": ["h2"], "C": ["h4"], "D": ["h5"]}
    assert [(each.department, each.external_id, each.code) for each in report.department_ids.refused] == [
        ("A", OTHER, "another_body"),
        ("C", "ror:042twtr12", "several_bodies"),
        ("C", SUBWAY, "several_bodies"),
        ("D", OTHER, "several_ids"),
        ("D", SUBWAY, "several_ids"),
    ]
    assert "contradict" in "\n".join(report.lines())


def test_a_source_that_corrects_its_id_takes_the_old_one_back(
    conn: psycopg.Connection, load: Load, departments: Read
) -> None:
    load([row(1, "A", OTHER)])
    load([row(1, "A", SUBWAY)])
    assert departments() == {"A": [SUBWAY]}
    kept = conn.execute("SELECT value, to_revision < 9223372036854775807 FROM department_identifiers ORDER BY value")
    assert kept.fetchall() == [("Q1000", True), ("Q478994", False)]
    load([row(2, "A", SUBWAY, source="b")])
    load([row(1, "A", "")])
    assert departments() == {"A": [SUBWAY]}


def test_rows_without_a_name_belong_to_the_department_of_their_id(load: Load, runs: Read) -> None:
    load([row(1, "Beijing Subway", SUBWAY), row(2, None, SUBWAY, source="b")])
    assert runs() == {"Beijing Subway": ["h1", "h2"]}
    report = load([row(3, None, OTHER, source="b")])
    assert report.department_ids.without_department == 1
    assert runs() == {"Beijing Subway": ["h1", "h2"], None: ["h3"]}


def test_an_id_tells_bodies_of_one_name_apart_where_the_region_is_not_stated(
    conn: psycopg.Connection, load: Load
) -> None:
    name = "Department of Education"
    load([row(1, name, "wikidata:Q1", region="US-OH"), row(2, name, "wikidata:Q2", region="US-TX")])
    # Together and one after the other; no name without a region comes to mean either.
    load([row(3, name, "wikidata:Q1", source="b"), row(4, name, "wikidata:Q2", source="b")])
    load([row(5, name, "wikidata:Q1", source="c")])
    report = load([row(6, name, "wikidata:Q2", source="c")])
    assert (report.department_ids.refused, report.departments_created) == ([], 0)
    found = conn.execute(
        """SELECT d.region_code, string_agg(a.handle, ' ' ORDER BY a.handle) FROM accounts AS a
             JOIN departments AS d ON d.id = a.department_id GROUP BY 1 ORDER BY 1"""
    )
    assert found.fetchall() == [("US-OH", "h1 h3 h5"), ("US-TX", "h2 h4 h6")]
    assert load([row(7, name, source="d")]).departments_created == 1


def test_ids_of_persons_are_none_of_their_chamber(load: Load, departments: Read) -> None:
    member = {"department_type": "legislature", "subject": "person", "region": "US-OH"}
    load([row(1, "House", SUBWAY, **member), row(2, "House", OTHER, **member)])
    assert departments() == {"House": []}


def test_an_id_that_is_not_understood_is_left_out_with_the_reason(load: Load, departments: Read) -> None:
    report = load([row(1, "A", "wikidata:Q5; lei:5493001KJTIIGC8Y1R21")])
    assert departments() == {"A": ["wikidata:Q5"]}
    assert any("check digit is wrong" in note for note in report.notes)
    assert load([row(2, "B", "Q5")]).rejected == 0


def test_columns_of_a_register_are_read_as_ids_of_it(load: Load, departments: Read) -> None:
    header = "platform,handle,department,统一社会信用代码,Wikidata ID,external ids"
    load(f"{header}\nx,a,A,91110000600037341L,Q5,ror:042twtr12\n".encode(), default_source="a")
    assert departments() == {"A": ["ror:042twtr12", "uscc:91110000600037341L", "wikidata:Q5"]}


def test_an_id_passes_from_one_department_to_another_in_one_statement(conn: psycopg.Connection, load: Load) -> None:
    load([row(1, "A", SUBWAY), row(2, "B", OTHER)])
    with conn.transaction():
        begin_revision(conn, actor="test", reason="swap")
        conn.execute(
            "UPDATE departments SET external_ids = ARRAY[CASE name WHEN 'A' THEN %s ELSE %s END]", (OTHER, SUBWAY)
        )
    current = conn.execute(
        """SELECT d.name, i.value FROM department_identifiers AS i JOIN departments AS d ON d.id = i.department_id
            WHERE i.to_revision = infinite_revision() ORDER BY 1"""
    )
    assert current.fetchall() == [("A", "Q1000"), ("B", "Q478994")]
