"""Decisions on reports: a step from one state to the next, with its reason, in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from directory.database.revisions import select_mark
from directory.feedback.states import DECIDED, STEPS_MAX, explain_step

if TYPE_CHECKING:
    from psycopg import Connection


class DecisionError(Exception):
    """A decision that cannot be taken; the message says why, and `code` is short and stable."""

    def __init__(self, code: str, message: str) -> None:
        """Name the reason."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A step: the next state and why, public; `summary` is what the report is about, in words fit to be public.

    `duplicate_of` is the id of another report, `revision` that of the registry to which an accepted one led.
    """

    state: str
    actor: str
    reason: str | None = None
    summary: str | None = None
    duplicate_of: str | None = None
    revision: int | None = None


def decide(conn: Connection[Any], feedback_id: str, decision: Decision) -> None:
    """Take a decision in the open transaction; raise DecisionError, and LookupError for an unknown report.

    Of two that decide at once the second sees what the first did.
    """
    row = conn.execute("SELECT state FROM feedback WHERE id = %s FOR UPDATE", (feedback_id,)).fetchone()
    if row is None:
        raise LookupError(feedback_id)
    if (wrong := explain_step(row[0], decision.state)) is not None:
        raise DecisionError("feedback-state", wrong)
    _check(conn, feedback_id, decision)
    number = _select_next_number(conn, feedback_id)
    if number > STEPS_MAX:
        raise DecisionError("feedback-steps", f"The report has {STEPS_MAX} steps, which is most.")
    _update(conn, feedback_id, decision)
    conn.execute(
        """
        INSERT INTO feedback_events (feedback_id, number, before, after, actor, reason)
        VALUES (%(id)s, %(number)s, %(before)s, %(after)s, %(actor)s, %(reason)s)
        """,
        {
            "id": feedback_id, "number": number, "before": row[0], "after": decision.state, "actor": decision.actor,
            "reason": decision.reason,
        },
    )  # fmt: skip


def _check(conn: Connection[Any], feedback_id: str, decision: Decision) -> None:
    if decision.state in DECIDED and not decision.reason:
        raise DecisionError("feedback-reason", "A decision needs a reason, which is public.")
    if (decision.state == "duplicate") != (decision.duplicate_of is not None):
        raise DecisionError("feedback-duplicate", "A duplicate names the report that it repeats, and no other does.")
    if decision.revision is not None and decision.state != "accepted":
        raise DecisionError("feedback-revision", "Only an accepted report leads to a revision.")
    if decision.duplicate_of is not None:
        other = conn.execute("SELECT state FROM feedback WHERE id = %s", (decision.duplicate_of,)).fetchone()
        if other is None or decision.duplicate_of == feedback_id or other[0] == "duplicate":
            message = f"{decision.duplicate_of} is no other report, or repeats one itself: name the first of them."
            raise DecisionError("feedback-duplicate", message)


def _update(conn: Connection[Any], feedback_id: str, decision: Decision) -> None:
    mark = select_mark(conn, decision.revision) if decision.revision is not None else None
    if decision.revision is not None and mark is None:
        raise DecisionError("feedback-revision", f"There is no revision {decision.revision}.")
    conn.execute(
        """
        UPDATE feedback
           SET state = %(state)s, changed_at = now(), decided_at = CASE WHEN %(is_decided)s THEN now() END,
               reason = CASE WHEN %(is_decided)s THEN %(reason)s::text END, summary = coalesce(%(summary)s, summary),
               duplicate_of = %(duplicate)s, revision = %(revision)s, mark = %(mark)s
         WHERE id = %(id)s
        """,
        {
            "id": feedback_id, "state": decision.state, "is_decided": decision.state in DECIDED,
            "reason": decision.reason, "summary": decision.summary, "duplicate": decision.duplicate_of,
            "revision": decision.revision, "mark": mark,
        },
    )  # fmt: skip


def _select_next_number(conn: Connection[Any], feedback_id: str) -> int:
    row = conn.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM feedback_events WHERE feedback_id = %s", (feedback_id,)
    ).fetchone()
    return int(row[0]) if row is not None else 1
