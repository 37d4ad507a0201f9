"""Handles that look like others: the reasons and scores, and that the keys find what the judgement would call alike."""

import gzip
import json
from collections.abc import Collection
from importlib.resources import files

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from directory.lookalikes.explain import REMOVAL_ORDER, STEPS, minimal_steps, transform
from directory.lookalikes.keys import look_alike_keys, query_keys
from directory.lookalikes.similarity import SCORES, compare_handles
from directory.lookalikes.skeletons import skeleton
from directory.regions.reference import regions
from directory.text.normalization import compact, is_unspaced

PAIRS: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("youtube", "NASA", "nasa", ("letter_case",)),
    ("x", "NАSA", "NASA", ("confusable",)),
    ("x", "paypaI", "paypal", ("confusable",)),
    ("x", "NlH", "nih", ("confusable",)),
    ("x", "rnodern", "modern", ("confusable",)),
    ("x", "vvhitehouse", "WhiteHouse", ("confusable",)),
    ("x", "ＮＡＳＡ", "NASA", ("full_width",)),
    ("weibo", "n/成都發布", "n/成都发布", ("traditional_simplified",)),
    ("linkedin", "company/zurich", "company/zürich", ("accents",)),
    ("x", "NASA_", "NASA", ("separators",)),
    ("x", "N4SA", "nasa", ("digits_for_letters",)),
    ("x", "wh1tehouse", "whitehouse", ("digits_for_letters",)),
    ("x", "nsaa", "nasa", ("swapped_letters",)),
    ("x", "nasaa", "nasa", ("doubled_letters",)),
    ("weibo", "n/城都发布", "n/成都发布", ("same_pinyin",)),
    ("weibo", "n/chengdufabu", "n/成都发布", ("same_pinyin",)),
    ("weibo", "n/成都发布官方", "n/成都发布", ("official_word",)),
    ("x", "nasa", "nasagov", ("official_word",)),
    ("x", "real_NASA_official", "NASA", ("separators", "official_word")),
    ("x", "0fficial_nasa", "nasa", ("confusable", "separators", "official_word")),
    ("x", "NASAuk", "NASA", ("country_suffix",)),
    ("linkedin", "in/nasa", "company/nasa", ("other_kind",)),
    ("mastodon", "press@evil.example", "press@social.bund.de", ("other_server",)),
    ("bluesky", "nasa.bsky.social", "nasa.gov", ("other_domain",)),
]
UNLIKE: list[tuple[str, str, str]] = [
    ("x", "completely", "different"),
    ("weibo", "n/南京发布", "n/北京发布"),
    ("x", "ab", "ac"),
    ("x", "whitehouse", "greenhouse"),
]
# One character more or less, or two exchanged, in Chinese.
EDITED = [("成都市发布", "成都发布"), ("都发布", "成都发布"), ("都成发布", "成都发布"), ("成都发布布1", "成都发布布")]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What steps change: look-alike letters, digits, doubles, separators, accents, width, words.
WRITTEN = ["a", "aa", "I", "l", "1", "0", "o", "m", "rn", "_", "-", "é", "а", "Ａ", "發", "发", "gov", "official", "cn"]


@pytest.mark.parametrize(("platform", "given", "registered", "reasons"), PAIRS)
def test_a_disguise_is_found_and_explained(
    platform: str, given: str, registered: str, reasons: tuple[str, ...]
) -> None:
    similarity = compare_handles(platform, given, registered)
    assert similarity is not None
    assert similarity.reasons == reasons
    assert 0.5 < similarity.score < 1
    assert set(query_keys(platform, given)) & set(look_alike_keys(platform, registered))


@pytest.mark.parametrize(("platform", "given", "registered"), UNLIKE)
def test_what_is_not_alike_is_not_called_so(platform: str, given: str, registered: str) -> None:
    assert compare_handles(platform, given, registered) is None


@pytest.mark.parametrize(("given", "registered"), EDITED)
def test_an_edit_in_chinese_is_found(given: str, registered: str) -> None:
    similarity = compare_handles("weibo", f"n/{given}", f"n/{registered}")
    assert similarity is not None
    assert similarity.reasons in {("one_edit",), ("swapped_letters",)}
    assert set(query_keys("weibo", f"n/{given}")) & set(look_alike_keys("weibo", f"n/{registered}"))


def test_equal_handles_differ_in_nothing() -> None:
    similarity = compare_handles("x", "NASA", "NASA")
    assert similarity is not None
    assert (similarity.score, similarity.reasons) == (1, ())


def test_one_edit_says_less_of_a_short_handle_and_little_of_a_number() -> None:
    long, short, number = (
        compare_handles("x", *pair)
        for pair in (("whitehousf", "whitehouse"), ("nasx", "nasa"), ("expo2024", "expo2025"))
    )
    assert long is not None and short is not None and number is not None  # noqa: PT018 - for the types
    assert long.score > short.score > 0.7 > number.score
    assert {long.reasons, short.reasons, number.reasons} == {("one_edit",)}


def test_every_reason_but_one_edit_has_its_score() -> None:
    assert {reason for *_, reasons in PAIRS for reason in reasons} == set(SCORES)


@settings(max_examples=300, deadline=None)
@given(
    word=st.text(LETTERS, min_size=3, max_size=20),
    place=st.integers(0, 19),
    letter=st.sampled_from(LETTERS),
    kind=st.sampled_from(("add", "remove", "change", "swap")),
)
def test_whatever_is_one_edit_away_shares_a_key(word: str, place: int, letter: str, kind: str) -> None:
    at = place % len(word)
    edited = {
        "add": word[:at] + letter + word[at:],
        "remove": word[:at] + word[at + 1 :],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
    }[kind]
    if len(edited) >= 3:
        assert set(query_keys("x", edited)) & set(look_alike_keys("x", word))
        assert set(query_keys(None, edited)) & set(look_alike_keys("x", word))


@settings(max_examples=300, deadline=None)
@given(word=st.text("成都发布北京ab1の행ก", min_size=4, max_size=15), place=st.integers(0, 14))
def test_what_has_one_character_less_or_two_exchanged_shares_a_key_in_scripts_without_blanks(
    word: str, place: int
) -> None:
    word, at = f"发{word}", place % len(word)
    for edited in (word[:at] + word[at + 1 :], word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]):
        alike = {key for key in look_alike_keys("weibo", edited) if key.startswith("=")}
        assert alike & set(query_keys("weibo", word))


def meet(given: str, registered: str, steps: Collection[str]) -> bool:
    """Whether two texts have a form in common after these steps."""
    return not transform(given, steps).forms.isdisjoint(transform(registered, steps).forms)


@settings(max_examples=500, deadline=None)
@given(
    given=st.lists(st.sampled_from(WRITTEN), max_size=6).map("".join),
    registered=st.lists(st.sampled_from(WRITTEN), max_size=6).map("".join),
)
@example(given="ab_cn", registered="ab-cnofficial")
@example(given="l0o_发布", registered="Ioo發布")
@example(given="gov.aa1", registered="AALgovuk")
def test_a_step_is_a_reason_if_the_others_do_not_do_without_it(given: str, registered: str) -> None:
    needed = list(STEPS)
    for step in REMOVAL_ORDER:
        fewer = [other for other in needed if other != step]
        needed = fewer if meet(given, registered, fewer) else needed
    assert minimal_steps(given, registered) == (needed if meet(given, registered, STEPS) else None)


def test_the_skeleton_of_ascii_is_that_which_it_has_among_other_letters() -> None:
    ascii_alone = "".join(map(chr, range(0x80)))
    assert skeleton(ascii_alone) + skeleton("ж") == skeleton(f"{ascii_alone}ж")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_is_too_odd_and_no_work_unbounded(one: str, other: str) -> None:
    compare_handles("x", one, other)
    assert len(query_keys("x", one)) <= 160
    assert len(look_alike_keys("weibo", one, [other])) <= 160


def test_names_are_keys_where_accounts_are_found_by_them() -> None:
    assert set(query_keys("weibo", "n/城都发布")) & set(look_alike_keys("weibo", "cdfb", ["成都发布"]))
    # Elsewhere a name has one key, and only one that is written without blanks.
    assert look_alike_keys("x", "cdfb", ["成都发布"]) == (*look_alike_keys("x", "cdfb"), "~成都发布")
    assert look_alike_keys("x", "cdfb", ["Chengdu Release"]) == look_alike_keys("x", "cdfb")
    assert look_alike_keys("x", None) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("раураӏ", "paypal"),
        ("шhіtеhоusе", "whitehouse"),
        ("þress", "press"),
        ("ⅿ", "rn"),
        ("𝐍𝐀𝐒𝐀", "NASA"),
        ("Ꭺ", "A"),
        ("ο", "o"),
        ("na\u200dsa", "nasa"),
        ("О0", "OO"),
    ],
)
def test_confusable_texts_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


HAN = (files("directory.lookalikes") / "alike_han.txt").read_text(encoding="utf-8").splitlines()
GROUPS = [line.split("\t") for line in HAN if not line.startswith("# ")]


def test_every_chinese_character_is_in_one_group_that_says_how_it_was_chosen() -> None:
    members = [member for group, _ in GROUPS for member in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 and how for group, how in GROUPS)
    assert sum(not how[0].isdecimal() for _, how in GROUPS) > 150
    assert {len({skeleton(member) for member in group}) for group, _ in GROUPS} == {1}


@pytest.mark.parametrize(
    "pair",
    [
        *(
            "日曰",
            "末未",
            "己已",
            "已巳",
            "市巿",
            "天夭",
            "大犬",
            "大太",
            "成戌",
            "成戍",
            "千干",
            "干于",
            "人入",
            "都郡",
            "津律",
        ),
        *(
            "厂广",
            "王玉",
            "治冶",
            "土士",
            "刀力",
            "日目",
            "东车",
            "乌鸟",
            "兔免",
            "贝见",
            "拔拨",
            "侯候",
            "微徽",
            "晴睛",
            "部陪",
        ),
        *("第弟", "常裳", "院皖", "团困", "局居", "東柬", "貝見", "問間", "烏鳥"),
    ],
)
def test_characters_that_readers_take_for_each_other_have_one_skeleton(pair: str) -> None:
    assert skeleton(pair[0]) == skeleton(pair[1])


def test_no_two_names_of_the_starter_data_or_of_regions_look_alike_for_their_chinese_characters() -> None:
    names: dict[str, set[str]] = {}
    starter = (files("directory.imports") / "starter" / "starter.ndjson.gz").read_bytes()
    accounts = [json.loads(line).get("name") or "" for line in gzip.decompress(starter).splitlines()]
    for name in (*accounts, *(region.name_local or "" for region in regions().values())):
        if not name.isascii() and is_unspaced(folded := compact(name)):
            names.setdefault(skeleton(compact(skeleton(name))), set()).add(folded)
    assert len(names) > 3000
    assert not [alike for alike in names.values() if len(alike) > 1]


def test_a_skeleton_in_latin_letters_is_its_own() -> None:
    skeletons = {skeleton(chr(code)) for code in range(0x21, 0x2FFF) if chr(code).isalnum()}
    assert not [each for each in skeletons if each.isascii() and skeleton(each) != each]
