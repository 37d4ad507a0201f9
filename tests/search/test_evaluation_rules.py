"""The rules that the evaluation set is made by: what the reference matcher takes as the answer, and what it leaves."""

import pytest

from tests.search.evaluation import by_hand
from tests.search.evaluation.accounts import Account, read_accounts
from tests.search.evaluation.answers import Registry
from tests.search.evaluation.matching import Grade, find_slips, match_letters
from tests.search.evaluation.readings import find_reading, has_mixed_reading, initials, syllables
from tests.search.evaluation.texts import Text, fold


def account(name: str, handle: str, *, department: str = "", region: str = "CN-510100", platform: str = "x") -> Account:
    return Account(platform, handle, "", name, "", department, "other", region, is_chinese=region.startswith("CN"))


def names(*accounts: Account) -> list[str]:
    return [f"{each.name} {each.handle}" for each in accounts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺灣鐵路", "台湾铁路"),
        ("衞生署", "卫生署"),
        ("ＵＲ都市", "ur都市"),
        ("ﾊﾞｽ", "バス"),
        ("Groß-Gerau", "gross-gerau"),
        ("Cœur", "coeur"),
        ("Łódź", "lodz"),
        ("Oﬃce", "OFFICE"),
        ("الحَرَس", "الحرس"),
    ],
)
def test_ways_of_writing_the_same_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("バス", "ハス"), ("부산", "부선"), ("大阪", "大坂"), ("Москва", "Moskva")])
def test_what_is_not_the_same_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("query", "text", "least", "most"),
    [
        ("surrey county-council", "Surrey County Council", Grade.EXACT, Grade.EXACT),
        ("surrey coun", "Surrey County Council", Grade.BEGINS, Grade.BEGINS),
        ("council surrey", "Surrey County Council", Grade.WORDS, Grade.WORDS),
        ("county counc", "Surrey County Council", Grade.INSIDE, Grade.WORDS),
        ("urrey", "Surrey County Council", Grade.NONE, Grade.INSIDE),
        ("surrey police", "Surrey County Council", Grade.NONE, Grade.NONE),
        ("成都", "平安成都", Grade.INSIDE, Grade.WORDS),
        ("成都", "成都发布", Grade.BEGINS, Grade.BEGINS),
        ("佛山旅游", "佛山-旅游", Grade.EXACT, Grade.EXACT),
        ("公安 成都", "成都公安", Grade.INSIDE, Grade.WORDS),
    ],
)
def test_a_match_is_graded_as_the_requirement_orders(query: str, text: str, least: Grade, most: Grade) -> None:
    match = match_letters(Text(query), Text(text))
    assert (match.least, match.most) == (least, most)


def test_chinese_is_read_with_all_readings_and_by_initials() -> None:
    assert syllables("重庆旅游") == ["chong", "qing", "lv", "you"]
    assert initials("北京急救中心") == "bjjjzx"
    assert find_reading("重庆发布", "chongqingfabu") == (0, True)
    assert find_reading("重庆发布", "zhongqingf") == (0, False)
    assert find_reading("重庆发布", "fabu") == (2, True)
    assert find_reading("重庆发布", "cqfb") == (0, True)
    assert find_reading("重庆发布", "cqfabu") is None
    assert has_mixed_reading("重庆发布", "cqfabu")
    assert not has_mixed_reading("重庆发布", "fabucq")


def test_a_typo_is_one_edit_from_4_letters_and_two_from_8() -> None:
    vocabulary = ["cat", "tabor", "riverside"]
    assert find_slips("cut", vocabulary) == {}
    assert {word: slip.edits for word, slip in find_slips("atbor", vocabulary).items()} == {"tabor": 1}
    assert find_slips("tarob", vocabulary) == {}
    assert {word: slip.edits for word, slip in find_slips("rievrsde", vocabulary).items()} == {"riverside": 2}


def test_the_best_matches_are_the_answer() -> None:
    registry = Registry([account("成都发布", "a"), account("平安成都", "b"), account("Police", "c")])
    assert names(*registry.answer("成都")) == ["成都发布 a"]
    assert names(*registry.answer("平安")) == ["平安成都 b"]
    assert names(*registry.answer("polcie")) == ["Police c"]
    assert registry.answer("公安") == ()


def test_more_than_three_equally_good_accounts_are_no_answer_unless_they_are_one_body() -> None:
    one_body = [account("Tábor", f"tabor{n}", platform=platform) for n, platform in enumerate(("x", "vk", "line", "x"))]
    assert len(Registry(one_body).answer("tabor")) == 4
    of_two = [*one_body, account("Tábor", "other", region="US-CO")]
    assert Registry(of_two).answer("tabor") == ()


def test_a_query_that_others_may_be_put_before_is_not_asked() -> None:
    # Whether a department of this name comes before names that only begin so, the requirement does not say.
    runs_it = account("Press", "press", department="Tábor")
    longer = [account(f"Tábor {word}", word, region=f"US-{word}") for word in ("Fire", "Police", "Parks")]
    assert names(*Registry([runs_it, *longer[:2]]).answer("tabor")) == ["Press press"]
    assert Registry([runs_it, *longer]).answer("tabor") == ()


def test_excluded_words_and_phrases_are_taken_at_their_word() -> None:
    registry = Registry([account("成都旅游", "a"), account("成都公安", "b"), account("Fire and Rescue Board", "c")])
    assert names(*registry.answer("成都 -公安")) == ["成都旅游 a"]
    assert names(*registry.answer('"rescue board"')) == ["Fire and Rescue Board c"]
    assert registry.answer('"fire rescue"') == ()


def test_a_region_is_all_below_it_too() -> None:
    registry = Registry([account("公安", "a"), account("公安", "b", region="CN-440100")])
    assert names(*registry.answer("公安", {"region": "CN-440000"})) == ["公安 b"]
    assert names(*registry.answer("公安", {"region": "CN-510100"})) == ["公安 a"]
    assert len(registry.answer("公安", {"region": "CN"})) == 2
    assert registry.answer("公安", {"region": "CN", "platform": "weibo"}) == ()


def test_a_short_form_keeps_the_order_of_a_name_and_no_other_account_has_one_like_it() -> None:
    texts = [
        (":".join(each.key), [Text(text).compact for text in (each.name, each.other_name, each.department)])
        for each in read_accounts()
    ]
    for query, keys, _ in by_hand.SHORT_FORMS:
        like = {key for key, written in texts if any(is_short_for(Text(query).compact, text) for text in written)}
        assert like == set(keys.split()), query


def is_short_for(short: str, text: str) -> bool:
    left = iter(text)
    return all(character in left for character in short)
