"""The URLs by which machines find what is here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import flask
from flask import Response

from directory.catalog import api_catalog, crawling, dcat, dcat_us, guides, llms, records, security
from directory.catalog.description import Description, describe
from directory.catalog.schemas import DCAT, DCAT_US, JSON_SCHEMA, LINK_SET, SchemaListSchema
from directory.http.blueprint import JSON, Blueprint, path_parameter
from directory.http.conditional_requests import document_conditional, etag_from_body
from directory.http.problems import NotFound
from directory.http.request import config, database, preferred_type

blueprint = Blueprint(
    "catalog", __name__, description="How machines find what is here: catalogues of the data, schemas of the records."
)
# Texts by conventions of their own, which are no part of the contract.
texts = flask.Blueprint("texts", __name__)

LD_JSON: Final = "application/ld+json"
_LINK: Final = f'<{api_catalog.PATH}>; rel="api-catalog"'


@blueprint.route("/data.json")
@blueprint.response(
    200,
    DCAT_US,
    description="The catalogue of DCAT-US 1.1.",
    example={"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": []},
)
@blueprint.response(
    200,
    DCAT,
    content_type=LD_JSON,
    description="The catalogue of DCAT-US 1.1; that of DCAT 3 where `Accept` asks for JSON-LD.",
    example={"@context": {}, "@id": "/data.json", "@type": "dcat:Catalog", "dcat:dataset": []},
)
@document_conditional
def get_data_catalogue() -> Response:
    """Get the catalogue of the data.

    Every table with its files, what it covers, and on what terms: DCAT-US 1.1, or DCAT 3 where `Accept` asks for
    `application/ld+json`.
    """
    description = _describe()
    if preferred_type((JSON, LD_JSON)) == LD_JSON:
        return _json(dcat.catalogue(description), LD_JSON, vary="Accept, Accept-Encoding")
    return _json(dcat_us.catalogue(description), JSON, vary="Accept, Accept-Encoding")


@blueprint.route("/catalog.jsonld")
@blueprint.response(
    200,
    DCAT,
    content_type=LD_JSON,
    description="The catalogue of DCAT 3.",
    example={"@context": {}, "@id": "/data.json", "@type": "dcat:Catalog", "dcat:dataset": []},
)
@document_conditional
def get_linked_catalogue() -> Response:
    """Get the catalogue as linked data.

    DCAT 3 in JSON-LD, within the profile DCAT-AP 3.0; it refers to no other document.
    """
    return _json(dcat.catalogue(_describe()), LD_JSON)


@blueprint.route(api_catalog.PATH)
@blueprint.response(
    200, LINK_SET, content_type=api_catalog.MEDIA_TYPE, description="The link set.", example={"linkset": []}
)
@document_conditional
def get_api_catalog() -> Response:
    """Get the endpoints of the API.

    Links to the API, its contract, its documentation and its state, as RFC 9727 defines them.
    """
    content_type = f'{api_catalog.MEDIA_TYPE}; profile="{api_catalog.PROFILE}"'
    response = _json(api_catalog.link_set(config()), content_type)
    # RFC 9727: a HEAD request of the well-known URI gets this link.
    response.headers["Link"] = _LINK
    return response


@blueprint.route("/schemas")
@blueprint.response(
    200,
    SchemaListSchema,
    description="The kinds of record.",
    example={"data": [{"name": "account", "description": "…", "links": {"self": "/schemas/account.json"}}]},
)
@document_conditional
def get_schemas() -> Response:
    """List the kinds of record that have a schema.

    Each with its JSON Schema, which a line of a snapshot is valid by as well as an answer of the API.
    """
    listed = [
        {
            "name": record.name,
            "description": record.description,
            "links": {"self": f"/schemas/{record.name}.json"},
        }
        for record in records.RECORDS.values()
    ]
    return _json({"data": listed}, JSON)


@blueprint.route(
    "/schemas/<name>.json",
    parameters=[path_parameter("name", "A kind of record; `/schemas` lists them.", example="account")],
)
@blueprint.response(
    200,
    JSON_SCHEMA,
    content_type=records.MEDIA_TYPE,
    description="The JSON Schema.",
    example={
        "$schema": records.DIALECT,
        "$id": "/schemas/account.json",
        "title": "Account",
        "description": "One official presence on one platform.",
    },
)
@document_conditional
def get_schema(name: str) -> Response:
    """Get the schema of a kind of record.

    JSON Schema 2020-12. Keys may be added within v1, so it allows keys that it does not know.
    """
    if name not in records.RECORDS:
        raise NotFound(f"There is no schema {name}; there are {', '.join(records.RECORDS)}.")
    return _text(records.schema_text(name, config().base_url), records.MEDIA_TYPE)


@texts.get(security.PATH)
def get_security_text() -> Response:
    """Return security.txt (RFC 9116)."""
    reported_to = security.contact(config())
    if reported_to is None:
        raise NotFound("The operator of this registry has named no contact (DIRECTORY_SECURITY_CONTACT).")
    return _text(security.security_text(config(), reported_to, datetime.now(UTC)))


@texts.get("/llms.txt")
def get_llms_text() -> Response:
    """Return llms.txt."""
    pages = [(f"/docs/{guide.name}", guide.title, guide.about) for guide in guides.guides().values()]
    return _text(llms.llms_text(_describe(), pages))


@texts.get("/docs/<name>.md")
def get_guide(name: str) -> Response:
    """Return a page of the documentation as Markdown."""
    guide = guides.guides().get(f"{name}.md")
    if guide is None:
        raise NotFound(f"There is no page {name}.md; there are {', '.join(guides.guides())}.")
    return _text(guide.text, guides.MEDIA_TYPE)


@texts.get("/docs/zh/<name>.md")
def get_chinese_guide(name: str) -> Response:
    """Return a page of the documentation in Chinese as Markdown."""
    translated = {page.name: page for page in guides.guides("zh").values() if page.language == "zh"}
    guide = translated.get(f"{name}.md")
    if guide is None:
        raise NotFound(f"There is no page {name}.md in Chinese; there are {', '.join(translated)}.")
    return _text(guide.text, guides.MEDIA_TYPE)


@texts.get("/robots.txt")
def get_robots_text() -> Response:
    """Return robots.txt."""
    return _text(crawling.robots_text(config()))


@texts.get("/sitemap.xml")
def get_sitemap() -> Response:
    """Return the sitemap."""
    return _text(crawling.sitemap(config(), _describe().modified), "application/xml; charset=utf-8")


def _describe() -> Description:
    # Several queries, which have to describe the same revision.
    with database().snapshot() as conn:
        return describe(conn, config())


def _json(document: object, content_type: str, *, vary: str = "Accept-Encoding") -> Response:
    return _text(json.dumps(document, ensure_ascii=False, separators=(",", ":")), content_type, vary=vary)


def _text(text: str, content_type: str = "text/plain; charset=utf-8", *, vary: str = "Accept-Encoding") -> Response:
    """Return a text with a tag of its body: snapshots and the date change it without a new revision."""
    return etag_from_body(Response(text, content_type=content_type, headers={"Vary": vary}))
