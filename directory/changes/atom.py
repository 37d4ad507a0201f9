"""Changes as an Atom feed, for general feed readers.

Source of the format: RFC 4287, The Atom Syndication Format; of the ids: RFC 9562, Universally Unique Identifiers
(version 5, name-based). The namespace is derived from the time of the registry's first revision, which is the same in
every backup and under every URL: a registry that moves keeps its ids, and no reader sees an entry twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from directory.changes.differences import list_differences

MEDIA_TYPE: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
# Characters that XML 1.0 does not allow, not even escaped.
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN: Final = 300
# A namespace of our own, so that no other program derives the same ids from the same time.
_REGISTRIES: Final = UUID("0b0f2a53-6a8e-4f0c-9d0a-5a6d3d1f7c42")
_ACTIONS: Final[Mapping[str, str]] = {
    "create": "added",
    "update": "changed",
    "delete": "deleted",
    "merge": "merged into another",
}
# Keys with the name of a record, by kind: the first one with a value counts.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("name", "handle", "platform_user_id"),
    "handle": ("handle",),
    "observations": ("source",),
    "source": ("title",),
}

Change = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The metadata of a feed; `updated` is a time in RFC 3339.

    `base` is the prefix of the URLs of this service; `address` is the URL of the page, `name` the part of it that all
    pages share. `begun` is the time (RFC 3339) of the registry's first revision, None before that.
    """

    title: str
    publisher: str
    begun: str | None
    base: str
    address: str
    name: str
    next: str | None
    updated: str

    def id_of(self, name: str) -> str:
        """Return the id (a URN) for a name in this registry, the same under every URL."""
        registry = uuid5(_REGISTRIES, self.begun or "")
        return uuid5(registry, name).urn


def write_feed(feed: Feed, changes: Sequence[Change]) -> bytes:
    """Return the XML document of a feed with these changes as entries, in their order."""
    root = ET.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    _add(root, "id", feed.id_of(feed.name))
    _add(root, "title", feed.title)
    # A page of older entries keeps its time, whatever was changed since.
    _add(root, "updated", max((change["at"] for change in changes), default=feed.updated))
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.address)
    if feed.next is not None:
        _add(root, "link", rel="next", type=MEDIA_TYPE, href=feed.next)
    # RFC 4287, 4.1.1: a feed has an author unless every entry has one, and a page may have no entries.
    _add(_add(root, "author"), "name", feed.publisher)
    for change in changes:
        _add_entry(root, change, feed)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add_entry(root: ET.Element, change: Change, feed: Feed) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", feed.id_of(f"changes/{change['revision']}/{change['sequence']}"))
    _add(entry, "title", _title(change))
    _add(entry, "updated", change["at"])
    _add(_add(entry, "author"), "name", change["actor"])
    if (path := _path(change)) is not None:
        # Without a type: feed readers do not show links to JSON as links.
        _add(entry, "link", rel="alternate", href=f"{feed.base}{path}")
    for scheme in ("kind", "action"):
        _add(entry, "category", term=change[scheme], scheme=f"{feed.base}/schemas/change.json#/properties/{scheme}")
    # Text and not XHTML, of which the reader atoma returns nothing, without an error.
    _add(entry, "content", _content(change), type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, {key: _legal(value) for key, value in attributes.items()})
    if text is not None:
        element.text = _legal(text)
    return element


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def _title(change: Change) -> str:
    record = change["after"] or change["before"] or {}
    keys = _NAMES.get(change["kind"], ("name",))
    name = next((str(record[key]) for key in keys if record.get(key)), change["id"])
    where = f" ({record['platform']})" if record.get("platform") else ""
    return f"{change['kind'].capitalize()} {_ACTIONS[change['action']]}: {name}{where}"


def _path(change: Change) -> str | None:
    """Return the path of the record, or of the history of a deleted account; None if there is neither."""
    record = change["after"] or {}
    if change["kind"] == "account":
        return f"/v1/accounts/{change['id']}" + ("" if record else "/history")
    if "account" in record:
        return f"/v1/accounts/{record['account']}"
    links: Mapping[str, str] = record.get("links", {})
    return links.get("self")


def _content(change: Change) -> str:
    """Return reason, source and differences as text."""
    lines = [f"Reason: {change['reason']}"]
    if change["source"] is not None:
        lines.append(f"Source: {change['source']}")
    if "replaced_by" in change:
        lines.append(f"It is now: {change['replaced_by']}")
    for difference in list_differences(change["before"], change["after"]) if change["after"] is not None else ():
        new = _show(difference.new)
        lines.append(
            f"{difference.field}: {new}"
            if change["before"] is None
            else f"{difference.field}: {_show(difference.old)} → {new}"
        )
    return "\n".join(lines)


def _show(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
