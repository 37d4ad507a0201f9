"""The OpenAPI 3.1 document: that of flask-smorest, corrected to what this service does."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final

import flask_smorest  # type: ignore[import-untyped]
from apispec.ext.marshmallow import MarshmallowPlugin

from directory.http.field_bounds import add_bounds
from directory.http.fields import QueryField
from directory.openapi.examples import add_examples
from directory.openapi.responses import complete_responses, describe_lines, problem_responses, response_headers


if TYPE_CHECKING:
    from collections.abc import Iterator

    from apispec import APISpec
    from flask import Flask
    from marshmallow import fields

    from directory.config import Config
    from directory.http.blueprint import Blueprint

OPENAPI: Final = "directory.openapi"
VERSION: Final = "1.0.0"

_REFERENCE: Final = re.compile(r'"#/components/([^"]+)"')

DESCRIPTION: Final = """\
A public registry of official government accounts on social platforms, by region, department and
platform. It answers which accounts a government body runs, whether an account is really theirs, and
gives all of it as data.

**Reading.** Every endpoint that supports `GET` also supports `HEAD` and `OPTIONS`, needs no key, and
may be read from any web page. Text is UTF-8; times are RFC 3339 in UTC.

**Validation.** A parameter that is unknown, repeated, empty or malformed is refused and never ignored.
Parameters with several values accept `a,b`, `name=a&name=b`, or both.

**Media types.** Most endpoints have one media type, whatever `Accept` says; where there are several,
`Accept` chooses. The schema of a line of NDJSON is in `x-itemSchema`.

**Pagination** is by an opaque cursor: follow `page.next` or the `Link` header until there is none.
No row is repeated and none is skipped while others write.

**Caching.** Each answer carries an `ETag` made from the registry's revision. Send it back in
`If-None-Match`: as long as nothing changed, the answer is `304` without a body.

**Errors** are problem documents (RFC 9457); the `type` of each is the URL of a page that
explains it. Every answer has the `X-Request-ID` of its entry in the log of the service.
"""


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's Api without its own errors, pages and default responses."""

    # Each operation documents its own problems instead.
    DEFAULT_ERROR_RESPONSE_NAME: ClassVar[str | None] = None

    def __init__(self, app: Flask, spec_kwargs: dict[str, Any]) -> None:
        """Collect the operations of an application."""
        self.spec: APISpec
        self._app: Flask
        self._blueprints: list[Blueprint] = []
        super().__init__(app, spec_kwargs=spec_kwargs)

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:  # noqa: ANN401 - of the overridden method
        """Register the routes of a blueprint; its operations are described when the document is built."""
        self._app.register_blueprint(blp, **options)
        self._blueprints.append(blp)

    def describe_operations(self) -> None:
        """Describe the operations of all blueprints in `spec`; call it once."""
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})

    def _register_error_handlers(self) -> None:
        """Leave errors to directory.http.error_handlers."""

    def _register_doc_blueprint(self) -> None:
        """Leave the document to directory.openapi.routes, its pages to directory.web."""

    def _register_responses(self) -> None:
        """Leave responses to directory.openapi.responses."""


def make_api(app: Flask, config: Config) -> Api:
    """Return the Api that collects the operations of the application."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_schema)
    contact = {"name": config.publisher_name}
    if config.contact is not None:
        contact["email" if config.mail_address else "url"] = config.contact
    api = Api(
        app,
        spec_kwargs={
            "title": config.title,
            "version": VERSION,
            "openapi_version": "3.1.0",
            "marshmallow_plugin": plugin,
            "info": {
                "summary": "Official government accounts on social platforms, as open data.",
                "description": DESCRIPTION,
                "contact": contact,
                "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            },
            "servers": [
                # The OWASP rules of Spectral (API9:2023) want the audience and the environment of every server.
                {"url": config.public_url or "/", "description": "This service, in production.", "x-internal": False}
            ],
            # Explicitly none, as Redocly's rule `security-defined` requires.
            "security": [],
        },
    )
    converter = plugin.converter
    if converter is None:
        raise TypeError("the plugin was not given to a specification")
    converter.add_attribute_function(_describe_field)  # type: ignore[no-untyped-call]
    converter.add_parameter_attribute_function(_describe_parameter)
    return api


def build_document(api: Api) -> dict[str, Any]:
    """Return the whole document, every operation with its problems and headers."""
    api.describe_operations()
    document: dict[str, Any] = api.spec.to_dict()
    # apispec orders the keys otherwise; readers start with what the service is.
    head = {key: document.pop(key) for key in ("openapi", "info", "servers", "security", "tags")}
    components = document.pop("components", {})
    components.setdefault("schemas", {})
    components["responses"] = problem_responses(components["schemas"])
    components["headers"] = response_headers()
    for schema in components["schemas"].values():
        # Keys may be added within v1, so a strict client would break.
        schema.pop("additionalProperties", None)
    for path in document["paths"].values():
        shared = path.pop("parameters", [])
        for operation in path.values():
            operation["parameters"] = [*shared, *operation.get("parameters", [])]
            complete_responses(operation)
            add_examples(operation)
            describe_lines(operation)
    head["tags"].sort(key=itemgetter("name"))
    used = _used(components, document["paths"])
    used["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that the operator gives out, `dir_…`; `x-scope` of an operation names what it needs.",
        }
    }
    for part in (used["schemas"], used["headers"], *_answers(document["paths"])):
        add_bounds(part)
    return {**head, "paths": document["paths"], "components": used}


def _answers(paths: dict[str, Any]) -> Iterator[object]:
    """Yield the 200 of all operations; requests have the bounds of their fields."""
    for path in paths.values():
        for operation in path.values():
            yield operation["responses"]["200"]


def _used(components: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
    """Return the components that the paths refer to, directly or by another component, each kind in order of name."""
    used: set[str] = set()
    waiting: list[Any] = [paths]
    while waiting:
        for reference in set(_REFERENCE.findall(json.dumps(waiting.pop()))) - used:
            used.add(reference)
            kind, _, name = reference.partition("/")
            waiting.append(components[kind][name])
    return {
        kind: {name: found for name, found in sorted(members.items()) if f"{kind}/{name}" in used}
        for kind, members in components.items()
    }


def dump_document(document: dict[str, Any]) -> str:
    """Return the committed text: indented by two, in the order of the document, UTF-8."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _name_schema(schema: object) -> str:
    name = (schema if isinstance(schema, type) else type(schema)).__name__
    return name.removesuffix("Schema") or name


def _describe_field(_: object, field: fields.Field[Any], *, ret: dict[str, Any], **__: object) -> dict[str, object]:
    """Return the JSON Schema of a QueryField."""
    if not isinstance(field, QueryField):
        return {}
    default = ret.pop("default", None)
    documented = {"default": default} if isinstance(default, (int, str)) else {}
    return {**field.json_schema(), **documented}


def _describe_parameter(_: object, field: fields.Field[Any], **__: object) -> dict[str, object]:
    """Return the style, the description and the example of a QueryField."""
    if not isinstance(field, QueryField):
        return {}
    example = field.example
    if field.style and isinstance(example, str):
        example = example.split(",")
    documented = {} if example is None else {"example": example}
    return {"description": field.description, **field.style, **documented}


class Contract:
    """The OpenAPI document of an application, plain and compressed, with its entity tag.

    It is built when it is first read: that takes longer than all else of creating an application.
    """

    def __init__(self, api: Api) -> None:
        """Take the operations of `api`."""
        self._api: Api | None = api
        # apispec refuses a path that it has, so two threads must not build the document at once.
        self._lock = threading.Lock()
        self._text = b""

    @property
    def text(self) -> bytes:
        """Return the document as compact JSON."""
        with self._lock:
            if self._api is not None:
                document = build_document(self._api)
                self._text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
                self._api = None
            return self._text

    @cached_property
    def compressed(self) -> bytes:
        """Return the document compressed with gzip."""
        # Without the time in gzip's header the bytes are the same in every worker.
        return gzip.compress(self.text, 9, mtime=0)

    @cached_property
    def tag(self) -> str:
        """Return the entity tag of the document."""
        return f'W/"{hashlib.blake2b(self.text, digest_size=8).hexdigest()}"'
