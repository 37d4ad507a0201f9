"""The verdict on a text that names no registered account: what it looks like, or that nothing is close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from directory.accounts.account_record import Record
from directory.lookalikes.keys import FOUND_BY_NAME, is_coarsest_form, query_keys
from directory.lookalikes.similarity import SCORES, Similarity, compare_handles, compare_names
from directory.lookalikes.skeletons import has_disguised_letters, special_characters
from directory.platforms.reference import PLATFORMS
from directory.resolve.evidence import Findings, disguised_keys, elsewhere_keys
from directory.resolve.input_parsing import MAX_LENGTH, Asked, keys_on
from directory.resolve.name_forms import NameForm
from directory.resolve.reasons import Reason, say
from directory.resolve.verdicts import Candidate, Match, Verdict, names_of, rank
from directory.text.normalization import words

# At least so much must speak for it, or a text is not called a look-alike.
CLOSE: Final = 0.7
_SAME_HANDLE: Final = 0.6
_FORGED_HOST: Final = 0.9
_SAME_NAME: Final = 0.5
# A handle that is a displayed name of several words, without its blanks.
_NAME_AS_HANDLE: Final = 0.8
_MIN_NAME_LENGTH: Final = 8
_DISGUISE: Final = "confusable"
# By the rule of the search: a name that begins so, one with these words, one with them inside.
_SIMILAR_NAMES: Final = (0.45, 0.45, 0.4, 0.4, 0.35, 0.3, 0.3, 0.3)


def judge_near(asked: Asked, found: Findings) -> Verdict:
    """Give the verdict on a text that names no registered account."""
    best: dict[str, Candidate] = {}
    near = (_alike, _disguised, _elsewhere, _same_name, _similar)
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
        match=Match("look_alike", asked.handle or asked.words, first.account_id)
        if first is not None and is_alike
        else None,
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
            similarity = _compare(asked, neighbour, edit=not is_coarsest_form(key))
            if similarity is not None and _differs(similarity, neighbour):
                yield Candidate(neighbour.id, similarity.score, similarity.reasons, neighbour.followers)
    if asked.platform is not None:
        for record in found.under("lower_user_id", asked.handle.lower(), asked.platform):
            if record.platform_user_id != asked.handle:
                yield Candidate(record.id, 0.99, ("letter_case",), record.followers)


def _compare(asked: Asked, neighbour: Record, *, edit: bool) -> Similarity | None:
    handle, registered, platform = asked.handle or "", neighbour.handle, neighbour.platform
    name = handle.rpartition("/")[2]
    if asked.address is not None and asked.is_url and asked.imitated is None:
        # A URL tells the kind of a name, which a public handle may leave out.
        handle, registered = asked.address.handle or handle, _with_kind(neighbour)
    similarities = [compare_handles(platform, handle, registered, edit=edit)] if registered is not None else []
    if platform in FOUND_BY_NAME:
        similarities += [
            compare_handles(platform, name, called, edit=edit) for called in neighbour.names if "/" not in called
        ]
    return max(filter(None, similarities), key=lambda similarity: similarity.score, default=None)


def _with_kind(record: Record) -> str | None:
    """Return a registered handle with the word of its namespace, also where that is told by the URL alone."""
    word, slash, _ = (record.handle_key or "").partition("/")
    return f"{word}/{record.handle}" if slash and record.handle and "/" not in record.handle else record.handle


def _differs(similarity: Similarity, neighbour: Record) -> bool:
    """Tell whether a handle is another than the one that it looks like, and no other spelling of the same."""
    return bool(
        set(similarity.reasons) - ({"letter_case"} if not PLATFORMS[neighbour.platform].case_sensitive else set())
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


def _disguised(asked: Asked, found: Findings) -> Iterator[Candidate]:
    """Return the accounts whose names are written in letters, or characters, that only look like theirs."""
    for way, key, form in disguised_keys(asked):
        yield from _look_like(form, found.under(way, key))
    if not asked.is_url and not asked.text.isascii():
        for form in asked.names:
            if has_disguised_letters(form.text):
                yield from _look_like(form, found.under("name", form.key))


def _look_like(form: NameForm, records: Iterable[Record]) -> Iterator[Candidate]:
    for record in records:
        similarities = filter(None, (compare_names(form.text, name) for name in record.names))
        disguises = (similarity for similarity in similarities if _DISGUISE in similarity.reasons)
        best = max(disguises, key=lambda similarity: similarity.score, default=None)
        if best is not None:
            yield Candidate(record.id, best.score, best.reasons, record.followers)
        elif has_disguised_letters(form.text) and form.is_one_of(record.names):
            yield Candidate(record.id, SCORES[_DISGUISE], (_DISGUISE,), record.followers)


def _same_name(asked: Asked, found: Findings) -> Iterator[Candidate]:
    """Return the accounts that bear the name which stands in a handle's place, or which the query states otherwise."""
    for form in asked.names:
        for record in found.under("name", form.key):
            if form.is_one_of(record.names):
                code, score = _tell_name(asked, form, record)
                yield Candidate(record.id, score, (code,), record.followers)


def _tell_name(asked: Asked, form: NameForm, record: Record) -> tuple[str, float]:
    """Return why a name that is folded like that of an account is not its name, and how much that says."""
    is_handle = asked.is_url or form.way == "never"
    if asked.address is not None or not asked.is_url:
        is_squashed = len(form.key) >= _MIN_NAME_LENGTH and _is_squashed(form, record)
        if is_squashed and (is_handle or form.way == "spelled"):
            return "display_name_in_handle", _NAME_AS_HANDLE
    if is_handle:
        return "display_name_in_handle", _SAME_NAME
    return ("added_signs" if special_characters(form.text) else "same_name"), _SAME_NAME


def _is_squashed(form: NameForm, record: Record) -> bool:
    """Whether a text is a name of several words, written as one."""
    return len(words(form.text)) == 1 and any(len(words(name)) > 1 for name in record.names if form.is_one_of((name,)))


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
    name = next(iter(record.names), "")
    called = (name or record.handle) if asked.words else (record.handle or name)
    for code in first.codes:
        if code != "look_alike_host":
            yield say(code, handle=called, host=asked.shown, **names_of(record.platform))


def _refuse(asked: Asked, *, is_alike: bool) -> Iterator[Reason]:
    """Say why the text names no registered account."""
    refusal = asked.refusal
    if refusal == "look_alike_host":
        return
    if refusal is not None and refusal != "not_registered":
        yield say(refusal, shown=asked.shown, host=asked.shown, most=f"{MAX_LENGTH:,}", **names_of(asked.platform))
    elif not is_alike:
        what, chinese = ("handle or id", "账号名或编号") if asked.address or asked.keys else ("name", "名称")
        yield say("not_registered", what=what, what_zh=chinese)
