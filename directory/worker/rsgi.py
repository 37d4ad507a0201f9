"""The two interfaces between a server and an application: RSGI, which granian speaks, and WSGI, which Flask does."""

import io
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from directory.http.files.body import FileBody

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

# WSGI gives these two without HTTP_ (PEP 3333).
_BARE: Final = frozenset({"content-type", "content-length"})
_SAME_FOR_ALL: Final = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}


class RequestHeaders(Protocol):
    """What RSGI gives of a request's headers; names are in lower case."""

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a header `key`."""
        ...

    def items(self) -> list[tuple[str, str]]:
        """Return all headers in their order, repeated ones too."""
        ...

    def get(self, key: str, default: str) -> str:
        """Return the first header `key`."""
        ...


class Scope(Protocol):
    """What RSGI gives of a request; path percent-decoded, query string as it came."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> RequestHeaders:
        """Return the request's headers."""
        ...


class Exchange(Protocol):
    """What RSGI gives to read a request's body from, and to answer it once."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the body in pieces."""
        ...

    async def client_disconnect(self) -> None:
        """Return when the client has left before it was answered; to be cancelled once it is."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a body."""

    def response_empty(self, status: int, headers: Headers) -> None:
        """Answer without one."""

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Answer with the bytes of a file, which the server reads by itself."""

    def response_file_range(self, status: int, headers: Headers, file: str, start: int, end: int) -> None:
        """Answer with a part of a file that is not empty, from `start` to before `end`."""


def make_environ(scope: Scope, body: bytes) -> "WSGIEnvironment":
    """Return the WSGI environ (PEP 3333) of an RSGI request whose body was read."""
    host, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        **_SAME_FOR_ALL,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _path_info(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        key = _key(name)
        if key in environ:
            environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        elif key:
            environ[key] = value
    if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
        # It was read to its end, so its length is known.
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


@lru_cache(maxsize=500)
def _key(name: str) -> str:
    # A name with an underscore would pass for one with a hyphen, which a proxy before us may have set.
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if name in _BARE else f"HTTP_{key}"


def _path_info(path: str) -> str:
    # granian puts U+FFFD where a path is not UTF-8. Nothing here has that character in its name, so we give the
    # application a byte that is not UTF-8 either, and it says what is wrong.
    return path if path.isascii() else _latin(path.replace("\ufffd", "\udcff"))


def _latin(text: str) -> str:
    """Return the bytes of `text` as WSGI has them: a character each."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def run(application: "WSGIApplication", environ: "WSGIEnvironment") -> tuple[int, Headers, bytes | FileBody]:
    """Return what a WSGI application answers: a file as it is, anything else read to its end."""
    begun: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
        del exc_info
        begun[:] = [(int(status[:3]), headers)]
        return lambda _: None

    iterable: Iterable[bytes] = application(environ, start_response)
    if isinstance(iterable, FileBody) and begun:
        return (*begun[0], iterable)
    try:
        body = b"".join(iterable)
    finally:
        if (close := getattr(iterable, "close", None)) is not None:
            close()
    return (*begun[0], body)
