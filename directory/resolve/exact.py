"""The verdict on a text that names a registered account for certain, or one that was."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from directory.accounts.account_record import Record, Withdrawal
from directory.accounts.handles import Holding, Release
from directory.platforms.addresses import Address, canonical_url, handle_key
from directory.platforms.reference import PLATFORMS
from directory.resolve.ambiguity import choose, last_to_end, tell_ended, tell_platforms
from directory.resolve.evidence import Findings, pairs_of
from directory.resolve.input_parsing import Asked, keys_on
from directory.resolve.name_forms import NameForm
from directory.resolve.reasons import Reason, say
from directory.resolve.verdicts import MAX_CANDIDATES, Candidate, Match, Verdict, names_of, rank


def decide(asked: Asked, found: Findings) -> Verdict | None:
    """Return the verdict on a text that names a registered account, or one that was; None where it names none."""
    verdict = _by_registry_id(asked, found)
    if verdict is None:
        verdict = _by_handle_anywhere(asked, found) if asked.platform is None else _by_address(asked, found)
    if verdict is None and not asked.is_url:
        verdict = _by_name(asked, found)
    return verdict


def _by_registry_id(asked: Asked, found: Findings) -> Verdict | None:
    if asked.registry_id is None:
        return None
    record = found.records.get(asked.registry_id)
    match = Match("id", asked.registry_id, asked.registry_id)
    if record is not None:
        return _stand(asked, found, record, [say("registry_id")], match)
    departure = found.departures.get(asked.registry_id)
    if departure is None:
        return None
    successor = found.records.get(departure.successor_id or "")
    if successor is not None:
        merged = say("merged", id=asked.registry_id, revision=departure.revision)
        return _stand(asked, found, successor, [merged], replace(match, account_id=successor.id))
    deleted = say("account_deleted", revision=departure.revision, why=departure.reason)
    return Verdict(asked.text, "formerly_official", (deleted,), match=match)


def _by_address(asked: Asked, found: Findings) -> Verdict | None:
    address = asked.address
    if address is not None and address.user_id is not None:
        for record in found.under("user_id", address.user_id, address.platform):
            reasons = [say("current_user_id", **names_of(record.platform))]
            if address.handle is not None and handle_key(address.platform, address.handle) != record.handle_key:
                reasons.append(say("handle_differs"))
            return _stand(asked, found, record, reasons, Match("user_id", address.user_id, record.id))
    for pair in pairs_of(asked):
        verdict = _by_holding(asked, found, found.holdings[pair])
        if verdict is not None:
            return verdict
    return None


def _by_holding(asked: Asked, found: Findings, holding: Holding) -> Verdict | None:
    """Judge a handle by who holds it and who gave it up; what is written otherwise is not this handle."""
    registered = holding.handle or next((release.handle for release in holding.releases), None)
    if registered is None or not is_written_so(asked, registered):
        return None
    holder = holding.account
    for release in holding.releases:
        if not _is_vouched_for(found, release, holder):
            return _formerly_held(asked, found, holding, release)
    if holder is None:
        return None
    match = Match("url" if asked.is_url else "handle", asked.handle or registered, holder.id)
    reasons = [say("current_handle", handle=registered, **names_of(holding.platform))]
    if not asked.is_url and _is_wide(asked.handle or ""):
        reasons.append(say("full_width_read"))
    word, slash, _ = holding.handle_key.partition("/")
    if slash and not asked.is_url and "/" not in registered:
        url = canonical_url(Address(holding.platform, f"{word}/{registered}"))
        reasons.append(say("kind_not_stated", url=url, **names_of(holding.platform)))
    return _stand(asked, found, holder, reasons, match, holding.valid_from)


def _is_vouched_for(found: Findings, release: Release, holder: Record | None) -> bool:
    """Tell whether who holds a handle now may: the one who gave it up, or one that is exempt from the quarantine."""
    if holder is None:
        return False
    return not release.holds_off(holder.id) or holder.id == found.successor(release.account_id)


def is_written_so(asked: Asked, registered: str) -> bool:
    """Whether a handle stands in the text as it is registered, letter case aside where the platform sets it aside.

    What only Unicode's compatibility forms make the same is another handle. One exception: a handle that is typed in
    full-width letters throughout, as input methods do, outside an address.
    """
    given = asked.written.lstrip("@＠")
    if not asked.is_url and _is_wide(given):
        given = unicodedata.normalize("NFKC", given)
    if "/" not in given:
        registered = registered.rpartition("/")[2]
    if given.isascii() and registered.isascii():
        return True
    return unicodedata.normalize("NFC", given).lower() == unicodedata.normalize("NFC", registered).lower()


def _is_wide(handle: str) -> bool:
    """Tell whether a handle is in full-width letters and no others."""
    return all("\uff01" <= character <= "\uff5e" for character in handle.lstrip("@＠")) and bool(handle.strip("@＠"))


def _formerly_held(asked: Asked, found: Findings, holding: Holding, release: Release) -> Verdict:
    """Say of a handle that was given up: by whom, when, and that who has it now is not vouched for."""
    names = names_of(holding.platform)
    account = found.records.get(found.successor(release.account_id))
    reasons = [say("handle_released", handle=release.handle, until=release.valid_to.date().isoformat(), **names)]
    candidates: list[Candidate] = []
    if account is None:
        departure = found.departures.get(release.account_id)
        if departure is not None:
            reasons.append(say("account_deleted", revision=departure.revision, why=departure.reason))
    else:
        if account.handle is not None and account.handle_key != holding.handle_key:
            reasons.append(say("renamed", current=account.handle, **names))
        candidates.append(Candidate(account.id, 1.0, ("renamed",), account.followers))
    if holding.account is not None:
        reasons.append(say("held_by_another"))
        candidates.append(Candidate(holding.account.id, 0.5, ("held_by_another",), holding.account.followers))
    return Verdict(
        asked.text,
        "formerly_official",
        tuple(reasons),
        holding.platform,
        release.handle,
        account.id if account is not None else None,
        release.valid_from,
        release.valid_to,
        Match("url" if asked.is_url else "handle", asked.handle or release.handle, release.account_id),
        rank(candidates),
    )


def _stand(
    asked: Asked,
    found: Findings,
    record: Record,
    reasons: Sequence[Reason],
    match: Match,
    valid_from: dt.datetime | None = None,
) -> Verdict:
    """Judge a registered account by its standing: official, unless it ended or its last source stopped listing it."""
    post = tuple(_tell_post(asked, record))
    verdict = Verdict(
        asked.text,
        "official",
        (*reasons, *post, *describe_standing(record)),
        record.platform,
        record.handle,
        record.id,
        valid_from,
        None,
        match,
    )
    if not record.has_ended:
        return verdict
    day = record.closed_on
    closed = say("account_closed", on=f" on {day}" if day else "", on_zh=f"（{day}）" if day else "")
    successor = found.records.get(found.successor(record.replaced_by or ""))
    ended = ([closed] if record.status == "closed" else []) + ([say("account_replaced")] if record.replaced_by else [])
    ends = [dt.datetime.combine(day, dt.time(), dt.UTC)] if day is not None else []
    if record.is_withdrawn and record.withdrawal is not None:
        ended.append(_tell_withdrawal(record.withdrawal))
        ends.append(dt.datetime.fromisoformat(record.withdrawal["listed_until"]))
        listed_from = record.withdrawal["listed_from"]
        valid_from = valid_from or (dt.datetime.fromisoformat(listed_from) if listed_from else None)
    return replace(
        verdict,
        verdict="formerly_official",
        reasons=(*reasons, *post, *ended),
        valid_from=valid_from,
        valid_to=min(ends, default=None),
        candidates=(Candidate(successor.id, 1.0, ("account_replaced",), successor.followers),) if successor else (),
    )


def _tell_withdrawal(withdrawal: Withdrawal) -> Reason:
    since, until = (moment and moment[:10] for moment in (withdrawal["listed_from"], withdrawal["listed_until"]))
    return say(
        "source_stopped_listing",
        source=withdrawal["source"],
        since=f" since {since}" if since else "",
        since_zh=f"自{since}起" if since else "",
        until=until,
    )


def _tell_post(asked: Asked, record: Record) -> Iterable[Reason]:
    """Yield what is to be said of the address of a post."""
    if asked.is_post:
        yield say("post_of_account")
        if PLATFORMS[record.platform].opens_post_by_number:
            yield say("post_author_not_told", **names_of(record.platform))


def describe_standing(record: Record) -> Iterable[Reason]:
    """Say the status and the verification of an official account."""
    if record.status in {"dormant", "suspended"}:
        yield say(record.status)
    elif record.status == "unknown":
        yield say("status_unknown")
    yield say(_VERIFIED[record.verification])


_VERIFIED: Final = {
    "platform": "verified_by_platform",
    "registry": "verified_by_registry",
    "source": "listed_by_source",
    "none": "not_verified",
}


def _by_handle_anywhere(asked: Asked, found: Findings) -> Verdict | None:
    """Judge a handle that was given without a platform, for all platforms on which it is or was registered.

    What stands decides; what has ended elsewhere is told and decides nothing.
    """
    judged = [
        verdict
        for key in asked.keys
        for holding in found.anywhere.get(key, ())
        if key in keys_on(holding.platform, asked.handle or "")
        and (verdict := _by_holding(asked, found, holding)) is not None
    ]
    official = {verdict.account_id or "": verdict for verdict in judged if verdict.verdict == "official"}
    ended = [verdict for verdict in judged if verdict.verdict != "official" and verdict.account_id not in official]
    if not official:
        last = last_to_end(judged)
        if last is None:
            return None
        known = set(last.shown)
        rest = tell_ended((verdict for verdict in ended if verdict.account_id not in known), found)
        return replace(last, candidates=(*last.candidates, *rest)[:MAX_CANDIDATES])
    chosen, others = choose([found.records[account_id] for account_id in official], "current_handle")
    told = (*others, *tell_ended(ended, found))[:MAX_CANDIDATES]
    platforms = tell_platforms(official.values())
    if chosen is not None:
        verdict = official[chosen.id]
        reasons = (*verdict.reasons, say("platform_not_stated"), *platforms)
        return replace(verdict, reasons=reasons, candidates=told)
    handle = official[others[0].account_id].handle
    return Verdict(asked.text, "unknown", (say("ambiguous_handle"), *platforms), handle=handle, candidates=told)


def _by_name(asked: Asked, found: Findings) -> Verdict | None:
    """Judge a name by the accounts that bear exactly it, within what the query states."""
    for form in asked.names:
        named = [record for record in found.under("name", form.key, form.platform) if _bears(record, form)]
        if named:
            return _by_bearers(asked, found, form, named)
    return None


def _by_bearers(asked: Asked, found: Findings, form: NameForm, named: Sequence[Record]) -> Verdict | None:
    """Judge a name by the accounts that bear it, of which there may be hundreds."""

    def stand(record: Record) -> Verdict:
        # The name that was matched, which may be another than the displayed one.
        borne = form.find_exactly(record.names) or record.name or ""
        reason = say("exact_name", name=borne, **names_of(record.platform))
        return _stand(asked, found, record, [reason], Match("name", form.key, record.id))

    standing = [record for record in named if not record.has_ended]
    if not standing:
        return last_to_end([stand(record) for record in named])
    chosen, others = choose(standing, "exact_name")
    if chosen is None:
        reason = say("ambiguous_name", count=len(named))
        return Verdict(asked.text, "unknown", (reason,), form.platform, candidates=others)
    verdict = stand(chosen)
    unstated = () if form.platform is not None else (say("platform_not_stated"),)
    return replace(verdict, reasons=(*verdict.reasons, *unstated), candidates=others)


def _bears(record: Record, form: NameForm) -> bool:
    if form.regions and form.regions.isdisjoint((record.region_path or "").split("/")):
        return False
    return form.is_exactly_one_of(record.names)
