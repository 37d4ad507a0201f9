"""Which bodies of a release are public."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from starter.releases import FOLDER, Body

# What a mapper states as operated by a government is, whatever the description says: that of Taipei's city government
# stands with a bicycle rental, those of Barcelona's and Madrid's transport companies say "company".
_GOVERNMENT: Final = frozenset({"government", "military"})
# Only public bodies have them, so they count without an `operator:type`.
_SOVEREIGN: Final = frozenset(
    {"operators/amenity/fire_station", "operators/amenity/police", "operators/amenity/prison"}
    | {"operators/amenity/courthouse", "operators/amenity/townhall", "operators/office/government"}
    | {"operators/landuse/military", "operators/boundary/national_park", "operators/leisure/park"}
)
# Only public bodies are described so, but for the police of private universities.
_FORCE: Final = re.compile(r"\blaw enforcement agency\b|^French intermunicipal agency\b", re.IGNORECASE)
_CAMPUS: Final = re.compile(r"\b(?:university|college|campus)\b", re.IGNORECASE)
# Flags of states and their parts: the account of Spain is its government's.
_FLAGS: Final = frozenset({"national", "regional", "municipal", "indigenous"})
# `operator:type=public` of a bank means a company that is listed on a stock exchange.
_LISTED: Final = frozenset({"brands/amenity/bank", "brands/amenity/atm"})


@dataclass(frozen=True, slots=True)
class Tables:
    """The reviewed bodies with their types and regions (empty: by rule), and bodies that are not public."""

    types: dict[str, str]
    regions: dict[str, str]
    excluded: frozenset[str]


@cache
def tables() -> Tables:
    """Return the tables of this folder."""
    with (FOLDER / "reviewed.csv").open(encoding="utf-8") as lines:
        reviewed = list(csv.DictReader(lines))
    with (FOLDER / "excluded.csv").open(encoding="utf-8") as lines:
        excluded = frozenset(row["wikidata"] for row in csv.DictReader(lines))
    return Tables(
        types={row["wikidata"]: row["department_type"] for row in reviewed},
        regions={row["wikidata"]: row["region"] for row in reviewed},
        excluded=excluded,
    )


def is_public(body: Body) -> bool:
    """Whether a body is public: reviewed, operated by a government, or in a category of public bodies alone.

    Transport companies count by who operates them or by review, never by name: private ones are called "Transit" too.
    """
    if body.id in tables().excluded:
        return False
    if body.id in tables().types:
        return True
    types = body.operator_types
    if types & _GOVERNMENT or ("public" in types and not body.categories & _LISTED):
        return True
    if any(item.key == "subject" and item.tags.get("flag:type") in _FLAGS for item in body.items):
        return True
    if types:
        return False
    is_force = _FORCE.search(body.description) and not _CAMPUS.search(body.label)
    return bool(is_force) or bool(body.categories & _SOVEREIGN)
