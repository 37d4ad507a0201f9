"""Responses of the registry's hot reads, made without Flask from what granian passes.

A method, path, length or character that they do not decide about goes to Flask, and so does every exception of a view,
which Flask's error handlers answer. Through Flask one account takes 1.6 times as much of the processor.
"""

from collections.abc import Mapping
from typing import Final

from directory.http.direct_response import DirectResponse, DirectView
from directory.http.middleware import MAX_URI_LENGTH, default_headers
from directory.http.registry_request import RegistryRequest, Services
from directory.http.request import make_request_id
from directory.worker.rsgi import Headers, RequestHeaders, Scope, has_body

_METHODS: Final = frozenset({"GET", "HEAD"})


class DirectResponses:
    """The direct views of an application, by their rules."""

    def __init__(self, views: Mapping[str, DirectView], services: Services) -> None:
        """Answer by `views`: rules such as `/v1/accounts/<account_id>`, with at most one value in the path."""
        self._services = services
        self._whole = {rule: view for rule, view in views.items() if "<" not in rule}
        # What precedes and follows the value, and its name.
        self._split: list[tuple[str, str, str, DirectView]] = []
        for rule, view in views.items():
            if "<" in rule:
                before, _, rest = rule.partition("<")
                name, _, after = rest.partition(">")
                self._split.append((before, after, name, view))

    def find(self, scope: Scope) -> tuple[DirectView, dict[str, str]] | None:
        """Return the view that answers a request, and the values in its path; None where Flask is to answer."""
        path = scope.path
        if scope.method not in _METHODS or has_body(scope.headers):
            return None
        size = len(path) + len(scope.query_string)
        if size > MAX_URI_LENGTH or not (path.isascii() and scope.query_string.isascii()):
            return None
        if (view := self._whole.get(path)) is not None:
            return view, {}
        for before, after, name, view in self._split:
            value = path[len(before) : len(path) - len(after)]
            # Whatever is not plainly an id is for the routing of Flask.
            if path.startswith(before) and path.endswith(after) and value.isalnum():
                return view, {name: value}
        return None

    def respond(self, scope: Scope, view: DirectView, path_values: Mapping[str, str]) -> tuple[DirectResponse, Headers]:
        """Return the response of a view, and its headers with those of every response; raise what the view raises."""
        headers = scope.headers
        response = view.respond(
            RegistryRequest(
                self._services,
                scope.path,
                scope.query_string.encode(),
                _join(headers, "accept-encoding"),
                _join(headers, "if-none-match").strip(),
            ),
            path_values,
        )
        request_id = ("X-Request-ID", make_request_id(_join(headers, "x-request-id")))
        return response, [*response.headers, *default_headers(response.status), request_id]


def _join(headers: RequestHeaders, name: str) -> str:
    """Return a header as a WSGI environ has it: repeated ones joined by commas."""
    values = headers.get_all(name)
    return values[0] if len(values) == 1 else ",".join(values)
