"""Similarity verdicts: on a text that names no registered account, a look-alike of one or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from directory.accounts.account_record import Record
from directory.lookalikes.keys import FOUND_BY_NAME, is_coarsest_form, query_keys
from directory.lookalikes.similarity import SCORES, Similarity, compare_handles, compare_names
from directory.lookalikes.skeletons import has_disguised_letters, special_characters
from directory.platforms.reference import PLATFORMS
from directory.resolve.evidence import Evidence, disguised_keys, same_handle_keys
from directory.resolve.input_parsing import MAX_LENGTH, ParsedInput, handle_keys_on
from directory.resolve.names import NameForm
from directory.resolve.verdicts import Candidate, Match, Reason, Verdict, make_reason, names_of, rank
from directory.text.normalization import words

# From this score on a text is called a look-alike.
LOOK_ALIKE_SCORE: Final = 0.7
# The same handle on another platform: anybody may have registered it.
_SAME_HANDLE: Final = 0.6
_FORGED_HOST: Final = 0.9
_SAME_NAME: Final = 0.5
# A handle that is a displayed name of several words without its blanks.
_NAME_AS_HANDLE: Final = 0.8
_MIN_NAME_LENGTH: Final = 8
_DISGUISE: Final = "confusable"
# By the tier of the search (directory.search.tiers).
# All are below LOOK_ALIKE_SCORE: what the search finds is a candidate, and never called an imitation.
_TIER_SCORES: Final = (0.45, 0.45, 0.4, 0.4, 0.35, 0.3, 0.3, 0.3)


def judge(parsed: ParsedInput, evidence: Evidence) -> Verdict:
    """Return the verdict on a text that names no registered account, by the best candidate of five kinds."""
    best: dict[str, Candidate] = {}
    kinds = (_similar_handles, _disguised_names, _same_handle, _same_name, _search_results)
    for candidate in chain.from_iterable(kind(parsed, evidence) for kind in kinds):
        known = best.get(candidate.account_id)
        if known is None or candidate.score > known.score:
            best[candidate.account_id] = candidate
    candidates = rank(best.values())
    first = candidates[0] if candidates else None
    is_alike = first is not None and _is_close(parsed, first)
    reasons = [*_similarity_reasons(parsed, first, evidence), *_refusal_reasons(parsed, is_alike=is_alike)]
    return Verdict(
        parsed.text,
        "look_alike" if is_alike else "unknown",
        tuple({reason.code: reason for reason in reasons}.values()),
        parsed.platform,
        parsed.handle if parsed.is_url or parsed.platform is not None or parsed.keys else None,
        match=Match("look_alike", parsed.handle or parsed.words, first.account_id)
        if first is not None and is_alike
        else None,
        candidates=candidates,
    )


def _is_close(parsed: ParsedInput, first: Candidate) -> bool:
    """Whether a candidate is similar enough to call the text a look-alike of it."""
    if parsed.is_government_domain:
        # cdc.gov imitates nobody, whatever handle it is one letter from.
        return False
    if first.codes == ("same_handle_other_platform",):
        return True
    # A typed name may be one character off from another body's name: 南京 is not 北京.
    return first.score >= LOOK_ALIKE_SCORE and not (parsed.is_name and "one_edit" in first.codes)


def _similar_handles(parsed: ParsedInput, evidence: Evidence) -> Iterator[Candidate]:
    """Yield the accounts whose handle is imitated, or whose name on platforms where accounts are found by name."""
    if parsed.handle is None:
        return
    compared: set[str] = set()
    for key in query_keys(parsed.platform, parsed.handle):
        for neighbour in evidence.records_by_key("look_alike", key, parsed.platform):
            if neighbour.id in compared:
                continue
            compared.add(neighbour.id)
            similarity = _compare_handle(parsed, neighbour, edit=not is_coarsest_form(key))
            if similarity is not None and _is_different_handle(similarity, neighbour):
                yield Candidate(neighbour.id, similarity.score, similarity.reasons, neighbour.followers)
    if parsed.platform is not None:
        for record in evidence.records_by_key("lower_user_id", parsed.handle.lower(), parsed.platform):
            if record.platform_user_id != parsed.handle:
                yield Candidate(record.id, 0.99, ("letter_case",), record.followers)


def _compare_handle(parsed: ParsedInput, neighbour: Record, *, edit: bool) -> Similarity | None:
    handle, registered, platform = parsed.handle or "", neighbour.handle, neighbour.platform
    name = handle.rpartition("/")[2]
    if parsed.address is not None and parsed.is_url and parsed.imitated_platform is None:
        # A URL has the namespace of a name, which a public handle may leave out.
        handle, registered = parsed.address.handle or handle, _with_namespace(neighbour)
    similarities = [compare_handles(platform, handle, registered, edit=edit)] if registered is not None else []
    if platform in FOUND_BY_NAME:
        similarities += [
            compare_handles(platform, name, displayed, edit=edit)
            for displayed in neighbour.names
            if "/" not in displayed
        ]
    return max(filter(None, similarities), key=lambda similarity: similarity.score, default=None)


def _with_namespace(record: Record) -> str | None:
    """Return a registered handle with the word of its namespace, also where only the URL has it."""
    word, slash, _ = (record.handle_key or "").partition("/")
    return f"{word}/{record.handle}" if slash and record.handle and "/" not in record.handle else record.handle


def _is_different_handle(similarity: Similarity, neighbour: Record) -> bool:
    """Whether a handle is another one than that which it resembles, and no other spelling of it."""
    return bool(
        set(similarity.reasons) - ({"letter_case"} if not PLATFORMS[neighbour.platform].case_sensitive else set())
    )


def _same_handle(parsed: ParsedInput, evidence: Evidence) -> Iterator[Candidate]:
    """Yield the accounts that have this handle: on other platforms, or on the one that a forged host imitates."""
    if parsed.handle is None or not parsed.is_url:
        return
    for key in same_handle_keys(parsed):
        for record in evidence.records_by_key("handle", key):
            if record.has_ended or key not in handle_keys_on(record.platform, parsed.handle.rpartition("/")[2]):
                continue
            if parsed.imitated_platform == record.platform:
                yield Candidate(record.id, _FORGED_HOST, ("look_alike_host",), record.followers)
            elif (
                parsed.platform is not None and parsed.imitated_platform is None and record.platform != parsed.platform
            ):
                yield Candidate(record.id, _SAME_HANDLE, ("same_handle_other_platform",), record.followers)


def _disguised_names(parsed: ParsedInput, evidence: Evidence) -> Iterator[Candidate]:
    """Yield the accounts whose names are imitated with letters, or characters, that only look alike."""
    for way, key, form in disguised_keys(parsed):
        yield from _compare_names(form, evidence.records_by_key(way, key))
    if not parsed.is_url and not parsed.text.isascii():
        for form in parsed.names:
            if has_disguised_letters(form.text):
                yield from _compare_names(form, evidence.records_by_key("name", form.key))


def _compare_names(form: NameForm, records: Iterable[Record]) -> Iterator[Candidate]:
    for record in records:
        similarities = filter(None, (compare_names(form.text, name) for name in record.names))
        disguises = (similarity for similarity in similarities if _DISGUISE in similarity.reasons)
        best = max(disguises, key=lambda similarity: similarity.score, default=None)
        if best is not None:
            yield Candidate(record.id, best.score, best.reasons, record.followers)
        elif has_disguised_letters(form.text) and form.is_one_of(record.names):
            yield Candidate(record.id, SCORES[_DISGUISE], (_DISGUISE,), record.followers)


def _same_name(parsed: ParsedInput, evidence: Evidence) -> Iterator[Candidate]:
    """Yield the accounts that have the name in a handle's place, or that the text states otherwise."""
    for form in parsed.names:
        for record in evidence.records_by_key("name", form.key):
            if form.is_one_of(record.names):
                code, score = _same_name_reason(parsed, form, record)
                yield Candidate(record.id, score, (code,), record.followers)


def _same_name_reason(parsed: ParsedInput, form: NameForm, record: Record) -> tuple[str, float]:
    """Return the reason and the score of a name that is folded like that of an account and is not its name."""
    is_handle = parsed.is_url or form.rule == "never"
    if parsed.address is not None or not parsed.is_url:
        is_without_blanks = len(form.key) >= _MIN_NAME_LENGTH and _is_name_without_blanks(form, record)
        if is_without_blanks and (is_handle or form.rule == "with_blanks"):
            return "display_name_in_handle", _NAME_AS_HANDLE
    if is_handle:
        return "display_name_in_handle", _SAME_NAME
    return ("added_signs" if special_characters(form.text) else "same_name"), _SAME_NAME


def _is_name_without_blanks(form: NameForm, record: Record) -> bool:
    """Whether a text is a name of several words, written as one."""
    return len(words(form.text)) == 1 and any(len(words(name)) > 1 for name in record.names if form.is_one_of((name,)))


def _search_results(parsed: ParsedInput, evidence: Evidence) -> Iterator[Candidate]:
    """Yield the accounts that the search finds by the words of a name."""
    for similar in evidence.similar_accounts.get((parsed.words, parsed.platform), ()):
        yield Candidate(similar.account_id, _TIER_SCORES[similar.tier], ("similar_name",), similar.followers)


def _similarity_reasons(parsed: ParsedInput, first: Candidate | None, evidence: Evidence) -> Iterator[Reason]:
    """Yield the reasons for which the best candidate is imitated."""
    if parsed.imitated_platform is not None:
        yield make_reason("look_alike_host", host=parsed.refused_text, **names_of(parsed.imitated_platform))
    if first is None:
        return
    if first.codes == ("similar_name",):
        yield make_reason("similar_name")
        return
    record = evidence.records[first.account_id]
    name = next(iter(record.names), "")
    display = (name or record.handle) if parsed.words else (record.handle or name)
    for code in first.codes:
        if code != "look_alike_host":
            yield make_reason(code, handle=display, host=parsed.refused_text, **names_of(record.platform))


def _refusal_reasons(parsed: ParsedInput, *, is_alike: bool) -> Iterator[Reason]:
    """Yield the reasons for which the text names no registered account."""
    refusal = parsed.refusal
    if refusal == "look_alike_host":
        return
    if refusal is not None and refusal != "not_registered":
        yield make_reason(
            refusal,
            shown=parsed.refused_text,
            host=parsed.refused_text,
            most=f"{MAX_LENGTH:,}",
            **names_of(parsed.platform),
        )
    elif not is_alike:
        what, chinese = ("handle or id", "账号名或编号") if parsed.address or parsed.keys else ("name", "名称")
        yield make_reason("not_registered", what=what, what_zh=chinese)
