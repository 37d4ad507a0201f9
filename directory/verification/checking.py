"""The methods by which an account can be proved, and one check by them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from directory.verification.evidence import METHODS, Finding, Method, NoProofError, Subject
from directory.verification.protocols import prove_by_bluesky, prove_by_mastodon
from directory.verification.website import (
    Reader,
    owns_host,
    prove_by_file,
    prove_by_link,
    prove_by_record,
    prove_by_rel_me,
)

_Prover: TypeAlias = Callable[[Reader, Subject], Finding]
_PROVERS: Final[Mapping[Method, _Prover]] = {
    "dns": prove_by_record,
    "well-known": prove_by_file,
    "rel-me": prove_by_rel_me,
    "bluesky": prove_by_bluesky,
    "mastodon": prove_by_mastodon,
    "link": prove_by_link,
}


def applicable_methods(subject: Subject) -> list[Method]:
    """Return the methods by which an account could be proved, the strongest first."""
    return [method for method in METHODS if _applies(method, subject)]


def _applies(method: Method, subject: Subject) -> bool:
    match method:
        case "bluesky":
            return subject.platform == "bluesky" and subject.handle is not None
        case "mastodon":
            return subject.platform == "mastodon" and "@" in (subject.handle or "")
        case "dns" | "well-known":
            return owns_host(subject.website)
        case "rel-me":
            return subject.website is not None and subject.url is not None
        case "link":
            return subject.website is not None


def check(reader: Reader, subject: Subject, methods: Collection[str]) -> list[Finding]:
    """Return what each applicable method of `methods` finds; all of them where it is empty."""
    applicable = applicable_methods(subject)
    return [_check_by(method, reader, subject) for method in applicable if not methods or method in methods]


def _check_by(method: Method, reader: Reader, subject: Subject) -> Finding:
    try:
        return _PROVERS[method](reader, subject)
    except NoProofError as nothing:
        return Finding(
            method=method,
            outcome="failed" if nothing.is_answer else "unanswered",
            reason=nothing.code,
            sources=nothing.sources,
            checked_at=datetime.now(UTC),
        )
