"""The resolver: parse every text of a batch, collect the evidence on all of them, judge each.

| order | a text is judged by | verdict | in |
|---|---|---|---|
| 1 | an id of the registry, also of a merged or deleted account | `official`, `formerly_official` | `exact` |
| 2 | a URL or a handle on a platform: first the user id, then who holds or held the handle | the same | `exact` |
| 3 | a handle without a platform: who holds or held it on any | the same; `unknown` if ambiguous | `exact` |
| 4 | a name that an account has exactly, unless the text is a URL | the same | `exact` |
| 5 | the website, or an external id, of a department: its accounts are candidates | `unknown` | `exact` |
| 6 | similar handles, disguised names, the same handle elsewhere, the search | `look_alike`, `unknown` | `similar` |

The first line that decides is the verdict; in the last one the best candidate of all decides. Rules 1 to 5 need the
registry's answer on what a text names for certain (`evidence.gather_exact`); only texts that none of them decides are
looked up for rule 6. So a batch takes a few statements, whatever its size.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _quote
from typing import Any, Final, TypeVar

from psycopg import Connection

from directory.database.point_in_time import PointInTime
from directory.database.prepared_statements import open_pipeline
from directory.resolve import exact, queries, similar
from directory.resolve.evidence import (
    Evidence,
    Plan,
    follow_successors,
    gather_exact,
    gather_search_results,
    gather_similar_records,
)
from directory.resolve.input_parsing import ParsedInput, parse_input
from directory.resolve.verdicts import Candidate, Reason, Verdict

# Texts that are looked up by one statement: the server executes it while the next texts are parsed.
_BATCH_SIZE: Final = 250
# For so few texts, reading the JSON of all candidates at once costs less than another statement for those shown.
_FEW: Final = 5
_Item = TypeVar("_Item")


def resolve(
    conn: Connection[Any],
    texts: Sequence[str],
    platform: str | None = None,
    *,
    plan: Plan,
    as_of: PointInTime | None = None,
) -> Iterator[str]:
    """Return the verdict on each text as JSON, in their order; `platform` (a slug) is where bare handles were seen.

    `plan` returns the search for a name that no account has. `as_of` is the revision to answer for, None for now. All
    statements must see one state of the registry, so the caller holds the transaction.
    """
    evidence = Evidence(as_of)
    distinct = [*dict.fromkeys(texts)]
    batch: list[ParsedInput] = []
    with open_pipeline(conn) as pipeline:
        for some in _batches(distinct):
            parsed_now = [parse_input(text, platform) for text in some]
            gather_exact(pipeline, evidence, parsed_now)
            batch += parsed_now
        pipeline.sync()
        follow_successors(pipeline, evidence, batch)
        exact_verdicts = [exact.judge(parsed, evidence) for parsed in batch]
        undecided = [parsed for parsed, verdict in zip(batch, exact_verdicts, strict=True) if verdict is None]
        for open_now in _batches(undecided):
            gather_similar_records(pipeline, evidence, open_now, documents=len(undecided) <= _FEW)
        gather_search_results(pipeline, evidence, undecided, plan)
        # Written here, while the server looks up what is undecided.
        documents = _documents(evidence)
        written = [
            verdict_json(verdict, documents)
            if verdict is not None and all(map(documents.__contains__, verdict.account_ids))
            else None
            for verdict in exact_verdicts
        ]
        pipeline.sync()
    verdicts = [
        verdict or similar.judge(parsed, evidence) for parsed, verdict in zip(batch, exact_verdicts, strict=True)
    ]
    if undecided:
        documents = _documents(evidence)
    missing = {account_id for verdict in verdicts for account_id in verdict.account_ids} - documents.keys()
    if missing:
        documents |= queries.select_documents(conn, missing, as_of)
    answers = [known or verdict_json(verdict, documents) for known, verdict in zip(written, verdicts, strict=True)]
    answer_to = dict(zip(distinct, answers, strict=True))
    return (answer_to[text] for text in texts)


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[begin : begin + _BATCH_SIZE] for begin in range(0, len(items), _BATCH_SIZE))


def _documents(evidence: Evidence) -> dict[str, str]:
    """Return the public JSON that was read, by account id."""
    return {record.id: record.document for record in evidence.records.values() if record.document is not None}


def verdict_json(verdict: Verdict, documents: Mapping[str, str]) -> str:
    """Return a verdict as JSON; the records in it are the stored texts."""
    match = verdict.match
    match_json = "null"
    if match is not None:
        match_json = f'{{"by":"{match.by}","value":{_quote(match.value)},"account_id":"{match.account_id}"}}'
    return (
        f'{{"query":{_quote(verdict.query)},"verdict":"{verdict.verdict}",'
        f'"reasons":[{",".join([_reason_json(reason) for reason in verdict.reasons])}],'
        f'"platform":{_text_json(verdict.platform)},"handle":{_text_json(verdict.handle)},'
        f'"account":{documents.get(verdict.account_id or "", "null")},'
        f'"valid_from":{_time_json(verdict.valid_from)},"valid_to":{_time_json(verdict.valid_to)},'
        f'"match":{match_json},"candidates":[{_candidates_json(verdict.candidates, documents)}]}}'
    )


def _candidates_json(candidates: Sequence[Candidate], documents: Mapping[str, str]) -> str:
    return ",".join(
        [
            f'{{"score":{each.score},"reasons":{_codes_json(each.codes)},"account":{documents[each.account_id]}}}'
            for each in candidates
            if each.account_id in documents
        ]
    )


def _reason_json(reason: Reason) -> str:
    message, chinese = _quote(reason.message), _quote(reason.message_zh)
    return f'{{"code":"{reason.code}","message":{message},"message_zh":{chinese}}}'


@lru_cache(maxsize=256)
def _codes_json(codes: tuple[str, ...]) -> str:
    return f"[{','.join(map(_quote, codes))}]"


def _text_json(text: str | None) -> str:
    return "null" if text is None else _quote(text)


def _time_json(moment: dt.datetime | None) -> str:
    return "null" if moment is None else f'"{moment.isoformat()}"'
