"""Exact verdicts: on a text that names a registered account for certain, or one that was registered."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from directory.accounts.account_record import Record, Withdrawal
from directory.accounts.queries.handles import Holding, Release
from directory.platforms.addresses import Address, canonical_url, handle_key
from directory.platforms.reference import PLATFORMS
from directory.resolve.evidence import Evidence, handle_pairs
from directory.resolve.input_parsing import ParsedInput, handle_keys_on
from directory.resolve.names import NameForm
from directory.resolve.verdicts import MAX_CANDIDATES, Candidate, Match, Reason, Verdict, make_reason, names_of, rank

_ENDS: Final = frozenset({"account_closed", "account_replaced", "handle_released", "source_stopped_listing"})
# The score of an account of the department that a text names.
_OF_DEPARTMENT: Final = 0.9
# The score of an account that had the handle: lower than that of any current holder.
_ENDED: Final = 0.5
# The separator of a list, by placeholder.
_SEPARATORS: Final = {"platform": ", ", "platform_zh": "、"}


def judge(parsed: ParsedInput, evidence: Evidence) -> Verdict | None:
    """Return the verdict on a text that names a registered account, or one that was; None where it names none."""
    verdict = _judge_registry_id(parsed, evidence)
    if verdict is None:
        verdict = (
            _judge_handle_on_any_platform(parsed, evidence)
            if parsed.platform is None
            else _judge_address(parsed, evidence)
        )
    if verdict is None and not parsed.is_url:
        verdict = _judge_name(parsed, evidence)
    if verdict is None and parsed.department_keys:
        verdict = _judge_department(parsed, evidence)
    return verdict


def _judge_registry_id(parsed: ParsedInput, evidence: Evidence) -> Verdict | None:
    if parsed.registry_id is None:
        return None
    record = evidence.records.get(parsed.registry_id)
    match = Match("id", parsed.registry_id, parsed.registry_id)
    if record is not None:
        return _judge_status(parsed, evidence, record, [make_reason("registry_id")], match)
    departure = evidence.departures.get(parsed.registry_id)
    if departure is None:
        return None
    successor = evidence.records.get(departure.successor_id or "")
    if successor is not None:
        merged = make_reason("merged", id=parsed.registry_id, revision=departure.revision)
        return _judge_status(parsed, evidence, successor, [merged], replace(match, account_id=successor.id))
    deleted = make_reason("account_deleted", revision=departure.revision, why=departure.reason)
    return Verdict(parsed.text, "formerly_official", (deleted,), match=match)


def _judge_department(parsed: ParsedInput, evidence: Evidence) -> Verdict | None:
    """Return the verdict on a text that names a department and none of its accounts, which are the candidates."""
    key, records = next(
        ((key, found) for key in parsed.department_keys if (found := evidence.records_by_key("department", key))),
        ("", ()),
    )
    current = [record for record in records if not record.has_ended]
    if not current:
        return None
    scheme, _, value = key.partition(":")
    code = "website_of_department" if scheme == "website" else "id_of_department"
    shown = value.partition("/")[0] if scheme == "website" else key
    return Verdict(
        parsed.text,
        "unknown",
        (make_reason(code, shown=shown),),
        candidates=rank(Candidate(record.id, _OF_DEPARTMENT, (code,), record.followers) for record in current),
    )


def _judge_address(parsed: ParsedInput, evidence: Evidence) -> Verdict | None:
    address = parsed.address
    if address is not None and address.user_id is not None:
        # Platforms never reassign a user id, and do reassign handles: the id decides, whatever the handle.
        for record in evidence.records_by_key("user_id", address.user_id, address.platform):
            reasons = [make_reason("current_user_id", **names_of(record.platform))]
            if address.handle is not None and handle_key(address.platform, address.handle) != record.handle_key:
                reasons.append(make_reason("handle_differs"))
            return _judge_status(parsed, evidence, record, reasons, Match("user_id", address.user_id, record.id))
    for pair in handle_pairs(parsed):
        verdict = _judge_holding(parsed, evidence, evidence.holdings[pair])
        if verdict is not None:
            return verdict
    return None


def _judge_holding(parsed: ParsedInput, evidence: Evidence, holding: Holding) -> Verdict | None:
    """Judge a handle by who holds it and who released it; another spelling of its characters is not this handle."""
    registered = holding.handle or next((release.handle for release in holding.releases), None)
    if registered is None or not is_same_spelling(parsed, registered):
        return None
    holder = holding.account
    for release in holding.releases:
        if not _is_vouched_for(evidence, release, holder):
            return _judge_released_handle(parsed, evidence, holding, release)
    if holder is None:
        return None
    match = Match("url" if parsed.is_url else "handle", parsed.handle or registered, holder.id)
    reasons = [make_reason("current_handle", handle=registered, **names_of(holding.platform))]
    if not parsed.is_url and _is_full_width(parsed.handle or ""):
        reasons.append(make_reason("full_width_read"))
    word, slash, _ = holding.handle_key.partition("/")
    if slash and not parsed.is_url and "/" not in registered:
        url = canonical_url(Address(holding.platform, f"{word}/{registered}"))
        reasons.append(make_reason("kind_not_stated", url=url, **names_of(holding.platform)))
    return _judge_status(parsed, evidence, holder, reasons, match, holding.valid_from)


def _is_vouched_for(evidence: Evidence, release: Release, holder: Record | None) -> bool:
    """Whether the holder of a released handle is vouched for: it released it itself, or an operator cleared it."""
    if holder is None:
        return False
    return not release.holds_off(holder.id) or holder.id == evidence.successor(release.account_id)


def is_same_spelling(parsed: ParsedInput, registered: str) -> bool:
    """Whether a handle is in the text as it is registered, letter case aside.

    Handle keys are NFKC; what is the same only by Unicode's compatibility forms is another handle. One exception: a
    handle in full-width letters throughout, as input methods write it, outside a URL.
    """
    given = parsed.handle_as_typed.lstrip("@＠")
    if not parsed.is_url and _is_full_width(given):
        given = unicodedata.normalize("NFKC", given)
    if "/" not in given:
        registered = registered.rpartition("/")[2]
    if given.isascii() and registered.isascii():
        return True
    return unicodedata.normalize("NFC", given).lower() == unicodedata.normalize("NFC", registered).lower()


def _is_full_width(handle: str) -> bool:
    """Whether a handle is in full-width letters only."""
    return all("\uff01" <= character <= "\uff5e" for character in handle.lstrip("@＠")) and bool(handle.strip("@＠"))


def _judge_released_handle(parsed: ParsedInput, evidence: Evidence, holding: Holding, release: Release) -> Verdict:
    """Return the verdict on a handle that was released: who has it now is not vouched for."""
    names = names_of(holding.platform)
    account = evidence.records.get(evidence.successor(release.account_id))
    reasons = [
        make_reason("handle_released", handle=release.handle, until=release.valid_to.date().isoformat(), **names)
    ]
    if release.withdrawn_by is not None:
        listed_from = release.listed_from.isoformat() if release.listed_from is not None else None
        withdrawal = Withdrawal(
            source=release.withdrawn_by, listed_from=listed_from, listed_until=release.valid_to.isoformat()
        )
        reasons.append(_withdrawal_reason(withdrawal, release.handle))
    candidates: list[Candidate] = []
    if account is None:
        departure = evidence.departures.get(release.account_id)
        if departure is not None:
            reasons.append(make_reason("account_deleted", revision=departure.revision, why=departure.reason))
    else:
        if account.handle is not None and account.handle_key != holding.handle_key:
            reasons.append(make_reason("renamed", current=account.handle, **names))
        candidates.append(Candidate(account.id, 1.0, ("renamed",), account.followers))
    if holding.account is not None:
        reasons.append(make_reason("held_by_another"))
        candidates.append(Candidate(holding.account.id, 0.5, ("held_by_another",), holding.account.followers))
    return Verdict(
        parsed.text,
        "formerly_official",
        tuple(reasons),
        holding.platform,
        release.handle,
        account.id if account is not None else None,
        release.valid_from or release.listed_from,
        release.valid_to,
        Match("url" if parsed.is_url else "handle", parsed.handle or release.handle, release.account_id),
        rank(candidates),
    )


def _judge_status(
    parsed: ParsedInput,
    evidence: Evidence,
    record: Record,
    reasons: Sequence[Reason],
    match: Match,
    valid_from: dt.datetime | None = None,
) -> Verdict:
    """Judge a registered account by its status: official, unless it ended or its last source stopped listing it."""
    post = tuple(_post_reasons(parsed, record))
    verdict = Verdict(
        parsed.text,
        "official",
        (*reasons, *post, *status_reasons(record)),
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
    closed = make_reason("account_closed", on=f" on {day}" if day else "", on_zh=f"（{day}）" if day else "")
    successor = evidence.records.get(evidence.successor(record.replaced_by or ""))
    ended = ([closed] if record.status == "closed" else []) + (
        [make_reason("account_replaced")] if record.replaced_by else []
    )
    ends = [dt.datetime.combine(day, dt.time(), dt.UTC)] if day is not None else []
    if record.is_withdrawn and record.withdrawal is not None:
        ended.append(_withdrawal_reason(record.withdrawal))
        listed_until = dt.datetime.fromisoformat(record.withdrawal["listed_until"])
        ends.append(listed_until)
        listed_from = record.withdrawal["listed_from"]
        # An end that a row states may be earlier than the import that brought the handle.
        if valid_from is None or valid_from > listed_until:
            valid_from = dt.datetime.fromisoformat(listed_from) if listed_from else None
    return replace(
        verdict,
        verdict="formerly_official",
        reasons=(*reasons, *post, *ended),
        valid_from=valid_from,
        valid_to=min(ends, default=None),
        candidates=(Candidate(successor.id, 1.0, ("account_replaced",), successor.followers),) if successor else (),
    )


def _withdrawal_reason(withdrawal: Withdrawal, handle: str | None = None) -> Reason:
    """Return why an account, or one of its handles, is official no longer."""
    since, until = (moment and moment[:10] for moment in (withdrawal["listed_from"], withdrawal["listed_until"]))
    return make_reason(
        "source_stopped_listing",
        source=withdrawal["source"],
        what=f"the handle “{handle}”" if handle is not None else "the account",
        what_zh=f"账号名“{handle}”" if handle is not None else "该账号",
        since=f" since {since}" if since else "",
        since_zh=f"自{since}起" if since else "",
        until=until,
    )


def _post_reasons(parsed: ParsedInput, record: Record) -> Iterable[Reason]:
    """Yield the reasons that the URL of a post adds."""
    if parsed.is_post:
        yield make_reason("post_of_account")
        if PLATFORMS[record.platform].opens_post_by_number:
            yield make_reason("post_author_not_told", **names_of(record.platform))


def status_reasons(record: Record) -> Iterable[Reason]:
    """Yield the reasons of an official account's status and verification."""
    if record.status in {"dormant", "suspended"}:
        yield make_reason(record.status)
    elif record.status == "unknown":
        yield make_reason("status_unknown")
    yield make_reason(_VERIFIED[record.verification])


_VERIFIED: Final = {
    "platform": "verified_by_platform",
    "registry": "verified_by_registry",
    "source": "listed_by_source",
    "none": "not_verified",
}


def _judge_handle_on_any_platform(parsed: ParsedInput, evidence: Evidence) -> Verdict | None:
    """Judge a handle without a platform, on all platforms where it is or was registered.

    Accounts that hold it decide; those that ended are candidates and decide nothing.
    """
    judged = [
        verdict
        for key in parsed.keys
        for holding in evidence.holdings_by_key.get(key, ())
        if key in handle_keys_on(holding.platform, parsed.handle or "")
        and (verdict := _judge_holding(parsed, evidence, holding)) is not None
    ]
    official = {verdict.account_id or "": verdict for verdict in judged if verdict.verdict == "official"}
    ended = [verdict for verdict in judged if verdict.verdict != "official" and verdict.account_id not in official]
    if not official:
        last = latest_ended(judged)
        if last is None:
            return None
        known = set(last.account_ids)
        rest = ended_candidates((verdict for verdict in ended if verdict.account_id not in known), evidence)
        return replace(last, candidates=(*last.candidates, *rest)[:MAX_CANDIDATES])
    chosen, others = choose_one([evidence.records[account_id] for account_id in official], "current_handle")
    candidates = (*others, *ended_candidates(ended, evidence))[:MAX_CANDIDATES]
    platforms = platform_reasons(official.values())
    if chosen is not None:
        verdict = official[chosen.id]
        reasons = (*verdict.reasons, make_reason("platform_not_stated"), *platforms)
        return replace(verdict, reasons=reasons, candidates=candidates)
    handle = official[others[0].account_id].handle
    return Verdict(
        parsed.text, "unknown", (make_reason("ambiguous_handle"), *platforms), handle=handle, candidates=candidates
    )


def _judge_name(parsed: ParsedInput, evidence: Evidence) -> Verdict | None:
    """Judge a name by the accounts that have exactly it, on the platform and in the region that the text states."""
    for form in parsed.names:
        named = [
            record for record in evidence.records_by_key("name", form.key, form.platform) if _has_name(record, form)
        ]
        if named:
            return _judge_accounts_with_name(parsed, evidence, form, named)
    return None


def _judge_accounts_with_name(
    parsed: ParsedInput, evidence: Evidence, form: NameForm, named: Sequence[Record]
) -> Verdict | None:
    """Judge a name by the accounts that have it, of which there may be hundreds."""

    def judge_account(record: Record) -> Verdict:
        # The matched name may be another than the displayed one.
        name = form.find_exactly(record.names) or record.name or ""
        reason = make_reason("exact_name", name=name, **names_of(record.platform))
        return _judge_status(parsed, evidence, record, [reason], Match("name", form.key, record.id))

    current = [record for record in named if not record.has_ended]
    if not current:
        return latest_ended([judge_account(record) for record in named])
    chosen, others = choose_one(current, "exact_name")
    if chosen is None:
        reason = make_reason("ambiguous_name", count=len(named))
        return Verdict(parsed.text, "unknown", (reason,), form.platform, candidates=others)
    verdict = judge_account(chosen)
    unstated = () if form.platform is not None else (make_reason("platform_not_stated"),)
    return replace(verdict, reasons=(*verdict.reasons, *unstated), candidates=others)


def _has_name(record: Record, form: NameForm) -> bool:
    if form.regions and form.regions.isdisjoint((record.region_path or "").split("/")):
        return False
    return form.is_exactly_one_of(record.names)


def ended_candidates(ended: Iterable[Verdict], evidence: Evidence) -> tuple[Candidate, ...]:
    """Return the accounts that had a handle, each with the reason why it is theirs no longer, as candidates."""
    codes_by_id = {
        verdict.account_id: tuple(reason.code for reason in verdict.reasons if reason.code in _ENDS)
        for verdict in ended
        if verdict.account_id is not None
    }
    return rank(
        Candidate(account_id, _ENDED, codes, evidence.records[account_id].followers)
        for account_id, codes in codes_by_id.items()
        if account_id in evidence.records
    )


def platform_reasons(official: Collection[Verdict]) -> tuple[Reason, ...]:
    """Return the reason with all platforms of a handle, if there are several: there may be more than candidates."""
    if len(official) == 1:
        return ()
    names = sorted((names_of(verdict.platform) for verdict in official), key=lambda names: names["platform"].lower())
    lists = {key: sign.join(dict.fromkeys(each[key] for each in names)) for key, sign in _SEPARATORS.items()}
    return (make_reason("registered_on", **lists),)


def latest_ended(judged: Iterable[Verdict]) -> Verdict | None:
    """Return the verdict on the account that ended last, None where there is none."""
    # An end without a known time sorts before all others.
    return max(judged, key=lambda each: each.valid_to.isoformat() if each.valid_to else "", default=None)


def choose_one(official: Sequence[Record], code: str) -> tuple[Record | None, tuple[Candidate, ...]]:
    """Return the account that a text is taken for, if all are of one department, and the others as candidates."""
    ranked = rank(Candidate(record.id, 1.0, (code,), record.followers) for record in official)
    departments = {record.department_id for record in official}
    # Two accounts without a department are not known to be of one body.
    if len(official) > 1 and (len(departments) > 1 or None in departments):
        return None, ranked
    return next(record for record in official if record.id == ranked[0].account_id), ranked[1:]
