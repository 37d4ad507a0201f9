"""Links to the API and to what describes it, for clients that know nothing but our host.

Source: RFC 9727 (the well-known URI, its profile), RFC 9264 (link sets in JSON), RFC 8631 (the relations).
"""

from __future__ import annotations

from typing import Final

from directory.config import Config
from directory.overview.links import LINKS

PATH: Final = "/.well-known/api-catalog"
MEDIA_TYPE: Final = "application/linkset+json"
PROFILE: Final = "https://www.rfc-editor.org/info/rfc9727"


def link_set(config: Config) -> dict[str, object]:
    """Return the link set: the catalog with its one API, then the API with its endpoints and its descriptions."""
    api, *others = (
        (link.relation, {"href": f"{config.base_url}{link.path}", "type": link.media_type, "title": link.title})
        for link in LINKS
    )
    related: dict[str, list[dict[str, str]]] = {}
    for relation, target in others:
        related.setdefault(relation, []).append(target)
    return {
        "linkset": [
            {"anchor": f"{config.base_url}{PATH}", "item": [{**api[1], "title": config.title}]},
            {"anchor": api[1]["href"], **related},
        ]
    }
