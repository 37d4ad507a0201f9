"""What a click leads to decides, whatever marks a link is written in; what decorates an address says nothing."""

import pytest

from directory.platforms.addresses import Address, NotAProfile, identify, parse_url

SHOWN = "https://x.com/examplecity"
STRANGE = "https://stranger.example/"
OTHER_BIZ = "MjM5MDAxMjM0NQ=="
MARKS = [
    '<a href="{to}"><b>{shown}</b></a>',
    '<a data-href="{shown}" href="{to}">{shown}</a>',
    '<a title=">" href="{to}">{shown}</a>',
    "<a title=' href={shown}' href=\"{to}\">{shown}</a>",
    '<a/href="{to}">{shown}</a>',
    '<a href="\n{to}">{shown}</a>',
    "[{shown} [1]]({to})",
    "[![{shown}]({shown})]({to})",
    '[{shown}]({to} "a (b)")',
    "[{shown}][1]\n[1]: {to}",
    "[url={to}]{shown}[/url]",
    '[URL="{to}"]{shown}[/URL]',
    "[[{to}][{shown}]]",
    "<{to}|{shown}>",
]


@pytest.mark.parametrize("mark", MARKS)
def test_a_link_that_shows_a_registered_account_is_read_as_where_it_leads(mark: str) -> None:
    assert isinstance(parse_url(mark.format(shown=SHOWN, to=STRANGE)), NotAProfile)


@pytest.mark.parametrize("mark", [mark for mark in MARKS if "[1]:" not in mark])
def test_a_link_in_marks_names_what_it_leads_to(mark: str) -> None:
    assert parse_url(mark.format(shown="our page", to=SHOWN)) == Address("x", "examplecity")


@pytest.mark.parametrize("text", ["[{shown}](https://stranger.example/(a)(b)", '"{shown}":{to}', "`{shown} <{to}>`_"])
def test_marks_that_are_not_understood_name_nobody_where_their_links_differ(text: str) -> None:
    assert isinstance(parse_url(text.format(shown=SHOWN, to=STRANGE)), NotAProfile)
    assert parse_url(f'"{SHOWN}":{SHOWN}') == Address("x", "examplecity")


@pytest.mark.parametrize(
    "text",
    [
        f"https://mp.weixin.qq.com/s/c3RyYW5nZXI?__biz={OTHER_BIZ}",
        "https://x.com/intent/user?user_id=1234567&screen_name=examplecity",
        "https://x-com.translate.goog/examplecity?_x_tr_hp=stranger-",
        "https://www.google.com/travel",
        "https://www.google.com/imgres?imgrefurl=https://x.com/examplecity",
        "java\nscript:https://x.com/examplecity",
        "https://mobile.eventbrite.com/e/some-fair-1234567",
    ],
)
def test_what_only_decorates_an_address_names_nobody(text: str) -> None:
    assert isinstance(parse_url(text), NotAProfile)
    assert isinstance(identify(None, None, text, None), NotAProfile)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "https://www.facebook.com/pages/Stranger/100012345678901/142825785752273",
            Address("facebook", None, "100012345678901"),
        ),
        (
            "https://www.facebook.com/pages/Some-Office/Exampleton/142825785752273",
            Address("facebook", None, "142825785752273"),
        ),
        (
            "https://www.google.com/url?sa=t&q=&esrc=s&url=https%3A%2F%2Fx.com%2Fexamplecity&usg=A",
            Address("x", "examplecity"),
        ),
        ("https://m.eventbrite.com/o/1234567", Address("eventbrite", None, "1234567")),
        ("https://www.mastodon.social/@examplecity", Address("mastodon", "examplecity@mastodon.social")),
        ("https://social.hessen.de/@examplecity.", Address("mastodon", "examplecity@social.hessen.de")),
        ("https://social.hessen.de/@examplecity\u3002欢迎", Address("mastodon", "examplecity@social.hessen.de")),
        ("(https://www.linkedin.com/company/examplecity).", Address("linkedin", "examplecity")),
    ],
)
def test_what_is_registered_is_read_however_harmlessly_it_is_spoiled(text: str, address: Address) -> None:
    assert parse_url(text) == address
