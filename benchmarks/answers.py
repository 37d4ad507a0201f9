"""Whether all systems answer the same: the check that stops a comparison of what is not comparable.

The rules, by class (benchmarks/README.md says why):

- all: the service answers with the same bytes, whether it keeps answers or not.
- record: the id, platform, handle, name and followers of the row are the same.
- ranked: the same counts of followers in the same order, and for each count the same rows, but for the page's last
  count: of it there are more rows than fit, and each system orders them in its own way.
- facets: the same count for each value.
- contains: a peer finds exactly the rows that contain the text; the service finds all of those where the text begins
  a word or is Chinese, and what it finds besides is bounded.
- forgives: peers, asked for the right word, as above; the service finds all accounts that have the right word.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from benchmarks.questions import ALL, DATASETTE, ROAPI, SERVICE, Question, Request, Work

Body: TypeAlias = bytes
Ask: TypeAlias = Callable[[str, Request], Body]

# Questions of each class that are compared.
SAMPLE: Final = 12
_SHOWN: Final = 5
_FIELDS: Final = ("id", "platform", "handle", "name")


class DisagreementError(Exception):
    """Systems answer a question differently, so that what they take for it says nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """What of a row is compared."""

    id: str
    followers: int
    fields: tuple[object, ...]


def check(works: Sequence[Work], ask: Ask, systems: Sequence[str]) -> Iterator[str]:
    """Ask all systems some questions of each class and yield a line for each class, or raise DisagreementError."""
    for work in works:
        if work.rule == "own":
            continue
        sample = [*_sample(work)]
        for question in sample:
            requests = {name: question.compared.get(SERVICE if is_service(name) else name) for name in systems}
            answered = {name: ask(name, request) for name, request in requests.items() if request is not None}
            for difference in compare(work, question, answered):
                raise DisagreementError(f"{work.name}, {question.text!r}: {difference}")
        named = [name for name in systems if sample and (SERVICE if is_service(name) else name) in sample[0].asked]
        yield f"{work.name}: {len(sample)} questions answered alike by {', '.join(named)}"


def _sample(work: Work) -> Iterator[Question]:
    """Yield some questions of a class: of searches those whose rows are known, some and not too many for one page."""
    number = 0
    for question in work.questions:
        is_search = work.rule in {"contains", "forgives"}
        if not is_search or (question.expected and len(question.expected) <= ALL // 2):
            yield question
            number += 1
        if number == SAMPLE:
            return


def compare(work: Work, question: Question, answered: Mapping[str, Body]) -> Iterator[str]:
    """Yield a line for each difference between the answers of systems to one question."""
    own = [name for name in answered if is_service(name)]
    if len({answered[name] for name in own}) > 1:
        yield f"{' and '.join(own)} answer with other bytes"
    if work.rule == "facets":
        yield from _compare_facets({name: _counts(name, body) for name, body in answered.items()})
        return
    rows = {name: read(name, body) for name, body in answered.items()}
    if work.rule in {"contains", "forgives"}:
        yield from _compare_found(question, rows)
        return
    first, *others = rows
    for other in others:
        yield from _compare_ranked(first, other, rows)
    for name, found in rows.items():
        if not found or (question.expected is not None and {row.id for row in found} != question.expected):
            yield f"{name} has {len(found)} rows, and not those that were asked for: {_some(row.id for row in found)}"


def _compare_ranked(first: str, other: str, rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    counts = {name: [row.followers for row in rows[name]] for name in (first, other)}
    if counts[first] != counts[other]:
        yield f"followers by {first}: {counts[first]}; by {other}: {counts[other]}"
        return
    # More rows than fit may have the last count, and each system has an order of its own among them.
    last = min(counts[first], default=0) if len(counts[first]) > 1 else -1
    whole = {name: {row.fields for row in rows[name] if row.followers != last} for name in (first, other)}
    if whole[first] != whole[other]:
        yield f"only by {first}: {_some(whole[first] - whole[other])}; by {other}: {_some(whole[other] - whole[first])}"
    for name in (first, other):
        if len({row.id for row in rows[name]}) != len(rows[name]):
            yield f"{name} has a row twice"


def _compare_facets(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    first, *others = counts
    if not counts[first]:
        yield f"{first} counts nothing"
    for other in others:
        if counts[first] != counts[other]:
            yield f"{first} counts {dict(counts[first])}, {other} {dict(counts[other])}"


def _compare_found(question: Question, rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    expected = question.expected or frozenset()
    for name, found in rows.items():
        ids = {row.id for row in found}
        wanted = question.begun if is_service(name) else expected
        if missing := wanted - ids:
            yield f"{name} does not find {len(missing)} of {len(wanted)}: {_some(missing)}"
        if len(ids) >= ALL:
            yield f"{name} finds {len(ids)} or more, where {len(expected)} contain it: it does not search"
        elif (more := ids - expected) and not is_service(name):
            yield f"{name} finds {len(more)} that do not contain it, next to {len(expected)}: {_some(more)}"


def is_service(system: str) -> bool:
    """Whether a system is the service, however it is asked and set."""
    return system.partition(",")[0] == SERVICE


def read(system: str, body: Body) -> list[Row]:
    """Return the rows of a system's answer in their order."""
    answer: Any = json.loads(body)
    if is_service(system):
        found = answer.get("data", [answer])
        return [Row(one["id"], (one["followers"] or {}).get("count") or 0, _fields(one)) for one in found]
    if system == DATASETTE:
        answer = answer["rows"]
    elif isinstance(answer, dict):
        answer = [answer]
    return [Row(one["id"], int(one["followers"]), _fields(one)) for one in answer]


def _fields(row: Mapping[str, Any]) -> tuple[object, ...]:
    # ROAPI's columns have no null.
    return tuple(row.get(name) or None for name in _FIELDS)


def _counts(system: str, body: Body) -> dict[str, int]:
    answer: Any = json.loads(body)
    if system == DATASETTE:
        answer = answer["facet_results"]["platform"]["results"]
        return {one["value"]: one["count"] for one in answer}
    if system == ROAPI:
        return {one["platform"]: one["n"] for one in answer}
    return {one["value"]: one["count"] for one in answer["facets"]["platform"] if one["count"]}


def _some(found: Any) -> str:  # noqa: ANN401 - any collection
    return ", ".join(sorted(map(str, found))[:_SHOWN])
