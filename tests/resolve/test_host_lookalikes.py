import pytest

from directory.resolve.host_lookalikes import find_imitated_platform


@pytest.mark.parametrize(
    ("host", "slug"),
    [
        ("faceb00k.com", "facebook"),
        ("twitter.com.evil.example", "x"),
        ("twitter.com-login.example", "x"),
        ("xn--fcebook-8va.com", "facebook"),
        ("login-facebook.example", "facebook"),
        ("blog-naver.com", "naver"),
        ("naver.co", "naver"),
        ("tv.naver.com.example", "naver"),
        ("xn--meenger-1va.com", "facebook"),
        ("www.xn--meenger-1va.com", "facebook"),
    ],
)
def test_a_host_that_passes_itself_off_as_a_platforms_is_known_by_it(host: str, slug: str) -> None:
    # Naver has several services, each a platform; which of them is named does not matter.
    assert (find_imitated_platform(host) or "").partition("-")[0] == slug


@pytest.mark.parametrize(
    "host",
    [
        "tv.naver.com",
        "naver.com",
        "www.naver.com",
        "m.cafe.naver.com",
        "example.org",
        "mastodon.ie",
        "mstdn.ca",
        "mastodonczech.cz",
        "xn--a-0000000000000.example",
        "xn--.example",
        "xn--😀",
    ],
)
def test_other_services_of_a_platforms_own_domain_imitate_nobody(host: str) -> None:
    assert find_imitated_platform(host) is None
