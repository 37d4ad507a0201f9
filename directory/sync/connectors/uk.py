"""Organisations of GOV.UK: the list, then the page of each by the content API, which has its social media links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from directory.sync.connector import Connector, Row
from directory.sync.session import Session

_TYPES: Final = {
    "Court": "judiciary",
    "Tribunal": "judiciary",
    "Ministerial department": "executive",
    "Non-ministerial department": "executive",
    "Devolved administration": "executive",
    "Devolved government": "executive",
}
# A body that is closed keeps its links, and is no longer listed.
_CLOSED: Final = frozenset({"closed", "replaced", "merged", "split", "no_longer_exists", "changed_name", "left_gov"})


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of organisations that are not closed."""
    page: str | None = "api/organisations"
    while page:
        response = session.json(page)
        for organisation in response["results"]:
            yield from _accounts(session, organisation)
        page = response.get("next_page_url")


def _accounts(session: Session, organisation: dict[str, Any]) -> Iterator[Row]:
    slug = organisation["details"]["slug"]
    content = session.json(f"api/content/government/organisations/{slug}", missing_ok=True)
    if content is None:
        # Courts have pages of another kind.
        return
    details = content["details"]
    if details.get("organisation_govuk_status", {}).get("status") in _CLOSED:
        return
    name = content["title"]
    for link in details.get("social_media_links", []):
        yield {
            "url": link["href"],
            "source_id": slug,
            "name": link["title"] if len(link["title"]) > len(link["service_type"]) + 3 else name,
            "department": name,
            "department_type": _TYPES.get(organisation.get("format", "")),
            "department_url": organisation.get("web_url"),
            "region": "GB",
            "language": "en",
        }


CONNECTOR: Final = Connector(
    name="uk",
    title="GOV.UK organisations",
    publisher="Government Digital Service",
    licence="OGL-UK-3.0",
    url="https://www.gov.uk/",
    read=read,
    # Ten requests a second are allowed; a run has about 1,100.
    seconds_between_requests=0.5,
)
