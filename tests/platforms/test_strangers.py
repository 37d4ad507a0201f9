"""No address that a browser opens as a stranger's names a registered account, however the two are wrapped up."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import can_ada
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from directory.platforms.addresses import Address, NotAProfile, canonical_url, handle_key, parse_handle, parse_url
from directory.platforms.reference import PLATFORMS
from tests.platforms.test_addresses_properties import handles

WITH_PAGES: Final = [slug for slug, platform in PLATFORMS.items() if platform.handle_url or platform.user_id_url]
bounded = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
UP: Final = ["/..", "/%2e%2e", "/.%2E", "/%2e.", "\\..", "/./..", "/\t..", "/.\n."]


def _account(slug: str, data: st.DataObject) -> tuple[Address, str]:
    platform = PLATFORMS[slug]
    ids = [st.from_regex(platform.user_id_pattern, fullmatch=True)] if platform.user_id_pattern else []
    address = parse_handle(slug, data.draw(st.one_of(handles(slug), *ids)))
    assume(isinstance(address, Address))
    assert isinstance(address, Address)
    url = canonical_url(address)
    assume(url is not None and parse_url(url) == address)
    return address, url or ""


def _key(address: Address) -> tuple[str, str | None, str | None]:
    handle = handle_key(address.platform, address.handle) if address.handle is not None else None
    return address.platform, handle, address.user_id


def _behind_host(url: str) -> str:
    return url.partition("://")[2].partition("/")[2]


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _climb(url: str, other: str, up: str) -> str:
    """Return a path that goes into the first account's page, and by as many steps up to the other's."""
    depth = _behind_host(url).rstrip("/").count("/") + 1
    return f"https://{_host(other)}/{_behind_host(url).rstrip('/').partition('?')[0]}{up * depth}/{_behind_host(other)}"


def _last(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].rpartition("=")[2].lstrip("@")


# Every parameter by which some page of some platform names an account.
NAMES: Final = sorted(
    {
        name
        for platform in PLATFORMS.values()
        for form in platform.url_forms
        for name in re.findall(r"[?&]([A-Za-z_]+)=\{", form)
    }
)
# The URL of the registered account and that of the stranger, to what a browser opens as the stranger's.
Wrap = Callable[[str, str, str], str]
WRAPS: Final[dict[str, Wrap]] = {
    "as it is": lambda _, b, __: b,
    "fragment of its path": lambda a, b, _: f"{b}#!/{_behind_host(a)}",
    "fragment without a bang": lambda a, b, _: f"{b}#/{_behind_host(a)}",
    "fragment of its URL": lambda a, b, _: f"{b}#{a}",
    "query": lambda a, b, _: f"{b}{'&' if '?' in b else '?'}u={a}&next={quote(a, safe='')}",
    "parameters that name an account elsewhere": lambda a, b, _: f"{b}?{'&'.join(f'{n}={_last(a)}' for n in NAMES)}",
    "steps up": _climb,
    "credentials": lambda a, b, _: f"https://{_host(a)}@{b.partition('://')[2]}",
    "credentials with a password": lambda a, b, _: f"https://{_host(a)}:443@{b.partition('://')[2]}",
    "encoded credentials": lambda a, b, _: f"https://{quote(a, safe='')}@{b.partition('://')[2]}",
    "a blank and its URL": lambda a, b, _: f"{b} {a}",
    "a blank and its URL without scheme": lambda a, b, _: f"{b} {a.partition('://')[2]}",
    "a line break and its path": lambda a, b, _: f"{b}{'' if b.endswith('/') else '/'}\n{_behind_host(a)}",
    "inside the path": lambda a, b, _: f"{b.rstrip('/')}/{a}" if "?" not in b else b,
    "inside the path, encoded": lambda a, b, _: f"{b.rstrip('/')}/{quote(a, safe='')}" if "?" not in b else b,
    "inside the path, climbing in disguise": lambda a, b, _: (
        f"{b.rstrip('/')}/x%2F..%2F..%2F..%2F{_behind_host(a)}" if "?" not in b else b
    ),
    "entities": lambda a, b, _: f"{b.rstrip('/')}/&sol;..&sol;..&sol;{_behind_host(a)}" if "?" not in b else b,
    "wide slashes": lambda a, b, _: f"{b.rstrip('/')}/x／..／..／..／{_behind_host(a)}" if "?" not in b else b,
    "blanks between dots": lambda a, b, _: f"{b.rstrip('/')}/. ./. ./. ./{_behind_host(a)}" if "?" not in b else b,
    "a link that shows another": lambda a, b, _: f'<a href="{b}">{a}</a>',
    "a link that shows another, in Markdown": lambda a, b, _: f"[{a}]({b})" if ")" not in b else b,
    "a link around a tag that shows another": lambda a, b, _: f'<a data-href="{a}" href="{b}"><b>{a}</b></a>',
    "a link that shows another, in BBCode": lambda a, b, _: f"[url={b}]{a}[/url]",
    "a redirect that names both": lambda a, b, _: f"https://www.google.com/url?q={quote(a)}&url={quote(b)}",
    "a redirect that names both by one name": lambda a, b, _: f"https://l.facebook.com/l.php?u={quote(a)}&u={quote(b)}",
    "an archive": lambda a, b, _: f"https://web.archive.org/web/2020/{b}#{a}",
    "a login page": lambda a, b, _: f"https://{_host(b)}/login?next={quote(b)}&to={quote(a)}",
}


@pytest.mark.parametrize("wrap", WRAPS)
@bounded
@given(data=st.data())
def test_what_a_browser_opens_as_a_strangers_does_not_name_a_registered_account(wrap: str, data: st.DataObject) -> None:
    slug = data.draw(st.sampled_from(WITH_PAGES))
    other = data.draw(st.one_of(st.just(slug), st.sampled_from(WITH_PAGES)))
    registered, url = _account(slug, data)
    stranger, strangers = _account(other, data)
    assume(_key(registered) != _key(stranger))
    text = WRAPS[wrap](url, strangers, data.draw(st.sampled_from(UP)))
    spelled = data.draw(st.sampled_from([text, f" {text}", text.replace("https://", "https:\\\\"), f"{text}\n"]))
    read = parse_url(spelled)
    assert isinstance(read, NotAProfile) or _key(read) != _key(registered), (spelled, read)


@pytest.mark.parametrize("up", UP)
@bounded
@given(data=st.data())
def test_steps_up_in_a_path_are_taken_before_anything_is_read(up: str, data: st.DataObject) -> None:
    slug = data.draw(st.sampled_from(WITH_PAGES))
    address, url = _account(slug, data)
    host, path = _host(url), _behind_host(url)
    read = parse_url(f"https://{host}/somebody/else{up}{up}/{path}")
    assert read == address


PIECES: Final = st.sampled_from(
    [
        *("/", "//", "\\", "?", "#", "#!/", "@", ":", "&", "=", "%", "%2f", "%2e%2e", "..", ".", " ", "\n", "\t", ";"),
        *(
            "u=",
            "url=",
            "id=",
            "next=",
            "http:",
            "https://",
            "www.",
            "x.com",
            "evil.example",
            "，",
            "。",
            "／",
            "&amp;",
        ),
    ]
)


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_url_is_read_as_what_a_browser_makes_of_it(data: st.DataObject) -> None:
    urls = [_account(data.draw(st.sampled_from(WITH_PAGES)), data)[1] for _ in range(2)]
    parts = data.draw(st.lists(st.one_of(PIECES, st.sampled_from(urls), st.just(_behind_host(urls[0]))), max_size=8))
    text = f"https://{_host(data.draw(st.sampled_from(urls)))}/" + "".join(parts)
    try:
        opened = can_ada.parse(text.strip())
    except ValueError:
        return
    read, as_opened = parse_url(text), parse_url(opened.href)
    if isinstance(read, Address) and isinstance(as_opened, Address):
        assert read == as_opened, (text, opened.href)
    if isinstance(as_opened, NotAProfile) and as_opened.reason == "unknown_host":
        assert isinstance(read, NotAProfile), (text, opened.href)


MARKED: Final = [
    "<a {0} href={1!r} {0}>{2}</a>",
    '<A HREF = "{1}" {0}><b>{2}</b></A>',
    "<p>see <a {0} href={1}>{2}",
    "[{2}]({1})",
    "[a [b] {2}](<{1}> {0})",
    "[url={1}]{2}[/url]",
    "[{1} {2}]",
    "`{2} <{1}>`_",
]
ATTRIBUTES: Final = ["", "class=a", 'title=">"', "title='a<b'", 'data-href="https://x.com/example"', "rel=nofollow\n"]


@pytest.mark.parametrize("path", [")(", "a b", "a https://x.com/example"])
def test_an_address_in_angle_brackets_may_have_spaces_and_any_parentheses(path: str) -> None:
    read = parse_url(f"[https://x.com/example](<https://stranger.example/{path}> 'title')")
    assert isinstance(read, NotAProfile), read


@given(data=st.data(), marked=st.sampled_from(MARKED), attribute=st.sampled_from(ATTRIBUTES))
@bounded
def test_a_link_names_what_it_leads_to_and_never_what_it_shows(
    data: st.DataObject, marked: str, attribute: str
) -> None:
    path = data.draw(st.text("abc/().-_?=", max_size=12).filter(lambda text: text.count("(") == text.count(")")))
    read = parse_url(marked.format(attribute, f"https://stranger.example/{path}", "https://x.com/example"))
    assert isinstance(read, NotAProfile), read


@pytest.mark.parametrize("text", ["<![x[<a href=https://stranger.example/>", "<!DOCTYPE [<!x href=>", "<a href" * 300])
def test_broken_hypertext_names_nobody_and_is_no_error(text: str) -> None:
    assert isinstance(parse_url(text), NotAProfile)
