"""Two accounts of a sample that has a history: one that soars within days, and one that leads its city.

They are the stories of the article that the registry began with (the Beijing Emergency Medical Center had 60,000
followers within days, Chengdu's publicity department led with 1.5 million), told with invented accounts.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from directory.sample.rows import Row

SOARS_TO: Final = 60_000
LEADS_WITH: Final = 1_500_000
_BEIJING: Final = "CN-11"
_CHENGDU: Final = "CN-5101"


def add_stories(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows, of which the first fitting one of each story has its number, and no other of the city more."""
    soars = leads = False
    for row in rows:
        region, kind, followers = str(row["region"]), row["department_type"], row.get("followers")
        if isinstance(followers, int):
            if not soars and kind == "health" and region.startswith(_BEIJING):
                soars, row["followers"] = True, SOARS_TO
            elif not leads and kind == "publicity" and region.startswith(_CHENGDU):
                leads, row["followers"] = True, LEADS_WITH
            elif region.startswith(_CHENGDU):
                row["followers"] = followers if followers < LEADS_WITH else followers % LEADS_WITH
        yield row
