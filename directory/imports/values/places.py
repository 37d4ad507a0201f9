"""Regions of an import by name: in paths of names, in short forms, and by codes of parts without their country's."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from directory.imports.errors import Invalid
from directory.imports.values import known_names
from directory.regions.folding import fold
from directory.regions.name_matching import (
    MAX_LENGTH,
    NamedRegion,
    describe_regions,
    match_enclosing,
    match_regions,
    split_names,
)

_BARE: Final = re.compile("[A-Za-z]{2,3}")
_PARTS: Final = frozenset({"state", "county", "city"})
_ALIKE: Final = 82
_ALIKE_WITHIN: Final = 60
# The part of a list's codes that a country has at least if they are those of its parts.
_MAX: Final = 0.6
_MAX_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means: one code, or none with what it may mean; and what a person should know of it."""

    code: str | None = None
    candidates: str = ""
    remark: str = ""


class Places:
    """The regions of a registry by all their names, and what codes of few letters mean in the file that is read."""

    def __init__(self, named: Iterable[tuple[NamedRegion, list[str]]]) -> None:
        """Take regions with their folded names and codes; they are sorted at the first question."""
        self._given = named
        self._index: dict[str, list[NamedRegion]] = {}
        self._by_code: dict[str, NamedRegion] = {}
        self._with_parts: set[str] = set()
        # Whose parts codes of few letters name here: one country if it is certain, none if they are countries' own.
        self._countries: tuple[str, ...] = ()
        self.has_parts = False

    def _sort(self) -> None:
        given, self._given = self._given, ()
        for place, keys in given:
            self._by_code[place.code] = place
            for key in keys:
                self._index.setdefault(key, []).append(place)
            above = place.path.rstrip("/").split("/")[:-1]
            self._with_parts.update(above[-1:])

    def _lookup(self, keys: Collection[str]) -> Mapping[str, Sequence[NamedRegion]]:
        self._sort()
        found: dict[str, Sequence[NamedRegion]] = {key: self._index[key] for key in keys if key in self._index}
        # Countries by the names that they have in other languages.
        for key in keys:
            code = None if key in found else known_names.find_country(key)
            if code in self._by_code:
                found[key] = [self._by_code[code]]
        return found

    def find(self, written: str) -> Found:
        """Return what a name means, or a path of names."""
        self._sort()
        written = self._write_out(written)
        found = match_regions(written, self._lookup)
        if len(found) == 1:
            return Found(found[0].code)
        if found:
            return Found(candidates=describe_regions(found, self._by_code))
        around = match_enclosing(written, self._lookup)
        # Where its parts are known, it is a slip of the pen that is to be put right.
        if around is not None and around.code not in self._with_parts:
            place = describe_regions([around], self._by_code)
            return Found(
                around.code, remark=f"regions given as {written!r}, of which the last is known: taken as {place}"
            )
        return Found()

    def _write_out(self, written: str) -> str:
        """Return a path of names with its last one, a code of few letters, as the code of the part that it is here."""
        parts = split_names(written) if len(self._countries) == 1 else []
        if len(parts) < 2 or not _BARE.fullmatch(parts[-1]):  # noqa: PLR2004 - a path
            return written
        code = f"{self._countries[0]}-{parts[-1].upper()}"
        return ", ".join([*parts[:-1], code]) if code in self._by_code else written

    def nearest(self, written: str) -> str:
        """Return the regions whose names are most like what was written, as a question names them; "" if none are."""
        self._sort()
        key = fold(written[: MAX_LENGTH * 2])
        if len(key) < 2 or len(key) > MAX_LENGTH:  # noqa: PLR2004 - a letter is like too many
            return ""
        keys, alike = list(self._index), _ALIKE
        # The end of a path alone, as the part of its beginning that it is most like.
        for cut in range(len(key) - 1, 1, -1):
            if key[cut:] in self._index:
                return describe_regions(dict.fromkeys(self._index[key[cut:]]), self._by_code)
            around = match_regions(key[:cut], self._lookup)
            if len(around) == 1:
                low = around[0].path
                within = [
                    name for name, places in self._index.items() if any(each.path.startswith(low) for each in places)
                ]
                key, keys, alike = key[cut:], within, _ALIKE_WITHIN
                break
        found = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=alike, limit=_MAX_SHOWN)
        return describe_regions(
            dict.fromkeys(place for name, _, _ in found for place in self._index[name]), self._by_code
        )

    def learn(
        self, values: Iterable[str], level: str | None, codes: Mapping[str, str], named: Callable[[str], str | None]
    ) -> None:
        """Learn whether codes of few letters are parts of a country, by the heading and the other rows."""
        self._countries, self.has_parts = (), False
        given = {value.strip() for value in values}
        # Behind the name of a place as well: `Cook County, IL`.
        last = {value: parts[-1] for value in given if (parts := split_names(value))}
        bare = {
            end.upper() for value, end in last.items() if _BARE.fullmatch(end) and not (level is None and end.islower())
        }
        if not bare or level == "country":
            return
        around = set()
        for value, end in last.items():
            if end.upper() not in bare:
                code = codes.get(value.upper()) or named(value) or self.find(value).code
                around.update([code.partition("-")[0]] if code else [])
        countries = {code for code in codes.values() if "-" not in code}
        held = {country: sum(f"{country}-{part}" in codes for part in bare) for country in countries}
        most = max(held.values())
        holding = {country for country, count in held.items() if count == most and count >= len(bare) * _MAX}
        is_certain = len(around) == 1 and around <= holding
        if level in _PARTS or is_certain or not bare <= codes.keys():
            self._countries = tuple(sorted(around & holding if is_certain else holding))
            self.has_parts = bool(self._countries)

    def is_part(self, written: str) -> bool:
        """Whether what was written is a code without that of its country, by what was learnt."""
        return bool(self._countries) and _BARE.fullmatch(written) is not None

    def find_part(self, written: str, codes: Mapping[str, str]) -> str:
        """Return the code of the part that is meant; raise Invalid if parts of several countries, or none, have it."""
        found = [codes[code] for country in self._countries if (code := f"{country}-{written.upper()}") in codes]
        if len(found) == 1:
            return found[0]
        self._sort()
        other = [written.upper()] if written.upper() in codes else []
        places = [self._by_code[code] for code in [*found, *other] if code in self._by_code]
        if not places:
            raise Invalid("unknown-region", "it is no region that the registry knows", "write its code of ISO 3166-2")
        meant = describe_regions(places, self._by_code)
        raise Invalid("ambiguous-region", "several regions have this code", f"did you mean {meant}? Write it in full")

    def remark_part(self, written: str) -> str:
        """Return what a person should know of a code that is also that of a country; "" for others."""
        self._sort()
        country = self._by_code.get(written.upper())
        if country is None or len(self._countries) != 1:
            return ""
        part = self._by_code.get(f"{self._countries[0]}-{written.upper()}")
        meant = describe_regions([part], self._by_code) if part is not None else self._countries[0]
        return (
            f"regions given as {written}: taken as {meant} by the heading and the other rows, not as the country "
            f"{country.name}"
        )
