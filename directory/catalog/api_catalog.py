"""Links to the API and to what describes it, for clients that know nothing but our host.

Source: RFC 9727 (the well-known address, its profile), RFC 9264 (link sets in JSON), RFC 8631 (the relations).
"""

from __future__ import annotations

from typing import Final

from directory.config import Config

PATH: Final = "/.well-known/api-catalog"
MEDIA_TYPE: Final = "application/linkset+json"
PROFILE: Final = "https://www.rfc-editor.org/info/rfc9727"


def link_set(config: Config) -> dict[str, object]:
    """Give the link set: first the catalog with its one API, then the API with what describes it."""

    def link(path: str, media_type: str, title: str) -> dict[str, str]:
        return {"href": f"{config.address}{path}", "type": media_type, "title": title}

    return {
        "linkset": [
            {
                "anchor": f"{config.address}{PATH}",
                "item": [link("/v1", "application/json", config.title)],
            },
            {
                "anchor": f"{config.address}/v1",
                "service-desc": [link("/openapi.json", "application/json", "The contract, OpenAPI 3.1")],
                "service-doc": [link("/docs", "text/html", "The contract, to read and to try")],
                "service-meta": [
                    link("/data.json", "application/json", "The data, DCAT-US 1.1"),
                    link("/catalog.jsonld", "application/ld+json", "The data, DCAT 3"),
                ],
                "status": [link("/healthz", "application/json", "Whether the service can answer")],
                "describedby": [link("/schemas", "application/json", "The schemas of the records")],
            },
        ]
    }
