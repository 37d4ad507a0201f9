"""What webhooks are told of, and the bodies of their messages, each of a bounded size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from directory.changes.queries import ChangeRow, Position

CHANGED: Final = "registry.changed"
FEEDBACK: Final = "feedback.changed"
PROOF_FAILED: Final = "proof.failed"
TEST: Final = "webhook.test"
# What a webhook may be subscribed to.
EVENTS: Final = (CHANGED, FEEDBACK, PROOF_FAILED)
# Of one message.
CHANGES_MAX: Final = 100
# The database refuses more than 256 KiB with the envelope.
_BYTES_MAX: Final = 200 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """The changes of one message: their JSON, and the last of them with the mark of its revision."""

    texts: list[str]
    through: Position
    mark: str


def take_batch(rows: Sequence[ChangeRow]) -> Batch:
    """Return as many of the first changes, at least one, as fit into a message."""
    texts: list[str] = []
    size = 0
    for text, *_ in rows[:CHANGES_MAX]:
        fitting = text if len(text.encode()) <= _BYTES_MAX else _without_records(text)
        size += len(fitting.encode()) + 1
        if texts and size > _BYTES_MAX:
            break
        texts.append(fitting)
    _, revision, sequence, mark = rows[len(texts) - 1]
    return Batch(texts, (revision, sequence), mark)


def write_changes(batch: Batch, at: dt.datetime) -> str:
    """Return the body of a message about changes."""
    through = json.dumps({"revision": batch.through[0], "sequence": batch.through[1], "mark": batch.mark})
    return write_message(CHANGED, at, f'{{"changes":[{",".join(batch.texts)}],"through":{through}}}')


def write_message(event: str, at: dt.datetime, data: str) -> str:
    """Return the body of a message, whose data is JSON: the envelope of Standard Webhooks."""
    return f'{{"type":{json.dumps(event)},"timestamp":{json.dumps(at.isoformat())},"data":{data}}}'


def _without_records(text: str) -> str:
    """Return a change without the record before and after, which the feed still has."""
    change = json.loads(text) | {"before": None, "after": None, "is_cut": True}
    return json.dumps(change, ensure_ascii=False, separators=(",", ":"))
