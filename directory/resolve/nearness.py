"""The verdict on a text that names no registered account: what it looks like, or that nothing is close."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from directory.accounts.records import Record
from directory.platforms.reference import PLATFORMS
from directory.resolve.findings import Findings, elsewhere_keys
from directory.resolve.reasons import Reason, say
from directory.resolve.texts import LONGEST, Asked, keys_on
from directory.resolve.verdicts import Candidate, Match, Verdict, names_of, rank
from directory.search.lookalikes import FOUND_BY_NAME, Likeness, compare, may_be_disguise, query_keys

# At least so much must speak for it, or a text is not called a look-alike.
CLOSE: Final = 0.7
_SAME_HANDLE: Final = 0.6
_FORGED_HOST: Final = 0.9
_SAME_NAME: Final = 0.5
# By the rule of the search: a name that begins so, one with these words, one with them inside.
_SIMILAR_NAMES: Final = (0.45, 0.45, 0.4, 0.4, 0.35, 0.3, 0.3, 0.3)


def judge_near(asked: Asked, found: Findings) -> Verdict:
    """Give the verdict on a text that names no registered account."""
    best: dict[str, Candidate] = {}
    near = (_alike, _elsewhere, _same_name, _similar)
    for candidate in chain.from_iterable(known(asked, found) for known in near):
        known = best.get(candidate.account_id)
        if known is None or candidate.score > known.score:
            best[candidate.account_id] = candidate
    candidates = rank(best.values())
    first = candidates[0] if candidates else None
    is_alike = first is not None and _is_close(asked, first)
    reasons = [*_explain(asked, first, found), *_refuse(asked, is_alike=is_alike)]
    return Verdict(
        asked.text,
        "look_alike" if is_alike else "unknown",
        tuple({reason.code: reason for reason in reasons}.values()),
        asked.platform,
        asked.handle if asked.is_url or asked.platform is not None or asked.keys else None,
        match=Match("look_alike", asked.handle or "", first.account_id) if first is not None and is_alike else None,
        candidates=candidates,
    )


def _is_close(asked: Asked, first: Candidate) -> bool:
    """Tell whether a candidate is close enough to call the text a look-alike of it."""
    if first.codes == ("same_handle_other_platform",):
        return True
    # What is typed as a name may be a letter off from another body's name: 南京 is not 北京.
    return first.score >= CLOSE and not (asked.is_name and "one_edit" in first.codes)


def _alike(asked: Asked, found: Findings) -> Iterator[Candidate]:
    """Give the accounts whose handle, or name where accounts are found by it, is imitated."""
    if asked.handle is None:
        return
    compared: set[str] = set()
    for key in query_keys(asked.platform, asked.handle):
        for neighbour in found.under("look_alike", key, asked.platform):
            if neighbour.id in compared:
                continue
            compared.add(neighbour.id)
            likeness = _compare(asked.handle, neighbour, edit=not may_be_disguise(key))
            if likeness is not None and _differs(likeness, neighbour):
                yield Candidate(neighbour.id, likeness.score, likeness.reasons, neighbour.followers)
    if asked.platform is not None:
        for record in found.under("lower_user_id", asked.handle.lower(), asked.platform):
            if record.platform_user_id != asked.handle:
                yield Candidate(record.id, 0.99, ("letter_case",), record.followers)


def _compare(handle: str, neighbour: Record, *, edit: bool) -> Likeness | None:
    name = handle.rpartition("/")[2]
    platform = neighbour.platform
    likenesses = [compare(platform, handle, neighbour.handle, edit=edit)] if neighbour.handle is not None else []
    if platform in FOUND_BY_NAME:
        likenesses += [compare(platform, name, called, edit=edit) for called in neighbour.names if "/" not in called]
    return max(filter(None, likenesses), key=lambda likeness: likeness.score, default=None)


def _differs(likeness: Likeness, neighbour: Record) -> bool:
    """Tell whether a handle is another than the one that it looks like, and no other spelling of the same."""
    return bool(
        set(likeness.reasons) - ({"letter_case"} if not PLATFORMS[neighbour.platform].case_sensitive else set())
    )


def _elsewhere(asked: Asked, found: Findings) -> Iterator[Candidate]:
    """Give the accounts that have the very handle: on other platforms, or on the one that a forged host imitates."""
    if asked.handle is None or not asked.is_url:
        return
    for key in elsewhere_keys(asked):
        for record in found.under("handle", key):
            if record.has_ended or key not in keys_on(record.platform, asked.handle.rpartition("/")[2]):
                continue
            if asked.imitated == record.platform:
                yield Candidate(record.id, _FORGED_HOST, ("look_alike_host",), record.followers)
            elif asked.platform is not None and asked.imitated is None and record.platform != asked.platform:
                yield Candidate(record.id, _SAME_HANDLE, ("same_handle_other_platform",), record.followers)


def _same_name(asked: Asked, found: Findings) -> Iterator[Candidate]:
    """Give the accounts that bear the name which stands in the handle's place, or which the query states otherwise."""
    code = "display_name_in_handle" if asked.is_url else "same_name"
    for form in asked.names:
        for record in found.under("name", form.key):
            if form.is_one_of(record.names):
                yield Candidate(record.id, _SAME_NAME, (code,), record.followers)


def _similar(asked: Asked, found: Findings) -> Iterator[Candidate]:
    """Give the accounts that the search finds by the words of a name."""
    for similar in found.similar.get((asked.words, asked.platform), ()):
        yield Candidate(similar.account_id, _SIMILAR_NAMES[similar.rule], ("similar_name",), similar.followers)


def _explain(asked: Asked, first: Candidate | None, found: Findings) -> Iterator[Reason]:
    """Say how the best candidate is imitated."""
    if asked.imitated is not None:
        yield say("look_alike_host", host=asked.shown, **names_of(asked.imitated))
    if first is None:
        return
    if first.codes == ("similar_name",):
        yield say("similar_name")
        return
    record = found.records[first.account_id]
    called = record.handle or next(iter(record.names), "")
    for code in first.codes:
        if code != "look_alike_host":
            yield say(code, handle=called, host=asked.shown, **names_of(record.platform))


def _refuse(asked: Asked, *, is_alike: bool) -> Iterator[Reason]:
    """Say why the text names no registered account."""
    refusal = asked.refusal
    if refusal == "look_alike_host":
        return
    if refusal is not None and refusal != "not_registered":
        yield say(refusal, shown=asked.shown, host=asked.shown, most=f"{LONGEST:,}", **names_of(asked.platform))
    elif not is_alike:
        what, chinese = ("handle or id", "账号名或编号") if asked.address or asked.keys else ("name", "名称")
        yield say("not_registered", what=what, what_zh=chinese)
