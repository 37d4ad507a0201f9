"""What the tables of a snapshot hold, and what each key of an account means, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from directory.web.languages import lazy_gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.web.languages import LazyText

TABLES: Final[Mapping[str, LazyText]] = {
    "accounts": _("Every account, with its department, region, status, proof and latest count of followers."),
    "departments": _("The bodies that run accounts: name, type, region, parent, website, ids in other registers."),
    "handles": _("Who held which handle from when to when."),
    "followers": _("The latest counts of followers and posts of each account that was counted, and who counted."),
    "platforms": _("The platforms: hosts, forms of addresses, rules for handles, when they opened and closed."),
    "regions": _("Countries, provinces, prefectures and counties as a tree, with names and other codes."),
    "sources": _("Where the records come from, and under which licence."),
    "tombstones": _("Removed and merged records, and what they were merged into."),
}
"""Of each table one sentence, the most asked for first."""
FIELDS: Final[Mapping[str, LazyText]] = {
    "id": _("Permanent and never used again; its last character is a check character."),
    "platform": _("Short name of the platform."),
    "platform_user_id": _("The platform’s own id, which stays when the handle changes. Read it as text."),
    "handle": _("The name in the address of the profile, without @."),
    "url": _("The address of the profile."),
    "name": _("The name as displayed."),
    "names": _("Other names, with their language where it is known."),
    "description": _("What the account says of itself."),
    "department": _("The body that runs it: id, name and type."),
    "region": _("Where that body governs or serves: code, name in Latin letters, name in its own script."),
    "subject": _("body: the account of a department; person: that of somebody in office."),
    "status": _("active, dormant (silent for long), suspended, closed or unknown."),
    "verification": _("How well it is supported: level, method, when it was checked, until when it holds."),
    "followers": _("The latest count, and when it was counted."),
    "opened_on": _("The day on which it was opened."),
    "closed_on": _("The day on which it was closed."),
    "last_post_at": _("The latest post that anybody saw."),
    "language": _("Its main language (RFC 5646)."),
    "tags": _("Free words."),
    "sources": _("Ids of the sources that list it."),
    "replaced_by": _("Id of the account that took over."),
    "links": _("Addresses of the record and of its history in the API."),
    "revision": _("The revision that last changed the record; counts of followers apart."),
    "created_at": _("When the record was made."),
    "updated_at": _("When the record was last changed."),
}
"""The keys of an account in the order of the API."""
