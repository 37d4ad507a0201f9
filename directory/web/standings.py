"""What the registry says of an account as a whole, and what an account is called on a page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import quote, urlencode

from directory.http.request import config, database
from directory.sources.synthetic import SYNTHETIC
from directory.web import api
from directory.web.languages import current_language
from directory.web.region_tree import list_path
from directory.web.source_titles import source_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Flask

    from directory.database.revisions import State

Record: TypeAlias = "Mapping[str, Any]"
"""A record of the API."""
Standing = Literal["official", "unproven", "former", "invented"]
# A mark for each, next to words that say the same.
MARKS: Final[Mapping[str, str]] = {"official": "✓", "unproven": "?", "former": "✕", "invented": "✕"}
_CACHED: Final = 4096


def standing_of(account: Record) -> Standing:
    """Return whether an account is official, listed without any proof, official no longer, or invented."""
    if SYNTHETIC in account.get("sources", ()):
        return "invented"
    is_unproven = account["verification"]["level"] == "none"
    if account["status"] == "closed" or account["replaced_by"] or (is_unproven and withdrawal_of(account)):
        return "former"
    return "unproven" if is_unproven else "official"


def withdrawal_of(account: Record) -> Record | None:
    """Return the source that listed an account last, with its dates; None where one still does."""
    withdrawn: Record | None = account["verification"].get("withdrawn")
    return withdrawn


def name_of(account: Record) -> str:
    """Return what an account is called for the readers of the page: a name, else its handle or id."""
    if current_language().code == "zh":
        for other in account["names"]:
            if (other["language"] or "").startswith("zh"):
                return str(other["name"])
    return str(account["name"] or account["handle"] or account["platform_user_id"] or account["id"])


def other_names_of(account: Record) -> Sequence[Record]:
    """Return the names of an account that `name_of` leaves out, each with its language or None."""
    names = [{"name": account["name"], "language": None}, *account["names"]]
    return [each for each in names if each["name"] and each["name"] != name_of(account)]


def region_path(code: str) -> Sequence[Record]:
    """Return the regions from the country down to one, that one included."""
    return list_path(code)


def source_of(source_id: str) -> Record:
    """Return a source: its title in the language of the page, publisher, licence."""
    source = _source(database().state, source_id)
    return {**source, "title": source_title(source["title"], source_id)}


def report_address(subject: str) -> str | None:
    """Return the address to report a mistake at: the operator's contact; None where the settings have none."""
    contact = config().contact
    if contact is None or "://" in contact:
        return contact
    # RFC 6068: a space in a mailto is %20.
    return f"mailto:{contact}?{urlencode({'subject': subject}, quote_via=quote)}"


def register(app: Flask) -> None:
    """Add the functions to the templates of an application."""
    for function in (standing_of, withdrawal_of, name_of, other_names_of, region_path, source_of):
        app.jinja_env.globals[function.__name__] = function
    app.jinja_env.globals["MARKS"] = MARKS


@lru_cache(_CACHED)
# The revision is a part of the key: a later one may have another title.
def _source(_latest: State, source_id: str) -> Record:
    source: Record = api.get(f"/v1/sources/{source_id}")
    return source
