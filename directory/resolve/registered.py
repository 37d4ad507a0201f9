"""The verdict on a text that names a registered account for certain, or one that was."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from directory.platforms.addresses import handle_key
from directory.resolve.findings import Findings, is_named, pairs_of
from directory.resolve.names import NameForm
from directory.resolve.queries import Holding, Record
from directory.resolve.reasons import Reason, say
from directory.resolve.texts import Asked, keys_on
from directory.resolve.verdicts import Candidate, Match, Verdict, names_of, rank


def decide(asked: Asked, found: Findings) -> Verdict | None:
    """Give the verdict on a text that names a registered account, or one that was; None where it names none."""
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
    heir = found.records.get(departure.heir_id or "")
    if heir is not None:
        merged = say("merged", id=asked.registry_id, revision=departure.revision)
        return _stand(asked, found, heir, [merged], replace(match, account_id=heir.id))
    deleted = say("account_deleted", revision=departure.revision, why=departure.reason)
    return Verdict(asked.text, "formerly_official", (deleted,), match=match)


def _by_address(asked: Asked, found: Findings) -> Verdict | None:
    address = asked.address
    record = found.user_ids.get((address.platform, address.user_id or "")) if address is not None else None
    if address is not None and record is not None:
        reasons = [say("current_user_id", **names_of(record.platform))]
        if address.handle is not None and handle_key(address.platform, address.handle) != record.handle_key:
            reasons.append(say("handle_differs"))
        return _stand(asked, found, record, reasons, Match("user_id", address.user_id or "", record.id))
    for pair in pairs_of(asked):
        verdict = _by_holdings(asked, found, found.holdings.get(pair, []))
        if verdict is not None:
            return verdict
    return None


def _by_holdings(asked: Asked, found: Findings, holdings: Sequence[Holding]) -> Verdict | None:
    """Judge a handle by who holds it and who gave it up; what is written otherwise is not this handle."""
    if not holdings or not is_written_so(asked, holdings[0]):
        return None
    held = next((each for each in holdings if each.valid_to is None and each.account_id in found.records), None)
    holder = found.records[held.account_id] if held is not None else None
    lapsed = [each for each in holdings if each.valid_to is not None and not _is_vouched_for(found, each, holder)]
    if lapsed:
        return _formerly_held(asked, found, max(lapsed, key=_ended), holder)
    if held is None or holder is None:
        return None
    match = Match("url" if asked.is_url else "handle", asked.handle or held.handle, holder.id)
    reasons = [say("current_handle", handle=held.handle, **names_of(held.platform))]
    if not asked.is_url and _is_wide(asked.handle or ""):
        reasons.append(say("full_width_read"))
    return _stand(asked, found, holder, reasons, match, held)


def _is_vouched_for(found: Findings, lapsed: Holding, holder: Record | None) -> bool:
    """Tell whether who holds a handle now may: the one who gave it up, or one for whom an operator has cleared it."""
    if holder is None:
        return False
    return lapsed.is_cleared or holder.id in (found.heir(lapsed.account_id), *lapsed.cleared_for)


def _ended(holding: Holding) -> dt.datetime:
    return holding.valid_to or dt.datetime.max.replace(tzinfo=dt.UTC)


def is_written_so(asked: Asked, holding: Holding) -> bool:
    """Tell whether a handle stands in the text as it is registered, letter case aside where the platform sets it aside.

    What only Unicode's compatibility forms make the same is another handle. One exception: a handle that is typed in
    full-width letters throughout, as input methods do, outside an address.
    """
    given = (asked.handle or "").lstrip("@＠")
    if not asked.is_url and _is_wide(given):
        given = unicodedata.normalize("NFKC", given)
    registered = holding.handle if "/" in given else holding.handle.rpartition("/")[2]
    if given.isascii() and registered.isascii():
        return True
    return unicodedata.normalize("NFC", given).lower() == unicodedata.normalize("NFC", registered).lower()


def _is_wide(handle: str) -> bool:
    """Tell whether a handle is in full-width letters and no others."""
    return all("\uff01" <= character <= "\uff5e" for character in handle.lstrip("@＠")) and bool(handle.strip("@＠"))


def _formerly_held(asked: Asked, found: Findings, lapsed: Holding, holder: Record | None) -> Verdict:
    """Say of a handle that was given up: by whom, when, and that who has it now is not vouched for."""
    names = names_of(lapsed.platform)
    account = found.records.get(found.heir(lapsed.account_id))
    until = lapsed.valid_to.date().isoformat() if lapsed.valid_to is not None else ""
    reasons = [say("handle_released", handle=lapsed.handle, until=until, **names)]
    candidates: list[Candidate] = []
    if account is None:
        departure = found.departures.get(lapsed.account_id)
        if departure is not None:
            reasons.append(say("account_deleted", revision=departure.revision, why=departure.reason))
    else:
        if account.handle is not None and account.handle_key != lapsed.handle_key:
            reasons.append(say("renamed", current=account.handle, **names))
        candidates.append(Candidate(account.id, 1.0, ("renamed",), account.followers))
    if holder is not None:
        reasons.append(say("held_by_another"))
        candidates.append(Candidate(holder.id, 0.5, ("held_by_another",), holder.followers))
    return Verdict(
        asked.text,
        "formerly_official",
        tuple(reasons),
        lapsed.platform,
        lapsed.handle,
        account.id if account is not None else None,
        lapsed.valid_from,
        lapsed.valid_to,
        Match("url" if asked.is_url else "handle", asked.handle or lapsed.handle, lapsed.account_id),
        rank(candidates),
    )


def _stand(
    asked: Asked,
    found: Findings,
    record: Record,
    reasons: Sequence[Reason],
    match: Match,
    held: Holding | None = None,
) -> Verdict:
    """Judge a registered account by its standing: official, unless it was closed or given up for another."""
    post = (say("post_of_account"),) if asked.is_post else ()
    verdict = Verdict(
        asked.text,
        "official",
        (*reasons, *post, *describe_standing(record)),
        record.platform,
        record.handle,
        record.id,
        held.valid_from if held is not None else None,
        held.valid_to if held is not None else None,
        match,
    )
    if not has_ended(record):
        return verdict
    day = record.closed_on
    closed = say("account_closed", on=f" on {day}" if day else "", on_zh=f"（{day}）" if day else "")
    successor = found.records.get(found.heir(record.replaced_by or ""))
    ended = ([closed] if record.status == "closed" else []) + ([say("account_replaced")] if record.replaced_by else [])
    return replace(
        verdict,
        verdict="formerly_official",
        reasons=(*reasons, *post, *ended),
        valid_to=dt.datetime.combine(day, dt.time(), dt.UTC) if day is not None else verdict.valid_to,
        candidates=(Candidate(successor.id, 1.0, ("account_replaced",), successor.followers),) if successor else (),
    )


def has_ended(record: Record) -> bool:
    """Tell whether an account was closed or given up for another."""
    return record.status == "closed" or record.replaced_by is not None


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
    """Judge a handle that was given without a platform."""
    places = dict.fromkeys((row.platform, row.handle_key) for key in asked.keys for row in found.anywhere.get(key, ()))
    judged = [
        verdict
        for platform, key in places
        if key in keys_on(platform, asked.handle or "")
        and (verdict := _by_holdings(asked, found, [r for r in found.anywhere[key] if r.platform == platform]))
    ]
    return _choose(judged, found, "current_handle", say("ambiguous_handle"))


def _by_name(asked: Asked, found: Findings) -> Verdict | None:
    """Judge a name by the accounts that bear exactly it, within what the query states."""
    for form in asked.names:
        named = [record for record in found.named.get(form.key, ()) if _bears(record, form)]
        if named:
            judged = [
                _stand(
                    asked, found, record, [say("exact_name", name=record.name or "", **names_of(record.platform))],
                    Match("name", form.key, record.id),
                )
                for record in named
            ]  # fmt: skip
            return _choose(judged, found, "exact_name", say("ambiguous_name", count=len(named)), stated=form.platform)
    return None


def _bears(record: Record, form: NameForm) -> bool:
    if form.platform is not None and record.platform != form.platform:
        return False
    if form.regions and form.regions.isdisjoint((record.region_path or "").split("/")):
        return False
    return is_named(record, form)


def _choose(
    judged: Sequence[Verdict], found: Findings, code: str, ambiguous: Reason, *, stated: str | None = None
) -> Verdict | None:
    """Give the one verdict of several that the same text led to: official only if all are of one department."""
    official = [verdict for verdict in judged if verdict.verdict == "official"]
    if not official:
        return max(judged, key=lambda each: each.valid_to.isoformat() if each.valid_to else "", default=None)
    ranked = rank(_candidate(verdict, found, code) for verdict in official)
    departments = {found.records[verdict.account_id or ""].department_id for verdict in official}
    chosen = next(verdict for verdict in official if verdict.account_id == ranked[0].account_id)
    if len(official) == 1 or (len(departments) == 1 and None not in departments):
        unstated = () if stated is not None else (say("platform_not_stated"),)
        return replace(chosen, reasons=(*chosen.reasons, *unstated), candidates=ranked[1:])
    return Verdict(
        chosen.query,
        "unknown",
        (ambiguous,),
        stated,
        chosen.handle if code == "current_handle" else None,
        candidates=ranked,
    )


def _candidate(verdict: Verdict, found: Findings, code: str) -> Candidate:
    record = found.records[verdict.account_id or ""]
    return Candidate(record.id, 1.0, (code,), record.followers)
