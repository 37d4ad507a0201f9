"""What is asked: for each class many questions, each as a request to every system that can answer it."""

import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.rows import Document, division

Rule = Literal["record", "ranked", "facets", "contains", "forgives", "own"]

SERVICE: Final = "service"
DATASETTE: Final = "Datasette"
PLATFORMATIC: Final = "Platformatic DB"
# The same server, asked for what stands below a count of followers instead of by its own paging.
KEYSET: Final = "Platformatic DB by keyset"
ROAPI: Final = "ROAPI"
PEERS: Final = (DATASETTE, PLATFORMATIC, KEYSET, ROAPI)

DISTINCT: Final = 2_000
DEEP: Final = 40_000
PAGE: Final = 25
# The most rows that a search is asked for when answers are compared; a question that finds more is timed alone.
ALL: Final = 1_000
# Of synthetic accounts, what all names end with and the handles have in common.
MARK: Final = "·样例"
_COMMON: Final = "sample"
DATASETTE_OPTIONS: Final = "_shape=objects&_nocount=1&_nofacet=1"
_HAN: Final = re.compile("[\u4e00-\u9fff]+")
_LATIN: Final = re.compile("[a-z]{6,}")
_MISTYPED: Final = 2


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its path, and a body where it is posted."""

    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what it asks for, its request to each system, and the request that its answers are compared by.

    `expected` has the ids of all rows that contain the text, `begun` of those where it begins a word; None where they
    were not looked for, and the question is only timed.
    """

    text: str
    asked: Mapping[str, Request]
    compared: Mapping[str, Request]
    expected: frozenset[str] | None = None
    begun: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Work:
    """A class of questions, and the rule by which its answers are compared."""

    name: str
    rule: Rule
    questions: Sequence[Question]


def works(base: str, accounts: Sequence[Document]) -> list[Work]:
    """Return all classes for the rows of the service at `base`; `accounts` is all of them by descending followers."""
    texts = [*_texts(accounts)]
    classes: list[tuple[str, Rule, Iterable[Question]]] = [
        ("one account", "record", map(_one, accounts)),
        (f"list: region and platform, top {PAGE} by followers", "ranked", _lists(accounts)),
        (f"deep page: {PAGE} by followers after row {_depth(accounts):,}", "ranked", _deep(base, accounts)),
        ("facets: platforms of a region and department type", "facets", _facets(accounts)),
        *((name, rule, _searches(rows, words, column, rule)) for name, rule, rows, words, column in texts),
        ("resolve: a registered profile", "own", map(_resolve, filter(None, (one["url"] for one in accounts)))),
        ("suggest", "own", map(_suggest, _distinct(account["name"][:2] for account in accounts))),
    ]
    # Questions in the order of rows would ask for what stands next to each other.
    order = random.Random(7)  # noqa: S311 - no secret
    found = []
    for name, rule, questions in classes:
        shuffled = [*questions]
        order.shuffle(shuffled)
        found.append(Work(name, rule, shuffled[:DISTINCT]))
    return found


def _question(text: str, asked: Mapping[str, Request], expected: frozenset[str] | None = None) -> Question:
    return Question(text, asked, asked, expected)


def _one(account: Document) -> Question:
    name = account["id"]
    asked = {
        SERVICE: Request(f"/v1/accounts/{name}"),
        DATASETTE: Request(f"/benchmark/accounts/{name}.json?_shape=objects"),
        PLATFORMATIC: Request(f"/accounts/{name}"),
        ROAPI: Request(f"/api/tables/accounts?filter%5Bid%5D='{name}'&limit=1"),
    }
    return _question(name, asked, frozenset([name]))


def _lists(accounts: Sequence[Document]) -> Iterator[Question]:
    number = Counter((division(account), account["platform"]) for account in accounts)
    # Pages of several lengths, or there are so few questions that each comes again within a second.
    for (place, platform), length in itertools.product(number, range(PAGE - 5, PAGE + 6)):
        if not place or number[place, platform] < length:
            continue
        yield _question(
            f"{length} of {platform} in {place}",
            {
                SERVICE: Request(f"/v1/accounts?region={place}&platform={platform}&sort=-followers&limit={length}"),
                DATASETTE: Request(
                    f"/benchmark/accounts.json?division={place}&platform={platform}&_sort_desc=followers"
                    f"&_size={length}&{DATASETTE_OPTIONS}"
                ),
                PLATFORMATIC: Request(
                    f"/accounts/?where.division.eq={place}&where.platform.eq={platform}&orderby.followers=desc"
                    f"&orderby.id=asc&limit={length}"
                ),
                ROAPI: Request(
                    f"/api/tables/accounts?filter%5Bdivision%5D='{place}'&filter%5Bplatform%5D='{platform}'"
                    f"&sort=-followers,id&limit={length}"
                ),
            },
        )


def _depth(accounts: Sequence[Document]) -> int:
    return min(DEEP, len(accounts) * 4 // 5) // ALL * ALL


def _deep(base: str, accounts: Sequence[Document]) -> Iterator[Question]:
    """Walk to the row by large pages, then on to each row with another count of followers than the last."""
    path = f"/v1/accounts?sort=-followers&limit={ALL}"
    for _ in range(_depth(accounts) // ALL):
        path = _next(base, path)
    at = _depth(accounts)
    statement = "SELECT * FROM accounts ORDER BY followers DESC, id LIMIT {} OFFSET {}"
    for number in range(at + 1, len(accounts) - PAGE):
        followers = _followers(accounts[number - 1])
        # Only there does a page by `followers.lt` begin where the others do.
        if followers == _followers(accounts[number]) or number - at > ALL:
            continue
        path = _next(base, f"{path.partition('&limit=')[0]}&limit={number - at}{_cursor(path)}")
        path, at = f"{path.partition('&limit=')[0]}&limit={PAGE}{_cursor(path)}", number
        # Behind all ids of this count.
        token = quote(f"{followers},{'z' * 8}")
        ordered = f"orderby.followers=desc&orderby.id=asc&limit={PAGE}"
        yield _question(
            f"after row {number:,}",
            {
                SERVICE: Request(path),
                DATASETTE: Request(
                    f"/benchmark/accounts.json?_sort_desc=followers&_size={PAGE}&{DATASETTE_OPTIONS}&_next={token}"
                ),
                PLATFORMATIC: Request(f"/accounts/?{ordered}&offset={number}"),
                KEYSET: Request(f"/accounts/?where.followers.lt={followers}&{ordered}"),
                # Its REST API takes an offset and ignores it.
                ROAPI: Request("/api/sql", statement.format(PAGE, number)),
            },
        )


def _cursor(path: str) -> str:
    return "".join(path.partition("&cursor=")[1:])


def _next(base: str, path: str) -> str:
    with urlopen(base + path, timeout=60) as answer:  # noqa: S310 - our own server
        cursor = json.load(answer)["page"]["next"]
    return f"{path.partition('&cursor=')[0]}&cursor={quote(cursor)}"


def _followers(account: Document) -> int:
    return (account["followers"] or {}).get("count") or 0


def _facets(accounts: Sequence[Document]) -> Iterator[Question]:
    pairs = {(division(account), (account["department"] or {}).get("type")) for account in accounts}
    for place, kind in sorted((place, kind) for place, kind in pairs if place and kind):
        statement = (
            "SELECT platform, count(*) AS n FROM accounts"  # noqa: S608 - values of our own
            f" WHERE division = '{place}' AND department_type = '{kind}' GROUP BY platform"
        )
        yield _question(
            f"platforms of {kind} in {place}",
            {
                SERVICE: Request(
                    f"/v1/accounts?region={place}&department_type={kind}&facets=platform&count=exact&limit=1"
                ),
                DATASETTE: Request(
                    f"/benchmark/accounts.json?division={place}&department_type={kind}&_facet=platform&_facet_size=max"
                    "&_size=1&_shape=objects"
                ),
                ROAPI: Request("/api/sql", statement),
            },
        )


def _texts(accounts: Sequence[Document]) -> Iterator[tuple[str, Rule, Sequence[Document], Sequence[str], str]]:
    """Yield name, rule, rows, texts and the peers' column of each class of searches."""
    names = [account["name"].removesuffix(MARK) for account in accounts if account["name"]]
    runs = [run for name in names for run in _HAN.findall(name)]
    pairs = _distinct(run[at : at + 2] for run in runs for at in range(len(run) - 1))
    fours = _distinct(run[at : at + 4] for run in runs for at in range(len(run) - 3))
    words = _distinct(
        word for account in accounts for word in _LATIN.findall((account["handle"] or "").lower()) if word != _COMMON
    )
    yield "search: 2 Chinese characters", "contains", accounts, pairs, "name"
    yield "search: 4 Chinese characters", "contains", accounts, fours, "name"
    yield "search: a Latin word", "contains", accounts, words, "handle"
    yield "search: a mistyped word (peers are asked the right one)", "forgives", accounts, words, "handle"


def _searches(accounts: Sequence[Document], words: Sequence[str], column: str, rule: Rule) -> Iterator[Question]:
    texts = [(account["id"], (account[column] or "").lower()) for account in accounts]
    joined = "\n".join(text for _, text in texts)
    for number, word in enumerate(words[:: max(1, len(words) // DISTINCT)]):
        ours = _mistype(word) if rule == "forgives" else word
        if rule == "forgives" and (ours == word or ours in joined):
            continue  # it is no slip, but another word
        # To look through all rows for each of 2,000 words takes minutes; a sixteenth is enough to compare.
        found = {id_: text for id_, text in texts if word in text} if number % 16 == 0 else None
        begins = re.compile(f"(?<![a-z0-9]){re.escape(word)}" if word.isascii() else re.escape(word))
        yield Question(
            ours,
            _search(word, ours, column, PAGE),
            _search(word, ours, column, ALL),
            None if found is None else frozenset(found),
            frozenset(id_ for id_, text in (found or {}).items() if begins.search(text)),
        )


def _search(word: str, ours: str, column: str, limit: int) -> Mapping[str, Request]:
    # Trigrams find no text of fewer than three characters: Datasette is asked for a scan.
    theirs = f"{column}__contains={quote(word)}" if len(word) < 3 else _match(word, column)  # noqa: PLR2004 - three
    return {
        SERVICE: Request(f"/v1/accounts?q={quote(ours)}&limit={limit}"),
        DATASETTE: Request(f"/benchmark/accounts.json?{theirs}&_sort_desc=followers&_size={limit}&{DATASETTE_OPTIONS}"),
        PLATFORMATIC: Request(
            f"/accounts/?where.{column}.ilike={quote(f'%{word}%')}&orderby.followers=desc&limit={limit}"
        ),
        ROAPI: Request(
            "/api/sql",
            f"SELECT * FROM accounts WHERE {column} ILIKE '%{word}%' ORDER BY followers DESC LIMIT {limit}",  # noqa: S608 - ours
        ),
    }


def _match(word: str, column: str) -> str:
    searched = quote(f'{column} : "{word}"')
    return f"_search={searched}&_searchmode=raw"


def _resolve(url: str) -> Question:
    return _question(url, {SERVICE: Request(f"/v1/resolve?q={quote(url, safe='')}")})


def _suggest(text: str) -> Question:
    return _question(text, {SERVICE: Request(f"/v1/suggest?q={quote(text)}")})


def _distinct(texts: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(filter(None, texts))]


def _mistype(word: str) -> str:
    """Return a word with two adjacent letters swapped."""
    return word[:_MISTYPED] + word[_MISTYPED + 1] + word[_MISTYPED] + word[_MISTYPED + 2 :]
