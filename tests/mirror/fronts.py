"""A WSGI middleware before the registry in tests: it records requests and can damage responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from directory.mirror.sync import MirrorOptions, SyncReport, sync_copy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Takes the path and the body of a response, and returns the body to send with the same headers.
Spoil = Callable[[str, bytes], bytes]


@dataclass(slots=True)
class Front:
    """The application behind it, the latest snapshot, and the requests: path and `Range`, with the status.

    `spoil` changes bodies, so that one that is shorter breaks off; `moved` are paths that are sent elsewhere, `instead`
    has bodies of its own; `stores_elsewhere` redirects requests for files to another host, as with a bucket.
    """

    app: WSGIApplication
    latest: int
    address: str = ""
    spoil: Spoil | None = None
    moved: dict[str, str] = field(default_factory=dict)
    instead: dict[str, bytes] = field(default_factory=dict)
    stores_elsewhere: bool = False
    asked: list[tuple[str, str, int]] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        asked = environ["PATH_INFO"]
        path = re.sub(r"/latest(?=/|$)", f"/{self.latest}", asked)
        statuses: list[int] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            statuses.append(int(status[:3]))
            return start_response(status, headers)

        if asked in self.moved:
            start("302 Found", [("Location", self.moved[asked]), ("Content-Length", "0")])
            body: Iterable[bytes] = []
        elif self.stores_elsewhere and path.count("/") == 4 and not environ["QUERY_STRING"]:
            elsewhere = self.address.replace("127.0.0.1", "localhost")
            start("307 Temporary Redirect", [("Location", f"{elsewhere}{path}?signed"), ("Content-Length", "0")])
            body = []
        elif path in self.instead:
            start("200 OK", [("Content-Length", str(len(self.instead[path])))])
            body = [self.instead[path]]
        else:
            query = environ["QUERY_STRING"].removeprefix("signed")
            body = self.app({**environ, "PATH_INFO": path, "QUERY_STRING": query}, start)
            if self.spoil is not None:
                body = [self.spoil(path, b"".join(body))]
        self.asked.append((path, environ.get("HTTP_RANGE", ""), statuses[-1]))
        return body

    def names(self) -> list[str]:
        """Return the names of the files requested since the last call, in order."""
        names = [path.rpartition("/")[2] for path, _, _ in self.asked]
        self.asked.clear()
        return names

    def keep(self, root: Path, **wanted: object) -> SyncReport:
        """Update the copy in the folder `root`."""
        return sync_copy(MirrorOptions(url=self.address, root=root, **wanted))  # type: ignore[arg-type]


def shown(root: Path) -> dict[str, bytes]:
    """Return the NDJSON that a reader of the copy sees."""
    return {path.name: path.read_bytes() for path in (root / "current").glob("*.ndjson")}


def revisions(root: Path) -> set[int]:
    """Return the revisions of which the copy has a folder."""
    return {int(path.name) for path in root.iterdir() if re.fullmatch(r"[0-9]+", path.name)}
