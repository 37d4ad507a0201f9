"""Matching of written region names: single, in a path (`四川省成都市双流区`, `Bayern, Germany`), or shortened.

The caller passes the lookup: imports look names up in memory, the API in its database.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from directory.regions.folding import fold

# No name is longer, and the number of lookups grows with the square of the length.
MAX_LENGTH: Final = 60
_MAX_PARTS: Final = 5
_SEPARATORS: Final = re.compile(r"\s*[,，、;；/|>»→·]\s*|\s+[-–—]\s+")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_HAN_GAPS: Final = re.compile("(?<=[\u3400-\u9fff])\\s+(?=[\u3400-\u9fff])")
_ONLY_HAN: Final = re.compile("[\u3400-\u9fff]+")
# Kinds of region that lists leave out of names, or add to them.
_HAN_ENDINGS: Final = (
    "省",
    "市",
    "区",
    "县",
    "自治区",
    "壮族自治区",
    "回族自治区",
    "维吾尔自治区",
    "都",
    "府",
    "特别行政区",
    "地区",
    "盟",
)
_LATIN_ENDINGS: Final = (" province", " state", " county", " prefecture", " district", " city", " region")
_LATIN_STARTS: Final = (
    "the ",
    "state of ",
    "province of ",
    "commonwealth of ",
    "city of ",
    "county of ",
    "land ",
    "region of ",
)
_MAX_SHOWN: Final = 4
# Rows of GB/T 2260 that only group others.
_GROUPS: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """A region found by name; `path` is the codes from the country down, a slash after each."""

    code: str
    path: str
    name: str
    name_local: str | None


Lookup: TypeAlias = Callable[[Collection[str]], Mapping[str, Sequence[NamedRegion]]]


def match_regions(text: str, lookup: Lookup, within: str = "") -> list[NamedRegion]:
    """Return the regions that a text may mean, one if it is certain; `within` is the path of a region around them.

    `lookup` maps folded names and codes to regions. If a region and others inside it have the same name, the outer one
    is returned, which includes the others.
    """
    if len(text) > MAX_LENGTH:
        return []
    parts = split_names(text)
    if not parts or len(parts) > _MAX_PARTS:
        return []
    finder = _NameMatcher(parts, lookup)
    # `Bayern, Germany` has the larger region last, `四川省, 成都市` first, and nothing else tells which.
    for order in (parts[::-1], parts) if len(parts) > 1 else (parts,):
        matches = finder.follow(order, within)
        if matches:
            return _outermost(matches)
    return []


def match_enclosing(text: str, lookup: Lookup) -> NamedRegion | None:
    """Return the region that follows an unknown place in a text: Illinois in `Cook County, Illinois`; else None."""
    parts = split_names(text)
    matches = match_regions(", ".join(parts[1:]), lookup) if 1 < len(parts) <= _MAX_PARTS else []
    return matches[0] if len(matches) == 1 else None


def describe_regions(named: Iterable[NamedRegion], above: Mapping[str, NamedRegion]) -> str:
    """Return regions for a message: `CN-510116 (双流区, 成都市, 四川省)`; `above` has their parents by code."""
    regions = list(named)
    shown = []
    for region in regions[:_MAX_SHOWN]:
        codes = region.path.rstrip("/").split("/")[-2:0:-1]
        line = [region, *(above[code] for code in codes if code in above)]
        names = [(each.name_local if each.code.startswith("CN") else None) or each.name for each in line]
        shown.append(f"{region.code} ({', '.join(name for name in names if name not in _GROUPS)})")
    more = len(regions) - len(shown)
    return " or ".join(shown) + (f" or {more} more" if more else "")


def split_names(text: str) -> list[str]:
    """Return the names in a text, split at separators; Chinese names without separators stay together."""
    return [_HAN_GAPS.sub("", part) for part in _SEPARATORS.split(text.strip()) if part]


class _NameMatcher:
    """Looks up all names that a text may consist of, in one query."""

    def __init__(self, parts: Sequence[str], lookup: Lookup) -> None:
        keys: dict[str, None] = {}
        for part in parts:
            folded = fold(part)
            keys |= dict.fromkeys(_variants(folded))
            keys |= dict.fromkeys(_codes(part))
            if _ONLY_HAN.fullmatch(folded):
                for start in range(len(folded)):
                    for end in range(start + 2, len(folded) + 1):
                        keys |= dict.fromkeys(_variants(folded[start:end]))
        self._lookup = lookup
        self._found = lookup(keys)

    def follow(self, parts: Sequence[str], within: str) -> list[NamedRegion]:
        """Return the regions that the last part means, where each part lies in the one before it."""
        paths = [within]
        matches: list[NamedRegion] = []
        for part in parts:
            matches = [each for path in paths for each in self._match(part, path)]
            if not matches:
                return []
            matches = list(dict.fromkeys(matches))
            paths = [each.path for each in matches]
        return matches

    def _match(self, part: str, within: str) -> list[NamedRegion]:
        folded = fold(part)
        country = within.partition("/")[0]
        # Lists write the code of a subdivision without that of its country: `IL, US`.
        if country and re.fullmatch("[A-Za-z0-9]{1,3}", part):
            code = f"{country}-{part.upper()}"
            matches = [each for each in self._lookup([code]).get(code, ()) if _lies_in(each, within)]
            if matches:
                return matches
        for code in _codes(part):
            if matches := [each for each in self._found.get(code, ()) if _lies_in(each, within)]:
                return matches
        if _ONLY_HAN.fullmatch(folded):
            return self._part_han(folded, within, {})
        return self._look(folded, within)

    def _look(self, key: str, within: str) -> list[NamedRegion]:
        """Return the regions with this name in `within`; variants of it count only if the exact name matches none."""
        exact, *others = _variants(key)
        matches = [each for each in self._found.get(exact, ()) if _lies_in(each, within)]
        # A main name goes before an alternative name.
        main = [each for each in matches if key in {fold(each.name), fold(each.name_local or "")}]
        if not matches:
            matches = [each for other in others for each in self._found.get(other, ()) if _lies_in(each, within)]
        return list(dict.fromkeys(main or matches))

    def _part_han(self, text: str, within: str, known: dict[tuple[str, str], list[NamedRegion]]) -> list[NamedRegion]:
        """Return the regions that Chinese names without separators mean, each inside the one before it."""
        # A long run can be divided in so many ways that it would take exponential time to look at each again.
        if (text, within) in known:
            return known[text, within]
        matches = self._look(text, within)
        for end in range(len(text) - 1, 1, -1) if not matches else ():
            for outer in self._look(text[:end], within):
                matches += self._part_han(text[end:], outer.path, known)
            if matches:
                break
        known[text, within] = matches
        return matches


def _codes(part: str) -> list[str]:
    """Return the codes that a part may be: ISO 3166 codes, and six digits of GB/T 2260."""
    code = part.strip().upper().replace("_", "-")
    if re.fullmatch("[A-Z]{2}(-[A-Z0-9]{1,6})?", code):
        return [code]
    return [f"CN-{code}"] if re.fullmatch(r"\d{6}", code) else []


def _variants(key: str) -> list[str]:
    """Return a folded name and its variants, with and without a kind of region, the name itself first."""
    if _HAN.search(key):
        shorter = [
            key.removesuffix(end) for end in ("特别行政区", "省", "市") if key.endswith(end) and len(key) > len(end) + 1
        ]
        return [key, *(key + end for end in _HAN_ENDINGS), *shorter]
    longer = [key + end for end in _LATIN_ENDINGS]
    shorter = [key.removesuffix(end) for end in _LATIN_ENDINGS if key.endswith(end)]
    return [key, *longer, *shorter, *(key.removeprefix(start) for start in _LATIN_STARTS if key.startswith(start))]


def _lies_in(region: NamedRegion, within: str) -> bool:
    return region.path.startswith(within) and region.path != within


def _outermost(matches: Sequence[NamedRegion]) -> list[NamedRegion]:
    unique = list(dict.fromkeys(matches))
    shortest = min(unique, key=lambda each: len(each.path))
    return [shortest] if all(each.path.startswith(shortest.path) for each in unique) else unique
