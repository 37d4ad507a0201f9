"""Words of an import that stand for a value of the registry: statuses, subjects, languages, types, regions."""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from directory.departments.names import fold
from directory.departments.reference import DEPARTMENT_TYPES
from directory.imports.errors import Invalid
from directory.imports.values import known_names
from directory.imports.values.parsing import text
from directory.imports.values.places import Places
from directory.regions.former import explain_unknown_code, find_enclosing, find_former, successor_of
from directory.regions.name_matching import NamedRegion
from directory.text.language_tags import format_language_tag


def _meaning(value: str, *words: str) -> dict[str, str]:
    return dict.fromkeys(words, value)


STATUSES: Final[dict[str, str]] = (
    {status: status for status in ("active", "dormant", "suspended", "closed", "unknown")}
    | _meaning("active", "open", "enabled", "live", "published", "normal", "正常", "在用", "运行", "开设")
    | _meaning("dormant", "休眠", "僵尸", "silent")
    | _meaning("suspended", "disabled", "关停", "停用", "暂停", "停更")
    | _meaning("closed", "archive", "archived", "deleted", "terminated", "注销", "已注销", "关闭")
)
SUBJECTS: Final[dict[str, str]] = _meaning(
    "body", "body", "organisation", "organization", "agency", "institution", "机构", "单位"
) | _meaning("person", "person", "individual", "official", "office-holder", "个人", "人物", "官员")
TYPES: Final[dict[str, str]] = (
    {kind.slug: kind.slug for kind in DEPARTMENT_TYPES}
    | {kind.slug.replace("-", " "): kind.slug for kind in DEPARTMENT_TYPES}
    | {fold(kind.name): kind.slug for kind in DEPARTMENT_TYPES}
    | {kind.name_zh: kind.slug for kind in DEPARTMENT_TYPES}
)


def choice(value: object, words: Mapping[str, str], what: str) -> str | None:
    """Return what the word `value` stands for among `words`; None if not known; raise Invalid for another word."""
    written = text(value)
    if written is None:
        return None
    found = words.get(written) or words.get(fold(written))
    if found is None:
        near = difflib.get_close_matches(fold(written), words, n=1)
        choices = ", ".join(dict.fromkeys(words.values()))
        remedy = f"did you mean {words[near[0]]!r}? Choose one of {choices}" if near else f"choose one of {choices}"
        raise Invalid(f"unknown-{what.replace(' ', '-')}", f"it is no {what}", remedy)
    return found


def language(value: object) -> str | None:
    """Return a language as BCP 47 writes it: zh, en-GB, zh-Hant-TW; None if not known; raise Invalid otherwise.

    It is given as such a tag, as a code of ISO 639, or by a name in its own or another major language.
    """
    written = text(value)
    if written is None:
        return None
    named = known_names.find_language(written)
    if named:
        return named
    if "/" in written:
        # In two languages, as lists of such countries have it: `French / Français`.
        meant = {known_names.find_language(part.strip()) for part in written.split("/")}
        if len(meant) == 1 and (found := meant.pop()):
            return found
    try:
        return format_language_tag(written.replace("_", "-"))
    except ValueError:
        message = "it is no language that is known, or more than one"
        raise Invalid("unknown-language", message, "write one as BCP 47 does: zh, en, en-GB") from None


# A code of so many letters may be one of a country, and one of a part of it.
_BARE: Final = 3


class Regions:
    """All regions of a registry, found by code, by another code in use, or by name, alone or in a path of names."""

    def __init__(
        self,
        rows: Iterable[tuple[str, str, str | None, list[str], str]],
        named: Iterable[tuple[NamedRegion, list[str]]] = (),
    ) -> None:
        """Take rows of code, name, local name, aliases and level; and regions with the folded names they go by."""
        self._codes: dict[str, str] = {}
        names: dict[str, set[str]] = {}
        for code, name, local, aliases, level in rows:
            self._codes.update(dict.fromkeys((code, *aliases), code))
            # A county's or a subdivision's name is borne by too many.
            for known in (name, local):
                if known and level in {"country", "province", "prefecture"}:
                    names.setdefault(fold(known), set()).add(code)
        self._names = {name: found.pop() for name, found in names.items() if len(found) == 1}
        self._places = Places(named)
        # Many rows of a list have the same mistake, and what is alike is looked for among thousands.
        self._explain = lru_cache(maxsize=1_024)(self._explain_unknown)
        self._find = lru_cache(maxsize=4_096)(self._places.find)
        # Few, and a row asks for its region at every turn: those that are dissolved and became one other.
        self._successors = {
            code: successor for code in self._codes if (successor := successor_of(code)) in self._codes and successor
        }

    def learn(self, values: Iterable[str], level: str | None) -> None:
        """Learn from a file's regions, and from the heading above them, what codes of two letters mean in it."""
        self._places.learn(values, level, self._codes, self._named)
        self._explain.cache_clear()
        self._find.cache_clear()

    def code(self, value: object) -> str | None:
        """Return the code of the region that `value` names; None if not known; raise Invalid if there is none.

        A region that became one other is taken as that, and one that is not known as what is around it where that has
        no parts that are; `remark` says so.
        """
        if isinstance(value, str):
            found = self._codes.get(value) if len(value) > _BARE or not self._places.has_parts else None
            if found:
                return self._successors.get(found, found)
        written = text(value)
        if written is None:
            return None
        if self._places.has_parts and self._places.is_part(written):
            return self._places.find_part(written, self._codes)
        code = _spell(written)
        found = self._codes.get(code) or successor_of(code) or self._named(written) or self._find(written).code
        found = self._successors.get(found, found) if found is not None else None
        if found is None or found not in self._codes:
            raise Invalid(*self._explain(written, code))
        return found

    def _named(self, written: str) -> str | None:
        """Return the code of the only region that a name means."""
        if known_names.is_ambiguous(written):
            return None
        return self._names.get(fold(written)) or known_names.find_country(written)

    def remark(self, value: object) -> str:
        """Return what a person should know of a region that was taken: that it is no more; "" for others."""
        written = value.strip() if isinstance(value, str) else str(value)
        if self._places.has_parts and self._places.is_part(written):
            return self._places.remark_part(written)
        code = _spell(written)
        former = find_former(code)
        if former is None:
            if code in self._codes or self._named(written):
                return ""
            return self._find(written).remark
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
