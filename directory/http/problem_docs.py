"""The public explanation of a problem type, read from the docstring of its class."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from directory.http.problems import PROBLEMS

if TYPE_CHECKING:
    from directory.http.problems import Problem

# Stands for the request id, which differs in each answer.
_SAMPLE_REQUEST_ID = "5f2d8c1b9a3e4f60"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The meaning of a problem type, its causes, the remedy and an example."""

    slug: str
    title: str
    status: int
    meaning: str
    causes: tuple[str, ...]
    remedy: str
    # A request that causes the problem, `GET /path [with Header: value]`; None where no single request does.
    request: str | None
    document: dict[str, object]


def explain(problem: type[Problem]) -> Explanation:
    """Return the explanation in the docstring of a problem class; raise ValueError where a section is missing."""
    text = inspect.cleandoc(problem.__doc__ or "")
    about, causes, remedy, example = _sections(text, ("Causes", "Remedy", "Example"))
    request, brace, members = example.partition("{")
    status = {"type": f"/problems/{problem.slug}", "title": problem.title, "status": problem.status}
    return Explanation(
        slug=problem.slug,
        title=problem.title,
        status=problem.status,
        meaning=_flow(about.partition("\n")[2]),
        causes=tuple(_flow(cause) for cause in causes.removeprefix("- ").split("\n- ")),
        remedy=_flow(remedy),
        request=request.strip() or None,
        document={**status, **json.loads(brace + members), "request_id": _SAMPLE_REQUEST_ID},
    )


def explain_all() -> list[Explanation]:
    """Return the explanations of all problem types, by status, then by slug."""
    return sorted(
        (explain(problem) for problem in PROBLEMS.values()),
        key=lambda explanation: (explanation.status, explanation.slug),
    )


def _sections(text: str, headings: tuple[str, ...]) -> list[str]:
    parts: list[str] = []
    for heading in headings:
        part, separator, text = text.partition(f"\n\n{heading}:\n")
        if not separator:
            raise ValueError(f"the docstring has no section {heading}: {part[:60]}")
        parts.append(part.strip())
    return [*parts, text.strip()]


def _flow(text: str) -> str:
    return " ".join(text.split())
