"""The responses of a run, each in a file as it was received, with an index that says what it answers.

A response is in the index only once its file is complete and on disk, so a run that was killed at any point continues
with the first response that is missing.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final, Self, cast

_INDEX: Final = "responses.ndjson"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; `form` is sent by POST. `missing_ok`: 404 is an answer, too.

    `head`: only whether it is there, and where redirects lead.
    """

    url: str
    accept: str
    form: Mapping[str, str] | None = None
    missing_ok: bool = False
    head: bool = False

    @property
    def method(self) -> str:
        """Return the method of HTTP."""
        return "HEAD" if self.head else "GET" if self.form is None else "POST"

    @property
    def key(self) -> str:
        """Return a digest of all that selects the response."""
        parts = [self.url, self.accept, sorted((self.form or {}).items()), *(["HEAD"] if self.head else [])]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Page:
    """A response of a source; `fetched_at` is in UTC (ISO 8601), `final_url` where redirects led."""

    key: str
    url: str
    status: int
    content_type: str
    content_encoding: str
    etag: str
    fetched_at: str
    file: str
    bytes: int
    sha256: str
    final_url: str = ""


class PageFolder:
    """The folder of a run's responses."""

    def __init__(self, folder: Path) -> None:
        """Read the index of a folder, which is created if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._pages: dict[str, Page] = {}
        self._index = folder / _INDEX
        for line in self._index.read_text("utf-8").splitlines() if self._index.exists() else ():
            try:
                page = Page(**json.loads(line))
            except (ValueError, TypeError):
                # A kill cut off the last line: that response is fetched again.
                continue
            if (folder / page.file).exists():
                self._pages[page.key] = page

    def find(self, request: Request) -> Page | None:
        """Return the response to a request, if it is there."""
        return self._pages.get(request.key)

    @property
    def count(self) -> int:
        """Return the number of responses."""
        return len(self._pages)

    def write(self, request: Request, blocks: Iterable[bytes], **headers: str) -> IncomingPage:
        """Return the response to a request, written to its file, and not yet in the index."""
        path = self.folder / f"{len(self._pages) + 1:06}-{request.key[:8]}.body"
        digest, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
                size += len(block)
            file.flush()
            os.fsync(file.fileno())
        return IncomingPage(path, digest.hexdigest(), size, headers)

    def add(self, page: Page) -> None:
        """Write a response into the index."""
        with self._index.open("a", encoding="utf-8") as index:
            # A line that a kill cut off ends here.
            index.write(("\n" if index.tell() and not self._ends_whole() else "") + json.dumps(asdict(page)) + "\n")
            index.flush()
            os.fsync(index.fileno())
        self._pages[page.key] = page

    def open(self, page: Page) -> Body:
        """Return the content of a response."""
        return Body(self.folder / page.file, page.content_encoding)

    def _ends_whole(self) -> bool:
        with self._index.open("rb") as index:
            index.seek(-1, os.SEEK_END)
            return index.read(1) == b"\n"


@dataclass(frozen=True, slots=True)
class IncomingPage:
    """A file that has been received, before anybody has looked into it."""

    path: Path
    sha256: str
    bytes: int
    headers: Mapping[str, str]


class Body:
    """The content of a response, as a stream without its content coding; a context manager."""

    def __init__(self, path: Path, content_encoding: str) -> None:
        self._path = path
        self._is_gzip = content_encoding == "gzip"
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> IO[bytes]:
        """Open the file."""
        # Not httpx's decoder: it reads the first of several gzip members, and a cut trailer goes unnoticed.
        self._stream = cast("IO[bytes]", gzip.open(self._path)) if self._is_gzip else self._path.open("rb")
        return self._stream

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()


class BoundedStream(io.RawIOBase):
    """A stream that raises ValueError after `limit` bytes: a few kilobytes of gzip can become gigabytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    @classmethod
    def buffered(cls, stream: IO[bytes], limit: int) -> io.BufferedReader:
        """Return the stream with a buffer."""
        return io.BufferedReader(cast("io.RawIOBase", cls(stream, limit)), 256 * 1024)

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer, and return how many bytes there were."""
        view = memoryview(cast("bytearray", buffer))
        try:
            data = self._stream.read(len(view))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"its gzip is damaged or cut off ({error})"
            raise ValueError(message) from error
        self._left -= len(data)
        if self._left < 0:
            message = f"it has more than the allowed {self._limit:,} bytes"
            raise ValueError(message)
        view[: len(data)] = data
        return len(data)

    def __enter__(self) -> Self:
        """Return the stream."""
        return self
