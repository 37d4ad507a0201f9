"""What people type into registries, each with what it names; and that no stranger passes for a platform."""

import re
from inspect import getsource

import pytest

from directory.platforms.addresses import Address, NotAProfile, Reason, canonical_url, parse_url
from directory.platforms.reference import PLATFORMS
from tests.platforms.other_urls import OTHER_URLS
from tests.platforms.urls import TABLES, spell

ROWS = [pytest.param(text, named, id=f"{table}-{text}") for table, rows in TABLES.items() for text, named in rows]
HOSTS = sorted({host for platform in PLATFORMS.values() for host in platform.hosts})
GIVEN_BY_ROWS = {
    Reason.UNKNOWN_PLATFORM,
    Reason.MALFORMED_USER_ID,
    Reason.CONTRADICTION,
}


@pytest.mark.parametrize(("text", "named"), ROWS)
def test_a_typed_address_is_read_as_what_it_names(text: str, named: str) -> None:
    assert spell(parse_url(text)) == named


@pytest.mark.parametrize(("text", "named"), [row for row in ROWS if not str(row.values[1]).startswith("!")])
def test_what_is_read_from_a_typed_address_is_read_again_from_its_canonical_one(text: str, named: str) -> None:
    address = parse_url(text)
    assert isinstance(address, Address), named
    url = canonical_url(address)
    assert url is None or parse_url(url) == address


def test_each_text_stands_in_the_tables_once_and_says_one_thing() -> None:
    named: dict[str, str] = {}
    for rows in TABLES.values():
        for text, what in rows:
            assert named.setdefault(text, what) == what
    assert len(named) > 1300


def test_every_reason_is_met_by_some_address() -> None:
    met = {what[1:] for rows in TABLES.values() for _, what in rows if what.startswith("!")}
    assert {*met, *(reason for _, reason in OTHER_URLS), *GIVEN_BY_ROWS} == set(Reason)


def test_every_reason_has_a_stable_code_and_says_when_it_is_given() -> None:
    for reason in Reason:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", reason)
        assert reason == reason.name.lower()
    assert len(re.findall(r'^    [A-Z_]+ = "[a-z_]+"\n    """\S', getsource(Reason), re.MULTILINE)) == len(Reason)


def _is_stranger(outcome: Address | NotAProfile) -> bool:
    """Whether an address was not taken for one of a platform; an unknown server may be one of Mastodon's."""
    return outcome.platform in {None, "mastodon"}


@pytest.mark.parametrize("host", HOSTS)
def test_a_stranger_that_writes_a_platform_into_its_address_is_not_taken_for_it(host: str) -> None:
    name = "@name" if host == "threads.com" else "name"
    for text in (
        f"https://{host}.evil.example/{name}",
        f"https://{host}@evil.example/{name}",
        f"https://{host}:443@evil.example/{name}",
        f"https://{host}%2f@evil.example/{name}",
        f"https://{host}＠evil.example/{name}",
        f"https://evil.example/{host}/{name}",
        f"https://evil.example/https://{host}/{name}",
        f"https://evil.example//{host}/{name}",
        f"evil.example/https://{host}/{name}",
        f"evil.example:80/https://{host}/{name}",
        f"evil.example?https://{host}/{name}",
        f"https://evil.example/?url=https://{host}/{name}",
        f"https://evil.example/#https://{host}/{name}",
        f"https://evil.example\\@{host}/{name}",
        f"https://evil.example／{host}/{name}",
        f"https://evil.example?@{host}/{name}",
        f"https://evil.example#@{host}/{name}",
        f"https://evil.example|{host}/{name}",
        f"https://{host.replace('.', '-')}.evil.example/{name}",
        *([f"https://evil-{host}/{name}", f"https://{host}x/{name}"] if host.count(".") == 1 else []),
        f'<a href="https://evil.example/">https://{host}/{name}</a>',
        f"[https://{host}/{name}](https://evil.example/)",
        f"javascript:location='https://{host}/{name}'",
    ):
        outcome = parse_url(text)
        assert _is_stranger(outcome), (text, outcome)


# The Latin letter, and the Cyrillic one that looks the same.
TWINS = [("a", "\u0430"), ("e", "\u0435"), ("o", "\u043e"), ("c", "\u0441"), ("i", "\u0456"), ("x", "\u0445")]


@pytest.mark.parametrize(("letter", "twin"), TWINS)
def test_a_host_with_a_letter_of_another_script_is_not_taken_for_the_platform(letter: str, twin: str) -> None:
    disguised = [
        brand.replace(letter, twin, 1) + "." + rest
        for brand, rest in (host.split(".", 1) for host in HOSTS if host.count(".") == 1)
        if letter in brand
    ]
    assert disguised
    for host in disguised:
        for written in (host, host.encode("idna").decode()):
            outcome = parse_url(f"https://{written}/name")
            assert _is_stranger(outcome), (written, outcome)
