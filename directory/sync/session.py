"""What a connector asks its source through: parsed responses, the options of the operator, and lines of the report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import IO, Any, Final, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from directory.sync.errors import ChangedFormError, SyncError
from directory.sync.fetch.client import Fetcher
from directory.sync.fetch.pages import Page, Request

Parsed = TypeVar("Parsed")
# A list of values is sent as one parameter for each.
Parameters = Mapping[str, str | int | list[str]]

JSON: Final = "application/json"
CSV: Final = "text/csv"


class Session:
    """One run of one source, as its connector sees it.

    `url` is where the source is, `options` are those of the settings, `since` the day from which on changes are asked
    for (None: everything).
    """

    def __init__(self, fetcher: Fetcher, url: str, options: Mapping[str, Any], since: date | None = None) -> None:
        self.url = url
        self.options = options
        self.since = since
        # When the last response was fetched (ISO 8601): the time of the counts that it states.
        self.fetched_at = ""
        self.notes: list[str] = []
        # Why what this run yields is not the whole list of its source.
        self.gaps: list[str] = []
        self._fetcher = fetcher
        self._origins = {_origin(url)}

    def json(
        self,
        url: str,
        parameters: Parameters | None = None,
        *,
        form: Mapping[str, str] | None = None,
        accept: str = JSON,
        missing_ok: bool = False,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON at a URL, which may be relative to `url`; None where nothing is, with `missing_ok`.

        `form` is sent by POST. Raises FetchError.
        """
        request = Request(self._resolve(url, parameters), accept, form, missing_ok)
        _, value = self._fetch(request, _read_json)
        return value

    def table(
        self, url: str, parameters: Parameters | None = None, *, columns: Iterable[str], delimiter: str = ","
    ) -> Iterator[dict[str, str]]:
        """Yield the rows of the CSV at a URL; raise FetchError, and ChangedFormError without one of the `columns`."""
        request = Request(self._resolve(url, parameters), CSV)
        _, (header, rows) = self._fetch(request, lambda stream, _: _read_csv(stream, delimiter))
        missing = [column for column in columns if column not in header]
        if missing:
            raise ChangedFormError(f"{request.url} has no column {', '.join(missing)}: its form has changed")
        yield from rows

    def text(self, url: str, parameters: Parameters | None = None, *, accept: str = "*/*") -> str:
        """Return the text at a URL, which is UTF-8; raise FetchError."""
        request = Request(self._resolve(url, parameters), accept)
        return self._fetch(request, lambda stream, _: stream.read().decode("utf-8-sig"))[1]

    def note(self, text: str) -> None:
        """Add a line to the report."""
        self.notes.append(text)

    def leave_out(self, reason: str) -> None:
        """Report that a part of the source is missing in this run: what the source lists there is not withdrawn."""
        self.gaps.append(reason)

    def trust(self, url: str) -> None:
        """Allow requests to the origin of a URL that the settings or the connector name, and no response."""
        self._origins.add(_origin(url))

    def _fetch(self, request: Request, parse: Callable[[IO[bytes], int], Parsed]) -> tuple[Page, Parsed]:
        page, parsed = self._fetcher.fetch(request, parse)
        self.fetched_at = page.fetched_at
        return page, parsed

    def _resolve(self, url: str, parameters: Parameters | None) -> str:
        resolved = urljoin(self.url, url)
        if parameters:
            resolved += ("&" if urlsplit(resolved).query else "?") + urlencode(parameters, doseq=True)
        if _origin(resolved) not in self._origins:
            # A response may name any URL: only those of the source are followed.
            raise ChangedFormError(f"{resolved} is not at {self.url}; not followed")
        return resolved


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.username is not None:
        raise SyncError(f"{url} is not an http or https URL without credentials")
    return parts.scheme, parts.netloc


def _read_json(stream: IO[bytes], status: int) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON of a response; None of one that says that nothing is there, whatever its content is."""
    if status != HTTPStatus.OK:
        return None
    content = stream.read()
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        start = content[:60].decode("utf-8", "replace")
        message = f"the response is not JSON ({error}); it begins with {start!r}"
        raise ValueError(message) from error


def _read_csv(stream: IO[bytes], delimiter: str) -> tuple[Sequence[str], list[dict[str, str]]]:
    """Return the header and the rows; raise ValueError for HTML, and for what is no CSV."""
    reader = csv.DictReader(io.TextIOWrapper(stream, "utf-8-sig", newline=""), delimiter=delimiter, strict=True)
    try:
        rows = []
        for row in reader:
            # What a cut response ends with, say half a handle, would be another account.
            if None in row or None in row.values():
                message = f"line {reader.line_num} has another number of cells than the header"
                raise ValueError(message)
            rows.append(row)
    except csv.Error as error:
        message = f"the response is not CSV ({error})"
        raise ValueError(message) from error
    header = reader.fieldnames or []
    if not header or header[0].lstrip().startswith(("<", "{")):
        message = f"the response is not CSV; it begins with {''.join(header)[:60]!r}"
        raise ValueError(message)
    return header, rows
