"""The API, asked by the pages within the process: they show nothing that it does not answer, and hold no SQL.

A page names a path and parameters, and gets the JSON that a client would get of them, from the same view.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from flask import Response, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

from directory.http.parameters import Pairs, encode_pairs
from directory.http.problems import NotFound
from directory.http.registry_request import RegistryRequest, services_of
from directory.http.request import DIRECT_VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.http.direct_response import DirectView


class MovedError(Exception):
    """The record was merged into another one; `location` is the path of that one in the API."""

    def __init__(self, location: str) -> None:
        """Remember where the record went."""
        super().__init__(location)
        self.location = location


def get(path: str, pairs: Pairs = ()) -> Any:  # noqa: ANN401 - the JSON of any resource
    """Return the JSON of a GET, parsed.

    Raise the Problem that a client of the API would get, and MovedError for a record that was merged into another.
    """
    status, location, body = _ask(path, encode_pairs(pairs))
    if status == HTTPStatus.MOVED_PERMANENTLY:
        raise MovedError(location)
    return json.loads(body)


def post(path: str, content: object) -> Any:  # noqa: ANN401 - the JSON of any resource
    """Return the JSON of a POST of JSON, parsed; raise the Problem that a client of the API would get."""
    builder = EnvironBuilder(path, method="POST", data=json.dumps(content), content_type="application/json")
    return json.loads(_respond(builder).get_data())


def _ask(path: str, query: str) -> tuple[int, str, bytes]:
    adapter = current_app.url_map.bind("localhost")
    try:
        rule, values = adapter.match(path, "GET", return_rule=True)
    except HTTPException:
        raise NotFound(f"Nothing is at the path {path}.") from None
    direct: Mapping[str, DirectView] = current_app.extensions[DIRECT_VIEWS]
    view = direct.get(rule.rule)
    if view is not None:
        # Without a nested request: the views of lists, records and verdicts need no Flask.
        services = services_of(current_app.extensions)
        answer = view.respond(RegistryRequest(services, path, query.encode()), values)
        return answer.status, dict(answer.headers).get("Location", ""), answer.body
    # A question mark in a path is a part of a value; the builder would take it for the beginning of a query.
    response = _respond(EnvironBuilder(quote(path), query_string=query))
    return response.status_code, response.headers.get("Location", ""), response.get_data()


def _respond(builder: EnvironBuilder) -> Response:
    """Return the response of a view; its problems reach the handlers of the page's own request."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the documented way to the application
    with app.request_context(builder.get_environ()):
        return cast("Response", app.make_response(app.dispatch_request()))
