"""Random filters of the list, and a plain implementation of what they mean."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from hypothesis import strategies as st

from directory.text.normalization import is_unspaced, words
from tests.accounts.conftest import LANGUAGES, PLATFORMS, REGIONS, TAGS, TYPES, Registry

VALUES = {
    "region": [region for region in REGIONS if region],
    "department_type": TYPES,
    "platform": PLATFORMS,
    "status": ("active", "dormant", "suspended", "closed", "unknown"),
    "verification": ("platform", "registry", "source", "none"),
    "language": ("zh", "zh-Hant", "en", "en-GB", *(language for language in LANGUAGES if language)),
    "subject": ("body", "person"),
    "tag": TAGS,
    "source": ("s1", "s2"),
}
# Each finds many, so that no looser way of matching is tried.
SEARCHES = (
    "nasa",
    "成都",
    "发布",
    "都",
    "ZURICH pol",
    "police of",
    "of-police cn",
    "ville de lyo",
    "a1 sum",
    "release",
)
KEYS = ("id", "name", "followers", "opened_on", "created_at", "updated_at")
Question = dict[str, str]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Return a strategy for filters that do not contradict themselves."""
    question: Question = {}
    for name in draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=3)):
        terms = draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=3, unique=True))
        excluded = draw(st.booleans())
        question[name] = ",".join(f"-{term}" if excluded else term for term in terms)
    if draw(st.booleans()):
        question |= draw(_ranges())
    if draw(st.integers(0, 4)) == 0:
        question["q"] = draw(st.sampled_from(SEARCHES))
    return question


@st.composite
def _ranges(draw: st.DrawFn) -> Question:
    low = draw(st.sampled_from((0, 7, 1000)))
    ranges = {
        "followers_min": str(low),
        "followers_max": str(low + draw(st.sampled_from((0, 10**6)))),
        "opened_after": "2012-05-15",
        "opened_before": "2016-01-01",
        "updated_after": "2020-01-01T00:00:00Z",
    }
    kept = draw(st.sets(st.sampled_from(sorted(ranges)), max_size=2))
    return {name: ranges[name] for name in kept}


def answer(registry: Registry, question: Question) -> list[dict[str, Any]]:
    """Return the records that a question matches, by a scan of all."""
    return [document for document in registry.documents if _matches(registry, document, question)]


def walk(client: FlaskClient, question: Question, limit: int) -> list[dict[str, Any]]:
    """Return all records of the list, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        asked = question | {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        body = client.get(f"/v1/accounts?{urlencode(asked)}").get_json()
        found += body["data"]
        cursor = body["page"]["next"]
        if cursor is None:
            return found


def _matches(registry: Registry, document: dict[str, Any], question: Question) -> bool:
    return all(_holds(registry, document, name, value) for name, value in question.items())


def _holds(registry: Registry, document: dict[str, Any], name: str, value: str) -> bool:
    count = (document["followers"] or {}).get("count")
    if name == "q":
        return _is_found(document, value)
    if name == "followers_min":
        return count is not None and count >= int(value)
    if name == "followers_max":
        return count is not None and count <= int(value)
    if name == "opened_after":
        return document["opened_on"] is not None and document["opened_on"] >= value
    if name == "opened_before":
        return document["opened_on"] is not None and document["opened_on"] <= value
    if name == "updated_after":
        return dt.datetime.fromisoformat(document["updated_at"]) >= dt.datetime.fromisoformat(value)
    terms = value.split(",")
    asked = [term for term in terms if not term.startswith("-")]
    excluded = [term.removeprefix("-") for term in terms if term.startswith("-")]
    return (not asked or any(_has(registry, document, name, term) for term in asked)) and not any(
        _has(registry, document, name, term) for term in excluded
    )


def _has(registry: Registry, document: dict[str, Any], name: str, term: str) -> bool:
    if name == "region":
        region = document["region"]
        return region is not None and registry.paths[region["code"]].startswith(registry.paths[term])
    if name == "department_type":
        return document["department"] is not None and document["department"]["type"] == term
    if name == "verification":
        return bool(document["verification"]["level"] == term)
    if name == "language":
        return document["language"] is not None and f"{document['language']}-".startswith(f"{term}-")
    if name in {"tag", "source"}:
        return term in document[f"{name}s"]
    return bool(document[name] == term)


def _is_found(document: dict[str, Any], text: str) -> bool:
    """Whether every word is one of the account's, the last the beginning of one, characters inside one."""
    department = (document["department"] or {}).get("name") or ""
    texts = [document["name"] or "", *(other["name"] for other in document["names"]), department]
    of_account = [word for each in (*texts, document["handle"]) for word in words(each)]
    *whole, last = words(text)
    return all(
        any(
            word in other if is_unspaced(word) else other == word or (word is last and other.startswith(word))
            for other in of_account
        )
        for word in (*whole, last)
    )
