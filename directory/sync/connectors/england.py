"""Councils and departments of England, from the organisations of the Planning Data platform (digital-land)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from directory.sync.connector import Connector, Row
from directory.sync.session import Session

_COLUMNS: Final = ("organisation", "name", "website", "twitter", "end-date")
# Columns of external ids; a list without them has fewer.
_IDS: Final = (("wikidata", "wikidata"), ("statistical-geography", "gss"))


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of bodies that have not been abolished."""
    today = datetime.now(UTC).date().isoformat()
    for body in session.table(session.url, columns=_COLUMNS):
        handle, end = body["twitter"].strip(), body["end-date"]
        if handle and not (end and end <= today):
            yield {
                "platform": "x",
                "url" if "/" in handle else "handle": handle,
                "source_id": body["organisation"],
                "name": body["name"],
                "department": body["name"],
                "department_type": "local-government" if body["organisation"].startswith("local-authority") else None,
                "department_url": body["website"] or None,
                "external_ids": [f"{scheme}:{value}" for column, scheme in _IDS if (value := body.get(column))] or None,
                "region": "GB-ENG",
                "language": "en",
            }


CONNECTOR: Final = Connector(
    name="england",
    title="Organisations of the Planning Data platform",
    publisher="Ministry of Housing, Communities and Local Government",
    licence="OGL-UK-3.0",
    url="https://files.planning.data.gov.uk/organisation-collection/dataset/organisation.csv",
    read=read,
    expected=400,
)
