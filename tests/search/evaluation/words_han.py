"""Words that Chinese and Japanese names are made of, so that a rule cuts where a reader would."""

import re
from functools import cache

from directory.regions.reference import regions
from tests.search.evaluation.texts import is_eastern, is_han

# What stands behind the name of a place of China.
_KIND = re.compile("(?<=..)(?:维吾尔|壮族|回族)?(?:省|市|自治区|地区|盟)$")
_ABROAD = (
    *(
        "国家",
        "中国",
        "上海",
        "中華民國",
        "日本",
        "香港",
        "澳門",
        "臺灣",
        "臺北",
        "臺中",
        "新北",
        "高雄",
        "桃園",
        "基隆",
    ),
    *("金門", "澎湖", "马来西亚", "東京都", "京都", "茨城県", "佐賀県", "海上", "陸上", "航空", "国道", "國道", "한국"),
    *("부산", "대전", "광주", "대구", "우정"),
)
# Words of two characters for what a body does, as they stand in names of the starter data.
SUBJECTS = (
    *("交警", "警方", "移民", "税务", "邮政", "版权", "密码", "粮食", "海关", "外汇", "统计", "气象", "消防", "铁路"),
    *("地铁", "矿山", "水利", "知识", "民政", "商务", "国防", "司法", "应急", "自然", "生态", "健康", "教育", "科技"),
    *("文博", "视听", "交通", "药监", "证监", "网络", "政务", "文明", "鐵路", "捷運", "圖書", "海巡", "航空", "刑事"),
    *("公路", "警務", "運輸", "漁農", "康樂", "郵政", "醫院", "水務", "治安", "職業", "競馬", "警察", "中央", "都市"),
)
# What stands at the end of names and is left out first; the longest first.
_ENDS = (
    "官方微博",
    "官方资讯",
    "网络发言人",
    "股份有限公司",
    "委员会",
    "管理局",
    "管理署",
    "局",
    "部",
    "署",
    "處",
    "微博",
)


@cache
def places() -> frozenset[str]:
    """Return the names of provinces and prefectures of China, and other places, as they stand in names of bodies."""
    levels = {"province", "prefecture"}
    chinese = (r for r in regions().values() if r.code.startswith("CN-") and r.level in levels and r.name_local)
    return frozenset(_KIND.sub("", region.name_local or "") for region in chinese) | frozenset(_ABROAD)


def place_in(text: str) -> str:
    """Return the place that a name begins or ends with, without its kind; empty if there is none."""
    known = [text[:size] for size in (4, 3, 2)] + [text[-size:] for size in (4, 3, 2)]
    return next((part for part in known if part in places()), "")


def without_place(text: str) -> str:
    """Return what stands behind the place and its kind; empty if the name begins with none."""
    place = place_in(text)
    return text.removeprefix(place).lstrip("省市县縣") if place and text.startswith(place) else ""


def without_end(text: str) -> str:
    """Return a name without its last, most general word; empty if it has none."""
    return next((text.removesuffix(end) for end in _ENDS if text.endswith(end)), "")


def words_of(text: str) -> list[str]:
    """Return a name's words: its place and what stands behind or before; empty if it cannot be told."""
    place = place_in(text)
    if not is_eastern(text) or not place or len(text) - len(place) < 2:
        return []
    rest = without_place(text) if text.startswith(place) else text.removesuffix(place)
    return [place, rest] if text.startswith(place) else [rest, place]


def town_of(text: str) -> str:
    """Return the name of a Japanese place without its kind: 仙台 for 仙台市; empty for what is none."""
    return text[:-1] if is_han(text) and 3 <= len(text) <= 5 and text.endswith(tuple("市県区町村府")) else ""
