"""Rules of Chinese, Japanese and Korean: words found inside a name, one script for two, and one width."""

import re
import unicodedata
from collections.abc import Iterator

import opencc

from tests.search.evaluation.accounts import Account
from tests.search.evaluation.picking import Proposal, Rule, choose, digest
from tests.search.evaluation.texts import is_eastern, is_han, is_hangul
from tests.search.evaluation.words_han import SUBJECTS, place_in, town_of, without_end, without_place, words_of

_SIMPLIFY = opencc.OpenCC("hk2s")
_TRADITIONAL = {name: opencc.OpenCC(name) for name in ("s2t", "s2tw", "s2hk")}
# The half-width katakana, with and without their marks, by the full-width letter that each stands for.
_HALF_WIDTH = {
    unicodedata.normalize("NFKC", half + mark): half + mark
    for half in map(chr, range(0xFF66, 0xFF9E))
    for mark in ("", "ﾞ", "ﾟ")
}


def eastern_texts(account: Account) -> list[str]:
    """Return the account's names, else its department, that are Han, kana or Hangul alone."""
    names = [name for name in (account.name, account.other_name) if is_eastern(name)]
    return names or [account.department] * is_eastern(account.department)


def propose_one_character(account: Account) -> Iterator[Proposal]:
    """Ask for one character of a name."""
    for text in eastern_texts(account):
        for character in sorted(text, key=lambda c: digest("character", text, c)):
            yield Proposal(character, f"a character of {text}")


def propose_subject(account: Account) -> Iterator[Proposal]:
    """Ask for a word of two characters that says what the body does."""
    for text in eastern_texts(account):
        for word in sorted(SUBJECTS, key=lambda word: digest("subject", text, word)):
            if word in text:
                yield Proposal(word, f"a word of {text}")


def propose_place(account: Account) -> Iterator[Proposal]:
    """Ask for the place in a name: 成都 for 成都发布, 仙台 for 仙台市."""
    for text in eastern_texts(account):
        for word in filter(is_han, (place_in(text), town_of(text))):
            yield Proposal(word, f"the place in {text}")


def propose_without_place(account: Account) -> Iterator[Proposal]:
    """Ask for a name without its place: 警務處 for 香港警務處."""
    for text in eastern_texts(account):
        word = without_place(text)
        if is_han(word) and len(word) >= 3:
            yield Proposal(word, f"{text} without its place")


def propose_without_end(account: Account) -> Iterator[Proposal]:
    """Ask for a name without its most general word: 生态环境 for 生态环境部."""
    for text in eastern_texts(account):
        word = without_end(text)
        if len(word) >= 3:
            yield Proposal(word, f"{text} without its last word")


def propose_kana(account: Account) -> Iterator[Proposal]:
    """Ask for the kana of a Japanese name."""
    for text in (account.department, account.handle):
        for word in re.findall("[\u3041-\u30ff]{2,}", text):
            yield Proposal(word, f"the kana of {text}")


def propose_hangul_word(account: Account) -> Iterator[Proposal]:
    """Ask for the first word of a Korean name: the place, the country or the subject."""
    for text in eastern_texts(account):
        if is_hangul(text) and place_in(text):
            yield Proposal(place_in(text), f"the first word of {text}")


def propose_hangul_inside(account: Account) -> Iterator[Proposal]:
    """Ask for a Korean name without its first word, else without its last (공사, 본부: corporation, headquarters)."""
    for text in eastern_texts(account):
        if is_hangul(text):
            if without_place(text):
                yield Proposal(without_place(text), f"{text} without its first word")
            yield Proposal(text[:-2], f"{text} without its last word")


def propose_traditional(account: Account) -> Iterator[Proposal]:
    """Ask in traditional characters, as OpenCC writes them (for Taiwan, for Hong Kong), for a simplified name."""
    for text in eastern_texts(account):
        if is_han(text) and account.region.startswith("CN"):
            table = choose(tuple(_TRADITIONAL), "table", text)
            written = _TRADITIONAL[table].convert(text)
            if written != text:
                yield Proposal(written, f"{text} in traditional characters ({table})")


def propose_simplified(account: Account) -> Iterator[Proposal]:
    """Ask in simplified characters for a name in traditional ones."""
    for text in eastern_texts(account):
        if is_han(text) and account.is_chinese:
            written = _SIMPLIFY.convert(text)
            if written != text:
                yield Proposal(written, f"{text} in simplified characters")


def propose_half_width(account: Account) -> Iterator[Proposal]:
    """Ask for a name with katakana in half-width ones."""
    for text in (account.department, account.handle):
        written = "".join(_HALF_WIDTH.get(letter, letter) for letter in text)
        if written != text:
            yield Proposal(written, f"{text} with half-width katakana")


def propose_spaced(account: Account) -> Iterator[Proposal]:
    """Ask with a space or a mark where a Chinese name has none, and without those that it has."""
    for text in (account.name, account.other_name):
        plain = re.sub(r"\W", "", text)
        if plain != text and is_eastern(plain):
            yield Proposal(plain, f"{text} without its punctuation")
        elif words := words_of(text):
            mark = choose((" ", "·", "-", "_", "\u3000"), "mark", text)
            yield Proposal(mark.join(words), f"{text} with “{mark}” between its words")


RULES = (
    Rule("han-one-character", 16, propose_one_character),
    Rule("han-two-characters", 14, propose_subject),
    Rule("han-two-characters", 14, propose_place),
    Rule("han-more-characters", 12, propose_without_place),
    Rule("han-more-characters", 8, propose_without_end),
    Rule("kana-and-hangul", 4, propose_kana),
    Rule("kana-and-hangul", 5, propose_hangul_word),
    Rule("kana-and-hangul", 6, propose_hangul_inside),
    Rule("traditional-for-simplified", 16, propose_traditional),
    Rule("simplified-for-traditional", 16, propose_simplified),
    Rule("width", 4, propose_half_width),
    Rule("punctuation", 8, propose_spaced),
)
