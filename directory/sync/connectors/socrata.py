"""Datasets of Socrata portals (New York, Seattle and others), each read by a mapping of its columns in the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from directory.imports.read.headings import COLUMNS, IDENTIFYING
from directory.sync.connector import Connector, Row
from directory.sync.errors import ChangedFormError, SettingsError
from directory.sync.session import Session

# Without `$limit` a response has 1,000 rows; more than this are never sent.
_PAGE: Final = 50_000


def read(session: Session) -> Iterator[Row]:
    """Yield the rows of a dataset; raise ChangedFormError if none has a mapped column that names the account."""
    columns = _mapping(session.options, "columns")
    constants = _mapping(session.options, "set")
    unseen, offset = set(columns.values()), 0
    # A page with fewer rows than asked for may still not be the last: an empty one is.
    while page := session.json(session.url, {"$limit": _PAGE, "$offset": offset, "$order": ":id"}):
        for record in page:
            unseen -= record.keys()
            row: Row = {column: _text(record[name]) for column, name in columns.items() if name in record}
            yield {**constants, **{column: value for column, value in row.items() if value}}
        offset += len(page)
    # A record leaves out what it has no value for, so another column may be there and empty.
    gone = sorted(unseen & {name for column, name in columns.items() if column in IDENTIFYING})
    if gone and offset:
        raise ChangedFormError(f"{session.url} has no column {', '.join(gone)}: its form has changed")
    if unseen:
        session.note(f"no record has a value of {', '.join(sorted(unseen))}")


def _mapping(options: Any, key: str) -> dict[str, str]:  # noqa: ANN401 - of TOML
    mapping = options.get(key, {})
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise SettingsError(f'{key} is no table of texts by columns of the import row: {{ handle = "twitter_handle" }}')
    unknown = sorted(mapping.keys() - set(COLUMNS))
    if unknown:
        raise SettingsError(f"{key} has {unknown[0]}, which is no column of the import row: {', '.join(COLUMNS)}")
    return mapping


def _text(value: object) -> str:
    # A column of URLs has objects: {"url": "https://…", "description": "…"}.
    if isinstance(value, dict):
        value = value.get("url", "")
    return str(value).strip()


CONNECTOR: Final = Connector(
    name="socrata",
    title="A dataset of a Socrata portal",
    publisher="the operator of the portal",
    licence="unknown",
    url="https://data.example/resource/abcd-1234.json",
    read=read,
    needs=frozenset({"columns"}),
    options=frozenset({"set"}),
    max_response_bytes=256 * 1024 * 1024,
)
