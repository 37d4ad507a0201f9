import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.departments.reference import DEPARTMENT_TYPES
from directory.departments.type_detection import find_type


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("成都市双流区应急管理局", "emergency"), ("成都市双流区教育局", "education"), ("双流区公安分局", "police")),
        *(("双流公安局交警大队", "police"), ("成都市公安局双流区分局", "police"), ("公安部交通管理局", "police")),
        *(("双流区人民政府", "local-government"), ("双流区人民政府新闻办公室", "publicity")),
        *(("東京消防庁", "emergency"), ("国家税务总局", "tax"), ("市人民法院", "judiciary")),
        *(("双流区卫生健康局", "health"), ("上海市气象局", "meteorology")),
        *(("Mayfield Police Department", "police"), ("Town of Mayfield", "local-government")),
        *(("Health Canada", "health"), ("Civil Defence Service", "emergency"), ("HM Treasury", "finance")),
        *(("State Department of Health", "health"), ("Ministère de la Santé", "health")),
        *(("Bundesministerium der Verteidigung", "military"), ("Stadt Köln", "local-government")),
        *(("Ayuntamiento de Madrid", "local-government"), ("Comune di Roma", "local-government")),
        *(("Firearms Office", None), ("双流区机关事务中心", None), ("Rivercourtyard", None), ("", None)),
    ],
)  # fmt: skip
def test_the_name_of_a_department_tells_its_type_or_none(name: str, kind: str | None) -> None:
    assert find_type(name) == kind


@given(st.text(max_size=300))
def test_any_name_has_a_type_that_there_is_or_none(name: str) -> None:
    assert find_type(name) in {None, *(kind.slug for kind in DEPARTMENT_TYPES)}
