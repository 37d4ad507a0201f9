"""English names of China's regions: the pinyin of the proper noun, and an English word for its kind.

GB/T 2260 has no English names. The kinds are those of the Constitution and of the State Council's
lists; readings that a dictionary of single characters gets wrong are corrected in `readings`.

Provinces and prefectures, and what is named after them, are called as they are known abroad (Tibet, Hohhot,
Kashgar Prefecture); counties by the pinyin of their Chinese names, those of other peoples too (Jiashi County).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from directory.regions.pinyin_corrections import correct_syllables

# The ending of the Chinese name, and what stands for it; the longest that fits is taken. A city has no word.
KINDS: Final = {
    "特别行政区": "Special Administrative Region",
    "自治区": "Autonomous Region",
    "自治州": "Autonomous Prefecture",
    "自治县": "Autonomous County",
    "自治旗": "Autonomous Banner",
    "右翼后旗": "Right Rear Banner",
    "左翼中旗": "Left Middle Banner",
    "左翼后旗": "Left Rear Banner",
    "右翼中旗": "Right Middle Banner",
    "右翼前旗": "Right Front Banner",
    "联合旗": "United Banner",
    "左旗": "Left Banner",
    "右旗": "Right Banner",
    "中旗": "Middle Banner",
    "前旗": "Front Banner",
    "后旗": "Rear Banner",
    "旗": "Banner",
    "盟": "League",
    "地区": "Prefecture",
    "群岛": "Islands",
    "经济技术开发区": "Economic and Technological Development Zone",
    "高新技术产业开发区": "High-tech Industrial Development Zone",
    "高新技术开发区": "High-tech Development Zone",
    "高技术产业开发区": "High-tech Industrial Development Zone",
    "高新技术产业园区": "High-tech Industrial Park",
    "现代产业园区": "Modern Industrial Park",
    "经济开发区": "Economic Development Zone",
    "高新区": "High-tech Zone",
    "开发区": "Development Zone",
    "城乡一体化示范区": "Urban-Rural Integration Demonstration Zone",
    "示范区": "Demonstration Zone",
    "风景名胜区": "Scenic Area",
    "工业园区": "Industrial Park",
    "园区": "Park",
    "管理区": "Management District",
    "管理区管委会": "Management District",
    "行政委员会": "Administrative Committee",
    "新城": "New Town",
    "新区": "New Area",
    "特区": "Special District",
    "神农架林区": "Shennongjia Forestry District",
    "矿区": "Mining District",
    "区": "District",
    "县": "County",
    "市": "",
    "省": "",
}
# Kinds of development zones, which the list numbers from 71 on: below that, 下花园区 is a district called 下花园.
_ZONES: Final = tuple(
    kind for kind in KINDS if kind.endswith(("园区", "开发区", "示范区", "管理区", "高新区", "名胜区", "新城"))
)
_FIRST_ZONE: Final = 71
_MANY: Final = "Multi-ethnic"
PEOPLES: Final = (
    {"壮": "Zhuang", "满": "Manchu", "回": "Hui", "苗": "Miao", "维吾尔": "Uyghur", "土家": "Tujia", "彝": "Yi"}
    | {"蒙古": "Mongol", "藏": "Tibetan", "布依": "Bouyei", "侗": "Dong", "瑶": "Yao", "朝鲜": "Korean", "白": "Bai"}
    | {"哈尼": "Hani", "哈萨克": "Kazakh", "黎": "Li", "傣": "Dai", "畲": "She", "傈僳": "Lisu", "仡佬": "Gelao"}
    | {"东乡": "Dongxiang", "拉祜": "Lahu", "水": "Sui", "佤": "Va", "纳西": "Naxi", "羌": "Qiang", "土": "Tu"}
    | {"仫佬": "Mulao", "锡伯": "Xibe", "柯尔克孜": "Kyrgyz", "达斡尔": "Daur", "景颇": "Jingpo", "毛南": "Maonan"}
    | {"撒拉": "Salar", "布朗": "Blang", "塔吉克": "Tajik", "普米": "Pumi", "怒": "Nu", "裕固": "Yugur"}
    | {"保安": "Bonan", "独龙": "Derung", "鄂伦春": "Oroqen", "鄂温克": "Evenki", "各": _MANY}
)
# Known abroad by another spelling than pinyin, or not to be made by rule.
NAMES: Final = {
    "150000": "Inner Mongolia",
    "540000": "Tibet",
    "610000": "Shaanxi",
    "150100": "Hohhot",
    "150600": "Ordos",
    "150700": "Hulunbuir",
    "150800": "Bayannur",
    "150900": "Ulanqab",
    "152200": "Hinggan League",
    "152500": "Xilin Gol League",
    "152900": "Alxa League",
    "230100": "Harbin",
    "230200": "Qiqihar",
    "513200": "Ngawa Tibetan and Qiang Autonomous Prefecture",
    "513300": "Garzê Tibetan Autonomous Prefecture",
    "540100": "Lhasa",
    "540200": "Shigatse",
    "540300": "Qamdo",
    "540400": "Nyingchi",
    "540600": "Nagqu",
    "542500": "Ngari Prefecture",
    "632600": "Golog Tibetan Autonomous Prefecture",
    "650100": "Ürümqi",
    "533400": "Dêqên Tibetan Autonomous Prefecture",
    "650200": "Karamay",
    "650400": "Turpan",
    "652900": "Aksu Prefecture",
    "652700": "Bortala Mongol Autonomous Prefecture",
    "652800": "Bayingolin Mongol Autonomous Prefecture",
    "653000": "Kizilsu Kyrgyz Autonomous Prefecture",
    "653200": "Hotan Prefecture",
    "654300": "Altay Prefecture",
    "654000": "Ili Kazakh Autonomous Prefecture",
    "341500": "Lu'an",
    "653100": "Kashgar Prefecture",
    "150722": "Morin Dawa Daur Autonomous Banner",
    "150723": "Oroqen Autonomous Banner",
    "150724": "Evenki Autonomous Banner",
    "622926": "Dongxiang Autonomous County",
    "460323": "Reefs and Waters of the Zhongsha Islands",
    # Zones named after what is done there.
    "130172": "Shijiazhuang Circular Chemical Industry Park",
    "140171": "Shanxi Transformation and Comprehensive Reform Demonstration Zone",
    "150271": "Baotou Rare Earth High-tech Industrial Development Zone",
    "152971": "Inner Mongolia Alxa High-tech Industrial Development Zone",
    "220174": "Changchun Automotive Economic and Technological Development Zone",
    "220273": "Jilin China-Singapore Food Zone",
    "341171": "Sino-Singapore Suzhou-Chuzhou High-tech Industrial Development Zone",
    "370572": "Dongying Port Economic Development Zone",
    "371071": "Weihai Torch High-tech Industrial Development Zone",
    "410173": "Zhengzhou Airport Economy Zone",
    "411471": "East Henan Comprehensive Logistics Industry Cluster",
    "540171": "Golmud Tibet-Qinghai Industrial Park",
    "540173": "Tibet Culture and Tourism Creative Park",
}
# Rows of the standard that group others and are no place of their own.
_GROUPS: Final = {
    "市辖区": "Municipal Districts",
    "县": "Municipal Counties",
    "省直辖县级行政区划": "Province-administered Divisions",
    "自治区直辖县级行政区划": "Region-administered Divisions",
}


def english_name(code: str, name: str, pinyin: str, within: Sequence[tuple[str, str]]) -> str:
    """Return the English name of the region with GB/T 2260 `code`, whose pinyin has one syllable a character.

    `within` are the Chinese and the English names of what it lies in, from the province down.
    """
    if code in NAMES:
        return NAMES[code]
    if name in _GROUPS:
        return _GROUPS[name]
    syllables = correct_syllables(name, pinyin.split())
    kind = kind_of(code, name)
    stem = name.removesuffix(kind)
    stem, peoples = split_peoples(stem) if kind.startswith("自治") or stem.endswith("族") else (stem, [])
    words = list(_translate(stem, syllables, within))
    # A province is called by its noun alone: Guangxi, not Guangxi Zhuang Autonomous Region.
    if kind != "自治区":
        words += [" and ".join(", ".join(peoples).rsplit(", ", 1)), KINDS.get(kind, "")]
    return " ".join(word for word in words if word)


def kind_of(code: str, name: str) -> str:
    """Return the ending of a Chinese name that is its kind of region, "" if there is none."""
    without = () if int(code[4:]) >= _FIRST_ZONE else _ZONES
    for ending in sorted(KINDS, key=len, reverse=True):
        if name.endswith(ending) and ending not in without:
            stem = len(name) - len(ending)
            # A noun has two characters before a kind of several, 清新 in 清新区; a city of one says its kind, 芒市.
            if stem != 1 or ending in {"区", "县", "旗"}:
                return ending
    return ""


def _translate(stem: str, syllables: list[str], within: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the English names of the surrounding places that a stem begins with, then the pinyin of the rest."""
    at = 0
    for place, called in within:
        short = place.removesuffix("市").removesuffix("省").removesuffix("自治区")
        if len(short) > 1 and stem.startswith(short, at) and len(stem) >= at + len(short):
            yield called
            at += len(short) + stem.startswith("市", at + len(short))
    yield _join(syllables[at : len(stem)])


def split_peoples(stem: str) -> tuple[str, list[str]]:
    """Return a stem without the peoples at its end, and these: 恩施土家族苗族 is 恩施 of the Tujia and the Miao."""
    peoples: list[str] = []
    while True:
        # The word 族 is left out after some names of more than one character; of a lone character it is needed.
        endings = (people + "族" for people in PEOPLES if stem.endswith(people + "族"))
        ending = max(endings, key=len, default="") or max(
            (people for people in PEOPLES if len(people) > 1 and stem.endswith(people)), key=len, default=""
        )
        if not ending or ending == stem:
            return stem, peoples
        peoples.insert(0, PEOPLES[ending.removesuffix("族")])
        stem = stem.removesuffix(ending)


def _join(syllables: list[str]) -> str:
    """Return syllables as one word, with the apostrophe that pinyin has before a, e and o: Xi'an."""
    word = ""
    for syllable in syllables:
        spelt = syllable.replace("lve", "lüe").replace("nve", "nüe").replace("lv", "lü").replace("nv", "nü")
        word += f"'{spelt}" if word and spelt[0] in "aeo" else spelt
    return word.capitalize()
