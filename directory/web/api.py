"""The API, asked by the pages within the process: they show nothing that it does not answer, and hold no SQL.

A page names a path and parameters, and gets the JSON that a client would get of them, from the same view.
"""

from __future__ import annotations

import io
import json
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from directory.http.parameters import Pairs, encode_pairs
from directory.http.problems import NotFound
from directory.http.registry_request import RegistryRequest, services_of
from directory.http.request import DIRECT_VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.http.direct_response import DirectView


# Who asks the page asks the API.
_OF_CLIENT: Final = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR")


class MovedError(Exception):
    """The record was merged into another one; `location` is the path of that one in the API."""

    def __init__(self, location: str) -> None:
        """Remember where the record went."""
        super().__init__(location)
        self.location = location


def get(path: str, pairs: Pairs = (), *, token: str | None = None) -> Any:  # noqa: ANN401 - the JSON of any resource
    """Return the JSON of a GET, parsed; with a token, of what needs one.

    Raise the Problem that a client of the API would get, and MovedError for a record that was merged into another.
    """
    if token is not None:
        return json.loads(_respond("GET", path, encode_pairs(pairs), b"", token).get_data())
    status, location, body = _ask(path, encode_pairs(pairs))
    if status == HTTPStatus.MOVED_PERMANENTLY:
        raise MovedError(location)
    return json.loads(body)


def post(path: str, content: object, pairs: Pairs = (), *, token: str | None = None, if_match: str = "") -> Any:  # noqa: ANN401 - the JSON of any resource
    """Return the JSON of a POST of JSON, parsed; raise the Problem that a client of the API would get."""
    body = json.dumps(content).encode()
    return json.loads(_respond("POST", path, encode_pairs(pairs), body, token, if_match).get_data())


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
        answer = view.answer(RegistryRequest(services, path, query.encode()), values)
        location = dict(answer.headers).get("Location", "") if answer.status != HTTPStatus.OK else ""
        return answer.status, location, answer.body
    response = _respond("GET", path, query, b"")
    return response.status_code, response.headers.get("Location", ""), response.get_data()


def _respond(method: str, path: str, query: str, body: bytes, token: str | None = None, if_match: str = "") -> Response:
    """Return the response of a view; its problems reach the handlers of the page's own request."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the documented way to the application
    # As PEP 3333 has it. werkzeug's EnvironBuilder takes a path apart that has a question mark in a value.
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json" if body else "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        **{name: request.environ[name] for name in _OF_CLIENT if name in request.environ},
        **({} if token is None else {"HTTP_AUTHORIZATION": f"Bearer {token}"}),
        **({"HTTP_IF_MATCH": if_match} if if_match else {}),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    with app.request_context(environ):
        return cast("Response", app.make_response(app.dispatch_request()))
