"""That no page of a platform itself becomes an account, however a row states it."""

from urllib.parse import urlsplit

import pytest

from directory.platforms.addresses import Address, NotAProfile, identify, parse_url
from directory.platforms.grammar.sites import GRAMMARS
from directory.platforms.reference import PLATFORMS
from tests.platforms.urls import service_pages

PAGES = [text for text, named in service_pages.URLS if named.startswith("!")]
COPIED = [
    pytest.param(text, segment, id=f"{segment} of {text}")
    for text in PAGES
    for segment in dict.fromkeys(urlsplit(text).path.split("/"))
    if segment
]
# Platforms that read any first word behind their host as a handle, unless they keep it.
AT_ROOT = [slug for slug, grammar in GRAMMARS.items() if grammar.forms.open]


def _platform(text: str) -> str:
    outcome = parse_url(text)
    assert outcome.platform is not None
    return outcome.platform


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("text", PAGES)
def test_a_row_whose_url_is_a_service_page_names_no_account(text: str, *, lenient: bool) -> None:
    assert isinstance(identify(None, None, text, None, lenient=lenient), NotAProfile)
    assert isinstance(identify(_platform(text), None, text, None, lenient=lenient), NotAProfile)
    assert isinstance(identify(None, text, None, None, lenient=lenient), NotAProfile)


@pytest.mark.parametrize(("text", "segment"), COPIED)
def test_a_word_copied_out_of_a_service_page_is_no_handle(text: str, segment: str) -> None:
    assert isinstance(identify(_platform(text), segment, text, None), NotAProfile)
    assert isinstance(identify(None, segment, text, None), NotAProfile)


@pytest.mark.parametrize("slug", AT_ROOT)
def test_a_word_that_a_platform_keeps_names_no_account_behind_its_host(slug: str) -> None:
    words = [word for words in PLATFORMS[slug].not_profiles.values() for word in words]
    read = {word: parse_url(f"https://{PLATFORMS[slug].hosts[0]}/{word}") for word in words}
    assert {word: outcome for word, outcome in read.items() if isinstance(outcome, Address)} == {}


def test_no_service_page_has_the_address_of_an_account_in_the_examples_of_the_platforms() -> None:
    for slug, platform in PLATFORMS.items():
        kept = {word.lower() for words in platform.not_profiles.values() for word in words}
        assert platform.handle_example.lower() not in kept, slug
