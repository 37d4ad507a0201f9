"""The rules of a platform's handles in words, found out by trying handles on the pattern that the API publishes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from directory.web.languages import current_language, ngettext
from directory.web.languages import gettext as _

_LONGEST: Final = 300
# A valid beginning of most handles, which are longer than two characters and need not be longer than ten.
_BEGINNINGS: Final = ("abcde", "a1b2c", "12345")
_MARKS: Final = "_-.~@&'!"
_CACHED: Final = 512
# What a pattern has in brackets: what is left are the alternatives of the whole.
_NESTED: Final = re.compile(r"\\.|\[[^\]]*\]|\((?:[^()\[\]]|\[[^\]]*\]|\([^()]*\))*\)")
# Of each, a handle that has this form whatever the platform's other rules are.
_WHOLE: Final = (
    ("name@example.social", "server"),
    ("name.example.social", "domain"),
    ("org.example.name", "domain"),
)


def describe_handles(pattern: str, *, is_case_sensitive: bool) -> list[str]:
    """Return the rules of handles in the language of the page; empty where the pattern has another form."""
    return list(_describe(pattern, is_case_sensitive, current_language().code))


@lru_cache(_CACHED)
def _describe(pattern: str, is_case_sensitive: bool, _language: str) -> tuple[str, ...]:  # noqa: FBT001 - a key of the cache
    compiled = re.compile(pattern)
    case = (
        _("capital and small letters make different handles")
        if is_case_sensitive
        else _("capital and small letters make no difference")
    )
    lengths = _lengths(compiled)
    if not lengths:
        form = next((form for handle, form in _WHOLE if compiled.fullmatch(handle)), None)
        if form is None:
            return ()
        whole = {"server": _("a name, an at sign and the host of a server"), "domain": _("names with dots between")}
        return (whole[form], case)
    rules = [_length_rule(lengths), _(", ").join(_characters(compiled))]
    if _accepts(compiled, "abcde", lengths):
        if not _accepts(compiled, "12345", lengths):
            starts = _accepts(compiled, "1abcd", lengths)
            rules.append(_("not of digits alone") if starts else _("begins with a letter"))
        rules.append(case)
    if "|" in _NESTED.sub("", pattern):
        rules.append(_("or another form: see the regular expression"))
    return tuple(rules)


def _lengths(compiled: re.Pattern[str]) -> range | None:
    """Return the lengths that handles may have, None where none of letters and digits matches."""
    lengths = {
        size
        for letters in ("ab", "a1", "12")
        for size in range(1, _LONGEST + 1)
        if compiled.fullmatch((letters * size)[:size])
    }
    return range(min(lengths), max(lengths) + 1) if lengths else None


def _length_rule(lengths: range) -> str:
    if len(lengths) == 1:
        return ngettext("%(num)s character", "%(num)s characters", lengths[0])
    if lengths[-1] == _LONGEST:
        return ngettext("at least %(num)s character", "at least %(num)s characters", lengths[0])
    return _("%(least)s to %(most)s characters", least=lengths[0], most=lengths[-1])


def _characters(compiled: re.Pattern[str]) -> list[str]:
    """Return the kinds of characters that a handle may have inside."""
    kinds = (
        ("x", _("Latin letters")),
        ("7", _("digits")),
        ("é", _("letters with accents")),
        ("政가", _("letters of other scripts")),
    )
    inside = [name for letters, name in kinds if any(_has(compiled, letter) for letter in letters)]
    marks = [mark for mark in _MARKS if _has(compiled, mark)]
    return [*inside, " ".join(marks)] if marks else inside


def _has(compiled: re.Pattern[str], character: str) -> bool:
    return any(
        compiled.fullmatch((beginning[:2] + character + beginning[2:] * 9)[:size])
        for beginning in _BEGINNINGS
        for size in (4, 5, 6, 8, 12, 20)
    )


def _accepts(compiled: re.Pattern[str], beginning: str, lengths: range) -> bool:
    sizes = {lengths[0], lengths[-1], min(max(lengths[0], 8), lengths[-1])}
    return any(compiled.fullmatch((beginning * _LONGEST)[:size]) for size in sizes)
