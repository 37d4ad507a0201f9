"""What sources that this program ships or reads are called on Chinese pages: the registry has their English titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from directory.sources.synthetic import SYNTHETIC
from directory.web.languages import current_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

CHINESE_TITLES: Final[Mapping[str, str]] = {
    SYNTHETIC: "虚构账号，供演示和测试用",
    # The starter data.
    "nsi-wikidata": "name-suggestion-index：维基数据上有账号的公共机构",
    "weibo-monitor-2026": "中央部委和省级新闻办的新浪微博账号",
    "weibo-city-2015": "城市政府、公安和旅游部门的新浪微博账号（2015 年）",
    "weibo-sh2022": "新浪微博上的九个政务账号",
    # The reference data.
    "regions-iso3166-1": "国家和地区：ISO 3166-1（iso-codes 版本）",
    "regions-iso3166-1-reserved": "EU 和 XK：ISO 3166-1 保留或留给用户自行指定的现用代码",
    "regions-iso3166-2": "各国行政区划：ISO 3166-2（iso-codes 版本）",
    "regions-changes": "上述列表编制之后设立或撤销的地区",
    "regions-gbt2260": "中国省、市、县：GB/T 2260 代码",
    # The connectors of `directory sync`.
    "bluesky": "Bluesky 上的账号",
    "canada": "加拿大政府的社交媒体账号",
    "congress": "美国国会议员的社交媒体账号",
    "england": "英格兰规划数据平台的机构",
    "france": "法国行政机构名录",
    "italy": "意大利公共机构数字地址索引（IPA）",
    "mastodon": "各国政府的 Mastodon 服务器",
    "openstates": "美国各州议员",
    "socrata": "Socrata 数据门户的一个数据集",
    "uk": "GOV.UK 的机构",
    "wikidata": "维基数据上有账号的公共机构",
}


def source_title(title: str, source_id: str) -> str:
    """Return the title of a source for the readers of the page, as the registry has it where no other is known."""
    return CHINESE_TITLES.get(source_id, title) if current_language().code == "zh" else title


def register(app: Flask) -> None:
    """Add the filter to the templates of an application."""
    app.jinja_env.filters["source_title"] = source_title
