"""What holds of every address, whatever is typed."""

import unicodedata
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from directory.platforms.addresses import (
    Address,
    NotAProfile,
    canonical_url,
    handle_key,
    identify,
    parse_handle,
    parse_url,
)
from directory.platforms.reference import PLATFORMS
from tests.platforms.other_urls import OTHER_URLS
from tests.platforms.profile_urls import PROFILE_URLS

URLS = [text for text, *_ in PROFILE_URLS] + [text for text, _ in OTHER_URLS]
HOSTS = [host for platform in PLATFORMS.values() for host in platform.hosts]
# Any character at all, lone surrogates and unassigned ones included.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)
PIECES = st.sampled_from(
    [
        *("http", "https", ":", "/", "//", "\\", "?", "#", "!", "@", "&", "=", "%", ".", " ", "\n", "-", "…", "。"),
        *("id=", "u=", "profile.php", "pages", "people", "web.archive.org/web/1/", "l.php", "UC", "did:plc:", "n"),
        *("www.", "x.com"),
    ]
)
CONTROLS = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
quick = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


# Whatever a pattern allows, few of its texts are names of hosts.
SERVERS = st.one_of(
    st.from_regex(r"(?:[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?\.){1,7}[a-z]{2,12}", fullmatch=True),
    st.sampled_from(["social.xn--mxtq1m.xn--fiqs8s", "xn--baw-joa.social", "a.b.c.d.e.f.g.h.gov.uk"]),
)


# A text that Bluesky's pattern allows at random is nearly never a name of a host: 28 s went into throwing those away.
DOMAINS = st.one_of(
    st.from_regex(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,8}[A-Za-z0-9])?\.){1,7}[A-Za-z]{2,12}", fullmatch=True),
    st.lists(st.sampled_from(["a", "Z9", "x" * 63, "a-b", "0"]), min_size=1, max_size=60).map(
        lambda labels: ".".join([*labels, "gov", "uk"])[-253:].strip("-.")
    ),
)


@cache
def handles(slug: str) -> st.SearchStrategy[str]:
    platform = PLATFORMS[slug]
    if slug == "mastodon":
        return st.builds("{}@{}".format, st.from_regex("[A-Za-z0-9_]{1,30}", fullmatch=True), SERVERS)
    if slug == "bluesky":
        return DOMAINS
    spaces = [
        st.from_regex(space.pattern, fullmatch=True).map(f"{space.word}/".__add__) for space in platform.namespaces
    ]
    return st.one_of(st.from_regex(platform.handle_pattern, fullmatch=True), *spaces)


@pytest.mark.parametrize("slug", PLATFORMS)
@quick
@given(data=st.data())
def test_the_canonical_url_of_a_handle_names_that_handle(slug: str, data: st.DataObject) -> None:
    address = parse_handle(slug, data.draw(handles(slug)))
    assume(isinstance(address, Address))
    assert isinstance(address, Address)
    url = canonical_url(address)
    if url is not None:
        assert url.isascii()
        assert parse_url(url) == address
    assert parse_handle(slug, address.handle or address.user_id or "") == address
    assert handle_key(slug, handle_key(slug, address.handle or "")) == handle_key(slug, address.handle or "")


@pytest.mark.parametrize("slug", [slug for slug, platform in PLATFORMS.items() if platform.user_id_pattern])
@quick
@given(data=st.data())
def test_the_canonical_url_of_a_user_id_names_that_user_id(slug: str, data: st.DataObject) -> None:
    platform = PLATFORMS[slug]
    ids = st.from_regex(platform.user_id_pattern or "", fullmatch=True)
    if slug == "mastodon":
        ids = st.builds("{}@{}".format, st.integers(1, 10**18), SERVERS)
    address = identify(slug, None, None, data.draw(ids))
    assert isinstance(address, Address)
    assert address.handle is None
    url = canonical_url(address)
    if url is not None:
        assert parse_url(url) == address
    assert identify(slug, None, None, address.user_id) == address


@quick
@given(st.sampled_from(list(PLATFORMS)), ANYTHING)
def test_a_key_is_its_own_key(slug: str, text: str) -> None:
    key = handle_key(slug, text)
    assert handle_key(slug, key) == key
    assert unicodedata.is_normalized("NFKC", key)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        ANYTHING,
        st.lists(st.one_of(PIECES, ANYTHING, st.sampled_from(HOSTS)), max_size=12).map("".join),
        st.tuples(st.sampled_from(URLS), ANYTHING, st.integers(0, 60)).map(
            lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :]
        ),
    ),
    st.sampled_from(list(PLATFORMS)),
)
def test_no_text_raises_and_every_refusal_says_why(text: str, slug: str) -> None:
    outcomes = [
        parse_url(text),
        parse_handle(slug, text),
        parse_handle(text, "nasa"),
        identify(slug, text, None, None),
        identify(slug, "nasa", text, None),
        identify(slug, text, text, text),
        identify(slug, text, text, text, lenient=True),
        identify(None, text, text, None),
        identify(slug, None, None, text),
    ]
    for outcome in outcomes:
        if isinstance(outcome, NotAProfile):
            assert outcome.message.isprintable()
            assert len(outcome.message) < 500
        else:
            assert outcome.handle or outcome.user_id
            assert not CONTROLS & {unicodedata.category(character) for character in outcome.handle or ""}
            canonical_url(outcome)


@pytest.mark.parametrize("text", [text for text, *_ in PROFILE_URLS])
def test_what_is_read_from_a_url_is_read_again_from_its_canonical_one(text: str) -> None:
    address = parse_url(text)
    assert isinstance(address, Address)
    url = canonical_url(address)
    assert url is None or parse_url(url) == address
