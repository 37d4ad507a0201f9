"""What a search that finds no name may have meant: a place, a kind of department or a platform, as filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from directory.http.parameters import encode_pairs
from directory.http.problems import InvalidParameters
from directory.web import api
from directory.web.formats import department_type_name, department_types, platform_name, platform_names, region_name
from directory.web.region_tree import look_up_region
from directory.web.site import url

if TYPE_CHECKING:
    from collections.abc import Iterator

# More words are a sentence.
_WORDS_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Door:
    """The search by filters in the place of words: what the filters are called, how many accounts, and its address."""

    names: tuple[str, ...]
    count: int
    address: str


def find_door(text: str) -> Door | None:
    """Return the search that the words of a text name by places, kinds and platforms; None where one names nothing."""
    words = text.split()
    if not 0 < len(words) <= _WORDS_MAX:
        return None
    filters = _filters_of(" ".join(words)) or _filters_of(*words)
    if not filters:
        return None
    pairs = tuple((name, value) for name, value, _shown in filters)
    found = api.get("/v1/accounts", (*pairs, ("limit", "1"), ("fields", "id"), ("count", "estimated")))
    count = found["page"]["count"]["value"]
    return (
        Door(tuple(shown for *_, shown in filters), count, f"{url('accounts')}?{encode_pairs(pairs)}")
        if count
        else None
    )


def _filters_of(*words: str) -> list[tuple[str, str, str]]:
    """Return a filter for each word, with its parameter, value and name; none where a word names nothing."""
    filters = [found for word in words if (found := next(_filters(word), None)) is not None]
    # Two regions or two kinds would be alternatives, which nobody has typed.
    is_clear = len(filters) == len(words) == len({name for name, *_ in filters})
    return filters if is_clear else []


def _filters(word: str) -> Iterator[tuple[str, str, str]]:
    folded = word.casefold()
    for slug, names in department_types().items():
        if folded in {slug, *(name.casefold() for name in names)}:
            yield "department_type", slug, department_type_name(slug)
    for slug, name in platform_names().items():
        if folded in {slug, name.casefold()}:
            yield "platform", slug, platform_name(slug)
    try:
        region = look_up_region(word)
    except InvalidParameters:
        return
    if region is not None:
        yield "region", region["code"], region_name(region)
