"""Bluesky: `app.bsky.actor.getProfiles` of the public AppView, 25 accounts a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from directory.probe.asking import Asker, NoAnswerError, Reply
from directory.probe.results import (
    BLUESKY_DOMAIN,
    BLUESKY_VERIFIER,
    Account,
    Result,
    Verification,
    count,
    is_official_site,
    moment,
    unanswered,
)
from directory.sync.connectors.bluesky import ACTOR, BATCH

METHOD: Final = "bluesky-profiles"
_URL: Final = "https://public.api.bsky.app/xrpc/app.bsky.actor.getProfiles"
# What the AppView shows where the domain of a handle does not lead back to the account.
_INVALID: Final = "handle.invalid"


def probe(asker: Asker, accounts: Iterable[Account]) -> Iterator[Result]:
    """Yield the result of each account: by its DID if that is known, else by its handle."""
    # One malformed actor is a 400 for the whole batch.
    waiting = iter([account for account in accounts if ACTOR.fullmatch(_actor(account))])
    verifiers: dict[str, str] = {}
    while batch := list(islice(waiting, BATCH)):
        try:
            reply, profiles = _get_profiles(asker, [_actor(account) for account in batch])
            _name_verifiers(asker, profiles, verifiers)
        except NoAnswerError as error:
            yield from (unanswered(account, METHOD, error) for account in batch)
            continue
        by_actor = {str(profile[key]).lower(): profile for profile in profiles for key in ("handle", "did")}
        for account in batch:
            yield _judge(account, reply, by_actor.get(_actor(account).lower()), verifiers)


def _actor(account: Account) -> str:
    return account.platform_user_id or (account.handle or "").lower()


def _is_actor(value: object) -> bool:
    return isinstance(value, str) and ACTOR.fullmatch(value) is not None


def _get_profiles(asker: Asker, actors: list[str]) -> tuple[Reply, list[dict[str, Any]]]:
    """Return the response and its profiles; raise NoAnswerError where it has another form."""
    reply = asker.ask(f"{_URL}?{urlencode({'actors': actors}, doseq=True)}")
    found = reply.as_json()
    profiles = found.get("profiles") if reply.is_found and isinstance(found, dict) else None
    if not isinstance(profiles, list) or not all(
        isinstance(profile, dict) and _is_actor(profile.get("did")) and isinstance(profile.get("handle"), str)
        for profile in profiles
    ):
        raise NoAnswerError(f"{_URL} answers in another form than getProfiles has", "unreachable")
    return reply, profiles


def _name_verifiers(asker: Asker, profiles: Iterable[Mapping[str, Any]], verifiers: dict[str, str]) -> None:
    """Add the handles of those who issued verifications, by DID."""
    issuers = {record["issuer"] for profile in profiles for record in _records(profile)} - verifiers.keys()
    unknown = iter(sorted(issuers))
    while batch := list(islice(unknown, BATCH)):
        _, found = _get_profiles(asker, batch)
        verifiers |= {profile["did"]: profile["handle"] for profile in found}


def _judge(account: Account, reply: Reply, profile: Mapping[str, Any] | None, verifiers: Mapping[str, str]) -> Result:
    evidence = reply.evidence | {"user_id": account.known_id}
    result = Result(account=account, method=METHOD, asked_at=reply.at, outcome="gone", evidence=evidence)
    if profile is None:
        result.evidence["message"] = f"no profile of {_actor(account)}: deleted, deactivated or taken down"
        return result
    handle = profile["handle"] if ACTOR.fullmatch(profile["handle"]) else _INVALID
    result.evidence |= {"did": profile["did"], "handle": handle}
    if account.known_id not in {None, profile["did"]}:
        result.outcome = "reassigned"
        return result
    result.evidence["user_id"] = profile["did"]
    result.outcome = "present"
    labels = profile.get("labels")
    result.is_locked = isinstance(labels, list) and any(
        isinstance(label, dict) and label.get("val") == "!no-unauthenticated" for label in labels
    )
    result.evidence["locked"] = result.is_locked
    result.followers, result.posts = count(profile, "followersCount"), count(profile, "postsCount")
    if handle != _INVALID and account.handle is not None and handle.lower() != account.handle.lower():
        result.outcome, result.found_handle = "renamed", handle
    result.verification = _find_verification(profile, account.website, reply.at, verifiers)
    return result


def _find_verification(
    profile: Mapping[str, Any], website: str | None, at: datetime, verifiers: Mapping[str, str]
) -> Verification | None:
    """Return the earliest record of a trusted verifier, else the handle if it is the domain of an official site."""
    records = [
        (created_at, str(record["issuer"]))
        for record in _records(profile)
        if (created_at := moment(record.get("createdAt")))
    ]
    if records:
        created_at, issuer = min(records)
        return Verification(BLUESKY_VERIFIER, verifiers.get(issuer, issuer), created_at)
    handle = profile["handle"].lower()
    if handle != _INVALID and is_official_site(handle, website):
        return Verification(BLUESKY_DOMAIN, handle, at)
    return None


def _records(profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the valid records of trusted verifiers: the AppView says of the account that there is one."""
    state = profile.get("verification")
    if not isinstance(state, dict) or state.get("verifiedStatus") != "valid":
        return []
    records = state.get("verifications")
    return [
        record
        for record in (records if isinstance(records, list) else ())
        if isinstance(record, dict) and record.get("isValid") is True and _is_actor(record.get("issuer"))
    ]
