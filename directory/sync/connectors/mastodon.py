"""Accounts of Mastodon servers that a government runs, with their follower counts, by the public profile directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from directory.sync.connector import Connector, Row
from directory.sync.errors import FetchError, SettingsError
from directory.sync.plain_text import plain_text
from directory.sync.session import Parameters, Session

# Servers with their region.
INSTANCES: Final = {
    "https://social.bund.de": "DE",
    "https://social.overheid.nl": "NL",
    "https://ec.social-network.europa.eu": "EU",
}
_PAGE: Final = 80


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of all servers; one that is closed (401) or down is left out."""
    instances = session.options.get("instances", INSTANCES)
    if not isinstance(instances, dict) or not all(isinstance(region, str) for region in instances.values()):
        raise SettingsError(
            '[mastodon] instances is no table of servers and regions: { "https://social.bund.de" = "DE" }'
        )
    for url, region in instances.items():
        base = url if "://" in url else f"https://{url}"
        session.trust(base)
        try:
            yield from _read_instance(session, base, region)
        except FetchError as error:
            session.leave_out(str(error))


def _read_instance(session: Session, base: str, region: str) -> Iterator[Row]:
    # The domain of the handles need not be the host of the server.
    domain = session.json(f"{base}/api/v2/instance").get("domain") or urlsplit(base).netloc
    seen: set[str] = set()
    offset, last = 0, None
    while True:
        parameters: Parameters = {"local": "true", "order": "new", "limit": _PAGE, "offset": offset}
        page = {account["id"]: account for account in session.json(f"{base}/api/v1/directory", parameters)}
        # Each page begins with the last account of the one before it: a new account repeats some, and without the last
        # one others have gone, so as many were skipped.
        if last is not None and last not in page:
            session.leave_out(f"{base} changed its list while it was read")
        if page.keys() <= seen:
            return
        for account_id, account in page.items():
            if account_id not in seen and not account.get("moved") and not account.get("suspended"):
                yield _account(account, domain, region, session.fetched_at)
        seen |= page.keys()
        offset, last = offset + max(len(page) - 1, 1), next(reversed(page))


def _account(account: dict[str, Any], domain: str, region: str, fetched_at: str) -> Row:
    name = account["display_name"].strip() or account["username"]
    # A server that hides the count sends -1.
    followers = account["followers_count"] if account["followers_count"] >= 0 else None
    return {
        "platform": "mastodon",
        "handle": f"{account['username']}@{domain}",
        "platform_user_id": f"{account['id']}@{domain}",
        "source_id": f"{account['id']}@{domain}",
        "name": name,
        "department": name,
        "description": plain_text(account.get("note") or "")[:500] or None,
        "region": region,
        "followers": followers,
        "followers_at": fetched_at if followers is not None else None,
        "following": account.get("following_count"),
        "posts": account.get("statuses_count"),
        "last_post_at": account.get("last_status_at"),
    }


CONNECTOR: Final = Connector(
    name="mastodon",
    title="Mastodon servers of governments",
    publisher="the operators of the servers",
    licence="terms of each server",
    url="https://social.bund.de",
    read=read,
    note="accounts that the profile directory of their server shows",
    options=frozenset({"instances"}),
    observes=True,
    # 300 requests in 5 minutes.
    seconds_between_requests=1.0,
)
