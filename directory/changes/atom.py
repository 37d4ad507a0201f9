"""Changes as an Atom feed, for readers that know nothing of registries.

Source of the format: RFC 4287, The Atom Syndication Format; of the ids: RFC 9562, Universally Unique Identifiers
(version 5, made of names). They are made of the time of the registry's first revision, which stays in every backup and
under every address, so that a registry that moves keeps its ids, and no reader sees an entry a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from directory.changes.differences import differences

MEDIA_TYPE: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN: Final = 300
# Of our own, so that no other program makes the same ids of the same time.
_REGISTRIES: Final = UUID("0b0f2a53-6a8e-4f0c-9d0a-5a6d3d1f7c42")
_ACTIONS: Final[Mapping[str, str]] = {
    "create": "added",
    "update": "changed",
    "delete": "deleted",
    "merge": "merged into another",
}
# Of each kind of record, the keys that it is called by, the first that has a value.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("name", "handle", "platform_user_id"),
    "handle": ("handle",),
    "source": ("title",),
}

Change = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed about itself: its title, publisher, addresses, and the time (RFC 3339) of what it was made of.

    `base` is what addresses of this service begin with; `address` is its own, `name` what stays of it from page to
    page. `begun` is the time (RFC 3339) of the registry's first revision, None before that.
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
        """Return the id of something in this registry, the same for the same name wherever it is read."""
        registry = uuid5(_REGISTRIES, self.begun or "")
        return uuid5(registry, name).urn


def write_feed(feed: Feed, changes: Sequence[Change]) -> bytes:
    """Return the document of a feed with these changes as its entries, in their order."""
    root = ET.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    _add(root, "id", feed.id_of(feed.name))
    _add(root, "title", feed.title)
    _add(root, "updated", max((change["at"] for change in changes), default=feed.updated))
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.address)
    if feed.next is not None:
        _add(root, "link", rel="next", type=MEDIA_TYPE, href=feed.next)
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
    if (address := _address(change)) is not None:
        # Without its type: of a link to JSON, feed readers make nothing that can be followed.
        _add(entry, "link", rel="alternate", href=f"{feed.base}{address}")
    for scheme in ("kind", "action"):
        _add(entry, "category", term=change[scheme], scheme=f"{feed.base}/schemas/change.json#/properties/{scheme}")
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
    called = next((str(record[key]) for key in keys if record.get(key)), change["id"])
    where = f" ({record['platform']})" if record.get("platform") else ""
    return f"{change['kind'].capitalize()} {_ACTIONS[change['action']]}: {called}{where}"


def _address(change: Change) -> str | None:
    """Return the path of the record; of an account that went, that of its history; None where there is nothing."""
    record = change["after"] or {}
    if change["kind"] == "account":
        return f"/v1/accounts/{change['id']}" + ("" if record else "/history")
    if "account" in record:
        return f"/v1/accounts/{record['account']}"
    links: Mapping[str, str] = record.get("links", {})
    return links.get("self")


def _content(change: Change) -> str:
    """Say why, from where, and what is different."""
    lines = [f"Reason: {change['reason']}"]
    if change["source"] is not None:
        lines.append(f"Source: {change['source']}")
    if "replaced_by" in change:
        lines.append(f"It is now: {change['replaced_by']}")
    for difference in differences(change["before"], change["after"]) if change["after"] is not None else ():
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
