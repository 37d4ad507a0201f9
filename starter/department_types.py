"""The type of a public body: by its flag, what its description says it is, its name, and what it operates."""

import re
from typing import Final

from directory.departments.type_detection import find_type
from starter.public_bodies import tables
from starter.releases import Body

# Where what a description says a body is ends: "city | in Texas", "public library | serving …".
_END: Final = re.compile(
    r"[,;(]| (?:in|of|for|on|at|from|with|within|near|by|that|which|serving|located|operating|responsible|to)\b"
)
_PLACE: Final = re.compile(
    r"\b(?:city|cities|town|municipality|commune|comune|village|county|borough|province|region|prefecture|state|canton|"
    r"township|parish|capital|territory|ward|seat|arrondissement|district|municipal corporation)$",
    re.IGNORECASE,
)
_LOCAL: Final = re.compile(
    r"\b(?:(?:local|municipal|city|town|county|district|borough|state|provincial|regional|territorial|unitary"
    r"|mayor–council|council–manager|metropolitan|sub-national) (?:self-)?"
    r"(?:government(?:al)?|governing|council|office|authority)(?: body| area| council)?|self-government|governing body"
    r"|administrative institution|administrative board|city administration)$",
    re.IGNORECASE,
)
_COUNCIL: Final = re.compile(
    r"\b(?:city|town|county|district|borough|municipal|regional|shire) council\b|\bcounty administrative board\b"
    r"|^(?:city|town|county|village|municipality|commune|province|state) of\b",
    re.IGNORECASE,
)
_GOVERNMENT: Final = re.compile(r"\bgovernment$", re.IGNORECASE)
_OF_A_PART: Final = re.compile(
    r"\b(?:state of|county|province|region|municipality|autonomous community|city|district|territory)\b", re.IGNORECASE
)
# A school district is no district, and the fire department of a county no county.
_SERVICE: Final = re.compile(
    r"\b(?:schools?|education|parks?|recreation|transit|transport\w*|water|fire|library|libraries|utility|utilities|"
    r"police|sheriff|special(?= district)|improvement|conservation|management|governmental|hospitals?|health|"
    r"department|ministry|bureau|agency|authority|administration|services?|commission)\b",
    re.IGNORECASE,
)
# By what a body operates; the first that it has counts: a state's forest agency has schools and parks too.
_OPERATES: Final = (
    ("emergency", "operators/amenity/fire_station"),
    ("police", "operators/amenity/police"),
    ("justice", "operators/amenity/prison"),
    ("judiciary", "operators/amenity/courthouse"),
    ("military", "operators/landuse/military"),
    ("culture", "operators/amenity/library"),
    ("education", "operators/amenity/school"),
    ("education", "operators/amenity/college"),
    ("education", "operators/amenity/university"),
    ("health", "operators/amenity/hospital"),
    ("health", "operators/amenity/clinic"),
    ("emergency", "operators/emergency/ambulance_station"),
    ("emergency", "operators/emergency/lifeguard"),
    ("emergency", "operators/emergency/water_rescue"),
    ("emergency", "operators/emergency/disaster_response"),
    ("transport", "transit/"),
    ("transport", "brands/amenity/bicycle_rental"),
    ("transport", "operators/route/railway"),
    ("transport", "operators/highway/"),
    ("environment", "operators/boundary/"),
    ("environment", "operators/leisure/"),
    ("environment", "operators/man_made/water"),
    ("environment", "operators/man_made/wastewater"),
    ("education", "operators/amenity/kindergarten"),
    ("executive", "operators/office/government"),
)


def find_department_type(body: Body) -> str:
    """Return the department type of a public body."""
    reviewed = tables().types.get(body.id)
    if reviewed:
        return reviewed
    for item in body.items:
        if item.key == "subject":
            flag = item.tags.get("flag:type")
            return {"national": "executive", "military": "military"}.get(flag or "", "local-government")
    categories = body.categories
    if categories and all(category.startswith("transit/") for category in categories):
        return "transport"
    if not _SERVICE.search(body.label) and (government := _type_of_government(body)):
        return government
    operators = [item.tags.get("operator:en") or item.tags["operator"] for item in body.items if item.key == "operator"]
    for name in (body.label, *operators):
        found = find_type(name)
        if found:
            return found
    for found, category in _OPERATES:
        if any(each.startswith(category) for each in categories):
            return found
    return find_type(body.description) or "other"


def _type_of_government(body: Body) -> str | None:
    if body.description.startswith("French intermunicipal"):
        return "local-government"
    head = _END.split(body.description, maxsplit=1)[0].strip()
    if _LOCAL.search(head) or _COUNCIL.search(body.label) or (_PLACE.search(head) and not _SERVICE.search(head)):
        return "local-government"
    if _GOVERNMENT.search(head):
        return "local-government" if _OF_A_PART.search(body.description) else "executive"
    return None
