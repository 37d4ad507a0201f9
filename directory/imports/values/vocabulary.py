"""Words of an import that stand for a value of the registry: statuses, subjects, department types and languages."""

import difflib
from collections.abc import Mapping
from typing import Final

from directory.departments.names import fold
from directory.departments.reference import DEPARTMENT_TYPES
from directory.imports.errors import InvalidValue
from directory.imports.values import known_names
from directory.imports.values.cell_words import NOT_KNOWN
from directory.imports.values.parsing import parse_text
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


def parse_choice(value: object, words: Mapping[str, str], what: str) -> str | None:
    """Return what the word `value` stands for among `words`; None if not known; raise InvalidValue for another word."""
    written = parse_text(value)
    if written is None:
        return None
    found = words.get(written) or words.get(fold(written))
    if found is None:
        near = difflib.get_close_matches(fold(written), words, n=1)
        choices = ", ".join(dict.fromkeys(words.values()))
        remedy = f"did you mean {words[near[0]]!r}? Choose one of {choices}" if near else f"choose one of {choices}"
        raise InvalidValue(f"unknown-{what.replace(' ', '-')}", f"it is no {what}", remedy)
    return found


def parse_language(value: object) -> str | None:
    """Return a language as BCP 47 writes it: zh, en-GB, zh-Hant-TW; None if not known; raise InvalidValue otherwise.

    It is given as such a tag, as a code of ISO 639, or by a name in its own or another major language.
    """
    written = parse_text(value)
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
        # langcodes replaces tags (tl by fil), and nobody would find them as the source wrote them.
        tag = format_language_tag(written.replace("_", "-"))
    except ValueError:
        message = "it is no language that is known, or more than one"
        raise InvalidValue("unknown-language", message, "write one as BCP 47 does: zh, en, en-GB") from None
    # ISO 639-3 has codes that are words for nothing, too (nan, nil, tbd): in no letter case do they name a language.
    return None if tag in NOT_KNOWN else tag
