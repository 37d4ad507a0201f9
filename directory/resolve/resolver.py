"""Resolving a batch: read every text, ask the registry once for all, judge each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _quote
from typing import Any, Final, TypeVar

from psycopg import Connection

from directory.database.point_in_time import PointInTime
from directory.database.prepared_statements import open_pipeline
from directory.resolve import queries
from directory.resolve.evidence import Findings, Understand, follow, gather_exact, gather_near, gather_similar
from directory.resolve.exact import decide
from directory.resolve.input_parsing import Asked, read
from directory.resolve.reasons import Reason
from directory.resolve.similar import judge_near
from directory.resolve.verdicts import Candidate, Verdict

# Texts whose look-ups are one question: the server answers it while the next ones are read.
_PART: Final = 250
# Of so few texts the JSON of all that is like them costs less than another question for what is shown of it.
_FEW: Final = 5
_Item = TypeVar("_Item")


def resolve(
    conn: Connection[Any],
    texts: Sequence[str],
    platform: str | None = None,
    *,
    understand: Understand,
    as_of: PointInTime | None = None,
) -> Iterator[str]:
    """Give the verdict on each text as JSON, in their order; `platform` (a slug) is where bare handles were seen.

    `past`: as of which revision, None for now. `understand` gives the search for a name that no account bears. All
    questions should see one state of the registry: the caller holds the transaction.
    """
    found = Findings(as_of)
    distinct = [*dict.fromkeys(texts)]
    batch: list[Asked] = []
    with open_pipeline(conn) as pipeline:
        for part in _parts(distinct):
            read_now = [read(text, platform) for text in part]
            gather_exact(pipeline, found, read_now)
            batch += read_now
        pipeline.sync()
        follow(pipeline, found, batch)
        verdicts = [decide(asked, found) for asked in batch]
        open_ones = [asked for asked, verdict in zip(batch, verdicts, strict=True) if verdict is None]
        for some in _parts(open_ones):
            gather_near(pipeline, found, some, documents=len(open_ones) <= _FEW)
        gather_similar(pipeline, found, open_ones, understand)
        # While the server is at it.
        documents = _documents(found)
        written = [None if verdict is None else _write_known(verdict, documents) for verdict in verdicts]
        pipeline.sync()
    judged = [verdict or judge_near(asked, found) for asked, verdict in zip(batch, verdicts, strict=True)]
    if open_ones:
        documents = _documents(found)
    missing = {account_id for verdict in judged for account_id in verdict.shown} - documents.keys()
    if missing:
        documents |= queries.select_documents(conn, missing, as_of)
    answers = [known or write(verdict, documents) for known, verdict in zip(written, judged, strict=True)]
    answer_to = dict(zip(distinct, answers, strict=True))
    return (answer_to[text] for text in texts)


def _parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Yield so many at a time: the server answers for some while others are read."""
    return (items[begin : begin + _PART] for begin in range(0, len(items), _PART))


def _documents(found: Findings) -> dict[str, str]:
    """Return the public JSON that was read, by the accounts' ids."""
    return {record.id: record.document for record in found.records.values() if record.document is not None}


def _write_known(verdict: Verdict, documents: Mapping[str, str]) -> str | None:
    """Return a verdict as JSON where all that it shows was read."""
    return write(verdict, documents) if all(map(documents.__contains__, verdict.shown)) else None


def write(verdict: Verdict, documents: Mapping[str, str]) -> str:
    """Return a verdict as JSON; the records in it are the stored texts."""
    match = verdict.match
    told = "null"
    if match is not None:
        told = f'{{"by":"{match.by}","value":{_quote(match.value)},"account_id":"{match.account_id}"}}'
    return (
        f'{{"query":{_quote(verdict.query)},"verdict":"{verdict.verdict}",'
        f'"reasons":[{",".join([_write_reason(reason) for reason in verdict.reasons])}],'
        f'"platform":{_text(verdict.platform)},"handle":{_text(verdict.handle)},'
        f'"account":{documents.get(verdict.account_id or "", "null")},'
        f'"valid_from":{_time(verdict.valid_from)},"valid_to":{_time(verdict.valid_to)},'
        f'"match":{told},"candidates":[{_write_candidates(verdict.candidates, documents)}]}}'
    )


def _write_candidates(candidates: Sequence[Candidate], documents: Mapping[str, str]) -> str:
    return ",".join(
        [
            f'{{"score":{each.score},"reasons":{_write_codes(each.codes)},"account":{documents[each.account_id]}}}'
            for each in candidates
            if each.account_id in documents
        ]
    )


def _write_reason(reason: Reason) -> str:
    message, chinese = _quote(reason.message), _quote(reason.message_zh)
    return f'{{"code":"{reason.code}","message":{message},"message_zh":{chinese}}}'


@lru_cache(maxsize=256)
def _write_codes(codes: tuple[str, ...]) -> str:
    return f"[{','.join(map(_quote, codes))}]"


def _text(text: str | None) -> str:
    return "null" if text is None else _quote(text)


def _time(moment: dt.datetime | None) -> str:
    return "null" if moment is None else f'"{moment.isoformat()}"'
