"""Regions of an import: by code, by name, in paths of names, and by codes of parts without that of their country."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from directory.departments.names import fold as fold_name
from directory.imports.errors import InvalidValue
from directory.imports.values import known_names
from directory.imports.values.parsing import parse_text
from directory.regions.folding import fold
from directory.regions.former import explain_unknown_code, find_enclosing, find_former, sole_successors, successor_of
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
# A code of so many letters may be one of a country, and one of a part of it.
_BARE_LENGTH: Final = 3


class Regions:
    """All regions of a registry, found by code, by another code in use, or by name, alone or in a path of names."""

    def __init__(
        self,
        rows: Iterable[tuple[str, str, str | None, list[str], str]],
        named: Iterable[tuple[NamedRegion, list[str]]] = (),
        dissolved: Mapping[str, str | None] = MappingProxyType({}),
    ) -> None:
        """Index rows of code, name, local name, aliases and level; `named` are regions with all their folded names.

        `dissolved` are codes of regions that are no more, with their successor if they have exactly one.
        """
        rows, named = [*rows], [*named]
        # 10 ms for all regions; PostgreSQL takes 50 for a digest of their rows.
        content = repr((rows, named, sorted(dissolved.items())))
        self._digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self._codes: dict[str, str] = {}
        names: dict[str, set[str]] = {}
        for code, name, local, aliases, level in rows:
            self._codes.update(dict.fromkeys((code, *aliases), code))
            # A county's or a subdivision's name is borne by too many.
            for known in (name, local):
                if known and level in {"country", "province", "prefecture"}:
                    names.setdefault(fold_name(known), set()).add(code)
        self._names = {name: found.pop() for name, found in names.items() if len(found) == 1}
        self._places = RegionNames(named)
        # Many rows of a list have the same mistake, and what is alike is looked for among thousands.
        self._explain = lru_cache(maxsize=1_024)(self._explain_unknown)
        self._find = lru_cache(maxsize=4_096)(self._places.find)
        # Few, and a row asks for its region at every turn: those that are dissolved and became one other.
        gone = {**dissolved, **sole_successors()}
        self._gone = gone.keys()
        self._successors = {
            code: successor for code, successor in gone.items() if code in self._codes and successor in self._codes
        }

    def learn(self, values: Iterable[str], level: str | None) -> None:
        """Learn from a file's regions, and from the heading above them, what codes of two letters mean in it."""
        self._places.learn(values, level, self._codes, self._named)
        self._explain.cache_clear()
        self._find.cache_clear()

    @property
    def context(self) -> tuple[object, ...]:
        """What the region of a row depends on besides the row: the digest of all regions, and what was learnt."""
        return (self._digest, self._places.countries, self._places.has_parts)

    def code(self, value: object) -> str | None:
        """Return the code of the region that `value` names; None if not known; raise InvalidValue if there is none.

        A region that became one other is taken as that, and one that is not known as what is around it where that has
        no parts that are; `warning` says so.
        """
        if isinstance(value, str):
            found = self._codes.get(value) if len(value) > _BARE_LENGTH or not self._places.has_parts else None
            if found:
                return self._successors.get(found, found)
        written = parse_text(value)
        if written is None:
            return None
        if self._places.has_parts and self._places.is_part(written):
            return self._places.find_part(written, self._codes)
        code = _spell(written)
        found = self._codes.get(code) or successor_of(code) or self._named(written) or self._find(written).code
        found = self._successors.get(found, found) if found is not None else None
        if found is None or found not in self._codes:
            raise InvalidValue(*self._explain(written, code))
        return found

    def _named(self, written: str) -> str | None:
        """Return the code of the only region that a name means."""
        if known_names.is_ambiguous(written):
            return None
        return self._names.get(fold_name(written)) or known_names.find_country(written)

    def warning(self, value: object) -> str:
        """Return what a person should know of a region that was taken: that it is no more; "" for others."""
        written = value.strip() if isinstance(value, str) else str(value)
        if self._places.has_parts and self._places.is_part(written):
            return self._places.part_warning(written)
        code = _spell(written)
        if code in self._codes and code not in self._gone:
            return ""
        former = find_former(code)
        if former is None:
            return "" if self._named(written) else self._find(written).warning
        if len(former.replaced_by) == 1:
            return (
                f"regions given as {code} ({former.name}), which is no longer in use: taken as {former.replaced_by[0]}"
            )
        return f"regions given as {code} ({former.name}), which was dissolved: see {', '.join(former.replaced_by)}"

    def _explain_unknown(self, written: str, code: str) -> tuple[str, str, str]:
        """Return why nothing is known by what was written: a code for counting, what is wrong, and what to do."""
        former = find_former(code)
        if former is not None and former.replaced_by:
            # Which of them a body serves only its source can say.
            successors = " or ".join(former.replaced_by)
            return (
                "dissolved-region",
                explain_unknown_code(code, self._codes),
                f"write {successors}, whichever it is now",
            )
        found = self._find(written)
        if found.candidates or known_names.is_ambiguous(written):
            meant = f"did you mean {found.candidates}? Write its code" if found.candidates else "write the code of one"
            return "ambiguous-region", "several regions have this name", meant
        if former is None and (near := self._places.nearest(written)):
            return "unknown-region", "it is no region that the registry knows", f"did you mean {near}?"
        form = "write ISO 3166-1 alpha-2, ISO 3166-2, or CN- and the six digits of GB/T 2260"
        around = find_enclosing(code, self._codes)
        if around is not None:
            form = f"{form}; {around} is known, around it"
        message = (
            explain_unknown_code(code, self._codes) if former is not None else "it is no region that the registry knows"
        )
        return "unknown-region", message, form


def _spell(written: str) -> str:
    """Return a code as the registry spells it: in capitals, with `CN-` before the bare digits of GB/T 2260."""
    code = written.strip().upper().replace("_", "-")
    # Nothing else has six digits; a spreadsheet adds a fraction.
    return f"CN-{code[:6]}" if re.fullmatch(r"\d{6}(\.0)?", code) else code


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means: one code, or none with what it may mean; and what a person should know of it."""

    code: str | None = None
    candidates: str = ""
    warning: str = ""


class RegionNames:
    """The regions of a registry by all their names, and what codes of few letters mean in the file that is read."""

    def __init__(self, named: Iterable[tuple[NamedRegion, list[str]]]) -> None:
        """Store regions with their folded names and codes; they are indexed at the first look-up."""
        self._given = named
        self._index: dict[str, list[NamedRegion]] = {}
        self._by_code: dict[str, NamedRegion] = {}
        self._with_parts: set[str] = set()
        # Whose parts codes of few letters name here: one country if it is certain, none if they are countries' own.
        self.countries: tuple[str, ...] = ()
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
                around.code, warning=f"regions given as {written!r}, of which the last is known: taken as {place}"
            )
        return Found()

    def _write_out(self, written: str) -> str:
        """Return a path of names with its last one, a code of few letters, as the code of the part that it is here."""
        parts = split_names(written) if len(self.countries) == 1 else []
        if len(parts) < 2 or not _BARE.fullmatch(parts[-1]):  # noqa: PLR2004 - a path
            return written
        code = f"{self.countries[0]}-{parts[-1].upper()}"
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
        self.countries, self.has_parts = (), False
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
            self.countries = tuple(sorted(around & holding if is_certain else holding))
            self.has_parts = bool(self.countries)

    def is_part(self, written: str) -> bool:
        """Whether what was written is a code without that of its country, by what was learnt."""
        return bool(self.countries) and _BARE.fullmatch(written) is not None

    def find_part(self, written: str, codes: Mapping[str, str]) -> str:
        """Return the code of the part that is meant; raise InvalidValue if several countries have it, or none."""
        found = [codes[code] for country in self.countries if (code := f"{country}-{written.upper()}") in codes]
        if len(found) == 1:
            return found[0]
        self._sort()
        other = [written.upper()] if written.upper() in codes else []
        places = [self._by_code[code] for code in [*found, *other] if code in self._by_code]
        if not places:
            raise InvalidValue(
                "unknown-region", "it is no region that the registry knows", "write its code of ISO 3166-2"
            )
        meant = describe_regions(places, self._by_code)
        raise InvalidValue(
            "ambiguous-region", "several regions have this code", f"did you mean {meant}? Write it in full"
        )

    def part_warning(self, written: str) -> str:
        """Return what a person should know of a code that is also that of a country; "" for others."""
        self._sort()
        country = self._by_code.get(written.upper())
        if country is None or len(self.countries) != 1:
            return ""
        part = self._by_code.get(f"{self.countries[0]}-{written.upper()}")
        meant = describe_regions([part], self._by_code) if part is not None else self.countries[0]
        return (
            f"regions given as {written}: taken as {meant} by the heading and the other rows, not as the country "
            f"{country.name}"
        )
