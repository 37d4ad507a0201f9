"""Places of China with departments: provinces, prefectures and counties of GB/T 2260."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from directory.regions.reference import Region
from directory.sample.departments import LEVELS, Level

GBT_2260: Final = "regions-gbt2260"
_LEVELS: Final[Mapping[str, Level]] = {level: level for level in LEVELS}
# Letters of the place in a handle: as many as fit into the shortest handles of a platform.
_PINYIN_LETTERS: Final = 8
# Rows of GB/T 2260 that only group others.
_GROUPS: Final = re.compile(r"市辖区|县|(?:省|自治区)直辖县级行政区划")
_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|"
    "达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|赫哲|门巴|珞巴|各"
)
_AUTONOMOUS: Final = re.compile(rf"(.{{2,}}?)(?:(?:(?:{_PEOPLES})族?)*自治[区州县旗]|(?:(?:{_PEOPLES})族)+区)")
# 浦东新区, 井陉矿区, 高新区 and others have no shorter name, nor has a place of two characters.
_ENDING: Final = re.compile(r"(?<=..)(?:地区|省|市|县|(?<![新矿林特园理范胜验集发品开])区)$")
_SHORTER: Final = (("高新技术产业开发区", "高新区"), ("经济技术开发区", "经开区"), ("经济开发区", "经开区"))


@dataclass(frozen=True, slots=True)
class SamplePlace:
    """A place with departments: its names, its pinyin for handles, and the city that it is a district of (or "")."""

    code: str
    level: Level
    name: str
    short: str
    pinyin: str
    city: str
    direct: bool


def shorten(name: str) -> str:
    """Return the everyday form of a place's name: 成都 for 成都市, 凉山 for 凉山彝族自治州."""
    for long, short in _SHORTER:
        name = name.replace(long, short)
    autonomous = _AUTONOMOUS.fullmatch(name)
    if autonomous:
        return autonomous[1].removesuffix("族")
    return _ENDING.sub("", name)


def list_places(regions: Iterable[Region]) -> list[SamplePlace]:
    """Return the provinces, prefectures and counties of GB/T 2260 of `regions` that exist today, sorted by code."""
    known = {r.code: r for r in regions if r.source == GBT_2260 and r.dissolved_on is None}
    return [
        SamplePlace(
            code=code,
            level=_LEVELS[level],
            name=name,
            short=shorten(name),
            pinyin=_pinyin(region.name),
            city=_city(region, known),
            direct=level == "province" and name.endswith("市"),
        )
        for code, region in sorted(known.items())
        for name, level in [(_name(region), region.level)]
        if not _GROUPS.fullmatch(name)
    ]


def _name(region: Region) -> str:
    return region.name_local or region.name


def _pinyin(english: str) -> str:
    """Return the letters for handles from an English name: garze for Garzê Tibetan Autonomous Prefecture."""
    letters = unicodedata.normalize("NFKD", english.split(maxsplit=1)[0]).encode("ascii", "ignore").decode()
    return "".join(letter for letter in letters.lower() if letter.isalpha())[:_PINYIN_LETTERS]


def _city(region: Region, known: Mapping[str, Region]) -> str:
    """Return the name of the city that a district is part of, "" for other regions."""
    above = known.get(region.parent_code or "")
    if region.level != "county" or above is None or not _name(region).endswith("区"):
        return ""
    # GB/T 2260 has a row such as 市辖区 between a municipality and its districts.
    if _GROUPS.fullmatch(_name(above)):
        above = known[above.parent_code or ""]
    return _name(above) if _name(above).endswith("市") else ""
