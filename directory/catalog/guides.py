"""The pages of `docs/` as they are served: Markdown, for people and for programs that read.

`docs/zh/` has those that users read in Chinese; the others, for developers and operators, are in English alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

# A wheel has them inside the package, a clone next to it.
_PACKAGE: Final = Path(__file__).parent.parent
_PACKAGED: Final = _PACKAGE / "_docs"
FOLDER: Final = _PACKAGED if _PACKAGED.is_dir() else _PACKAGE.parent / "docs"
MEDIA_TYPE: Final = "text/markdown; charset=utf-8"

ENGLISH: Final = "en"
# What each is good for, in the order in which they are listed; a page that is not here comes last, by its title alone.
_ABOUT: Final[Mapping[str, Mapping[str, str]]] = {
    "api.md": {
        "en": "parameters, search, paging, downloads, changes, caching, errors, what stays stable",
        "zh": "参数、搜索、分页、下载、变更、缓存、错误，以及哪些内容保持稳定",
    },
    "verdicts.md": {
        "en": "how it is decided whether an account is official, and every reason that is given",
        "zh": "如何判定账号是否官方，以及给出的全部理由",
    },
    "rankings.md": {
        "en": "accounts, departments and regions by followers, growth and posts, and counts by any dimension",
        "zh": "按粉丝数、粉丝增长和发布数对账号、部门和地区排行，以及按各种维度统计",
    },
    "reports.md": {
        "en": "silent accounts, duplicates, contradicting names, missing proofs, age; with examples",
        "zh": "长期未更新的账号、重复账号、名称不一致、缺少认证、数据时效，附示例",
    },
    "followers.md": {
        "en": "how counts of followers are recorded, read as a series and copied",
        "zh": "粉丝数如何记录、按时间序列读取和复制",
    },
    "writing.md": {"en": "tokens: who may write by HTTP, and what", "zh": "令牌：谁可以通过 HTTP 写入，以及写入什么"},
    "data.md": {
        "en": "every field and source, what “official” means here, how to correct an entry",
        "zh": "全部字段和来源、“官方”在本名录中的含义，以及如何更正",
    },
    "loading.md": {
        "en": "the files in pandas, polars, DuckDB, PostgreSQL, R and spreadsheets",
        "zh": "在 pandas、polars、DuckDB、PostgreSQL、R 和电子表格中使用数据文件",
    },
    "mirroring.md": {"en": "a verified copy that stays in step", "zh": "经过校验、保持同步的副本"},
    "maps.md": {"en": "what the maps show, and why they are tiles", "zh": "地图显示的内容，以及为何使用方块"},
    "connectors.md": {
        "en": "public sources that fill the registry, and how to write a connector",
        "zh": "为名录提供数据的公开来源，以及如何编写连接器",
    },
    "probe.md": {"en": "whether the accounts are still there", "zh": "账号是否仍然存在"},
    "lifecycle.md": {
        "en": "suspend, close, rename, transfer: what an operator records, and what takes it back",
        "zh": "关停、注销、改名、移交：运营者如何记录，以及如何撤销",
    },
    "imports.md": {"en": "send a file, have it checked, apply it", "zh": "上传文件，核对之后再导入"},
    "proposals.md": {
        "en": "changes that somebody proposes and a moderator decides",
        "zh": "提议变更，由审核员决定",
    },
    "proofs.md": {"en": "how departments prove their accounts", "zh": "部门如何证明自己的账号"},
    "government-accounts.md": {
        "en": "the file in which a department lists its accounts",
        "zh": "部门列出自己账号的文件",
    },
    "configuration.md": {"en": "every setting", "zh": "全部设置"},
    "commands.md": {"en": "every command", "zh": "全部命令"},
    "architecture.md": {"en": "how the program is built, and why", "zh": "程序的结构及其理由"},
    "schema.md": {"en": "every table, column and trigger", "zh": "全部表、列和触发器"},
}
# Where a link leads that leaves the folder: what the service has of it.
_SERVED: Final[Mapping[str, str]] = {"../openapi/openapi.json": "../openapi.json", "../openapi": "../schemas"}
_LINK: Final = re.compile(r"\[([^\]]+)\]\((\.\./[^)\s]*)\)")


@dataclass(frozen=True, slots=True)
class Guide:
    """One page: the name of its file, its title, what it is good for ("" where nobody said), its text, its language."""

    name: str
    title: str
    about: str
    text: str
    language: str

    @property
    def path(self) -> str:
        """Return the path at which the text is served."""
        return f"/docs/{self.name}" if self.language == ENGLISH else f"/docs/{self.language}/{self.name}"


@cache
def guides(language: str = ENGLISH) -> Mapping[str, Guide]:
    """Return all pages by the names of their files, read once a process; in English those that a language lacks."""
    order = {name: place for place, name in enumerate(_ABOUT)}
    names = sorted((path.name for path in FOLDER.glob("*.md")), key=lambda name: (order.get(name, len(order)), name))
    return {name: _read(name, language) for name in names}


def _read(name: str, language: str) -> Guide:
    about = _ABOUT.get(name, {}).get(language, "")
    translated = FOLDER / language / name
    if not translated.is_file():
        text = _LINK.sub(lambda link: _lead(link, ""), (FOLDER / name).read_text(encoding="utf-8"))
        return Guide(name, _title(text), about, text, ENGLISH)
    text = _LINK.sub(lambda link: _lead(link, "../"), translated.read_text(encoding="utf-8"))
    return Guide(name, _title(text), about, text, language)


def _title(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ")


def _lead(link: re.Match[str], up: str) -> str:
    """Return a link that works on the service, its label alone where it leads to a file of the sources.

    `up` leads from the folder of the text to `docs/`.
    """
    label, target = link.groups()
    inner = target.removeprefix(up)
    if not inner.startswith("../"):
        return link.group()
    served = _SERVED.get(inner)
    return f"[{label}]({up}{served})" if served else label
