"""One text that led to several accounts: which of them it is taken for, and what is told of the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from directory.accounts.account_record import Record
from directory.resolve.evidence import Findings
from directory.resolve.reasons import Reason, say
from directory.resolve.verdicts import Candidate, Verdict, names_of, rank

_ENDS: Final = frozenset({"account_closed", "account_replaced", "handle_released", "source_stopped_listing"})
_ENDED: Final = 0.5
# What parts names in a list.
_LISTED: Final = {"platform": ", ", "platform_zh": "、"}


def tell_ended(ended: Iterable[Verdict], found: Findings) -> tuple[Candidate, ...]:
    """Return the accounts that had a handle on other platforms, each with the reason why it is theirs no longer."""
    told = {
        verdict.account_id: tuple(reason.code for reason in verdict.reasons if reason.code in _ENDS)
        for verdict in ended
        if verdict.account_id is not None
    }
    return rank(
        Candidate(account_id, _ENDED, codes, found.records[account_id].followers)
        for account_id, codes in told.items()
        if account_id in found.records
    )


def tell_platforms(official: Collection[Verdict]) -> tuple[Reason, ...]:
    """Say on which platforms a handle is registered, if on several: there may be more than candidates are given."""
    if len(official) == 1:
        return ()
    names = sorted((names_of(verdict.platform) for verdict in official), key=lambda names: names["platform"].lower())
    told = {key: sign.join(dict.fromkeys(each[key] for each in names)) for key, sign in _LISTED.items()}
    return (say("registered_on", **told),)


def last_to_end(judged: Iterable[Verdict]) -> Verdict | None:
    """Return the verdict on what ended last of several that the same text led to."""
    return max(judged, key=lambda each: each.valid_to.isoformat() if each.valid_to else "", default=None)


def choose(official: Sequence[Record], code: str) -> tuple[Record | None, tuple[Candidate, ...]]:
    """Choose one of several accounts that the same text led to, if all are of one department; give the others too."""
    ranked = rank(Candidate(record.id, 1.0, (code,), record.followers) for record in official)
    departments = {record.department_id for record in official}
    if len(official) > 1 and (len(departments) > 1 or None in departments):
        return None, ranked
    return next(record for record in official if record.id == ranked[0].account_id), ranked[1:]
