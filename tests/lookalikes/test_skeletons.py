import gzip
import json
from importlib.resources import files

import pytest

from directory.lookalikes.skeletons import skeleton
from directory.regions.reference import regions
from directory.text.normalization import compact, is_unspaced


def test_the_skeleton_of_ascii_is_that_which_it_has_among_other_letters() -> None:
    ascii_alone = "".join(map(chr, range(0x80)))
    assert skeleton(ascii_alone) + skeleton("ж") == skeleton(f"{ascii_alone}ж")


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
