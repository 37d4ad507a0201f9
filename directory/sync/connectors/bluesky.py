"""Accounts on Bluesky that the operator names, with DID and follower counts, by `app.bsky.actor.getProfiles`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from directory.sync.connector import AccountsOption, Connector, Row
from directory.sync.errors import SettingsError
from directory.sync.session import Session

# 26 actors are answered 400.
BATCH: Final = 25
# One malformed actor is a 400 for the whole batch.
ACTOR: Final = re.compile(r"did:(plc:[a-z2-7]{24}|web:[a-z0-9.-]+)|([a-z0-9-]+\.)+[a-z][a-z0-9-]*")


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of all actors; one that is gone is not among them."""
    actors = session.options["actors"]
    if not isinstance(actors, dict) or not all(ACTOR.fullmatch(actor) for actor in actors):
        raise SettingsError('[bluesky] actors is no table of handles or DIDs and regions: { "cdc.gov" = "US" }')
    names = sorted(actors)
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        response = session.json("/xrpc/app.bsky.actor.getProfiles", {"actors": batch})
        for profile in response["profiles"]:
            # A handle that Bluesky could not verify is `handle.invalid`: the DID remains.
            handle = profile["handle"] if profile["handle"] != "handle.invalid" else None
            name = (profile.get("displayName") or "").strip() or handle
            yield {
                "platform": "bluesky",
                "handle": handle,
                "platform_user_id": profile["did"],
                "source_id": profile["did"],
                "name": name,
                "department": name,
                "region": actors.get(handle or "") or actors.get(profile["did"]),
                "followers": profile.get("followersCount"),
                "followers_at": session.fetched_at,
                "following": profile.get("followsCount"),
                "posts": profile.get("postsCount"),
                "verified": _verified(profile),
            }
        missing = len(batch) - len(response["profiles"])
        if missing:
            session.note(
                f"{missing:,} of the {len(batch):,} actors from {batch[0]} to {batch[-1]} do not exist any more"
            )


def _verified(profile: dict[str, Any]) -> bool | None:
    """Whether the platform shows its mark; None where it does not say."""
    state = profile.get("verification")
    return state.get("verifiedStatus") == "valid" if isinstance(state, dict) else None


CONNECTOR: Final = Connector(
    name="bluesky",
    title="Accounts on Bluesky",
    publisher="Bluesky",
    licence="terms of Bluesky",
    url="https://public.api.bsky.app/",
    read=read,
    needs=frozenset({"actors"}),
    observes=True,
    asks_for=AccountsOption("actors", "bluesky"),
    seconds_between_requests=0.5,
)
