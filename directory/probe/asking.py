"""Requests of a probe: by the polite client of `directory sync`, and no more to a host that does not answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from directory.sync.errors import ExhaustedError, FetchError, RefusedPageError
from directory.sync.fetch.client import Fetcher, read_all
from directory.sync.fetch.pages import Page, Request


class NoAnswerError(Exception):
    """A server refused to answer, or could not be reached; the message says why.

    It never means that nothing is there.
    """

    def __init__(self, message: str, outcome: Literal["refused", "unreachable"]) -> None:
        super().__init__(message)
        self.outcome: Literal["refused", "unreachable"] = outcome


@dataclass(frozen=True, slots=True)
class Reply:
    """A response with status 200, 404 or 410."""

    page: Page
    content: bytes

    @property
    def is_found(self) -> bool:
        """Whether something is at the URL."""
        return self.page.status == HTTPStatus.OK

    @property
    def at(self) -> datetime:
        """Return when it was fetched."""
        return datetime.fromisoformat(self.page.fetched_at)

    @property
    def evidence(self) -> dict[str, object]:
        """Return what identifies the response."""
        page = self.page
        return {
            "url": page.url,
            "http_status": page.status,
            "sha256": page.sha256,
            **({"final_url": page.final_url} if page.final_url not in {"", page.url} else {}),
        }

    def as_json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON; None for any other content, and for texts that PostgreSQL could not store."""
        try:
            found = json.loads(self.content)
            # Half a surrogate pair and U+0000 can be written in JSON: one such name would end the run of all accounts.
            return None if b"\\u0000" in json.dumps(found, ensure_ascii=False).encode() else found
        except (ValueError, RecursionError):
            return None


class Asker:
    """Asks for one run; `servers` are the URLs to ask in place of hosts."""

    def __init__(self, fetcher: Fetcher, servers: Mapping[str, str]) -> None:
        self._fetcher = fetcher
        self._servers = servers
        self._given_up: dict[str, str] = {}

    def ask(self, url: str, accept: str = "application/json", *, head: bool = False) -> Reply:
        """Return the response; raise NoAnswerError, and ExhaustedError at the end of the run's time."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host in self._given_up:
            raise NoAnswerError(f"{host} was given up in this run: {self._given_up[host]}", "unreachable")
        if host in self._servers:
            rest = url.partition("://")[2].partition("/")[2]
            url = f"{self._servers[host].rstrip('/')}/{rest}"
        try:
            page, content = self._fetcher.fetch(Request(url, accept, missing_ok=True, head=head), read_all)
        except ExhaustedError:
            raise
        except RefusedPageError as error:
            raise NoAnswerError(str(error), "refused") from error
        except FetchError as error:
            # After five failures the host is left alone: its other accounts are asked for in the next run.
            self._given_up[host] = str(error)
            raise NoAnswerError(str(error), "unreachable") from error
        return Reply(page, content)
