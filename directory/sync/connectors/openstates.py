"""Legislators of the states of the U.S., from the lists of Open States."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from directory.regions.reference import regions
from directory.sync.connector import Connector, Row
from directory.sync.errors import MissingPageError
from directory.sync.session import Session

# Territories that have no list.
_OTHERS: Final = frozenset({"US-AS", "US-GU", "US-MP", "US-UM", "US-VI"})
_CHAMBERS: Final = {"upper": " (upper chamber)", "lower": " (lower chamber)"}
_PLATFORMS: Final = {"twitter": "x", "facebook": "facebook", "instagram": "instagram", "youtube": "youtube"}


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of the members of all legislatures."""
    states = [code for code in regions() if re.fullmatch("US-[A-Z]{2}", code) and code not in _OTHERS]
    for state in session.options.get("states", [code.removeprefix("US-").lower() for code in states]):
        try:
            yield from _read_state(session, state)
        except MissingPageError as error:
            session.leave_out(str(error))


def _read_state(session: Session, state: str) -> Iterator[Row]:
    region = f"US-{state.upper()}"
    legislature = f"{regions()[region].name} Legislature"
    for person in session.table(f"people/current/{state}.csv", columns=("id", "name", *_PLATFORMS)):
        for column, platform in _PLATFORMS.items():
            if handle := person[column].strip():
                yield {
                    "platform": platform,
                    "url" if "/" in handle else "handle": handle,
                    "source_id": person["id"],
                    "name": person["name"],
                    "department": legislature + _CHAMBERS.get(person.get("current_chamber", ""), ""),
                    "department_type": "legislature",
                    "region": region,
                    "subject": "person",
                    "status": "active",
                }


CONNECTOR: Final = Connector(
    name="openstates",
    title="State legislators of the United States",
    publisher="Open States",
    licence="CC0-1.0",
    url="https://data.openstates.org/",
    read=read,
    expected=3_000,
    options=frozenset({"states"}),
)
