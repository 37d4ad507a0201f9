"""Names of the starter data as people type them: with an article, abbreviated, with a word too many, in other forms."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import pytest
from flask.testing import FlaskClient
from opencc import OpenCC

from tests.search.evaluation.accounts import read_accounts
from tests.serving import client_of

MAX = 40
LEAST = 0.95
FIRST = 3
_WORD = re.compile(r"[A-Za-z]+")
_SHORT = {
    "Department": "Dept.", "County": "Co.", "Government": "Gov't", "National": "Nat'l", "International": "Int'l",
    "Association": "Assn.", "University": "Univ.", "Ministry": "Min.", "Commission": "Comm.", "Committee": "Cmte.",
    "Administration": "Admin.", "Authority": "Auth.", "Board": "Bd.", "Services": "Svcs.", "Service": "Svc.",
    "Division": "Div.", "Center": "Ctr.", "Centre": "Ctr.", "Township": "Twp.", "Saint": "St.", "Mount": "Mt.",
    "Fort": "Ft.", "United States": "U.S.", "United Kingdom": "UK", "Police Department": "PD",
}  # fmt: skip
_BRITISH = {"Center": "Centre", "Labor": "Labour", "Defense": "Defence", "Harbor": "Harbour", "Program": "Programme"}


def _latin_names() -> list[str]:
    """Return names of several words in Latin letters, each once."""
    names = dict.fromkeys(" ".join(account.name.split()) for account in read_accounts())
    return [name for name in names if name.isascii() and len(_WORD.findall(name)) > 1 and "|" not in name]


def _swapped(name: str, table: dict[str, str]) -> str:
    pattern = "|".join(rf"\b{re.escape(word)}(?![\w'])" for word in sorted(table, key=len, reverse=True))
    return re.sub(pattern, lambda found: table[found[0]], name)


def with_an_article(name: str) -> str:
    return name if name.lower().startswith("the ") else f"The {name}"


def without_an_article(name: str) -> str:
    return name.removeprefix("The ")


def with_and(name: str) -> str:
    return name.replace(" & ", " and ")


def with_an_ampersand(name: str) -> str:
    return name.replace(" and ", " & ")


def abbreviated(name: str) -> str:
    return _swapped(name, _SHORT)


def written_out(name: str) -> str:
    full = {short.rstrip("."): word for word, short in _SHORT.items() if word not in {"Center", "Board"}}
    return _swapped(name, full | {"US": "United States", "USA": "United States"})


def spelt_otherwise(name: str) -> str:
    return _swapped(name, _BRITISH | {british: american for american, british in _BRITISH.items()})


def with_a_word_too_many(name: str) -> str:
    return f"{name} zyzzyva"


def with_an_added_word(name: str) -> str:
    return f"official {name} website"


def _in_traditional(name: str) -> str:
    return str(OpenCC("jp2t").convert(name))


def _in_simplified(name: str) -> str:
    return str(OpenCC("t2s").convert(_in_traditional(name)))


LATIN: tuple[Callable[[str], str], ...] = (
    with_an_article, without_an_article, with_and, with_an_ampersand, abbreviated, written_out, spelt_otherwise,
    with_a_word_too_many, with_an_added_word,
)  # fmt: skip


@pytest.fixture(scope="module")
def client(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry that holds the starter data."""
    with client_of(starter_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def _missed(client: FlaskClient, names: Sequence[str], reword: Callable[[str], str]) -> tuple[int, list[str]]:
    """Return how many names can be worded so, at most MAX, and those that are not among the first three then."""
    worded = [(name, reword(name)) for name in names if reword(name) != name]
    chosen = [*islice(worded[:: max(1, len(worded) // MAX)], MAX)]
    missed = []
    for name, q in chosen:
        answer = client.get(
            "/v1/accounts", query_string={"q": q, "limit": str(FIRST), "fields": "name,names,department"}
        )
        assert answer.status_code == 200, q
        found = [
            other
            for record in answer.get_json()["data"]
            for other in (
                record["name"],
                *(each["name"] for each in record["names"]),
                (record["department"] or {}).get("name"),
            )
        ]
        if name not in [" ".join((other or "").split()) for other in found]:
            missed.append(f"{q!r}: {name}; got {found}")
    return len(chosen), missed


@pytest.mark.parametrize("reword", LATIN)
def test_a_name_is_found_as_people_word_it(client: FlaskClient, reword: Callable[[str], str]) -> None:
    asked, missed = _missed(client, _latin_names(), reword)
    assert asked >= 5
    assert len(missed) <= asked * (1 - LEAST), "\n".join(missed)


@pytest.mark.parametrize("reword", [_in_traditional, _in_simplified])
def test_a_japanese_name_is_found_in_traditional_and_simplified_characters(
    client: FlaskClient, reword: Callable[[str], str]
) -> None:
    bodies = dict.fromkeys(account.department for account in read_accounts() if account.region.startswith("JP"))
    asked, missed = _missed(client, [*bodies], reword)
    assert asked >= 20
    assert len(missed) <= asked * (1 - LEAST), "\n".join(missed)
