"""Which region a written name means: alone, in a path of names (`四川省成都市双流区`, `Bayern, Germany`), or shortened.

What is looked up in is given, so that an import asks a table in memory, and the API its database.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from directory.regions.folding import fold

# Longer texts are no names, and what is tried grows with the square of their length.
MAX_LENGTH: Final = 60
_MAX_PARTS: Final = 5
_SEPARATORS: Final = re.compile(r"\s*[,，、;；/|>»→·]\s*|\s+[-–—]\s+")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_HAN_GAPS: Final = re.compile("(?<=[\u3400-\u9fff])\\s+(?=[\u3400-\u9fff])")
_ONLY_HAN: Final = re.compile("[\u3400-\u9fff]+")
# What a name may lack that the registry has, and what it may have that the registry lacks.
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
# Rows of GB/T 2260 that group others and are no places.
_GROUPS: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class Named:
    """A region as it is found by name; `path` is the codes from the country down, a slash after each."""

    code: str
    path: str
    name: str
    name_local: str | None


Lookup: TypeAlias = Callable[[Collection[str]], Mapping[str, Sequence[Named]]]


def find_named(text: str, lookup: Lookup, within: str = "") -> list[Named]:
    """Return the regions that a text may mean, one if it is certain; `within` is the path of what they lie in.

    `lookup` gives the regions of each of some folded names, and codes. Of a region and others in it that have one name
    it is the outer one, which means all below as well.
    """
    if len(text) > MAX_LENGTH:
        return []
    parts = split(text)
    if not parts or len(parts) > _MAX_PARTS:
        return []
    finder = _Finder(parts, lookup)
    for order in (parts[::-1], parts) if len(parts) > 1 else (parts,):
        found = finder.follow(order, within)
        if found:
            return _outermost(found)
    return []


def find_around(text: str, lookup: Lookup) -> Named | None:
    """Return the region that a text names behind a place in it that is not known: `Cook County, Illinois`."""
    parts = split(text)
    found = find_named(", ".join(parts[1:]), lookup) if 1 < len(parts) <= _MAX_PARTS else []
    return found[0] if len(found) == 1 else None


def name_places(found: Iterable[Named], above: Mapping[str, Named]) -> str:
    """Return regions as a question names them: `CN-510116 (双流区, 成都市, 四川省)`; `above` has those around them."""
    places = list(found)
    shown = []
    for place in places[:_MAX_SHOWN]:
        codes = place.path.rstrip("/").split("/")[-2:0:-1]
        names = [place, *(above[code] for code in codes if code in above)]
        called = [(each.name_local if each.code.startswith("CN") else None) or each.name for each in names]
        shown.append(f"{place.code} ({', '.join(name for name in called if name not in _GROUPS)})")
    more = len(places) - len(shown)
    return " or ".join(shown) + (f" or {more} more" if more else "")


def split(text: str) -> list[str]:
    """Return the names of which a text consists; names in Chinese need no signs between them."""
    return [_HAN_GAPS.sub("", part) for part in _SEPARATORS.split(text.strip()) if part]


class _Finder:
    """Looks all names up at once that a text may consist of."""

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

    def follow(self, parts: Sequence[str], within: str) -> list[Named]:
        """Return what parts mean of which each lies in the one before it."""
        places = [within]
        found: list[Named] = []
        for part in parts:
            found = [each for path in places for each in self._match(part, path)]
            if not found:
                return []
            found = list(dict.fromkeys(found))
            places = [each.path for each in found]
        return found

    def _match(self, part: str, within: str) -> list[Named]:
        folded = fold(part)
        country = within.partition("/")[0]
        if country and re.fullmatch("[A-Za-z0-9]{1,3}", part):
            code = f"{country}-{part.upper()}"
            found = [each for each in self._lookup([code]).get(code, ()) if _lies_in(each, within)]
            if found:
                return found
        for code in _codes(part):
            if found := [each for each in self._found.get(code, ()) if _lies_in(each, within)]:
                return found
        if _ONLY_HAN.fullmatch(folded):
            return self._part_han(folded, within, {})
        return self._look(folded, within)

    def _look(self, key: str, within: str) -> list[Named]:
        """Return those called so in `within`; names that lack a kind, or have one more, count where no others do."""
        exact, *others = _variants(key)
        found = [each for each in self._found.get(exact, ()) if _lies_in(each, within)]
        # What is called so before what is known by it as well, beside another name.
        called = [each for each in found if key in {fold(each.name), fold(each.name_local or "")}]
        if not found:
            found = [each for other in others for each in self._found.get(other, ()) if _lies_in(each, within)]
        return list(dict.fromkeys(called or found))

    def _part_han(self, text: str, within: str, known: dict[tuple[str, str], list[Named]]) -> list[Named]:
        """Return what names without gaps between them mean, each lying in the one before it."""
        if (text, within) in known:
            return known[text, within]
        found = self._look(text, within)
        for end in range(len(text) - 1, 1, -1) if not found else ():
            for place in self._look(text[:end], within):
                found += self._part_han(text[end:], place.path, known)
            if found:
                break
        known[text, within] = found
        return found


def _codes(part: str) -> list[str]:
    """Return the codes that a part may be: those of countries and of their parts, and six digits of GB/T 2260."""
    code = part.strip().upper().replace("_", "-")
    if re.fullmatch("[A-Z]{2}(-[A-Z0-9]{1,6})?", code):
        return [code]
    return [f"CN-{code}"] if re.fullmatch(r"\d{6}", code) else []


def _variants(key: str) -> list[str]:
    """Return a folded name and the ways in which it may stand in the registry, itself first."""
    if _HAN.search(key):
        shorter = [
            key.removesuffix(end) for end in ("特别行政区", "省", "市") if key.endswith(end) and len(key) > len(end) + 1
        ]
        return [key, *(key + end for end in _HAN_ENDINGS), *shorter]
    longer = [key + end for end in _LATIN_ENDINGS]
    shorter = [key.removesuffix(end) for end in _LATIN_ENDINGS if key.endswith(end)]
    return [key, *longer, *shorter, *(key.removeprefix(start) for start in _LATIN_STARTS if key.startswith(start))]


def _lies_in(place: Named, within: str) -> bool:
    return place.path.startswith(within) and place.path != within


def _outermost(found: Sequence[Named]) -> list[Named]:
    unique = list(dict.fromkeys(found))
    shortest = min(unique, key=lambda each: len(each.path))
    return [shortest] if all(each.path.startswith(shortest.path) for each in unique) else unique
