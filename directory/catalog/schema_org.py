"""The registry as a Dataset of schema.org, for the head of a page.

Source: <https://schema.org/Dataset>, and what Google's search for datasets asks for.
"""

from __future__ import annotations

from directory.catalog.description import Description


def dataset(description: Description) -> dict[str, object]:
    """Return the registry as a JSON-LD document; its name and description are the operator's."""
    config, coverage = description.config, description.coverage
    node: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        # The accounts are the first of TABLES.
        "@id": description.id_of(description.datasets[0]),
        "name": config.title,
        "description": description.about,
        "url": description.at("/"),
        "keywords": list(config.keywords),
        "isAccessibleForFree": True,
        "conditionsOfAccess": config.terms,
        "usageInfo": description.at("/v1/sources"),
        "creator": _publisher(description),
        "publisher": _publisher(description),
        "version": str(coverage.revision),
        "inLanguage": coverage.languages,
        "spatialCoverage": [
            {"@type": "Country", "name": country["name"], "identifier": country["code"]}
            for country in coverage.countries
        ],
        "isBasedOn": [description.at(f"/v1/sources/{origin.id}") for origin in description.origins],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": config.title, "url": description.at("/data.json")},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": file.media_type, "contentUrl": description.at(file.path)}
            for file in description.datasets[0].distributions
        ],
    }
    if config.licence_url:
        node["license"] = config.licence_url
    if coverage.first_at:
        node["datePublished"] = coverage.first_at.isoformat()
        node["dateModified"] = description.modified
        node["temporalCoverage"] = f"{description.begins}/{description.ends}"
    return node


def _publisher(description: Description) -> dict[str, object]:
    config = description.config
    node: dict[str, object] = {"@type": "Organization", "name": config.publisher_name}
    if config.contact:
        place = "email" if config.mail_address else "url"
        node["contactPoint"] = {"@type": "ContactPoint", place: config.contact}
    return node
