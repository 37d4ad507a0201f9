"""Rankings as a program would make them that has the observations and a download of the accounts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

DAY: Final = dt.timedelta(days=1)
# account, time, source, followers, posts
Seen = tuple[str, dt.datetime, str, int | None, int | None]


@dataclass(frozen=True)
class Question:
    """What is ranked by what."""

    by: str
    of: str
    days: int | None
    date: dt.date
    level: int = 1

    @property
    def is_growth(self) -> bool:
        """Whether counts are compared."""
        return self.by.startswith("growth")

    @property
    def column(self) -> int:
        """The position of the count in an observation."""
        return 4 if self.by == "posts" else 3


def last_count(
    seen: Sequence[Seen], column: int, end: dt.datetime, max_age: dt.timedelta | None
) -> tuple[int, dt.datetime] | None:
    """Return the last count before a time, None if there is none that is new enough."""
    fitting = [
        each
        for each in seen
        if each[column] is not None and each[1] < end and (max_age is None or each[1] >= end - max_age)
    ]
    last = max(fitting, key=lambda each: (each[1], each[2]), default=None)
    return (last[column], last[1]) if last is not None else None  # type: ignore[return-value]


def is_implausible(one: int, other: int) -> bool:
    """Whether one count is 1,000 times the other."""
    return max(one, other) >= 1000 * max(min(one, other), 100)


def has_jumped(seen: Sequence[Seen], found: tuple[int, dt.datetime] | None) -> bool:
    """Whether a count of followers is 1,000 times the one before it."""
    previous = last_count(seen, 3, found[1], None) if found else None
    return found is not None and previous is not None and found[0] >= 1000 * max(previous[0], 100)


def rank(values: Mapping[str, Any]) -> dict[str, int]:
    """Return the rank of each that has a value."""
    known = [value for value in values.values() if value is not None]
    return {key: 1 + sum(other > value for other in known) for key, value in values.items() if value is not None}


def judge(seen: Sequence[Seen], question: Question) -> dict[str, Any]:
    """Return what an account's observations say of it: counts, value, previous value and reason."""
    end = dt.datetime.combine(question.date, dt.time(), dt.UTC) + DAY
    days = question.days or (7 if question.is_growth else 0)
    max_age = min(days, 7) * DAY if question.is_growth else None
    counts = [last_count(seen, question.column, end - DAY * days * n, max_age) for n in range(3)]
    if not days:
        counts[1] = counts[2] = None
    reason = None
    now, earlier, before = (each[0] if each else None for each in counts)
    if all(each[question.column] is None for each in seen):
        reason = "never_observed"
    elif now is None:
        reason = "no_count_at_end"
    elif question.is_growth and earlier is None:
        reason = "no_count_at_start"
    elif question.is_growth and is_implausible(now, earlier):  # type: ignore[arg-type]
        reason = "implausible"
    elif question.by == "growth_rate" and question.of == "accounts" and earlier == 0:
        reason = "started_at_zero"
    elif question.by == "followers" and has_jumped(seen, counts[0]):
        reason = "implausible"
    # An absurd count had no rank then, as it has none now.
    was = None if question.by == "followers" and has_jumped(seen, counts[1]) else earlier
    change = (earlier, before)
    if None in change or is_implausible(*change):  # type: ignore[arg-type]
        change = (None, None)
    return {"counts": counts, "reason": reason, "now": now, "earlier": earlier, "was": was, "change": change}


def value_of(question: Question, pairs: Sequence[tuple[int | None, int | None]]) -> float | None:
    """Return the value of some accounts, each with its count and the earlier one."""
    if not pairs:
        return None
    total = sum(now for now, _ in pairs if now is not None)
    if not question.is_growth:
        return total
    start = sum(earlier for _, earlier in pairs if earlier is not None)
    if question.by == "growth":
        return total - start
    return (total - start) / start if start else None


def make_ranking(
    accounts: Mapping[str, str | None], observations: Mapping[str, Sequence[Seen]], question: Question
) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """Return rank, previous rank, value and key of all, the best first; and how many accounts are left out, and why.

    `accounts` has for each account what it is ranked as: itself, its department or its region.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    reasons: dict[str, int] = {}
    for account, key in accounts.items():
        judged = judge(observations.get(account, ()), question)
        if key is None:
            judged["reason"] = "no_department" if question.of == "departments" else "no_region"
        else:
            groups.setdefault(key, []).append(judged)
        if judged["reason"] is not None:
            reasons[judged["reason"]] = reasons.get(judged["reason"], 0) + 1
    values, previous = {}, {}
    for key, members in groups.items():
        values[key] = value_of(question, [(m["now"], m["earlier"]) for m in members if m["reason"] is None])
        if question.is_growth:
            previous[key] = value_of(question, [m["change"] for m in members if m["change"][0] is not None])
        else:
            previous[key] = value_of(question, [(m["was"], None) for m in members if m["was"] is not None])
    ranks, before = rank(values), rank(previous)
    rows = [(ranks[key], before.get(key), values[key], key) for key in ranks]
    return sorted(rows, key=lambda row: (row[2], row[3]), reverse=True), reasons
