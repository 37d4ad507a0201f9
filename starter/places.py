"""The region of a body, from the places where the presets that name it apply."""

from collections import Counter
from typing import Final

from directory.regions.reference import ALIASES, regions
from starter.releases import Body, Item

# Codes of the index that ISO 3166 has not: Metropolitan France, the Canary Islands, the contiguous United States, and
# Cyprus as its item of Wikidata.
_OWN_CODES: Final = {"FX": "FR", "IC": "ES-CN", "CONUS": "US", "Q644636": "CY"}


def find_region(body: Body) -> str | None:
    """Return the code of the region where most presets of a body apply, or else the country of all, or None."""
    codes = Counter(code for item in body.items if (code := _region(item)))
    if not codes:
        return None
    code, number = max(codes.items(), key=lambda counted: (counted[1], counted[0]))
    if 2 * number > codes.total():
        return code
    countries = {found.partition("-")[0] for found in codes}
    return countries.pop() if len(countries) == 1 else None


def _region(item: Item) -> str | None:
    # A flag is named after what it stands for, `CA-NU - Nunavut`, and applies in the whole world.
    flag = _code(item.display_name.partition(" - ")[0]) if item.key == "subject" else None
    if flag is not None:
        return flag
    codes = {_code(place) for place in item.locations}
    if len(codes) == 1:
        return codes.pop()
    countries = {code and code.partition("-")[0] for code in codes}
    return countries.pop() if len(countries) == 1 else None


def _code(place: str) -> str | None:
    """Return the region of `us-ca-orange_county.geojson`, US-CA: the narrowest that a registry has."""
    parts = place.removesuffix(".geojson").upper().split("-")
    for length in range(len(parts), 0, -1):
        written = "-".join(parts[:length])
        code = _OWN_CODES.get(written, ALIASES.get(written, written))
        if code in regions():
            return code
    return None
