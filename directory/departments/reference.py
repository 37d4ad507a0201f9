"""The types of department, each in a division of COFOG (Classification of the Functions of Government, UN 1999)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DepartmentType:
    """One type: its slug, its names, and its COFOG division 01 to 10."""

    slug: str
    name: str
    name_zh: str
    cofog: str


# In the order in which lists show them; new ones go before "other".
DEPARTMENT_TYPES: Final = (
    DepartmentType("executive", "Head of state, government and ministries", "行政机关", "01"),
    DepartmentType("legislature", "Legislature", "立法机关", "01"),
    DepartmentType("judiciary", "Courts and prosecution", "司法机关", "03"),
    DepartmentType("party", "Party", "政党", "01"),
    DepartmentType("publicity", "Publicity and information", "宣传与新闻", "01"),
    DepartmentType("police", "Police", "公安", "03"),
    DepartmentType("emergency", "Emergency and fire services", "应急与消防", "03"),
    DepartmentType("health", "Health", "卫生健康", "07"),
    DepartmentType("education", "Education", "教育", "09"),
    DepartmentType("transport", "Transport", "交通运输", "04"),
    DepartmentType("environment", "Environment", "生态环境", "05"),
    DepartmentType("culture", "Culture", "文化", "08"),
    DepartmentType("local-government", "Local government", "地方政府", "01"),
    DepartmentType("diplomatic", "Foreign affairs and missions", "外交", "01"),
    DepartmentType("military", "Armed forces and defence", "国防与军队", "02"),
    DepartmentType("finance", "Finance", "财政", "01"),
    DepartmentType("justice", "Justice", "司法行政", "03"),
    DepartmentType("labour", "Labour", "人力资源与社会保障", "04"),
    DepartmentType("social-affairs", "Social affairs", "民政", "10"),
    DepartmentType("agriculture", "Agriculture", "农业农村", "04"),
    DepartmentType("science", "Science and technology", "科学技术", "01"),
    DepartmentType("statistics", "Statistics", "统计", "01"),
    DepartmentType("meteorology", "Meteorology", "气象", "05"),
    DepartmentType("tourism", "Tourism", "旅游", "04"),
    DepartmentType("sport", "Sport", "体育", "08"),
    DepartmentType("tax", "Tax", "税务", "01"),
    DepartmentType("customs", "Customs", "海关", "01"),
    DepartmentType("market-regulation", "Market regulation", "市场监管", "04"),
    DepartmentType("other", "Other", "其他", "01"),
)
