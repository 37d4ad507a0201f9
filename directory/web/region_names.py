"""Names of regions on Chinese pages, where an answer of the API has only those in Latin letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.regions.chinese_names import PARTS
from directory.web.languages import current_language
from directory.web.region_tree import find_region

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_local_name(region: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a region with its name in its own script, where the page shows that: see `region_name`."""
    code = region["code"]
    if current_language().code != "zh" or not code.startswith(PARTS):
        return {**region, "name": region["name"] or code}
    return {**region, "name": region["name"] or code, "name_local": find_region(code)["name_local"]}
