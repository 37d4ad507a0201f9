"""Mastodon: `/api/v1/accounts/lookup` of the account's own server."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from directory.probe.asking import Asker, NoAnswerError, Reply
from directory.probe.results import (
    MASTODON_LINK,
    Account,
    Result,
    Verification,
    count,
    is_official_site,
    moment,
    split_url,
    unanswered,
)

METHOD: Final = "mastodon-lookup"
_NOT_FOUND: Final = {"error": "Record not found"}
# Longer than any id or name of an account.
_NAME_MAX: Final = 100
_LINK: Final = re.compile(r'href="(https?://[^"]+)"')


def probe(asker: Asker, accounts: Iterable[Account]) -> Iterator[Result]:
    """Yield the result of each account, which has a handle or an id; both end with `@server`."""
    for account in accounts:
        name, _, server = (account.handle or account.platform_user_id or "").rpartition("@")
        path = f"lookup?acct={quote(name)}" if account.handle else quote(name, safe="")
        try:
            reply = asker.ask(f"https://{server}/api/v1/accounts/{path}")
        except NoAnswerError as error:
            yield unanswered(account, METHOD, error)
        else:
            yield _judge(account, server, reply)


def _judge(account: Account, server: str, reply: Reply) -> Result:
    found = reply.as_json()
    result = Result(
        account=account,
        method=METHOD,
        asked_at=reply.at,
        outcome="unclear",
        evidence={**reply.evidence, "server": server, "user_id": account.known_id},
    )
    if not reply.is_found:
        # Servers of something else write JSON, too: the main site of a domain whose Mastodon is on another host.
        if found == _NOT_FOUND:
            result.outcome = "gone"
            result.evidence["message"] = _NOT_FOUND["error"]
        return result
    if not isinstance(found, dict) or not _is_name(found.get("id")) or not _is_name(found.get("acct")):
        return result
    result.evidence |= {"id": found["id"], "acct": found["acct"]}
    result.evidence |= {
        key: found[key] for key in ("locked", "limited", "suspended") if found.get(key) in (True, False)
    }
    asked = (account.handle or "").rpartition("@")[0]
    if "@" in found["acct"] or (asked and found["acct"].lower() != asked.lower()):
        # The server shows an account of another one, of which it knows only a copy, or one that was not asked for.
        return result
    user_id = f"{found['id']}@{server}"
    if account.known_id not in {None, user_id}:
        result.outcome = "reassigned"
        return result
    result.evidence["user_id"] = user_id
    result.is_locked = found.get("locked") is True
    if found.get("suspended") is True:
        result.outcome = "suspended"
        return result
    result.followers, result.posts = count(found, "followers_count"), count(found, "statuses_count")
    result.last_post_at = moment(found.get("last_status_at"))
    moved = found.get("moved")
    if isinstance(moved, dict):
        result.outcome = "moved"
        result.evidence["moved_to"] = str(moved.get("url") or moved.get("acct"))[:300]
        return result
    result.outcome = "present"
    result.verification = find_verification(found, server, account.website)
    if result.verification is not None:
        result.evidence["verified_link"] = result.verification.verifier
    return result


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _NAME_MAX


def find_verification(found: Mapping[str, Any], server: str, website: str | None) -> Verification | None:
    """Return the earliest verified link to an official site: the server has seen that the site links back.

    Anybody can have a link to a site of their own verified, so other sites prove nothing.
    """
    proofs: list[tuple[Any, str]] = []
    fields = found.get("fields")
    for field in fields if isinstance(fields, list) else ():
        if not isinstance(field, dict) or not isinstance(field.get("value"), str):
            continue
        verified_at = moment(field.get("verified_at"))
        link = _LINK.search(field["value"])
        host, path = split_url(html.unescape(link[1]) if link else "")
        if verified_at is not None and is_official_site(host, website, path):
            proofs.append((verified_at, host))
    if not proofs:
        return None
    at, host = min(proofs)
    return Verification(MASTODON_LINK, f"{server} for {host}", at)
