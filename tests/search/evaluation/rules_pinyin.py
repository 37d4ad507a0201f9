"""Rules of pinyin: spaced, joined, with tones, broken off, initials, and characters of several readings."""

from collections.abc import Iterator

from pypinyin import Style

from tests.search.evaluation.accounts import Account
from tests.search.evaluation.picking import Proposal, Rule, choose
from tests.search.evaluation.readings import initials, syllables
from tests.search.evaluation.rules_han import eastern_texts
from tests.search.evaluation.texts import fold, is_han
from tests.search.evaluation.words_han import without_place


def _chinese_texts(account: Account) -> Iterator[tuple[str, str]]:
    """Yield the account's Chinese names, else its department, as written and simplified."""
    for text in eastern_texts(account):
        if is_han(text) and account.is_chinese:
            yield text, fold(text)


def propose_spaced(account: Account) -> Iterator[Proposal]:
    """Ask with a space between syllables: `cheng du fa bu`."""
    for text, simplified in _chinese_texts(account):
        yield Proposal(" ".join(syllables(simplified)), f"pinyin of {text}, spaced")


def propose_words(account: Account) -> Iterator[Proposal]:
    """Ask with a space between words of two syllables: `chengdu fabu`."""
    for text, simplified in _chinese_texts(account):
        read = syllables(simplified)
        if len(read) in (4, 6):
            words = ("".join(read[at : at + 2]) for at in range(0, len(read), 2))
            yield Proposal(" ".join(words), f"pinyin of {text}, word by word")


def propose_joined(account: Account) -> Iterator[Proposal]:
    """Ask without any space: `chengdufabu`."""
    for text, simplified in _chinese_texts(account):
        yield Proposal("".join(syllables(simplified)), f"pinyin of {text}, joined")


def propose_inside(account: Account) -> Iterator[Proposal]:
    """Ask for a name without its place: `jijiuzhongxin` for 北京急救中心."""
    for text, _ in _chinese_texts(account):
        rest = without_place(text)
        if len(rest) >= 3:
            yield Proposal("".join(syllables(fold(rest))), f"pinyin of {rest}, the end of {text}")


def propose_tones(account: Account) -> Iterator[Proposal]:
    """Ask with tone marks, spaced or joined: `chéng dū fā bù`."""
    for text, simplified in _chinese_texts(account):
        between = choose((" ", ""), "tones", text)
        yield Proposal(between.join(syllables(simplified, style=Style.TONE)), f"pinyin of {text} with tones")


def propose_broken_off(account: Account) -> Iterator[Proposal]:
    """Ask while the last syllable is not yet typed out: `chengduf`, `chengdu fab`."""
    for text, simplified in _chinese_texts(account):
        *before, last = syllables(simplified)
        if len(last) > 1 and len(before) > 1:
            between = choose((" ", ""), "broken off", text)
            yield Proposal(between.join([*before, last[:-1]]), f"pinyin of {text}, broken off in the last syllable")


def propose_initials(account: Account) -> Iterator[Proposal]:
    """Ask by the initials of the whole name, four or more: `bjjjzx`."""
    for text, simplified in _chinese_texts(account):
        if len(text) >= 4:
            yield Proposal(initials(simplified), f"initials of {text}")


def propose_first_initials(account: Account) -> Iterator[Proposal]:
    """Ask by the initials of the first four characters or more of a longer name."""
    for text, simplified in _chinese_texts(account):
        if len(text) >= 6:
            yield Proposal(initials(simplified)[: len(text) - 1], f"initials of {text} but for the last character")


def propose_heteronyms(account: Account) -> Iterator[Proposal]:
    """Ask by the right reading where a character alone is mostly read otherwise: 重庆 is `chongqing`."""
    for text, simplified in [*_chinese_texts(account), *_departments(account)]:
        read = syllables(simplified)
        if others := _read_otherwise(simplified):
            between = choose((" ", ""), "heteronyms", text)
            yield Proposal(between.join(read), f"pinyin of {text}; {others}")


def propose_other_readings(account: Account) -> Iterator[Proposal]:
    """Ask by what each character is mostly read as by itself: someone who has not met the word types `zhongqing`."""
    for text, simplified in _chinese_texts(account):
        if others := _read_otherwise(simplified):
            alone = (syllables(character)[0] for character in simplified)
            yield Proposal(" ".join(alone), f"{text} read character by character; {others}")


def _read_otherwise(text: str) -> str:
    """Return which characters of a text are read otherwise alone; nothing if none is."""
    read = zip(text, syllables(text), strict=True)
    return ", ".join(f"{c} alone is {alone}" for c, syllable in read if (alone := syllables(c)[0]) != syllable)


def _departments(account: Account) -> Iterator[tuple[str, str]]:
    if account.is_chinese and is_han(account.department):
        yield account.department, fold(account.department)


RULES = (
    Rule("pinyin-spaced", 10, propose_spaced),
    Rule("pinyin-spaced", 6, propose_words),
    Rule("pinyin-joined", 10, propose_joined),
    Rule("pinyin-joined", 6, propose_inside),
    Rule("pinyin-with-tones", 14, propose_tones),
    Rule("pinyin-broken-off", 14, propose_broken_off),
    Rule("pinyin-initials", 12, propose_initials),
    Rule("pinyin-initials", 4, propose_first_initials),
    Rule("pinyin-heteronyms", 8, propose_heteronyms),
    Rule("pinyin-heteronyms", 5, propose_other_readings),
)
