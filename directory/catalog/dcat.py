"""The catalogue as DCAT 3 in JSON-LD, within what DCAT-AP 3.0 asks of it.

Source: <https://www.w3.org/TR/vocab-dcat-3/>; the profile is <https://semiceu.github.io/DCAT-AP/releases/3.0.0/>.
"""

from __future__ import annotations

from typing import Final

from directory.catalog.datasets import Dataset, Distribution
from directory.catalog.description import Description
from directory.catalog.queries import Origin

Node = dict[str, object]

_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# DCAT-AP 3.0 requires the European Union's vocabularies of themes, access rights and frequencies.
_EU: Final = "http://publications.europa.eu/resource/authority"
_LANGUAGES: Final = "http://id.loc.gov/vocabulary/iso639-1"
# DCAT 3: a media type is its URI at IANA.
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types"
_LETTERS_OF_ISO_639_1: Final = 2


def catalogue(description: Description) -> Node:
    """Return the catalogue as a JSON-LD document without external context."""
    config = description.config
    node: Node = {
        "@context": _CONTEXT,
        "@id": description.at("/data.json"),
        "@type": "dcat:Catalog",
        "dct:title": config.title,
        "dct:description": description.about,
        "dct:publisher": _publisher(description),
        "dct:rights": {**_terms_node(description), **_rights(config.terms)},
        "foaf:homepage": _node(description.at("/"), "foaf:Document"),
        # In full here, and by reference in each dataset.
        "dct:language": [{**language, "@type": "dct:LinguisticSystem"} for language in _languages(description)],
        "dct:spatial": [
            {
                **_place(description, country["code"]),
                "@type": "dct:Location",
                "dct:identifier": country["code"],
                "skos:prefLabel": country["name"],
            }
            for country in description.coverage.countries
        ],
        "prov:wasDerivedFrom": [
            {
                **_source(description, origin),
                "@type": "prov:Entity",
                "dct:title": origin.title,
                "dct:rights": _rights(origin.licence),
            }
            for origin in description.origins
        ],
        **_times(description),
        "dcat:dataset": [_dataset(description, dataset) for dataset in description.datasets],
        "dcat:service": [_service(description)],
    }
    if config.licence_url:
        node["dct:license"] = _node(config.licence_url, "dct:LicenseDocument")
    return node


def _dataset(description: Description, dataset: Dataset) -> Node:
    config = description.config
    node: Node = {
        "@id": description.id_of(dataset),
        "@type": "dcat:Dataset",
        "dct:identifier": description.id_of(dataset),
        "dct:title": description.title_of(dataset),
        "dct:description": f"{dataset.table.description} {description.about}",
        "dcat:keyword": list(config.keywords),
        "dcat:theme": [
            {**_node(f"{_EU}/data-theme/GOVE", "skos:Concept"), "skos:prefLabel": "Government and public sector"}
        ],
        "dct:publisher": _publisher(description),
        "dcat:contactPoint": _contact(description),
        "dct:accessRights": _node(f"{_EU}/access-right/PUBLIC", "dct:RightsStatement"),
        "dct:accrualPeriodicity": _node(f"{_EU}/frequency/CONT", "dct:Frequency"),
        "dct:conformsTo": [_node(description.at(f"/schemas/{dataset.table.record}.json"), "dct:Standard")],
        "dct:language": _languages(description),
        "dct:spatial": [_place(description, country["code"]) for country in description.coverage.countries],
        "prov:wasDerivedFrom": [_source(description, origin) for origin in description.origins],
        "dcat:landingPage": _node(description.at("/"), "foaf:Document"),
        "foaf:page": [_node(description.at(path), "foaf:Document") for path in ("/docs", *description.further)],
        **_times(description),
        "dcat:distribution": _distributions(description, dataset),
    }
    if description.published is not None:
        node["dcat:version"] = str(description.published)
    if description.begins:
        node["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed(description.begins, "date"),
            "dcat:endDate": _typed(description.ends, "date"),
        }
    return node


def _distributions(description: Description, dataset: Dataset) -> list[Node]:
    nodes = [_file(description, dataset, file) for file in dataset.distributions]
    if dataset.table.path:
        nodes.append(
            {
                "@type": "dcat:Distribution",
                "dct:title": f"{dataset.table.title}, by the API",
                # No `downloadURL`: a list is a service with pages, not a file.
                "dcat:accessURL": _node(description.at(dataset.table.path)),
                "dcat:accessService": _node(description.at("/v1")),
                "dcat:mediaType": _media_type("application/json"),
                **_terms(description),
            }
        )
    return nodes


def _file(description: Description, dataset: Dataset, file: Distribution) -> Node:
    packed = f", {file.encoding}" if file.encoding else ""
    node: Node = {
        "@id": description.at(file.path),
        "@type": "dcat:Distribution",
        "dct:title": f"{dataset.table.title}, {file.form}{packed}",
        "dcat:accessURL": _node(description.at(file.path)),
        "dcat:downloadURL": _node(description.at(file.path)),
        "dcat:mediaType": _media_type(file.media_type),
        **_terms(description),
    }
    if file.encoding:
        # DCAT 3: `mediaType` is that of the file inside, and the compression has a property of its own.
        node["dcat:compressFormat"] = _media_type(file.sent_type)
    if file.bytes is not None:
        # DCAT 3 types sizes as xsd:nonNegativeInteger, DCAT 2 as xsd:decimal.
        node["dcat:byteSize"] = _typed(str(file.bytes), "nonNegativeInteger")
    return node


def _service(description: Description) -> Node:
    return {
        "@id": description.at("/v1"),
        "@type": "dcat:DataService",
        "dct:title": f"{description.config.title}: API",
        "dct:description": description.about,
        "dct:publisher": _publisher(description),
        "dcat:contactPoint": _contact(description),
        "dcat:endpointURL": _node(description.at("/v1")),
        "dcat:endpointDescription": _node(description.at("/openapi.json")),
        "dcat:landingPage": _node(description.at("/docs"), "foaf:Document"),
        "dcat:servesDataset": [_node(description.id_of(dataset)) for dataset in description.datasets],
    }


def _publisher(description: Description) -> Node:
    return {**_node(description.at("/#publisher"), "foaf:Agent"), "foaf:name": description.config.publisher_name}


def _contact(description: Description) -> Node:
    contact = description.config.contact
    node: Node = {
        **_node(description.at("/#contact"), "vcard:Kind"),
        "vcard:fn": description.config.publisher_name,
    }
    if description.config.mail_address:
        node["vcard:hasEmail"] = _node(f"mailto:{contact}")
    elif contact:
        node["vcard:hasURL"] = _node(contact)
    return node


def _terms(description: Description) -> Node:
    node: Node = {"dct:rights": _terms_node(description)}
    if description.config.licence_url:
        node["dct:license"] = _node(description.config.licence_url, "dct:LicenseDocument")
    return node


def _times(description: Description) -> Node:
    first_at = description.coverage.first_at
    if first_at is None:
        return {}
    return {
        "dct:issued": _typed(first_at.isoformat(), "dateTime"),
        "dct:modified": _typed(description.modified, "dateTime"),
    }


def _languages(description: Description) -> list[Node]:
    """Return the languages that the Library of Congress has URIs for, as DCAT 3 requires."""
    primary = {tag.partition("-")[0].lower() for tag in description.coverage.languages}
    return [_node(f"{_LANGUAGES}/{tag}") for tag in sorted(primary) if len(tag) == _LETTERS_OF_ISO_639_1]


def _place(description: Description, code: str) -> Node:
    return _node(description.at(f"/v1/regions/{code}"))


def _source(description: Description, origin: Origin) -> Node:
    return _node(description.at(f"/v1/sources/{origin.id}"))


def _terms_node(description: Description) -> Node:
    return _node(description.at("/#terms"))


def _rights(text: str) -> Node:
    return {"@type": "dct:RightsStatement", "rdfs:label": text}


def _media_type(name: str) -> Node:
    return _node(f"{_MEDIA_TYPES}/{name}", "dct:MediaType")


def _node(url: str, kind: str | None = None) -> Node:
    return {"@id": url, "@type": kind} if kind else {"@id": url}


def _typed(value: str | None, kind: str) -> Node:
    return {"@value": value, "@type": f"xsd:{kind}"}
