import json

from hypothesis import given, settings
from hypothesis import strategies as st

from directory.imports.validate.rows import Row as NormalRow
from directory.imports.validate.rows import Validator
from directory.imports.values.regions import Regions
from directory.regions.reference import regions
from directory.sample.import_rows import to_import_row
from directory.sample.places import SamplePlace
from directory.sample.rows import generate
from directory.sample.shares import PLATFORMS

REGIONS = Regions([(r.code, r.name, r.name_local, list(r.aliases), r.level) for r in regions().values()])


def _parsed(row: NormalRow) -> tuple[NormalRow, object]:
    return row._replace(statement=""), json.loads(row.statement)


@settings(max_examples=30, deadline=None)
@given(accounts=st.integers(1, 200), seed=st.integers(0, 2**63 - 1))
def test_the_importer_finds_every_row_valid_and_of_the_same_normal_form(
    places: list[SamplePlace], accounts: int, seed: int
) -> None:
    validator = Validator(REGIONS, default_source="other")
    for row in generate(accounts, seed, places):
        assert _parsed(validator.normalize(row)) == _parsed(to_import_row(dict(row)))


def test_the_same_holds_on_every_platform(places: list[SamplePlace]) -> None:
    validator = Validator(REGIONS, default_source="other")
    rows = list(generate(5_000, 3, places))
    assert {row["platform"] for row in rows} == set(PLATFORMS)
    for row in rows:
        assert _parsed(validator.normalize(row)) == _parsed(to_import_row(dict(row)))
