"""A flask-smorest Blueprint with strict query parameters and documented negotiation."""

# flask-smorest is untyped: its decorators lose the types of views, ours keep them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import wraps
from typing import Any, Final, TypeVar, cast

import flask_smorest  # type: ignore[import-untyped]
from flask import current_app, request

from directory.http.conditional_requests import CACHEABLE, CONDITIONAL, document_conditional
from directory.http.direct_response import DirectResponse, DirectView
from directory.http.parameters import QuerySchema, query_pairs
from directory.http.problems import FourEyesRequired
from directory.http.registry_request import current_registry_request
from directory.http.request import config, require_acceptable
from directory.http.responses import RAISED, Response, flask_response

View = TypeVar("View", bound=Callable[..., Any])

JSON: Final = "application/json"
NEGOTIATED: Final = "negotiated"
OPERATION_ID: Final = "operation_id"
STORED_FILE: Final = "stored_file"
SCOPE: Final = "scope"
DIRECT_WRITE: Final = "direct_write"
# In the extensions of the application: the function that raises for a request without a token of a scope.
JUDGE: Final = "directory.judge_request"
# What needs it changes records, unless its route says otherwise.
_EDIT: Final = "edit"
# No id, code or file name is longer.
MAX_SEGMENT_LENGTH: Final = 200


class NoParameters(QuerySchema):
    """No query parameters."""


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A group of routes under one prefix, which is also one tag of the OpenAPI document."""

    def __init__(self, name: str, import_name: str, *, url_prefix: str | None = None, description: str = "") -> None:
        """Name the group; `description` explains its tag."""
        super().__init__(name, import_name, url_prefix=url_prefix, description=description)
        self.direct_views: dict[str, DirectView] = {}
        self._prepare_doc_cbks.append(_document_operation)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:  # noqa: ANN401 - of the overridden method
        """Decorate a view with its URL rule; `parameters` documents those in its path, see `path_parameter`."""
        return cast("Callable[[View], View]", super().route(rule, **options))

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]:  # noqa: ANN401 - of the overridden method
        """Decorate a view with the schema of its response."""
        return _documenting(cast("Callable[[View], View]", super().response(status_code, schema, **options)))

    def alt_response(self, status_code: int, **options: Any) -> Callable[[View], View]:  # noqa: ANN401 - of the overridden method
        """Decorate a view with the schema of another response, such as 301 or 410."""
        return _documenting(cast("Callable[[View], View]", super().alt_response(status_code, **options)))

    def stored_file(self, forms: Mapping[str, Mapping[str, object]]) -> Callable[[View], View]:
        """Decorate a view that sends a stored file or ranges of it: by media type, `schema` and `example`."""

        def document(view: View) -> View:
            for media_type, form in reversed(list(forms.items())):
                view = self.alt_response(200, content_type=media_type, **form)(view)
            view._apidoc = {**view._apidoc, STORED_FILE: True}  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
            return view

        return document

    def body(self, content: Mapping[str, Mapping[str, object]], description: str) -> Callable[[View], View]:
        """Decorate a view with the request body that it reads: by media type, `schema` and `example`."""
        documented = {"required": True, "description": description, "content": content}
        return cast("Callable[[View], View]", super().doc(requestBody=documented))

    def token(self, scope: str, *, changes_records: bool | None = None) -> Callable[[View], View]:
        """Decorate a view that needs a token of a scope; the document says so.

        `changes_records`: whether it changes records without a proposal, which the four-eyes rule forbids; by default
        what needs `edit` does. The token is judged before anything else of the request. What the view writes
        needs it again, in the same connection: see `directory.tokens.authentication`.
        """
        is_direct = scope == _EDIT if changes_records is None else changes_records

        def decorate(view: View) -> View:
            view = self.alt_response(401)(self.alt_response(403)(view))
            view._apidoc = {**view._apidoc, SCOPE: scope, DIRECT_WRITE: is_direct}  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
            more = {"x-four-eyes": True} if is_direct else {}
            documented = super(Blueprint, self).doc(security=[{"token": []}], **{"x-scope": scope}, **more)
            return cast("View", documented(view))

        return decorate

    def callbacks(self, messages: Mapping[str, object]) -> Callable[[View], View]:
        """Decorate a view that makes this service send messages later: by name, what the document says of each."""
        return cast("Callable[[View], View]", super().doc(callbacks=messages))

    def if_match(self, view: View) -> View:
        """Decorate a view that needs If-Match, see `directory.http.preconditions`; the document says so."""
        view = self.alt_response(412)(self.alt_response(428)(view))
        return cast("View", super().doc(**{"x-if-match": True})(view))

    def arguments(self, schema: type[QuerySchema], *, location: str = "query", **_: Any) -> Callable[[View], View]:  # noqa: ANN401 - of the overridden method
        """Decorate a view that gets its query parameters as the first argument; requests raise InvalidParameters."""
        if location != "query":
            raise NotImplementedError(f"reading arguments from {location} is not written yet")
        # One instance for all requests: creating a schema costs more than parsing a query with it.
        reader = schema()

        def decorate(view: View) -> View:
            wrapper = reader.pass_to(view)
            documentation: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
            arguments = documentation.setdefault("arguments", {})
            arguments.setdefault("parameters", []).append({"in": "query", "required": False, "schema": reader})
            wrapper._apidoc = documentation  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
            return wrapper

        return decorate

    def direct_view(self, schema: type[QuerySchema]) -> Callable[[Callable[..., DirectResponse]], Callable[..., Any]]:
        """Decorate a view that needs no Flask: it gets the RegistryRequest, its query parameters and those of the path.

        It stands in the place of `arguments` and `etag_from_revision`; `direct_views` has it by its rule.
        """
        reader = schema()

        def decorate(view: Callable[..., DirectResponse]) -> Callable[..., Any]:
            direct = DirectView(reader, view)

            @document_conditional
            @wraps(view)
            def flask_view(**path_values: str) -> Response:
                if (error := request.environ.get(RAISED)) is not None:
                    raise error
                response = direct.respond(current_registry_request(), path_values)
                if response.made_at is not None:
                    request.environ[CACHEABLE] = response.made_at
                return flask_response(response)

            documentation: dict[str, Any] = deepcopy(getattr(flask_view, "_apidoc", {}))
            documentation.setdefault("arguments", {}).setdefault("parameters", []).append(
                {"in": "query", "required": False, "schema": reader}
            )
            flask_view._apidoc = documentation  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
            flask_view.direct = direct  # type: ignore[attr-defined]
            return flask_view

        return decorate

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,  # noqa: ANN401 - of the overridden method
        provide_automatic_options: bool | None = None,  # noqa: FBT001 - of the overridden method
        **options: Any,  # noqa: ANN401 - of the overridden method
    ) -> None:
        """Register a view behind the checks that every endpoint makes."""
        if view_func is not None:
            if (direct := getattr(view_func, "direct", None)) is not None:
                self.direct_views[f"{self.url_prefix or ''}{rule}"] = direct
            endpoint = endpoint or view_func.__name__
            view_func = _guard(view_func)
            documentation = getattr(view_func, "_apidoc", {})
            view_func._apidoc = {  # noqa: SLF001 - where flask-smorest looks
                **documentation,
                OPERATION_ID: view_func.__name__,
                NEGOTIATED: len(_offered(documentation)) > 1,
            }
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def _documenting(decorate: Callable[[View], View]) -> Callable[[View], View]:
    """Return a decorator that documents a view as that of flask-smorest does, and does not serialize its responses."""

    def document(view: View) -> View:
        view._apidoc = decorate(view)._apidoc  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
        return view

    return document


def path_parameter(
    name: str, description: str, *, example: str | None = None, pattern: str | None = None
) -> dict[str, object]:
    """Return the documentation of a part of a route's path.

    Its example is a value of the starter data; ids of them are in directory/openapi/examples.py instead.
    """
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_SEGMENT_LENGTH} | (
        {"pattern": pattern} if pattern else {}
    )
    documented = {"example": example} if example is not None else {}
    return {"in": "path", "name": name, "description": description, "schema": schema, **documented}


def _document_operation(doc: dict[str, Any], doc_info: Mapping[str, Any], **_: object) -> dict[str, Any]:
    """Add its id and its markers to an operation; flask-smorest calls it."""
    doc["operationId"] = doc_info[OPERATION_ID]
    if doc_info.get(CONDITIONAL):
        doc["x-conditional"] = True
    if doc_info.get(STORED_FILE):
        doc["x-stored-file"] = True
    if doc_info.get(NEGOTIATED):
        doc["x-negotiated"] = True
    return doc


def _offered(documentation: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the media types between which Accept chooses; none for a stored file, whose name has chosen."""
    if documentation.get(STORED_FILE):
        return ()
    return tuple(
        response.get("content_type") or JSON
        for response in documentation.get("response", {}).get("responses", {}).get(200, ())
        if isinstance(response, Mapping)
    )


def _guard(view: View) -> View:
    """Return the view behind the checks of its token, of Accept, if it has several representations, and of a query.

    The token comes first, then the four-eyes rule, and a query string that the view ignores is refused.
    """
    documentation: Mapping[str, Any] = getattr(view, "_apidoc", {})
    takes_parameters = "parameters" in documentation.get("arguments", {})
    offered = _offered(documentation)
    scope = documentation.get(SCOPE)
    if takes_parameters and len(offered) <= 1 and scope is None:
        return view
    nothing = NoParameters()

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> object:
        if scope is not None:
            current_app.extensions[JUDGE](scope)
            if documentation[DIRECT_WRITE] and config().four_eyes == "on":
                raise FourEyesRequired(
                    "Nobody changes records alone here: propose the change.", members={"proposals": "/v1/proposals"}
                )
        if len(offered) > 1:
            require_acceptable(offered)
        if not takes_parameters:
            nothing.parse(query_pairs())
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]
