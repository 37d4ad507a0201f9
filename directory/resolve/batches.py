"""Resolving a batch: read every text, ask the registry once for all, judge each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from psycopg import Connection

from directory.past import Past
from directory.resolve import queries
from directory.resolve.findings import Understand, gather_exact, gather_near, gather_similar
from directory.resolve.nearness import judge_near
from directory.resolve.reasons import Reason
from directory.resolve.registered import decide
from directory.resolve.texts import read
from directory.resolve.verdicts import Verdict


def resolve(
    conn: Connection[Any],
    texts: Sequence[str],
    platform: str | None = None,
    *,
    understand: Understand,
    past: Past | None = None,
) -> Iterator[str]:
    """Give the verdict on each text as JSON, in their order; `platform` (a slug) is where bare handles were seen.

    `past`: as of which revision, None for now. `understand` gives the search for a name that no account bears. All
    questions should see one state of the registry: the caller holds the transaction.
    """
    batch = [read(text, platform) for text in texts]
    found = gather_exact(conn, batch, past)
    verdicts = [decide(asked, found) for asked in batch]
    open_ones = [asked for asked, verdict in zip(batch, verdicts, strict=True) if verdict is None]
    if open_ones:
        gather_near(conn, found, open_ones)
        gather_similar(conn, found, open_ones, understand)
    judged = [verdict or judge_near(asked, found) for asked, verdict in zip(batch, verdicts, strict=True)]
    documents = {record.id: record.document for record in found.records.values() if record.document is not None}
    missing = {account_id for verdict in judged for account_id in verdict.shown} - documents.keys()
    if missing:
        documents |= queries.select_documents(conn, missing, past)
    return (write(verdict, documents) for verdict in judged)


def write(verdict: Verdict, documents: dict[str, str]) -> str:
    """Write a verdict as JSON; the records in it are the stored texts."""
    candidates = ",".join(
        f'{{"score":{each.score},"reasons":{_json(each.codes)},"account":{documents[each.account_id]}}}'
        for each in verdict.candidates
        if each.account_id in documents
    )
    match = verdict.match
    told = {"by": match.by, "value": match.value, "account_id": match.account_id} if match is not None else None
    return (
        f'{{"query":{_json(verdict.query)},"verdict":"{verdict.verdict}",'
        f'"reasons":[{",".join(map(_write_reason, verdict.reasons))}],'
        f'"platform":{_json(verdict.platform)},"handle":{_json(verdict.handle)},'
        f'"account":{documents.get(verdict.account_id or "", "null")},'
        f'"valid_from":{_json(verdict.valid_from and verdict.valid_from.isoformat())},'
        f'"valid_to":{_json(verdict.valid_to and verdict.valid_to.isoformat())},'
        f'"match":{_json(told)},"candidates":[{candidates}]}}'
    )


@lru_cache(maxsize=1024)
def _write_reason(reason: Reason) -> str:
    """Write a reason; most of a batch have the same few."""
    return _json({"code": reason.code, "message": reason.message, "message_zh": reason.message_zh})


_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
