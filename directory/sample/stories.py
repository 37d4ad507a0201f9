"""Two accounts of a sample that has a history: one that soars within days, and one that leads its city.

They are the stories of the article that the registry began with (the Beijing Emergency Medical Center had 60,000
followers within days, Chengdu's publicity department led with 1.5 million), told with invented accounts.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from directory.sample.rows import Row

SOARS_TO: Final = 60_000
LEADS_WITH: Final = 1_500_000
_BEIJING: Final = "CN-11"
_CHENGDU: Final = "CN-5101"


# What departments of health are called, and their accounts: `directory.sample.departments`.
_DEPARTMENTS: Final = re.compile("卫生健康委员会|疾病预防控制中心")
_NAMES: Final = re.compile("健康|卫健|疾控")


def add_stories(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows, of which the first fitting one of each story has its number, and no other of the city more."""
    soars = leads = False
    for row in rows:
        region, kind, followers = str(row["region"]), row["department_type"], row.get("followers")
        if isinstance(followers, int):
            if not soars and kind == "health" and region.startswith(_BEIJING):
                soars, row["followers"] = True, SOARS_TO
                _make_emergency_centre(row)
            elif not leads and kind == "publicity" and region.startswith(_CHENGDU):
                leads, row["followers"] = True, LEADS_WITH
            elif region.startswith(_CHENGDU):
                row["followers"] = followers if followers < LEADS_WITH else followers % LEADS_WITH
        yield row


def _make_emergency_centre(row: Row) -> None:
    """Make a department of health the emergency centre of its place, whatever it was."""
    row["department"] = _DEPARTMENTS.sub("医疗急救中心", str(row["department"]))
    if isinstance(name := row.get("name"), str) and _NAMES.search(name):
        place, dot, mark = _NAMES.sub("", name).partition("·")
        row["name"] = f"{place}急救{dot}{mark}"
