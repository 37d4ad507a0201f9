"""The directory of the French administration (annuaire de l'administration, DILA), on an Opendatasoft portal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from directory.regions.reference import regions
from directory.sync.connector import Connector, Row
from directory.sync.session import Session

# Not `affectation_personne` and `adresse_courriel`: these are persons.
_FIELDS: Final = "id,nom,siren,pivot,code_insee_commune,site_internet,reseau_social"
# Types by the beginning of the type of a local service.
_TYPES: Final = (
    (("mairie", "epci", "cg", "cr", "collectivite"), "local-government"),
    (("commissariat", "gendarmerie", "police"), "police"),
    (("tribunal", "cour_", "ta", "tgi", "ti", "ca"), "judiciary"),
    (("prefecture", "sous_pref"), "executive"),
    (("sdis", "pompier"), "emergency"),
    (("ars", "cpam_sante", "hopital"), "health"),
    (("rectorat", "inspection_academique", "dsden", "crous"), "education"),
    (("caf", "cpam", "msa", "carsat", "mdph", "cdas"), "social-affairs"),
    (("pole_emploi", "france_travail", "mission_locale"), "labour"),
    (("sip", "tresorerie", "centre_impots"), "tax"),
    (("douane",), "customs"),
)


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of all bodies; `exports` has no limit of rows, where `records` ends at 10,000."""
    for body in session.json("exports/json", {"select": _FIELDS, "where": "reseau_social is not null"}):
        about: Row = {
            "source_id": body["id"],
            "department": body["nom"],
            "name": body["nom"],
            "department_type": _department_type(body),
            "department_url": _website(body),
            "region": _region(body),
        }
        # Of services of the state the number is that of a ministry.
        if body.get("siren") and about["department_type"] == "local-government":
            about["external_ids"] = [f"siren:{body['siren']}"]
        # Fields that are lists are JSON in a text.
        for link in _list(body["reseau_social"]):
            url = link["valeur"].strip()
            if url:
                yield {"url": url if "://" in url else f"https://{url}", **about}


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - of JSON
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith(("[", "{")) else [value] if value else []
    return value if isinstance(value, list) else [] if value is None else [value]


def _website(body: dict[str, Any]) -> str | None:
    sites = [site["valeur"] if isinstance(site, dict) else site for site in _list(body.get("site_internet"))]
    return next((site.strip() for site in sites if site.strip()), None)


def _department_type(body: dict[str, Any]) -> str | None:
    services = [str(pivot["type_service_local"]) for pivot in _list(body.get("pivot"))]
    for names, kind in _TYPES:
        if any(service == name or service.startswith(f"{name}_") or (len(name) > 3 and service.startswith(name))  # noqa: PLR2004
               for service in services for name in names):  # fmt: skip
            return kind
    return None


def _region(body: dict[str, Any]) -> str:
    """Return the department of the body's municipality by the first digits of its INSEE code."""
    codes = [code for pivot in _list(body.get("pivot")) for code in _list(pivot.get("code_insee_commune"))]
    code = str(next(iter([*codes, *_list(body.get("code_insee_commune"))]), "")).upper()
    if not re.fullmatch(r"\d[\dAB]\d{3}", code):
        return "FR"
    number = code[:3] if code.startswith(("97", "98")) else code[:2]
    found = "FR-75C" if number == "75" else f"FR-{number}"
    return found if found in regions() else "FR"


CONNECTOR: Final = Connector(
    name="france",
    title="Annuaire de l'administration",
    publisher="Direction de l'information légale et administrative (DILA)",
    licence="etalab-2.0",
    url="https://api-lannuaire.service-public.fr/api/explore/v2.1/catalog/datasets/api-lannuaire-administration/",
    read=read,
    max_response_bytes=256 * 1024 * 1024,
)
