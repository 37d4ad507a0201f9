import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, URIRef

from tests.catalog.conftest import ADDRESS, updated_at
from tests.catalog.published import breaches_of_dcat_ap

LD_JSON = {"Accept": "application/ld+json"}


@pytest.mark.parametrize("name", ["client", "bare_client", "published_client"])
def test_the_catalogue_conforms_to_the_published_shapes(name: str, request: pytest.FixtureRequest) -> None:
    client: FlaskClient = request.getfixturevalue(name)
    assert breaches_of_dcat_ap(client.get("/catalog.jsonld").get_data(as_text=True)) == []


def spoil(document: dict[str, Any], key: str) -> str:
    """Return a catalogue with one key of it, or of its first dataset or file, missing or of a wrong kind."""
    dataset = document["dcat:dataset"][0]
    if key == "catalogue without publisher":
        del document["dct:publisher"]
    elif key == "dataset without title":
        del dataset["dct:title"]
    elif key == "file without address":
        del dataset["dcat:distribution"][0]["dcat:accessURL"]
    elif key == "two times of change":
        dataset["dct:modified"] = [dataset["dct:modified"], {"@value": "2011-03-11", "@type": "xsd:date"}]
    elif key == "media type as text":
        dataset["dcat:distribution"][0]["dcat:mediaType"] = "text/csv"
    elif key == "service without endpoint":
        del document["dcat:service"][0]["dcat:endpointURL"]
    return json.dumps(document)


@pytest.mark.parametrize(
    "key",
    [
        "catalogue without publisher",
        "dataset without title",
        "file without address",
        "two times of change",
        "media type as text",
        "service without endpoint",
    ],
)
def test_a_catalogue_that_breaks_a_shape_is_told(client: FlaskClient, key: str) -> None:
    assert breaches_of_dcat_ap(spoil(json.loads(client.get("/catalog.jsonld").data), key))


def test_the_catalogue_reads_as_linked_data_without_any_other_document(published_client: FlaskClient) -> None:
    graph = Graph().parse(data=published_client.get("/catalog.jsonld").data, format="json-ld")
    catalogue = URIRef(f"{ADDRESS}/data.json")
    assert (catalogue, RDF.type, DCAT.Catalog) in graph
    assert (catalogue, DCTERMS.title, Literal("政务账号 & <Registry>")) in graph
    assert len(set(graph.objects(catalogue, DCAT.dataset))) == 10
    packed = URIRef(f"{ADDRESS}/v1/snapshots/latest/accounts.csv.zst")
    types = "https://www.iana.org/assignments/media-types"
    assert (packed, DCAT.mediaType, URIRef(f"{types}/text/csv")) in graph
    assert (packed, DCAT.compressFormat, URIRef(f"{types}/application/zstd")) in graph
    assert [str(size) for size in graph.objects(packed, DCAT.byteSize)] == ["1002"]


def test_the_places_and_sources_are_those_of_the_registry(client: FlaskClient) -> None:
    graph = Graph().parse(data=client.get("/catalog.jsonld").data, format="json-ld")
    (version,) = {str(found) for found in graph.objects(URIRef(f"{ADDRESS}/data.json#accounts"), DCTERMS.modified)}
    assert version == updated_at(client)
    places = {str(place) for place in graph.objects(URIRef(f"{ADDRESS}/data.json#accounts"), DCTERMS.spatial)}
    facets = client.get("/v1/accounts?limit=1&facets=region").get_json()["facets"]["region"]
    assert places == {f"{ADDRESS}/v1/regions/{bucket['value']}" for bucket in facets if bucket["value"]}
    for place in sorted(places)[:3]:
        assert client.get(place).status_code == 200


def test_one_address_answers_in_the_form_that_is_asked_for(client: FlaskClient) -> None:
    plain, linked = client.get("/data.json"), client.get("/data.json", headers=LD_JSON)
    assert (plain.mimetype, linked.mimetype) == ("application/json", "application/ld+json")
    assert linked.data == client.get("/catalog.jsonld").data
    assert plain.headers["ETag"] != linked.headers["ETag"]
    for answer in (plain, linked):
        assert {name.strip() for name in answer.headers["Vary"].split(",")} == {"Accept", "Accept-Encoding"}
    assert client.get("/data.json", headers={"Accept": "text/html"}).status_code == 406
    assert client.get("/data.json", headers={"Accept": "*/*"}).mimetype == "application/json"
