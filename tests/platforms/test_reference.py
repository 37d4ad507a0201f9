import re
from datetime import date

import pytest

from directory.platforms.addresses import Address, Reason, parse_handle, parse_url
from directory.platforms.reference import PLATFORMS, Platform, find_platform, fold_name

NAMED_BY_THE_PRODUCT = """
    weibo tencent-weibo wechat douyin kuaishou toutiao xiaohongshu bilibili zhihu x facebook instagram youtube threads
    linkedin tiktok flickr pinterest tumblr medium github mastodon bluesky telegram whatsapp line kakaotalk vk snapchat
    reddit vimeo google-plus storify myspace foursquare slideshare
"""
every_platform = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))


def test_the_platforms_that_the_product_names_are_there_and_more() -> None:
    assert set(NAMED_BY_THE_PRODUCT.split()) <= set(PLATFORMS)
    assert len(PLATFORMS) >= 45


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("twitter", "x"),
        ("Twitter", "x"),
        ("X", "x"),
        ("x.com", "x"),
        ("www.twitter.com", "x"),
        ("推特", "x"),
        ("google_plus", "google-plus"),
        ("Google Plus", "google-plus"),
        ("Google+", "google-plus"),
        ("新浪微博", "weibo"),
        (" 微博 ", "weibo"),
        ("ＷＥＩＢＯ", "weibo"),
        ("腾讯微博", "tencent-weibo"),
        ("人民微博", "people-weibo"),
        ("公众号", "wechat"),
        ("fb", "facebook"),
        ("insta", "instagram"),
        ("You Tube", "youtube"),
        ("tik_tok", "tiktok"),
        ("B站", "bilibili"),
        ("ВКонтакте", "vk"),
        ("카카오톡", "kakaotalk"),
    ],
)
def test_a_platform_is_found_by_the_names_people_write(name: str, slug: str) -> None:
    platform = find_platform(name)
    assert platform is not None
    assert platform.slug == slug


@pytest.mark.parametrize("name", ["", " ", "nosuch", "twitterr", "x" * 10_000, "\ud800", "\x00"])
def test_what_is_no_platform_is_not_found(name: str) -> None:
    assert find_platform(name) is None


def test_no_two_platforms_share_a_name_or_a_host() -> None:
    owners: dict[str, str] = {}
    for platform in PLATFORMS.values():
        for name in (platform.slug, platform.name, platform.name_local, *platform.aliases, *platform.hosts):
            assert owners.setdefault(fold_name(name), platform.slug) == platform.slug, name
        for hosts in platform.not_profile_hosts.values():
            for host in hosts:
                assert owners.setdefault(host, f"not {platform.slug}") == f"not {platform.slug}", host


@every_platform
def test_a_platform_is_described_in_full(platform: Platform) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,30}", platform.slug)
    assert platform.name
    assert platform.name_local
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", platform.language)
    assert re.fullmatch(r"[A-Z]{2}", platform.country)
    assert re.fullmatch(r"https?://[a-z0-9.-]+/", platform.website)
    assert platform.hosts
    assert len(set(platform.aliases)) == len(platform.aliases)
    assert all(host == host.lower() and not host.startswith("www.") for host in platform.hosts)
    if platform.slug != "weixin-channels":
        assert platform.url_forms


@every_platform
def test_the_reasons_of_a_platform_are_known_ones(platform: Platform) -> None:
    assert {Reason(reason) for reason in (*platform.not_profiles, *platform.not_profile_hosts)} <= set(Reason)
    words = [word for words in platform.not_profiles.values() for word in words]
    assert len(set(words)) == len(words), "a word has two reasons"


@every_platform
def test_the_dates_of_a_platform_are_in_order(platform: Platform) -> None:
    opened, closed = platform.opened_on or date(1997, 1, 1), platform.closed_on or date(2100, 1, 1)
    assert opened < closed


@every_platform
def test_the_examples_have_the_form_that_the_patterns_ask_for(platform: Platform) -> None:
    handle = parse_handle(platform.slug, platform.handle_example)
    assert isinstance(handle, Address), handle
    assert platform.handle_example in {handle.handle, handle.user_id}
    assert (platform.user_id_pattern is None) == (platform.user_id_example is None)
    if platform.user_id_pattern is not None and platform.user_id_example is not None:
        assert re.fullmatch(platform.user_id_pattern, platform.user_id_example)


@every_platform
def test_each_url_form_is_read_as_it_says(platform: Platform) -> None:
    for form in platform.url_forms:
        if "{server}" in form or form == "https://{handle}.bsky.social/":
            continue
        url = form.replace("{any}", "any").replace("{language}", "en").replace("{handle}", platform.handle_example)
        url = url.replace("{user_id}", platform.user_id_example or "").replace(":user_id}", "}")
        url = re.sub(r"\{[a-z]+(/handle)?\}", "1234567", url)
        if any(space.url == form for space in platform.namespaces) or "/handle}" in form:
            continue
        address = parse_url(url)
        assert isinstance(address, Address), (form, url, address)
        assert address.platform == platform.slug


def test_handles_of_most_platforms_fold_case() -> None:
    assert [platform.slug for platform in PLATFORMS.values() if platform.case_sensitive] == [
        "app",
        "discord",
        "spotify",
    ]
