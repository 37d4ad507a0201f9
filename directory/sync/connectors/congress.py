"""Members of the U.S. Congress, from the files of the @unitedstates project.

`legislators-social-media.json` has the accounts by Bioguide id, `legislators-current.json` names, chambers and states.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from directory.sync.connector import Connector, Row
from directory.sync.session import Session

# By platform: the key of the handle, and that of the immutable id.
_KEYS: Final = {
    "x": ("twitter", "twitter_id"),
    "facebook": ("facebook", "facebook_id"),
    "youtube": ("youtube", "youtube_id"),
    "instagram": ("instagram", "instagram_id"),
    "mastodon": ("mastodon", ""),
}
_CHAMBERS: Final = {"sen": "United States Senate", "rep": "United States House of Representatives"}


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of the members."""
    members = {member["id"]["bioguide"]: member for member in session.json("legislators-current.json")}
    for entry in session.json("legislators-social-media.json"):
        bioguide, social = entry["id"]["bioguide"], entry["social"]
        # The file may still list somebody who has left.
        member = members.get(bioguide)
        if member is None:
            continue
        about = _describe(member)
        for platform, (handle_key, id_key) in _KEYS.items():
            handle, user_id = social.get(handle_key), social.get(id_key)
            if handle or user_id:
                yield {
                    "platform": platform,
                    "handle": handle,
                    "platform_user_id": str(user_id) if user_id else None,
                    "source_id": bioguide,
                    **about,
                }


def _describe(member: dict[str, Any]) -> Row:
    name, term = member["name"], member["terms"][-1]
    return {
        "name": name.get("official_full") or f"{name['first']} {name['last']}",
        "department": _CHAMBERS[term["type"]],
        "department_type": "legislature",
        "region": f"US-{term['state']}",
        "subject": "person",
        "status": "active",
    }


CONNECTOR: Final = Connector(
    name="congress",
    title="Members of the U.S. Congress on social media",
    publisher="@unitedstates project",
    licence="CC0-1.0",
    url="https://unitedstates.github.io/congress-legislators/",
    read=read,
    expected=1_700,
    note="official accounts of sitting members; a member who leaves is no longer listed",
)
