"""Social media accounts of the Government of Canada, in English and in French; cells are HTML with labels."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from directory.sync.connector import Connector, Row
from directory.sync.errors import ChangedFormError
from directory.sync.plain_text import plain_text
from directory.sync.session import Session

_FILES: Final = {"en": "sm-en.json", "fr": "sm-fr.json"}
_TARGET: Final = re.compile(r"""href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
# "Department:", "Ministère :" in front of the value.
_LABEL: Final = re.compile(r"^\s*[^:]{1,30}:\s*")
_LANGUAGES: Final = {"en": ("engl", "angl"), "fr": ("fren", "fran")}
_CELLS: Final = 5


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of both files; one that is in both has the language of the first."""
    seen: set[str] = set()
    for language, name in _FILES.items():
        for cells in session.json(name)["aaData"]:
            if len(cells) < _CELLS:
                raise ChangedFormError(f"{name} has a row of {len(cells)} cells and not of {_CELLS}")
            account, _, department, stated, link = cells[:_CELLS]
            target = _TARGET.search(link) or _TARGET.search(account)
            url = html.unescape(target[1]).strip() if target else ""
            if not url or url in seen:
                continue
            seen.add(url)
            body = _text(department)
            yield {
                "url": url,
                "name": _text(account) or None,
                "department": body or None,
                "region": "CA",
                "language": _language(_text(stated)) or language,
            }


def _text(cell: str) -> str:
    return _LABEL.sub("", plain_text(cell))


def _language(stated: str) -> str | None:
    """Return the language of a cell such as `English` or `Français`; None for both of them."""
    words = stated.casefold()
    found = [tag for tag, stems in _LANGUAGES.items() if any(stem in words for stem in stems)]
    return found[0] if len(found) == 1 else None


CONNECTOR: Final = Connector(
    name="canada",
    title="Social media accounts of the Government of Canada",
    publisher="Government of Canada",
    licence="terms of Canada.ca",
    url="https://www.canada.ca/content/dam/canada/json/",
    read=read,
    expected=1_800,
    terms="https://www.canada.ca/en/transparency/terms.html",
)
