"""Names of regions on Chinese pages, where an answer of the API has only those in Latin letters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from directory.http.request import database
from directory.web import api
from directory.web.languages import current_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.database.revisions import State

# All of China's, twice.
_CACHED: Final = 8192


def with_local_name(region: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a region with its name in its own script, where the page shows that: see `region_name`."""
    code = region["code"]
    if current_language().code != "zh" or not code.startswith(("CN-", "TW-")):
        return {**region, "name": region["name"] or code}
    return {**region, "name": region["name"] or code, "name_local": _local_name(database().state, code)}


@lru_cache(_CACHED)
# The revision is a part of the key: these names change with the program, and with nothing else, but a restore.
def _local_name(_latest: State, code: str) -> str | None:
    name: str | None = api.get(f"/v1/regions/{code}")["name_local"]
    return name
