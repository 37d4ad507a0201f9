"""Answers that many accounts are gone at once: the platform, or one server of it, is at fault rather than they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from directory.probe.results import Result

# Of the answers of a platform or of a server no more may be that accounts are gone.
GONE_MAX: Final = 0.2
# Of fewer answers no share is judged.
_ANSWERS_MIN: Final = 10
_GONE: Final = frozenset({"gone", "reassigned"})


def find_too_many_gone(results: Sequence[Result]) -> tuple[list[Result], str]:
    """Return the results that accounts are gone where they are too many at once, and a sentence about them.

    Both are empty where all can be believed. On a platform of many servers each server is judged, too: one that lost
    its accounts is a small part of all answers.
    """
    answers = [result for result in results if result.is_answer]
    by_server: defaultdict[str, list[Result]] = defaultdict(list)
    for result in answers:
        by_server[str(result.evidence.get("server", ""))].append(result)
    for server, group in (("", answers), *by_server.items()):
        gone = [result for result in group if result.outcome in _GONE]
        if len(group) >= _ANSWERS_MIN and len(gone) > len(group) * GONE_MAX:
            where, culprit = (f" of {server}", "server") if server else ("", "platform")
            return gone, (
                f"{len(gone):,} of {len(group):,} accounts{where} that were answered for are gone, more than "
                f"{GONE_MAX:.0%}: the {culprit} may be at fault, so nothing was written of these; look at some of "
                "them, and --accept takes it"
            )
    return [], ""
