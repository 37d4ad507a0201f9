"""Codes that are no longer in use, and what is said of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.regions import former
from directory.regions.former import explain_unknown_code, find_former, successor_of
from directory.regions.reference import regions

KNOWN = frozenset(regions()) | {alias for region in regions().values() for alias in region.aliases}
FORMER = sorted(former._formers())  # noqa: SLF001 - the whole list is to be looked at


def test_former_codes_are_no_regions_and_lead_to_regions_of_today() -> None:
    assert len(FORMER) > 3400
    for code in FORMER:
        assert code not in KNOWN
        known = find_former(code)
        assert known is not None
        assert known.replaced_by or known.around
        for successor in (*known.replaced_by, *filter(None, [known.around])):
            assert regions()[successor].dissolved_on is None
        if code.startswith("CN-"):
            # Chongqing was made of Sichuan, Hainan of Guangdong; nothing else left its province.
            made_of = {"51": {"51", "50"}, "44": {"44", "46"}}.get(code[3:5], {code[3:5]})
            assert {successor[3:5] for successor in known.replaced_by} <= made_of


@pytest.mark.parametrize(
    ("code", "successors"),
    [
        ("CN-330103", "CN-330105"),
        ("CN-371200", "CN-370116 CN-370117"),
        ("CN-330104", "CN-330102 CN-330114"),
        ("CN-110103", "CN-110101"),
        ("CN-110224", "CN-110115"),  # a county that became a district
        ("CN-110223", "CN-110112"),  # of one syllable: 通县, 通州区
        ("CN-310225", "CN-310115"),  # a county, a district, a part of Pudong
        ("CN-362321", "CN-361104"),  # 上饶县 next to 上饶市
        ("CN-362301", "CN-361102"),
        ("CN-512322", "CN-500231"),  # of Sichuan, now of Chongqing
        ("CN-510211", "CN-500157"),
        ("CN-442122", "CN-469005"),  # of Guangdong, now of Hainan
        ("CN-341402", "CN-340181"),
        ("CN-232322", "CN-231282"),  # its code was another city's for some years
        ("AN", "BQ CW SX"),
        ("NO-01", "NO-31"),
        ("NO-30", "NO-31 NO-32 NO-33"),
        ("FR-A", "FR-GES"),
        ("GB-NTH", "GB-NNH GB-WNH"),
    ],
)
def test_what_a_region_became_is_known(code: str, successors: str) -> None:
    known = find_former(code)
    assert known is not None
    assert known.replaced_by == tuple(successors.split())
    assert successor_of(code) == (successors if " " not in successors else None)
    assert all(successor in explain_unknown_code(code, KNOWN) for successor in successors.split())


@pytest.mark.parametrize(
    ("code", "around"),
    [("CN-130106", "CN-130100"), ("CN-653299", "CN-653200"), ("CN-139900", "CN-130000"), ("CN-51", "CN-510000")],
)
def test_of_other_codes_the_region_around_is_named(code: str, around: str) -> None:
    assert around in explain_unknown_code(code, KNOWN)
    assert "mean" not in explain_unknown_code(code, KNOWN)


@given(st.from_regex(re.compile(r"CN-[1-9]\d{1,7}", re.ASCII), fullmatch=True))
def test_a_code_of_china_is_never_taken_for_one_of_another_province(code: str) -> None:
    if code not in KNOWN and find_former(code) is None:
        named = set(re.findall(r"CN-\d{6}", explain_unknown_code(code, KNOWN))) - {code[:9]}
        assert all(other[:5] == code[:5] for other in named)


@given(st.text(max_size=20))
def test_whatever_is_asked_for_is_explained(code: str) -> None:
    assert explain_unknown_code(code, KNOWN)
