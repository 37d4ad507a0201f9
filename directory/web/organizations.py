"""Departments as organizations of schema.org, for search engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from directory.http.request import config
from directory.web.standings import standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record: TypeAlias = "Mapping[str, Any]"


def government_organization(department: Record, verdicts: Sequence[Record], registers: Sequence[str]) -> Record:
    """Return a department as a GovernmentOrganization; `registers` are its pages in other registers.

    Only of official accounts `sameAs` says that their profiles are its own.
    """
    base = f"{config().base_url}/v1/departments"
    node: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "GovernmentOrganization",
        "@id": f"{base}/{department['id']}",
        "name": department["name"],
        "identifier": [department["id"], *department.get("external_ids", ())],
    }
    if department["website"]:
        node["url"] = department["website"]
    if department["region"] is not None:
        node["areaServed"] = {"@type": "AdministrativeArea", "name": department["region"]["name"]}
    if department["parent"] is not None:
        parent = {"@id": f"{base}/{department['parent']['id']}", "name": department["parent"]["name"]}
        node["parentOrganization"] = {"@type": "GovernmentOrganization", **parent}
    profiles = [
        verdict["account"]["url"]
        for verdict in verdicts
        if verdict["verdict"] == "official"
        and verdict["account"]["subject"] == "body"
        and standing_of(verdict["account"]) == "official"
    ]
    if same := [address for address in (*registers, *profiles) if address]:
        node["sameAs"] = same
    return node
