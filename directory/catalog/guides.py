"""The pages of `docs/` as they are served: Markdown, for people and for programs that read."""

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

# What each is good for, in the order in which they are listed; a page that is not here comes last, by its title alone.
_ABOUT: Final[Mapping[str, str]] = {
    "api.md": "parameters, search, paging, downloads, changes, caching, errors, what stays stable",
    "verdicts.md": "how it is decided whether an account is official, and every reason that is given",
    "rankings.md": "who has the most followers and who gains, and counts by any dimension",
    "followers.md": "followers over time: how to read and to record them",
    "reports.md": "silent accounts, duplicates, contradicting names, missing proofs, age; with examples",
    "data.md": "every field and source, what “official” means here, how to correct an entry",
    "loading.md": "the files in pandas, polars, DuckDB, PostgreSQL, R and spreadsheets",
    "mirroring.md": "a verified copy that stays in step",
    "maps.md": "what the maps show, and why they are tiles",
    "connectors.md": "public sources that fill the registry, and how to write a connector",
    "probe.md": "whether the accounts are still there",
    "configuration.md": "every setting",
    "commands.md": "every command",
    "architecture.md": "how the program is built, and why",
    "schema.md": "every table, column and trigger",
}
# Where a link leads that leaves the folder: what the service has of it.
_SERVED: Final[Mapping[str, str]] = {"../openapi/openapi.json": "../openapi.json", "../openapi": "../schemas"}
_OUTWARD: Final = re.compile(r"\[([^\]]+)\]\((\.\./[^)\s]*)\)")


@dataclass(frozen=True, slots=True)
class Guide:
    """One page: the name of its file, its title, what it is good for ("" where nobody said), its text."""

    name: str
    title: str
    about: str
    text: str


@cache
def guides() -> Mapping[str, Guide]:
    """Return all pages by the names of their files, read once a process."""
    order = {name: place for place, name in enumerate(_ABOUT)}
    names = sorted((path.name for path in FOLDER.glob("*.md")), key=lambda name: (order.get(name, len(order)), name))
    return {name: _read(name) for name in names}


def _read(name: str) -> Guide:
    text = _OUTWARD.sub(_lead, (FOLDER / name).read_text(encoding="utf-8"))
    return Guide(name, text.partition("\n")[0].removeprefix("# "), _ABOUT.get(name, ""), text)


def _lead(link: re.Match[str]) -> str:
    """Return a link that works on the service, its label alone where it leads to a file of the sources."""
    label, target = link.groups()
    served = _SERVED.get(target)
    return f"[{label}]({served})" if served else label
