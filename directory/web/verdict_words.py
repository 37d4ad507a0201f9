"""A verdict in words that nobody can misread, and what tells a look-alike from the account that it resembles."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from directory.web.formats import with_days
from directory.web.languages import current_language
from directory.web.languages import gettext as _
from directory.web.standings import standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record: TypeAlias = "Mapping[str, Any]"
# A mark for each class, next to words that say the same.
VERDICT_MARKS: Final[Mapping[str, str]] = {
    "official": "✓",
    "unproven": "?",
    "shared": "?",
    "invented": "✕",
    "former": "✕",
    "look-alike": "!",
    "unknown": "?",
}
_IMITATION: Final = frozenset({"look_alike_host"})
_OF_DEPARTMENT: Final = frozenset({"website_of_department", "id_of_department"})
_NO_ACCOUNT: Final = frozenset(
    (
        *("bare_host", "blog_article", "group_or_event", "hashtag", "login_page", "playlist", "post_without_author"),
        *("search_page", "service_page", "share_link", "short_link"),
    )
)
# Handles that are less alike than that have no difference worth pointing at.
_ALIKE: Final = 0.5
_ASCII: Final = 128


@dataclass(frozen=True, slots=True)
class Words:
    """A verdict in words: its class (of VERDICT_MARKS), a word, a sentence, and what to do."""

    kind: str
    word: str
    sentence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a handle, and whether the handle that it resembles has another one there."""

    text: str
    differs: bool


def words_of(verdict: Record) -> Words:
    """Return a verdict in words."""
    match verdict["verdict"]:
        case "official" if standing_of(verdict["account"]) == "invented":
            sentence = _("This account is invented: an example, and official for nobody.")
            return Words("invented", _("an invented example"), sentence, "")
        case "official" if standing_of(verdict["account"]) == "official":
            return _words_of_official(verdict)
        case "official":
            sentence = _("It is listed here, but nobody has verified it.")
            advice = _("Look for a link to it on the department’s own website before you rely on it.")
            return Words("unproven", _("listed, but verified by nobody"), sentence, advice)
        case "formerly_official":
            sentence = _("No longer official.")
            advice = _("It was official once. Do not rely on it: who holds it now is not vouched for.")
            return Words("former", _("no longer official"), sentence, advice)
        case "look_alike":
            sentence = _("Not official: it only resembles an official account.")
            advice = _("Do not rely on it. It may be an imitation.")
            return Words("look-alike", _("not official, a look-alike"), sentence, advice)
        case _:
            return _words_of_unknown(frozenset(reason["code"] for reason in verdict["reasons"]))


def _words_of_official(verdict: Record) -> Words:
    """Return the words for what is registered: only a link, an id, or a handle on a stated platform is an account."""
    if verdict["match"]["by"] == "name":
        sentence = _("An official account has this name.")
        advice = _("Anybody can use the same name: compare the link or the handle with the account below.")
        return Words("shared", _("the name of an official account"), sentence, advice)
    if any(reason["code"] == "platform_not_stated" for reason in verdict["reasons"]):
        sentence = _("An official account has this handle.")
        advice = _("On another platform the same handle may be somebody else’s: compare the platform below.")
        return Words("shared", _("the handle of an official account"), sentence, advice)
    return Words("official", _("official"), _("Yes, this is an official account."), "")


def _words_of_unknown(codes: frozenset[str]) -> Words:
    if codes & _IMITATION:
        sentence = _("Not official: the address only resembles that of a platform.")
        advice = _("Do not open it and do not sign in there. It may be an imitation.")
        return Words("look-alike", _("not official, an imitated address"), sentence, advice)
    if codes & _OF_DEPARTMENT:
        sentence = _("This is not an account, but it belongs to a registered department.")
        return Words(
            "unknown", _("not an account"), sentence, _("Registered accounts that may be meant are shown below.")
        )
    if codes & _NO_ACCOUNT:
        sentence = _("This is not the address of an account, so it cannot be checked.")
        return Words("unknown", _("not an account"), sentence, _("Give the address of the profile."))
    sentence = _("Not known here: nothing says that it is official.")
    advice = _("That proves nothing against it either: not every official account is listed here yet.")
    return Words("unknown", _("not known here"), sentence, advice)


def reasons_of(verdict: Record) -> list[str]:
    """Return the reasons of a verdict in the language of the page."""
    key = "message_zh" if current_language().code == "zh" else "message"
    return [with_days(reason[key]) for reason in verdict["reasons"]]


def likeness_of(verdict: Record) -> Record | None:
    """Return the registered account that a look-alike resembles most; None for other verdicts."""
    if verdict["verdict"] != "look_alike" or not verdict["candidates"]:
        return None
    account: Record = verdict["candidates"][0]["account"]
    return account


def compare_handles(given: str | None, real: str | None) -> list[Piece]:
    """Return the parts of a handle, with those that differ from another one; nothing where the two are not alike."""
    if not given or not real:
        return []
    matcher = SequenceMatcher(a=given, b=real, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return []
    pieces = [Piece(given[start:end], kind != "equal") for kind, start, end, _b, _e in matcher.get_opcodes()]
    return [each for each in pieces if each.text]


def strange_characters(given: str | None, real: str | None) -> Sequence[str]:
    """Return the characters beyond ASCII that a handle has and the one that it resembles has not, with their names."""
    strange = dict.fromkeys(each for each in given or "" if ord(each) >= _ASCII and each not in (real or ""))
    return [_describe(each) for each in strange]


def _describe(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    shown = "" if unicodedata.category(character) in {"Cf", "Cc", "Zs", "Mn"} else f"{character} "
    # The name of a Chinese character is its number again.
    return f"{shown}U+{ord(character):04X}{'' if not name or name.startswith('cjk') else f' {name}'}"
