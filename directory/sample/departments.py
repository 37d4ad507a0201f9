"""The departments of a province, a prefecture and a county, and the accounts that such departments open.

The names are those that bodies of that kind bear (四川省教育厅, 成都市教育局); which of them has how
many accounts is invented, and so is every account.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["province", "prefecture", "county"]

LEVELS: tuple[Level, ...] = ("province", "prefecture", "county")


@dataclass(frozen=True, slots=True)
class DepartmentKind:
    """One kind of department: its type, its weight among accounts, and its names by level.

    `province`, `prefecture`, `county` and `district` are patterns of `{full}` (成都市), `{short}` (成都) and
    `{city}` (the prefecture that a district lies in); an empty pattern: there is none at that level.
    """

    type: str
    initials: str
    weight: int
    province: str
    prefecture: str
    county: str
    accounts: tuple[str, ...]
    district: str = ""

    def pattern(self, level: Level) -> str:
        """Return the pattern of the name at a level, "" if there is none."""
        return {"province": self.province, "prefecture": self.prefecture, "county": self.county}[level]


def _same(type_: str, initials: str, weight: int, pattern: str, *accounts: str) -> DepartmentKind:
    """Return a kind with one pattern of name at all levels."""
    return DepartmentKind(type_, initials, weight, pattern, pattern, pattern, accounts)


def _bureau(type_: str, initials: str, weight: int, title: str, *accounts: str) -> DepartmentKind:
    """Return a kind that is a 厅 (department) of a province and a 局 (bureau) below it."""
    return DepartmentKind(
        type_, initials, weight, f"{{full}}{title}厅", f"{{full}}{title}局", f"{{full}}{title}局", accounts
    )


# Departments whose accounts have more followers: those about daily life and danger.
POPULAR = frozenset({"publicity", "police", "emergency", "culture"})

KINDS: tuple[DepartmentKind, ...] = (
    _same("publicity", "fb", 26, "{full}人民政府新闻办公室", "{short}发布", "{short}新闻", "{short}融媒"),
    _same("publicity", "xc", 6, "中共{full}委员会宣传部", "{short}宣传", "文明{short}"),
    DepartmentKind(
        "police",
        "ga",
        20,
        "{full}公安厅",
        "{full}公安局",
        "{full}公安局",
        ("平安{short}", "{short}公安", "{short}警方"),
        district="{city}公安局{short}分局",
    ),
    DepartmentKind(
        "police",
        "jj",
        8,
        "{full}公安厅交通警察总队",
        "{full}公安局交通警察支队",
        "{full}公安局交通警察大队",
        ("{short}交警", "{short}交通安全"),
        district="{city}公安局交通警察支队{short}大队",
    ),
    DepartmentKind(
        "emergency",
        "xf",
        6,
        "{full}消防救援总队",
        "{full}消防救援支队",
        "{full}消防救援大队",
        ("{short}消防", "{short}消防救援"),
    ),
    _bureau("emergency", "yj", 6, "应急管理", "{short}应急", "{short}应急管理"),
    _same("health", "wj", 8, "{full}卫生健康委员会", "健康{short}", "{short}卫健"),
    _same("health", "jk", 4, "{full}疾病预防控制中心", "{short}疾控"),
    _same("health", "jz", 3, "{full}医疗急救中心", "{short}急救"),
    _bureau("education", "jy", 10, "教育", "{short}教育", "{short}教育发布"),
    _bureau("transport", "jt", 6, "交通运输", "{short}交通", "{short}出行"),
    DepartmentKind(
        "environment",
        "hb",
        5,
        "{full}生态环境厅",
        "{full}生态环境局",
        "{full}生态环境局",
        ("{short}生态环境", "{short}环境"),
        district="{city}{short}生态环境局",
    ),
    DepartmentKind(
        "culture",
        "wl",
        8,
        "{full}文化和旅游厅",
        "{full}文化广电旅游局",
        "{full}文化和旅游局",
        ("{short}文旅", "游{short}", "文旅{short}"),
    ),
    _same("culture", "ts", 2, "{full}图书馆", "{short}图书馆"),
    _same("tourism", "ly", 2, "{full}旅游发展服务中心", "{short}旅游", "{short}旅游服务"),
    _same("market-regulation", "sc", 4, "{full}市场监督管理局", "{short}市场监管", "{short}市监"),
    _same("tax", "sw", 6, "国家税务总局{full}税务局", "{short}税务"),
    _same("meteorology", "qx", 5, "{full}气象局", "{short}气象", "{short}天气"),
    _same("executive", "zf", 6, "{full}人民政府办公室", "{short}政府网", "{short}政府办"),
    _same("local-government", "zw", 5, "{full}政务服务和数据管理局", "{short}政务", "{short}政务服务"),
    DepartmentKind(
        "judiciary",
        "fy",
        6,
        "{full}高级人民法院",
        "{full}中级人民法院",
        "{full}人民法院",
        ("{short}法院", "{short}法院网"),
    ),
    _same("judiciary", "jc", 6, "{full}人民检察院", "{short}检察"),
    _same("party", "tw", 8, "共青团{full}委员会", "{short}共青团", "青春{short}"),
    _same("party", "lz", 3, "中共{full}纪律检查委员会", "清风{short}", "廉洁{short}"),
    _same("legislature", "rd", 2, "{full}人民代表大会常务委员会", "{short}人大"),
    _bureau("justice", "sf", 5, "司法", "{short}司法", "{short}普法"),
    _bureau("finance", "cz", 2, "财政", "{short}财政"),
    _bureau("labour", "rs", 5, "人力资源和社会保障", "{short}人社", "{short}就业"),
    _bureau("social-affairs", "mz", 4, "民政", "{short}民政"),
    _bureau("social-affairs", "tx", 2, "退役军人事务", "{short}退役军人"),
    _bureau("agriculture", "ny", 4, "农业农村", "{short}三农", "{short}农业农村"),
    _bureau("science", "kj", 2, "科学技术", "{short}科技"),
    _same("statistics", "tj", 2, "{full}统计局", "{short}统计"),
    _same("sport", "ty", 2, "{full}体育局", "{short}体育"),
    _bureau("other", "zj", 3, "住房和城乡建设", "{short}住建"),
    DepartmentKind("other", "sl", 2, "{full}水利厅", "{full}水务局", "{full}水务局", ("{short}水务",)),
    DepartmentKind(
        "military", "jq", 1, "{full}军区", "{full}军分区", "{full}人民武装部", ("{short}国防", "{short}征兵")
    ),
    DepartmentKind("diplomatic", "ws", 1, "{full}人民政府外事办公室", "{full}人民政府外事办公室", "", ("{short}外事",)),
    DepartmentKind("customs", "hg", 1, "中华人民共和国{short}海关", "中华人民共和国{short}海关", "", ("{short}海关",)),
)
