"""Forms of one Chinese character: what traditional, Japanese and other forms are folded to.

A form is folded only where it is nothing but a form: 広 is always 广. A character that is one of its own in Chinese too
(芸, which in Japanese is 藝) stays as it is, and a search for it also searches for the other: see
`directory.search.synonyms`. What is folded is stored folded, so a change here needs all accounts to be indexed again.

Sources: the tables of OpenCC (Japanese to traditional, traditional to simplified), and for radicals the Unicode
Character Database (EquivalentUnifiedIdeograph.txt, Unicode 14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from opencc import OpenCC

_HAN: Final = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F), (0x30000, 0x323AF))
_BASIC: Final = range(0x4E00, 0xA000)
# Radicals that NFKC leaves, and the characters in whose place scanners and fonts put them.
_RADICALS: Final = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯"
    "⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜"
    "⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲"
)
_OF_RADICALS: Final = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹"
    "纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞"
    "食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀"
)
RADICAL_FORMS: Final = dict(zip(_RADICALS, _OF_RADICALS, strict=True))
"""The radicals that NFKC leaves, each with its ordinary character."""
# Forms in names that are missing in the tables of OpenCC, each before the character that it is folded to.
_LEFT: Final = (
    "伝传 豊丰 働动 値值 舎舍 舗铺 隣邻 隷隶 窓窗 浄净 駄驮 頬颊 頚颈 繋系 聡聪 脇胁 呉吴 冨富 嶋岛 嶌岛"
    " 壷壶 嚢囊 埜野 彊强 戸户 戶户 氷冰 汚污 涜渎 溌泼 潅灌 焔焰 皐皋 碕崎 﨑崎 穐秋 竃灶 篭笼 罸罚 蝿蝇"
    " 諌谏 讃赞 賎贱 鎗枪 靭韧 韮韭 鴬莺 兎兔 呑吞 倶俱 妬妒 髙高 濵滨 濱滨 邉边 邊边 渕渊 槗桥 舘馆 齋斋"
    " 眞真 圀国 衞卫 敎教 靑青 淸清 郞郎 鎭镇 黃黄 卽即 旣既 槪概 飮饮 硏研 倂并 併并 竝并 並并 甁瓶 襃褒"
    " 飜翻 晄晃 槇槙 愼慎 敍叙 緖绪 餠饼 澁涩 鄕乡 鑛矿 鬭斗 擧举 頴颖 颕颖 萠萌 僞伪 偽伪 爲为 綠绿 錄录"
    " 說说 謠谣 閱阅 顏颜 殼壳 砲炮 疎疏 讐仇 溫温 產产 戲戏 峯峰 羣群 裏里 牀床 鷄鸡 廻回 姫姬 娯娱 嵜崎"
)


def folded_forms() -> dict[str, str]:
    """Return each character that is a form of another one, with that one, which is no such form itself."""
    one_step = RADICAL_FORMS | {pair[0]: pair[1] for pair in _LEFT.split()}
    # setdefault: the tables above overrule those of OpenCC.
    simplify = OpenCC("t2s").convert
    for form, character in _converted(simplify, _simplified_codes()):
        one_step.setdefault(form, character)
    for form, character in _converted(OpenCC("jp2t").convert, _japanese_codes()):
        one_step.setdefault(form, character)
    return {form: _follow(form, one_step) for form in one_step}


def _converted(convert: Callable[[str], str], codes: Iterator[int]) -> Iterator[tuple[str, str]]:
    """Yield the characters that a table changes, with what each becomes."""
    characters = [*map(chr, codes)]
    # All in one call, which takes a third of the time of 90,000; parted by what stands in no phrase of the tables.
    converted_all = convert("\n".join(characters)).split("\n")
    for character, converted in zip(characters, converted_all, strict=True):
        if converted != character and len(converted) == 1:
            yield character, converted


def _simplified_codes() -> Iterator[int]:
    for first, last in _HAN:
        yield from range(first, last + 1)


def _japanese_codes() -> Iterator[int]:
    """Return the characters that are in neither GB 2312 (mainland China) nor Big5 (Taiwan): Japan's own forms."""
    basic = "".join(map(chr, _BASIC))
    chinese = {*basic.encode("gb2312", "ignore").decode("gb2312"), *basic.encode("big5", "ignore").decode("big5")}
    return (ord(character) for character in basic if character not in chinese)


def _follow(form: str, one_step: dict[str, str]) -> str:
    """Return the last form that the steps from a form lead to."""
    seen = {form}
    while (following := one_step.get(form)) is not None and following not in seen:
        seen.add(following)
        form = following
    return form
