"""What pictures say, in English and in Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_THREE_DIGITS: Final = 999.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language; `{…}` is a placeholder of str.format.

    `units`: what large counts are shortened by, the largest first. `measures` and `subjects`: what is ranked by what.
    """

    tag: str
    invented_title: str
    invented: str
    followers: str
    no_counts: str
    nobody_counted: str
    one_count: str
    only: str
    series: str
    left_out: str
    more: str
    and_between: str
    nothing_ranked: str
    ranking: str
    ranking_within: Mapping[bool, str]
    ranking_at: str
    subjects: Mapping[str, str]
    measures: Mapping[str, str]
    units: Sequence[tuple[int, str]]

    def shorten(self, value: float) -> str:
        """Return a count in few letters: `1.5M`, `150万`."""
        unit, letter = next((each for each in self.units if abs(value) >= each[0]), (1, ""))
        share = value / unit
        # Three digits of 1,000 and more would be written with an exponent.
        return f"{share:.3g}{letter}" if abs(share) < _THREE_DIGITS else f"{share:,.0f}{letter}"

    def name_ranking(self, subject: str, measure: str, days: int | None, day: str | None) -> str:
        """Return the title of a ranking: of what, by what, within how many days, on which day."""
        template = self.ranking if days is None else self.ranking_within[days == 1]
        title = template.format(what=self.subjects[subject], by=self.measures[measure], days=days)
        return title if day is None else self.ranking_at.format(title=title, day=day)


WORDS: Final[Mapping[Language, Words]] = {
    "en": Words(
        tag="en",
        invented_title="{title} (invented)",
        invented="Invented data",
        followers="Followers of {name}",
        no_counts="No counts",
        nobody_counted="Nobody has counted its followers in this time.",
        one_count="{count:,} on {day}",
        only="{count}.",
        series="From {first} to {last}; most {most}, fewest {least}; {number} counts.",
        left_out=(
            " Left out: {counts}{more}, a thousand times the count before or a thousandth, which no other confirms."
        ),
        more=" and {number} more",
        and_between=", ",
        nothing_ranked="Nothing is ranked",
        ranking="{what} by {by}",
        ranking_within={True: "{what} by {by} within {days} day", False: "{what} by {by} within {days} days"},
        ranking_at="{title}, {day}",
        subjects={"accounts": "Accounts", "departments": "Departments", "regions": "Regions"},
        measures={"followers": "followers", "growth": "growth", "growth_rate": "growth rate", "posts": "posts"},
        units=((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")),
    ),
    "zh": Words(
        tag="zh-Hans",
        invented_title="{title}（虚构）",
        invented="虚构数据",
        followers="{name}的粉丝数",
        no_counts="没有粉丝数",
        nobody_counted="这段时间内没有粉丝数记录。",
        one_count="{day} 为 {count:,}",
        only="{count}。",
        series="起始 {first}，最近 {last}；最多 {most}，最少 {least}；共 {number} 次统计。",
        left_out="未画出：{counts}{more}，与前一次相差千倍，且没有其他统计证实。",
        more="等，另有 {number} 个",
        and_between="、",
        nothing_ranked="没有排名",
        ranking="{what}{by}排行",
        ranking_within={True: "{what} {days} 天{by}排行", False: "{what} {days} 天{by}排行"},
        ranking_at="{title}，{day}",
        subjects={"accounts": "账号", "departments": "部门", "regions": "地区"},
        measures={"followers": "粉丝数", "growth": "粉丝增长", "growth_rate": "粉丝增长率", "posts": "发布数"},
        units=((100_000_000, "亿"), (10_000, "万")),
    ),
}
