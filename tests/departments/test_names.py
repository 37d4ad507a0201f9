import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.departments.names import fold


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("  Department\n of  Education ", "department of education"),
        ("ＮＡＳＡ", "nasa"),
        ("Straße", "strasse"),
        ("ÉCOLE", "école"),
        ("成都市\u3000公安局", "成都市 公安局"),
    ],
)
def test_spellings_of_one_name_fold_into_one(name: str, folded: str) -> None:
    assert fold(name) == folded


@given(st.text())
def test_a_folded_name_is_folded(name: str) -> None:
    assert fold(fold(name)) == fold(name)
