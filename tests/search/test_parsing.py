import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.search.parsing import ParsedQuery, UnsearchableError, parse_query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Met police", ParsedQuery(("met", "police"))),
        ('"met police" kent', ParsedQuery(("kent",), (("met", "police"),))),
        ("“met police”", ParsedQuery((), (("met", "police"),))),
        ("「成都 发布」", ParsedQuery((), (("成都", "发布"),))),
        ("police -county", ParsedQuery(("police",), (), (("county",),))),
        ('police -"fire service"', ParsedQuery(("police",), (), (("fire", "service"),))),
        ("Seine-Saint-Denis", ParsedQuery(("seine", "saint", "denis"))),
        ('unclosed "quote', ParsedQuery(("unclosed", "quote"))),
        ("成都Police", ParsedQuery(("成都", "police"))),
        ("@nasa", ParsedQuery(("nasa",))),
        ("a & b | !c <-> d:*", ParsedQuery(("a", "b", "c", "d"))),
        (".* (police|fire)+ \\d{3}", ParsedQuery(("police", "fire", "d", "3"))),
    ],
)
def test_words_phrases_and_exclusions_are_told_apart_and_nothing_else_has_a_meaning(
    text: str, expected: ParsedQuery
) -> None:
    assert parse_query(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no letter"),
        ("!!! ---", "no letter"),
        ('""', "no letter"),
        ("-police", "only excludes"),
        (" ".join(f"w{number}" for number in range(21)), "21 words"),
        (" ".join(f"-w{number}" for number in range(1000)), "1000 words"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnsearchableError, match=why):
        parse_query(text)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        sought = parse_query(text)
    except UnsearchableError:
        return
    assert sought.key


@pytest.mark.parametrize(
    ("text", "wording", "key"),
    [
        ("Walla Walla", ("walla", "walla"), "wallawalla"),
        ("Parks & Recreation", ("parks", "&", "recreation"), "parksrecreation"),
        ("Parks+Recreation &", ("parks", "&", "recreation"), "parksrecreation"),
        ("& + ＆ police", ("police",), "police"),
    ],
)
def test_the_order_of_words_and_what_stands_between_them_is_kept(text: str, wording: tuple[str, ...], key: str) -> None:
    sought = parse_query(text)
    assert (sought.tokens, sought.key) == (wording, key)


@given(st.text(max_size=100))
def test_what_is_left_of_a_text_means_the_same(text: str) -> None:
    try:
        sought = parse_query(text)
    except UnsearchableError:
        return
    assert parse_query(sought.text_without(())) == sought
