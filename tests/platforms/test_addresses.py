from time import process_time

import pytest

from directory.platforms.addresses import (
    Address,
    NotAProfile,
    canonical_url,
    handle_key,
    is_user_id_but_for_case,
    parse_handle,
    parse_url,
)
from tests.platforms.other_urls import OTHER_URLS
from tests.platforms.profile_urls import PROFILE_URLS

UC = "UCLA_DiR1FfKNvjuUpBHmylQ"


@pytest.mark.parametrize(("text", "platform", "handle", "user_id"), PROFILE_URLS)
def test_a_profile_url_names_its_account_in_every_form(
    text: str, platform: str, handle: str | None, user_id: str | None
) -> None:
    assert parse_url(text) == Address(platform, handle, user_id)


@pytest.mark.parametrize(("text", "reason"), OTHER_URLS)
def test_what_is_no_profile_is_refused_with_its_reason(text: str, reason: str) -> None:
    outcome = parse_url(text)
    assert isinstance(outcome, NotAProfile), outcome
    assert outcome.reason == reason


@pytest.mark.parametrize(
    ("platform", "text", "handle", "user_id"),
    [
        ("twitter", "@NASA", "NASA", None),
        ("x", "＠NASA", "NASA", None),
        ("推特", "12345", "12345", None),
        ("twitter", "https://twitter.com/NASA?lang=en", "NASA", None),
        ("twitter", "twitter.com/NASA", "NASA", None),
        ("twitter", "/NASA/", "NASA", None),
        ("weibo", "2679652763", None, "2679652763"),
        ("新浪微博", "cdfb", "cdfb", None),
        ("微博", "@成都发布", "n/成都发布", None),
        ("weibo", "https://weibo.com/u/2679652763", None, "2679652763"),
        ("youtube", UC, None, UC),
        ("youtube", f"channel/{UC}", None, UC),
        ("youtube", "user/NASAtelevision", "user/NASAtelevision", None),
        ("youtube", "@中野区公式チャンネル", "中野区公式チャンネル", None),
        ("youtube", "%40NASA", "NASA", None),
        ("facebook", "100064689134329", None, "100064689134329"),
        ("facebook", "Some-Name-142825785752273", None, "142825785752273"),
        ("facebook", "pages/Some-Name/142825785752273", None, "142825785752273"),
        ("facebook", "1234", "1234", None),
        ("facebook", "nih.gov", "nih.gov", None),
        ("facebook", "RepJohnLarson\\", "RepJohnLarson", None),
        ("facebook", "groups/nasa.fans", "groups/nasa.fans", None),
        ("mastodon", "@EU_Commission@ec.social-network.europa.eu", "EU_Commission@ec.social-network.europa.eu", None),
        ("mastodon", "EU_Commission@EC.social-network.europa.eu", "EU_Commission@ec.social-network.europa.eu", None),
        ("linkedin", "nasa", "nasa", None),
        ("linkedin", "in/satyanadella", "in/satyanadella", None),
        ("linkedin", "company/nasa", "nasa", None),
        ("linkedin", "103274219", None, "103274219"),
        ("linkedin", "dorset-&-wiltshire-fire-and-rescue-service", "dorset-&-wiltshire-fire-and-rescue-service", None),
        ("linkedin", "d%27incendie", "d'incendie", None),
        ("flickr", "44494372@N05", None, "44494372@N05"),
        ("google_plus", "+usnavy", "usnavy", None),
        ("google_plus", "102371865054310418159", None, "102371865054310418159"),
        ("bluesky", "@nasa.gov", "nasa.gov", None),
        ("bluesky", "did:plc:z72i7hdynmk6r22z27h6tvur", None, "did:plc:z72i7hdynmk6r22z27h6tvur"),
        ("vk", "public144180024", None, "club144180024"),
        ("vk", "id1", None, "id1"),
        ("wechat", "chengdufabu", "chengdufabu", None),
        ("公众号", "gh_3dfda90e39d6", None, "gh_3dfda90e39d6"),
        ("tumblr", "NASA", "nasa", None),
        ("reddit", "u/nasa", "nasa", None),
        ("reddit", "r/nasa", "r/nasa", None),
        ("medium", "publication/faa", "publication/faa", None),
        ("weibo", "n/成都发布", "n/成都发布", None),
        ("tiktok", "@nasa", "nasa", None),
    ],
)
def test_a_handles_column_is_read_as_what_it_holds(
    platform: str, text: str, handle: str | None, user_id: str | None
) -> None:
    outcome = parse_handle(platform, text)
    assert isinstance(outcome, Address), outcome
    assert (outcome.handle, outcome.user_id) == (handle, user_id)


@pytest.mark.parametrize(
    ("platform", "text", "reason"),
    [
        ("twitter", "Department of Education", "malformed_handle"),
        ("facebook", "City of Springfield - Home | Facebook", "malformed_handle"),
        ("facebook", "need to create account", "malformed_handle"),
        ("facebook", "www.facebook.com", "bare_host"),
        ("twitter", "https://twitter.com/", "bare_host"),
        ("twitter", "twitter.com", "bare_host"),
        ("twitter", "N/A", "malformed_handle"),
        ("twitter", "%" + "25" * 1000, "malformed_handle"),
        ("linkedin", "%" + "25" * 1000, "malformed_handle"),
        ("twitter", "ＮＡＳＡ", "malformed_handle"),
        ("twitter", "NASA (official)", "malformed_handle"),
        ("twitter", "https://www.instagram.com/nasa/", "contradiction"),
        ("twitter", "search", "search_page"),
        ("facebook", "profile.php", "service_page"),
        ("instagram", "ministère", "malformed_handle"),
        ("wechat", "成都发布", "malformed_handle"),
        ("bluesky", "nasa", "malformed_handle"),
        ("mastodon", "nasa", "malformed_handle"),
        ("youtube", "https://www.youtube.com/playlist?list=PL123", "playlist"),
        ("twitter", "  ", "nothing_given"),
        ("nosuch", "nasa", "unknown_platform"),
        ("x", "a" * 3000, "too_long"),
        ("linkedin", "a" * 300, "malformed_handle"),
    ],
)
def test_what_cannot_be_a_handle_is_refused_with_its_reason(platform: str, text: str, reason: str) -> None:
    outcome = parse_handle(platform, text)
    assert isinstance(outcome, NotAProfile), outcome
    assert outcome.reason == reason


@pytest.mark.parametrize(
    ("text", "is_post"),
    [
        ("https://x.com/NASA/status/1234567890", True),
        ("https://x.com/NASA/with_replies", False),
        ("https://x.com/NASA", False),
        ("https://www.facebook.com/nasa/posts/pfbid02abc", True),
        ("https://www.facebook.com/nasa/posts/", False),
        ("https://www.facebook.com/story.php?story_fbid=1&id=142825785752273", True),
        ("https://www.facebook.com/profile.php?id=142825785752273", False),
        ("https://www.instagram.com/nasa/p/CxYz/", True),
        ("https://www.instagram.com/nasa/tagged/", False),
        ("https://www.tiktok.com/@nasa/video/71", True),
        ("https://weibo.com/2679652763/MvXb2kabc", True),
        ("https://weibo.com/2679652763/followers", False),
        ("https://t.me/s/durov/12", True),
        ("https://medium.com/@NASA/some-title-1a2b3c4d5e6f", True),
        ("https://www.flickr.com/photos/nasacommons/51/", True),
        ("https://nasa.tumblr.com/post/1/x", True),
        ("https://nasa.tumblr.com/archive", False),
        ("https://www.youtube.com/@NASA/videos", False),
        ("https://mastodon.social/@Mastodon/109500000000000000", True),
        ("https://mastodon.social/@Mastodon/with_replies", False),
    ],
)
def test_the_address_of_a_post_names_its_author_and_says_that_it_is_one(text: str, is_post: bool) -> None:  # noqa: FBT001
    address = parse_url(text)
    assert isinstance(address, Address)
    assert address.is_post is is_post


@pytest.mark.parametrize("piece", ["www.", "a.", "中", "-", "%25", "@", "/", "&#", " a", "http:", "!/", "x.com/a "])
@pytest.mark.parametrize(
    "start", ["", "https://x.com/", "https://www.linkedin.com/company/", "https://web.archive.org/"]
)
def test_the_longest_text_is_read_in_bounded_time(start: str, piece: str) -> None:
    text = (start + piece * 2048)[:2048]
    before = process_time()
    parse_url(text)
    parse_handle("linkedin", text)
    assert process_time() - before < 0.5


def test_a_refusal_names_what_is_wrong_and_the_remedy() -> None:
    outcome = parse_handle("twitter", "Department of\x07 Education")
    assert isinstance(outcome, NotAProfile)
    assert "Department of\ufffd Education" in outcome.message
    assert "X (Twitter)" in outcome.message
    assert "nasa" in outcome.message
    assert outcome.platform == "x"


@pytest.mark.parametrize(
    ("platform", "one", "other"),
    [
        ("x", "NASA", "@nasa"),
        ("facebook", "U.S.EmbassyNiamey", "USEmbassyNiamey"),
        ("youtube", "Ministère", "ministe\u0300re"),
        ("mastodon", "EU@Social.example", "eu@social.example"),
        ("weibo", "n/ＡＢ成都", "n/ab成都"),
        ("vk", "Straße", "STRASSE"),
    ],
)
def test_two_spellings_of_one_handle_have_one_key(platform: str, one: str, other: str) -> None:
    assert handle_key(platform, one) == handle_key(platform, other)


@pytest.mark.parametrize(
    ("platform", "one", "other"),
    [
        ("discord", "AbC", "abc"),
        ("x", "nasa", "nasa_"),
        ("instagram", "us.embassy", "usembassy"),
        ("linkedin", "in/nasa", "nasa"),
        ("facebook", "groups/a.b", "groups/ab"),
        ("x", "nasa", "nаsa"),  # the second has a Cyrillic a
    ],
)
def test_handles_of_two_accounts_have_two_keys(platform: str, one: str, other: str) -> None:
    assert handle_key(platform, one) != handle_key(platform, other)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("weibo", "cdfb", "2679652763"), "https://weibo.com/cdfb"),
        (Address("weibo", None, "2679652763"), "https://weibo.com/u/2679652763"),
        (Address("weibo", "n/成都"), "https://weibo.com/n/%E6%88%90%E9%83%BD"),
        (Address("x", "NASA"), "https://x.com/NASA"),
        (Address("facebook", None, "142825785752273"), "https://www.facebook.com/142825785752273"),
        (Address("youtube", None, UC), f"https://www.youtube.com/channel/{UC}"),
        (Address("linkedin", "in/nasa"), "https://www.linkedin.com/in/nasa"),
        (Address("medium", "publication/faa"), "https://medium.com/faa"),
        (Address("medium", "faa"), "https://medium.com/@faa"),
        (Address("tumblr", "nasa"), "https://nasa.tumblr.com/"),
        (Address("mastodon", "a@b.social"), "https://b.social/@a"),
        (
            Address("bluesky", None, "did:plc:z72i7hdynmk6r22z27h6tvur"),
            "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur",
        ),
        (Address("wechat", "chengdufabu"), None),
        (Address("x"), None),
        (Address("nosuch", "a"), None),
    ],
)
def test_each_address_has_one_canonical_url(address: Address, url: str | None) -> None:
    assert canonical_url(address) == url


@pytest.mark.parametrize("hidden", ["\u200b", "\u0600", "\u202e", "\U000e0061", "\ud800"])
@pytest.mark.parametrize("slug", ["youtube", "linkedin", "weibo", "google-plus"])
def test_a_letter_that_nobody_sees_is_in_no_handle(slug: str, hidden: str) -> None:
    outcome = parse_handle(slug, f"成都{hidden}发布")
    assert isinstance(outcome, NotAProfile)
    assert outcome.message.isprintable()


@pytest.mark.parametrize(
    ("platform", "text", "expected"),
    [
        ("youtube", UC, True),
        ("youtube", UC.lower(), True),
        ("youtube", "nasa", False),
        ("flickr", "44494372@n05", True),
        ("x", "1234567890", False),
        ("github", "nasa", False),
        ("nowhere", UC, False),
    ],
)
def test_an_id_is_known_however_its_letters_are_written(platform: str, text: str, expected: bool) -> None:  # noqa: FBT001
    assert is_user_id_but_for_case(platform, text) is expected
