"""Responses of the registry's hot reads, apart from any framework: status, headers and bytes.

A view declared by `Blueprint.direct_view` is called by Flask's view of it and by the worker
(worker/direct_responses.py). Both send what `DirectView.respond` returns, so the content has one source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from directory.http.compression import compress, is_compressible
from directory.http.validators import Validators, is_not_modified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.database.revisions import State
    from directory.http.parameters import QuerySchema
    from directory.http.registry_request import RegistryRequest

    Headers = list[tuple[str, str]]

_JSON: Final = ("Content-Type", "application/json")
_VARY: Final = ("Vary", "Accept-Encoding")


@dataclass(slots=True)
class DirectResponse:
    """A finished response; `made_at` is the revision at which it may be cached by the worker, None for never."""

    status: int
    headers: Headers
    body: bytes
    made_at: State | None = None


def direct_json(text: str | bytes, *headers: tuple[str, str]) -> DirectResponse:
    """Return a response whose body is JSON that is already serialized."""
    return DirectResponse(HTTPStatus.OK, [_JSON, *headers], text.encode() if isinstance(text, str) else text)


def direct_redirect(location: str) -> DirectResponse:
    """Return a permanent redirect to the record that replaced this one."""
    return DirectResponse(HTTPStatus.MOVED_PERMANENTLY, [("Location", location), ("Content-Length", "0")], b"")


@dataclass(frozen=True, slots=True)
class DirectView:
    """A view of the registry that needs no framework, and the schema of its query parameters."""

    schema: QuerySchema
    view: Callable[..., DirectResponse]

    def answer(self, request: RegistryRequest, path_values: Mapping[str, str]) -> DirectResponse:
        """Return the content alone, neither validated nor compressed: for pages, which are so themselves."""
        return self.view(request, self.schema.parse(request.pairs), **path_values)

    def respond(self, request: RegistryRequest, path_values: Mapping[str, str]) -> DirectResponse:
        """Return the finished response to a request; raise what Flask's error handlers answer."""
        query: Any = self.schema.parse(request.pairs)
        # Read before the query: data that is newer than its tag is fetched once more, never cached too long.
        validators = Validators.of(request, getattr(query, "as_of", None))
        condition = request.if_none_match
        if condition and condition != "*" and is_not_modified(condition, validators.etag):
            return _not_modified(validators)
        response = self.view(request, query, **path_values)
        if response.status != HTTPStatus.OK:
            return response
        if condition == "*":
            # Any response will do, and only the view could say whether there is one.
            return _not_modified(validators)
        headers = response.headers
        headers += [*validators.headers, _VARY]
        if is_compressible(headers[0][1]):
            response.body, encoding = compress(response.body, request.accept_encoding)
            if encoding is not None:
                headers.append(("Content-Encoding", encoding))
        headers.append(("Content-Length", str(len(response.body))))
        response.made_at = validators.revision
        return response


def _not_modified(validators: Validators) -> DirectResponse:
    return DirectResponse(HTTPStatus.NOT_MODIFIED, [*validators.headers, _VARY], b"")
