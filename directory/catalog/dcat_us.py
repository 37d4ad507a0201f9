"""The catalogue as DCAT-US 1.1, which is what open-data portals harvest at /data.json.

Source: Project Open Data Metadata Schema v1.1, <https://resources.data.gov/resources/dcat-us/>, by the rules for
publishers that are no federal agency.
"""

from __future__ import annotations

from typing import Final

from directory.catalog.datasets import Dataset, Distribution
from directory.catalog.description import Description

_SCHEMA: Final = "https://project-open-data.cio.gov/v1.1/schema"
# ISO 8601, repeating every second: there is no rhythm in which accounts change.
_CONTINUOUS: Final = "R/PT1S"
# The JSON Schema of DCAT-US 1.1 has maxLength 255.
_MAX_RIGHTS_LENGTH: Final = 255


def catalogue(description: Description) -> dict[str, object]:
    """Return the catalogue as a JSON object."""
    return {
        "@context": f"{_SCHEMA}/catalog.jsonld",
        "@id": description.at("/data.json"),
        "@type": "dcat:Catalog",
        "conformsTo": _SCHEMA,
        "describedBy": f"{_SCHEMA}/catalog.json",
        "dataset": [_dataset(description, dataset) for dataset in description.datasets],
    }


def _dataset(description: Description, dataset: Dataset) -> dict[str, object]:
    config, coverage = description.config, description.coverage
    node: dict[str, object] = {
        "@type": "dcat:Dataset",
        "identifier": description.id_of(dataset),
        "title": description.title_of(dataset),
        "description": f"{dataset.table.description} {description.about}",
        "keyword": list(config.keywords),
        "publisher": {"@type": "org:Organization", "name": config.publisher_name},
        "contactPoint": _contact(description),
        "accessLevel": "public",
        "rights": config.terms[:_MAX_RIGHTS_LENGTH],
        "accrualPeriodicity": _CONTINUOUS,
        "landingPage": description.at("/"),
        "describedBy": description.at(f"/schemas/{dataset.table.record}.json"),
        "describedByType": "application/schema+json",
        "theme": ["Government"],
        "references": [description.at(path) for path in ("/docs", "/v1/sources", *description.further)],
        "distribution": _distributions(description, dataset),
    }
    if config.licence_url:
        node["license"] = config.licence_url
    if coverage.first_at:
        node["issued"] = coverage.first_at.isoformat()
        node["modified"] = description.modified
        node["temporal"] = f"{description.begins}/{description.ends}"
    if coverage.countries:
        node["spatial"] = "; ".join(country["name"] for country in coverage.countries)
    if coverage.languages:
        node["language"] = coverage.languages
    return node


def _contact(description: Description) -> dict[str, object]:
    node: dict[str, object] = {"@type": "vcard:Contact", "fn": description.config.publisher_name}
    # DCAT-US 1.1 has a contact's e-mail address (a mailto: URI) and no page.
    if description.config.mail_address:
        node["hasEmail"] = f"mailto:{description.config.mail_address}"
    return node


def _distributions(description: Description, dataset: Dataset) -> list[dict[str, object]]:
    files: list[dict[str, object]] = [_file(description, dataset, file) for file in dataset.distributions]
    if dataset.table.path:
        files.append(
            {
                "@type": "dcat:Distribution",
                "title": f"{dataset.table.title}, by the API",
                "accessURL": description.at(dataset.table.path),
                "format": "API",
                "describedBy": description.at("/openapi.json"),
                "describedByType": "application/json",
            }
        )
    return files


def _file(description: Description, dataset: Dataset, file: Distribution) -> dict[str, object]:
    packed = f", {file.encoding}" if file.encoding else ""
    return {
        "@type": "dcat:Distribution",
        "title": f"{dataset.table.title}, {file.form}{packed}",
        "downloadURL": description.at(file.path),
        # DCAT-US 1.1 has no field for the compression, so this is the type of the bytes as sent.
        "mediaType": file.sent_type,
        "format": file.form,
    }
