"""What holds of the address of every account when it is spoiled on its way, and that reading takes bounded time."""

import re
from time import process_time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from directory.platforms.addresses import MAX_TEXT_LENGTH, Address, NotAProfile, canonical_url, parse_handle, parse_url
from directory.platforms.grammar import labels, links, mastodon, pages, redirects, urls
from directory.platforms.grammar.sites import GRAMMARS
from directory.platforms.reference import PLATFORMS, Platform
from tests.platforms.test_addresses_properties import URLS, handles
from tests.platforms.urls import TABLES

TEXTS = URLS + [text for rows in TABLES.values() for text, _ in rows]
bounded = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
# What is put around a URL, or changed in it, without naming another account.
SCHEMES = ["http://", "HTTPS://", "https:/", "https//", "http:", "htps://", "https://https://", "https:\\\\", "//"]
BEHIND = ["/", "//", "#", "#top", "?", " ", "\n", "\u200b", ",", ";", " (official)", " - our page", "”", ">"]
BEFORE = ["", " ", "\ufeff", "\u200e", "<", "“", "see: ", "Link: ", "官方：", "1) "]


def _canonical(slug: str, data: st.DataObject) -> tuple[Address, str]:
    platform = PLATFORMS[slug]
    ids = [st.from_regex(platform.user_id_pattern, fullmatch=True)] if platform.user_id_pattern else []
    address = parse_handle(slug, data.draw(st.one_of(handles(slug), *ids)))
    assume(isinstance(address, Address))
    assert isinstance(address, Address)
    url = canonical_url(address)
    assume(url is not None)
    return address, url or ""


@pytest.mark.parametrize("slug", [slug for slug, platform in PLATFORMS.items() if platform.handle_url])
@bounded
@given(data=st.data())
def test_what_is_typed_around_an_address_does_not_change_whom_it_names(slug: str, data: st.DataObject) -> None:
    address, url = _canonical(slug, data)
    host, slash, path = url.partition("://")[2].partition("/")
    # A full stop at the end may be the sentence's or the handle's.
    assume(not path.endswith("."))
    scheme = data.draw(st.sampled_from(SCHEMES))
    spelled = data.draw(st.sampled_from([host, host.upper(), f"{host}:443", f"{host}."]))
    behind = data.draw(st.sampled_from(BEHIND))
    tracking = data.draw(st.sampled_from(["", "?utm_source=x&lang=en", "?ref=ts#about"])) if "?" not in path else ""
    if behind.startswith(("/", "?", "#")) and ("?" in path or tracking):
        behind = ""
    text = data.draw(st.sampled_from(BEFORE)) + scheme + spelled + slash + path + tracking + behind
    assert parse_url(text) == address


@pytest.mark.parametrize("slug", [slug for slug, platform in PLATFORMS.items() if platform.handle_url])
@bounded
@given(data=st.data())
def test_an_archived_address_names_the_account_that_is_archived(slug: str, data: st.DataObject) -> None:
    address, url = _canonical(slug, data)
    assert parse_url(f"https://web.archive.org/web/20240911000000/{url}") == address


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, 6), st.text(st.characters(exclude_categories=()), max_size=4)),
        max_size=4,
    ),
)
def test_no_mutated_address_raises_and_what_is_read_is_read_again(text: str, cuts: list[tuple[int, int, str]]) -> None:
    for start, length, other in cuts:
        text = text[:start] + other + text[start + length :]
    outcome = parse_url(text)
    if isinstance(outcome, NotAProfile):
        assert outcome.message.isprintable()
        return
    url = canonical_url(outcome)
    assert url is None or parse_url(url) == outcome


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=60), st.integers(1, 3000))
def test_no_long_text_raises(piece: str, length: int) -> None:
    text = (piece * length)[:3000]
    outcome = parse_url(text)
    assert isinstance(outcome, Address) or outcome.message.isprintable()
    assert isinstance(outcome, Address) or len(text) <= MAX_TEXT_LENGTH or outcome.reason == "too_long"


PIECES = [
    *(
        "www.",
        "a.",
        ".",
        "中",
        "-",
        "%25",
        "@",
        "/",
        "&#",
        " a",
        "http:",
        "!/",
        "x.com/a ",
        "<a href=",
        "<a href=a ",
        "[",
    ),
    *(
        "](",
        "[a](",
        "[http:a ",
        "&a=",
        "cache:",
        "www.http",
        ". ",
        " .",
        "/ ",
        ": ",
        "： ",
        "@a ",
        "a-",
        "_",
        "0",
        "UC",
    ),
    *("profile.php", "id=", "\u200b", "“", "，", "|http:a.b", "/amp/", "/web/1/", "xn--", "A", "&amp;", "did:"),
]


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_text_of_any_piece_is_read_in_bounded_time(piece: str) -> None:
    starts = ["", "a", "@", "Twitter: ", "https://", "<a href=", "[a](", "https://web.archive.org/", "https://x.com/"]
    before = process_time()
    for start in starts:
        for end in ("", "!", "\u0000"):
            parse_url((start + piece * MAX_TEXT_LENGTH)[: MAX_TEXT_LENGTH - 1] + end)
    assert process_time() - before < 0.1 * len(starts) * 3


def _of_modules() -> list[re.Pattern[str]]:
    modules = (labels, links, mastodon, pages, redirects, urls)
    return [value for module in modules for value in vars(module).values() if isinstance(value, re.Pattern)]


def _of_platforms() -> list[re.Pattern[str]]:
    found: list[re.Pattern[str]] = []
    for grammar in GRAMMARS.values():
        found += [grammar.handle, *grammar.namespaces.values(), *(pattern for pattern, _ in grammar.paths)]
        found += [grammar.user_id] if grammar.user_id else []
    return found


def test_no_pattern_is_slow_on_two_thousand_letters_of_anything() -> None:
    of_modules, of_platforms = _of_modules(), _of_platforms()
    assert len(of_modules) > 25
    assert len(of_platforms) > 100
    pairs = [(pattern, piece) for pattern in of_modules for piece in PIECES]
    pairs += [(pattern, piece) for pattern in of_platforms for piece in ("a", "a-", "a.", "0", "_", "中", "UC", "a/")]
    for pattern, piece in pairs:
        text = (piece * 2000)[:2000] + "\u0000"
        before = process_time()
        pattern.match(text)
        pattern.search(text)
        assert process_time() - before < 0.25, (pattern.pattern, piece)


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))
def test_a_handle_of_two_thousand_letters_is_refused_at_once(platform: Platform) -> None:
    before = process_time()
    for piece in ("a", "a-", "a.", "0", "_", "é", "中"):
        for template in platform.url_forms:
            parse_url(re.sub(r"\{[^}]*\}", lambda _: (piece * 2000)[:1900], template, count=1)[:MAX_TEXT_LENGTH])  # noqa: B023
    assert process_time() - before < 2
