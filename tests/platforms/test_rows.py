import gzip
import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.platforms.addresses import Address, NotAProfile, Reason, canonical_url, identify, parse_url
from directory.platforms.reference import PLATFORMS, Platform

UC = "UCLA_DiR1FfKNvjuUpBHmylQ"
LOWERED = UC.lower()


@pytest.mark.parametrize(
    ("platform", "handle", "url", "user_id", "address"),
    [
        ("twitter", "NASA", None, None, Address("x", "NASA")),
        ("twitter", "@NASA", "https://twitter.com/nasa", None, Address("x", "NASA")),
        (None, None, "https://twitter.com/nasa", None, Address("x", "nasa")),
        (None, "https://twitter.com/nasa", None, None, Address("x", "nasa")),
        (None, "NASA", "https://twitter.com/nasa", None, Address("x", "NASA")),
        ("twitter", "NASA", None, "11348282", Address("x", "NASA", "11348282")),
        ("twitter", "", "https://twitter.com/nasa", " ", Address("x", "nasa")),
        ("weibo", "cdfb", "https://weibo.com/u/2679652763", None, Address("weibo", "cdfb", "2679652763")),
        ("weibo", "2679652763", "https://weibo.com/u/2679652763", None, Address("weibo", None, "2679652763")),
        ("微博", "cdfb", None, "2679652763", Address("weibo", "cdfb", "2679652763")),
        ("youtube", "@NASA", f"https://www.youtube.com/channel/{UC}", None, Address("youtube", "NASA", UC)),
        ("youtube", UC, "https://www.youtube.com/@NASA", None, Address("youtube", "NASA", UC)),
        ("youtube", UC, None, UC, Address("youtube", None, UC)),
        ("youtube", LOWERED, None, None, Address("youtube", LOWERED)),
        (
            "facebook",
            "Some-Name-142825785752273",
            "https://www.facebook.com/142825785752273",
            None,
            Address("facebook", None, "142825785752273"),
        ),
        ("facebook", "U.S.Embassy", "https://facebook.com/usembassy", None, Address("facebook", "U.S.Embassy")),
        (
            "facebook",
            "profile.php",
            "https://facebook.com/profile.php?id=12345678",
            None,
            Address("facebook", None, "12345678"),
        ),
        ("facebook", "nasa", "https://www.facebook.com/photo.php?fbid=1", None, Address("facebook", "nasa")),
        ("facebook", "nasa", "https://www.facebook.com/", None, Address("facebook", "nasa")),
        (
            "facebook",
            "Department of Education",
            "https://www.facebook.com/usedgov",
            None,
            Address("facebook", "usedgov"),
        ),
        ("linkedin", "118wing", "https://www.linkedin.com/in/118wing", None, Address("linkedin", "in/118wing")),
        (
            "linkedin",
            "14479648",
            "https://www.linkedin.com/groups/14479648",
            None,
            Address("linkedin", "groups/14479648"),
        ),
        (
            "linkedin",
            "A-B-2521449",
            "https://www.linkedin.com/groups/A-B-2521449",
            None,
            Address("linkedin", "groups/2521449"),
        ),
        ("medium", "faa", "https://medium.com/faa", None, Address("medium", "publication/faa")),
        ("giphy", "channel", "https://giphy.com/channel/NIST", None, Address("giphy", "NIST")),
        ("yelp", "biz", "https://www.yelp.com/biz/valles-caldera", None, Address("yelp", "valles-caldera")),
        ("mastodon", "a@b.social", "https://b.social/@A", None, Address("mastodon", "a@b.social")),
        ("vk", "mvd", None, "public1", Address("vk", "mvd", "club1")),
        ("wechat", "chengdufabu", None, "gh_3dfda90e39d6", Address("wechat", "chengdufabu", "gh_3dfda90e39d6")),
    ],
)
def test_a_row_is_the_account_that_all_it_says_names(
    platform: str | None, handle: str | None, url: str | None, user_id: str | None, address: Address
) -> None:
    assert identify(platform, handle, url, user_id) == address


@pytest.mark.parametrize(
    ("platform", "handle", "url", "user_id", "named"),
    [
        ("twitter", "NASA", "https://twitter.com/esa", None, ("NASA", "esa")),
        ("twitter", "NASA", "https://www.instagram.com/nasa/", None, ("Instagram", "X (Twitter)")),
        ("twitter", "https://www.instagram.com/nasa/", None, None, ("Instagram", "X (Twitter)")),
        ("twitter", "NASA", "https://www.facebook.com/sharer/sharer.php", None, ("Facebook", "X (Twitter)")),
        ("facebook", "nasa", "https://www.nasa.gov/", None, ("www.nasa.gov", "Facebook")),
        ("facebook", "142825785752273", "https://www.facebook.com/142825785752274", None, ("…273", "…274")),
        ("weibo", None, "https://weibo.com/u/2679652763", "2679652764", ("2679652764", "2679652763")),
        ("youtube", f"{UC[:-1]}A", f"https://www.youtube.com/channel/{UC}", None, (UC, f"{UC[:-1]}A")),
        ("linkedin", "in/nasa", "https://www.linkedin.com/company/nasa", None, ("in/nasa", "nasa")),
        ("medium", "publication/faa", "https://medium.com/@faa", None, ("publication/faa", "faa")),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_and_both_sides_are_named(
    platform: str, handle: str | None, url: str | None, user_id: str | None, named: tuple[str, str]
) -> None:
    outcome = identify(platform, handle, url, user_id)
    assert isinstance(outcome, NotAProfile)
    assert outcome.reason is Reason.CONTRADICTION
    for name in named:
        assert name.removeprefix("…") in outcome.message


@pytest.mark.parametrize(
    ("platform", "handle", "url", "user_id", "reason"),
    [
        (None, None, None, None, Reason.NOTHING_GIVEN),
        ("twitter", "", "", "", Reason.NOTHING_GIVEN),
        ("twitter", " ", None, None, Reason.NOTHING_GIVEN),
        (None, "nasa", None, None, Reason.UNKNOWN_PLATFORM),
        ("nosuch", "nasa", None, None, Reason.UNKNOWN_PLATFORM),
        (None, "nasa", "https://www.nasa.gov/", None, Reason.UNKNOWN_HOST),
        ("twitter", "Department of Education", None, None, Reason.MALFORMED_HANDLE),
        ("twitter", None, "https://twitter.com/Department of Education", None, Reason.MALFORMED_HANDLE),
        ("youtube", "playlist", "https://www.youtube.com/playlist?list=PL1", None, Reason.PLAYLIST),
        ("youtube", "PL1", "https://www.youtube.com/playlist?list=PL1", None, Reason.PLAYLIST),
        ("linkedin", "login", "https://www.linkedin.com/uas/login", None, Reason.LOGIN_PAGE),
        ("facebook", "need to create account", "need to create account", None, Reason.NOT_A_URL),
        ("facebook", "nasa", "need to create account", None, Reason.NOT_A_URL),
        ("facebook", None, "https://www.facebook.com/", None, Reason.BARE_HOST),
        ("weibo", "cdfb", None, "uid:1", Reason.MALFORMED_USER_ID),
        ("pinterest", "nasa", None, "123", Reason.MALFORMED_USER_ID),
        ("youtube", None, None, LOWERED, Reason.MALFORMED_USER_ID),
        ("twitter", "n" * 3000, None, None, Reason.TOO_LONG),
    ],
)
def test_a_row_that_names_nobody_is_refused_with_its_reason(
    platform: str | None, handle: str | None, url: str | None, user_id: str | None, reason: Reason
) -> None:
    outcome = identify(platform, handle, url, user_id)
    assert isinstance(outcome, NotAProfile), outcome
    assert outcome.reason is reason


def test_leniently_a_word_that_ends_the_url_is_kept_as_the_stated_handle() -> None:
    assert identify("linkedin", "login", "https://www.linkedin.com/uas/login", None, lenient=True) == Address(
        "linkedin", "login"
    )
    assert identify("facebook", "profile", "https://facebook.com/profile", None, lenient=True) == Address(
        "facebook", "profile"
    )


@pytest.mark.parametrize(
    ("platform", "handle", "url"),
    [
        ("youtube", "playlist", "https://www.youtube.com/playlist?list=PL1"),
        ("youtube", "PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("facebook", "events", "https://www.facebook.com/events/123456"),
        ("twitter", "Department of Education", None),
        ("twitter", "NASA", "https://www.instagram.com/nasa/"),
    ],
)
def test_leniently_what_is_plainly_no_account_is_still_refused(platform: str, handle: str, url: str | None) -> None:
    assert isinstance(identify(platform, handle, url, None, lenient=True), NotAProfile)


def test_every_row_of_the_starter_data_names_an_account_and_keeps_the_case_of_its_ids() -> None:
    packed = resources.files("directory.imports").joinpath("starter", "starter.ndjson.gz").read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    ids = 0
    for row in rows:
        address = identify(row["platform"], row["handle"], row.get("url"), None)
        assert isinstance(address, Address), (row, address)
        url = canonical_url(address)
        assert url is None or parse_url(url) == address
        if address.platform == "youtube" and address.user_id is not None:
            ids += 1
            assert address.user_id == row["handle"]
    assert len(rows) == 10629
    assert ids == 441


def words_of(platform: Platform) -> list[str]:
    """The words that a platform keeps for itself, first words of its paths, and what is nearly one of its handles."""
    reserved = [word for words in platform.not_profiles.values() for word in words]
    first = [form.partition("://")[2].partition("/")[2].partition("/")[0] for form in platform.url_forms]
    return [*reserved, *first, platform.handle_example, *platform.hosts, "index.php", "login", "12345678", "a.b-c_d"]


@given(data=st.data())
def test_a_plain_url_of_the_stated_handle_is_read_as_if_it_were_parsed(data: st.DataObject) -> None:
    platform = data.draw(st.sampled_from([*PLATFORMS.values()]))
    host = data.draw(st.sampled_from(["", "www.", "m.", "de.", "business."])) + data.draw(
        st.sampled_from(platform.hosts)
    )
    handle = data.draw(st.sampled_from(words_of(platform)) | st.from_regex("[A-Za-z0-9_.-]{1,18}", fullmatch=True))
    plain = identify(platform.slug, handle, f"https://{host}/{handle}", None)
    # Capitals change nothing of a scheme, and take the way through the parser.
    parsed = identify(platform.slug, handle, f"HTTPS://{host}/{handle}", None)
    if isinstance(plain, Address) or isinstance(parsed, Address):
        assert plain == parsed
    else:
        assert plain.reason == parsed.reason
