"""Requests for search, suggestions and resolve; for Datasette with trigrams, below three characters with a scan."""

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

from benchmarks.addresses import DISTINCT, PAGE, TABLE, Work
from benchmarks.rows import Document

_COMMON = f"_sort_desc=followers&_size={PAGE}&_shape=objects&_nocount=1&_nofacet=1"
# The suffix of the synthetic accounts' names.
MARK = "·样例"
_MISTYPED = 2


def works(accounts: Sequence[Document]) -> list[Work]:
    """Return the works of finding and resolving for rows of synthetic accounts."""
    names = _distinct(account["name"].removesuffix(MARK) for account in accounts)
    handles = _distinct(account["handle"] for account in accounts if account["handle"])
    stems = _distinct(handle.partition("-")[0] for handle in handles)
    pairs = _distinct(name[:2] for name in names)
    return [
        _work("search: 2 characters", pairs, _scan),
        _work("search: 1 character", _distinct(character for pair in pairs for character in pair), _scan),
        _work("search: 4 characters", [name for name in names if len(name) == 4], _match),  # noqa: PLR2004 - as it says
        _work("search: a whole name", names, _match),
        _work("search: pinyin of a handle", stems, _match),
        _work("search: the beginning of a word", _distinct(stem[:5] for stem in stems), _match),
        _work("search: initials", _distinct(map(_initials_of, stems)), _match),
        _work("search: a whole handle", handles, _match),
        _work("search: two words", [f"{name[:2]} {name[2:]}" for name in names if len(name) > 3], _match),  # noqa: PLR2004 - two and more
        _work("search: a mistyped word", [_mistype(stem) for stem in stems if len(stem) > 5], _match, stems),  # noqa: PLR2004 - long enough
        _suggestions(names),
        _resolving("resolve: a registered profile", [account["url"] for account in accounts if account["url"]]),
        _resolving("resolve: a look-alike", [f"https://weibo.com/{_mistype(handle)}" for handle in handles]),
    ]


def _distinct(texts: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(text for text in texts if text))
    return found[:: max(1, len(found) // DISTINCT)]


def _work(name: str, ours: Sequence[str], theirs: Callable[[str], str], right: Sequence[str] = ()) -> Work:
    """Return a work for texts; Datasette, which tolerates no typos, gets the corrected ones."""
    return Work(
        name,
        [f"/v1/accounts?q={quote(text)}&limit={PAGE}" for text in ours],
        [theirs(text) for text in right or ours],
    )


def _suggestions(names: Sequence[str]) -> Work:
    begun = _distinct(name[:length] for name in names for length in (2, 3))
    return Work(
        "suggest",
        [f"/v1/suggest?q={quote(text)}" for text in begun],
        [
            f"{TABLE}.json?name__startswith={quote(text)}&_size=10&_shape=objects&_nocount=1&_nofacet=1"
            for text in begun
        ],
    )


def _resolving(name: str, urls: Sequence[str]) -> Work:
    some = _distinct(urls)
    return Work(
        name,
        [f"/v1/resolve?q={quote(url, safe='')}" for url in some],
        [_match(url.rpartition("/")[2]) for url in some],
    )


def _scan(text: str) -> str:
    """Return the path of a scan: trigrams do not match texts of fewer than three characters."""
    return f"{TABLE}.json?name__contains={quote(text)}&{_COMMON}"


def _match(text: str) -> str:
    words = " ".join(f'"{word}"' for word in text.split())
    return f"{TABLE}.json?_search={quote(words)}&_searchmode=raw&{_COMMON}"


def _initials_of(stem: str) -> str:
    return stem[0] + stem[-3:]


def _mistype(word: str) -> str:
    """Return a word with two adjacent letters swapped."""
    return word[:_MISTYPED] + word[_MISTYPED + 1] + word[_MISTYPED] + word[_MISTYPED + 2 :]
