"""The columns of an import, and other headings under which they come."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from directory.departments.names import fold
from directory.imports.faults import UnreadableFile

COLUMNS: Final = (
    *("platform", "handle", "url", "platform_user_id", "name", "name_zh", "names", "description"),
    *("department", "department_type", "department_url", "region", "subject", "status", "opened_on", "closed_on"),
    *("followers", "followers_at", "posts", "last_post_at", "language", "tags", "source", "source_id"),
)
IDENTIFYING: Final = frozenset({"platform", "handle", "url", "platform_user_id"})
# Headings that cannot mean anything else. What is not here is asked for, not guessed.
SYNONYMS: Final = {
    **dict.fromkeys(("service", "network", "social network", "平台", "平台名称"), "platform"),
    **dict.fromkeys(("username", "user name", "screen name", "账号", "帐号", "账号id"), "handle"),
    **dict.fromkeys(("link", "profile url", "account url", "service url", "链接", "网址", "主页"), "url"),
    **dict.fromkeys(("user id", "uid", "platform id", "用户id"), "platform_user_id"),
    **dict.fromkeys(("account name", "display name", "名称", "账号名称", "帐号名称", "昵称"), "name"),
    **dict.fromkeys(("chinese name", "中文名", "中文名称"), "name_zh"),
    **dict.fromkeys(("other names", "aliases"), "names"),
    **dict.fromkeys(("organisation", "organization", "agency", "单位", "部门", "主办单位", "开办单位"), "department"),
    **dict.fromkeys(("agency type", "organisation type", "organization type", "部门类型"), "department_type"),
    **dict.fromkeys(("department website", "website", "官网"), "department_url"),
    **dict.fromkeys(("region code", "地区", "行政区划", "行政区划代码", "区划代码"), "region"),
    **dict.fromkeys(("状态",), "status"),
    **dict.fromkeys(("followers count", "follower count", "fans", "粉丝", "粉丝数"), "followers"),
    **dict.fromkeys(("posts count", "post count", "发文数", "微博数"), "posts"),
    **dict.fromkeys(("last post", "最后更新时间", "最近发布时间"), "last_post_at"),
    **dict.fromkeys(("opened", "opening date", "开通日期", "开设日期"), "opened_on"),
    **dict.fromkeys(("closed", "closing date", "注销日期", "关停日期"), "closed_on"),
    **dict.fromkeys(("lang", "语言"), "language"),
    **dict.fromkeys(("bio", "about", "简介"), "description"),
    **dict.fromkeys(("labels", "标签"), "tags"),
    **dict.fromkeys(("来源",), "source"),
}
# Columns that we add to the file of rejected rows; whoever imports it again need not take them out.
PRIVATE_PREFIX: Final = "_"
ERRORS_COLUMN: Final = "_errors"

_BY_HEADING: Final = {
    **{column.replace("_", " "): column for column in COLUMNS},
    **SYNONYMS,
}


def recognise(heading: str) -> str | None:
    """Give the column that `heading` names, whatever its case and spacing; None if there is none."""
    return _BY_HEADING.get(_spell(heading))


def nearest(heading: str) -> str:
    """Give the known column that is spelt most like `heading`, "" if none is."""
    found = difflib.get_close_matches(_spell(heading), _BY_HEADING, n=1)
    return _BY_HEADING[found[0]] if found else ""


class Headings:
    """Which column each heading of a file stands for: by its name, or as `--column HEADING=COLUMN` says."""

    def __init__(self, mapping: Mapping[str, str] | None = None, *, ignore_unknown: bool = False) -> None:
        self._given = {_spell(heading): column for heading, column in (mapping or {}).items()}
        self.ignore_unknown = ignore_unknown
        for heading, column in (mapping or {}).items():
            if column not in COLUMNS:
                near = nearest(column)
                hint = f"; the nearest is {near!r}" if near else ""
                raise UnreadableFile(f"--column {heading}={column}: there is no column {column!r}{hint}")

    def column(self, heading: str) -> str | None:
        """Give the column of `heading`; None for one to leave out; raise UnreadableFile for one that is unknown."""
        column = self._given.get(_spell(heading)) or recognise(heading)
        if column is None and not self.ignore_unknown and not heading.strip().startswith(PRIVATE_PREFIX):
            raise UnreadableFile(self.explain(heading))
        return column

    def explain(self, heading: str) -> str:
        """Say that `heading` is unknown, what it may have been meant for, and how to go on."""
        near = nearest(heading)
        hint = f" (nearest: {near!r})" if near else ""
        return (
            f"the column {heading!r} is not known{hint}; say what it is with "
            f"--column {heading!r}={near or 'COLUMN'}, rename it, or leave out all unknown ones with --ignore-unknown. "
            f"Known are {', '.join(COLUMNS)}"
        )

    def of_table(self, header: Sequence[str]) -> list[str | None]:
        """Give the column of each heading of a table; raise UnreadableFile if two stand for the same one."""
        columns = [self.column(heading) if heading.strip() else None for heading in header]
        for place, column in enumerate(columns):
            if column is not None and column in columns[:place]:
                first = header[columns.index(column)]
                raise UnreadableFile(
                    f"the columns {first!r} and {header[place]!r} both stand for {column!r}; take one of them out"
                )
        if not any(columns):
            raise UnreadableFile(f"the first line has no known column name; it must name them: {', '.join(COLUMNS)}")
        return columns

    def count_known(self, header: Iterable[str]) -> int:
        """Count the headings that stand for a column."""
        return sum(1 for heading in header if _spell(heading) in self._given or recognise(heading))


def _spell(heading: str) -> str:
    return fold(heading.strip().strip("\ufeff\"'").replace("_", " ").replace("-", " "))
