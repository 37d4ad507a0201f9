"""Rules of spelling: width, case, accents, ligatures and punctuation make no difference."""

import re
import unicodedata
from collections.abc import Iterator

from tests.search.evaluation.accounts import Account
from tests.search.evaluation.picking import Proposal, Rule, choose

# ASCII's printable signs stand as far below their full-width forms everywhere; the space is another.
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_PLAIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "Ø": "O", "Ł": "L"}
_LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}
_ACUTE = "\u0301"
_ASUNDER = re.compile(r"(?<=\w)\s?[-–/.,&]\s?(?=\w)|\s&\s|,(?=\s)|\(|\)")
_APOSTROPHE = re.compile("(?<=[a-z])['’](?=[a-z])")


def propose_full_width(account: Account) -> Iterator[Proposal]:
    """Ask for a name in full-width letters."""
    if account.name.isascii() and len(account.name) <= 40:
        yield Proposal(account.name.translate(_FULL_WIDTH), f"{account.name} in full-width letters")


def propose_full_width_handle(account: Account) -> Iterator[Proposal]:
    """Ask for a handle in full-width letters."""
    if account.handle.isascii() and len(account.handle) >= 4:
        yield Proposal(account.handle.translate(_FULL_WIDTH), f"the handle {account.handle} in full-width letters")


def propose_case(account: Account) -> Iterator[Proposal]:
    """Ask for a name in capitals, in small letters, or with the cases swapped."""
    change = choose((str.upper, str.lower, str.swapcase), "case", account.name)
    written = change(account.name)
    if written.casefold() == account.name.casefold() and written != account.name and account.name.isascii():
        yield Proposal(written, f"{account.name} in another case")


def propose_case_with_accents(account: Account) -> Iterator[Proposal]:
    """Ask in capitals for a name whose letters are not only those of English."""
    written = account.name.upper()
    if not account.name.isascii() and "ß" not in account.name and written != account.name:
        yield Proposal(written, f"{account.name} in capitals")


def propose_case_of_handle(account: Account) -> Iterator[Proposal]:
    """Ask in small letters for a handle with capitals."""
    if account.handle.isascii() and account.handle != account.handle.lower():
        yield Proposal(account.handle.lower(), f"the handle {account.handle} in small letters")


def propose_without_accents(account: Account) -> Iterator[Proposal]:
    """Ask without the accents that a name has."""
    written = _without_accents(account.name)
    if written != account.name and written.isascii():
        yield Proposal(written, f"{account.name} without accents")


def propose_other_accents(account: Account) -> Iterator[Proposal]:
    """Ask with an accent where a name has none: on the first vowel of its last word."""
    *before, last = account.name.split()
    accented = re.sub("([aeiou])", rf"\1{_ACUTE}", last, count=1)
    if account.name.isascii() and before and accented != last:
        written = unicodedata.normalize("NFC", " ".join([*before, accented]))
        yield Proposal(written, f"{account.name} with an accent that it has not")


def propose_apart(account: Account) -> Iterator[Proposal]:
    """Ask with accents as characters of their own (NFD), as some systems write file names."""
    written = unicodedata.normalize("NFD", account.name)
    if written != account.name:
        yield Proposal(written, f"{account.name} with its accents as characters of their own")


def propose_ligatures(account: Account) -> Iterator[Proposal]:
    """Ask with ligatures, as text copied from a PDF has them."""
    written = account.name
    for letters, ligature in _LIGATURES.items():
        written = written.replace(letters, ligature)
    if written != account.name:
        yield Proposal(written, f"{account.name} with ligatures")


def propose_letters_apart(account: Account) -> Iterator[Proposal]:
    """Ask with `ss`, `ae`, `oe` for the `ß`, `æ`, `œ` of a name."""
    if re.search("[ßæœ]", account.name):
        yield Proposal(_without_accents(account.name), f"{account.name} with its ligatures taken apart")


def propose_without_punctuation(account: Account) -> Iterator[Proposal]:
    """Ask with spaces where a name has dashes, slashes, commas, full stops, brackets and `&`."""
    written = " ".join(_ASUNDER.sub(" ", account.name).split())
    if written != account.name and written.isascii():
        yield Proposal(written, f"{account.name} without its punctuation")


def propose_without_apostrophe(account: Account) -> Iterator[Proposal]:
    """Ask without the apostrophe of a name, or with the other form of it."""
    if _APOSTROPHE.search(account.name):
        other = choose(("", "’"), "apostrophe", account.name)
        written = _APOSTROPHE.sub(other, account.name.replace("’", "'"))
        yield Proposal(written, f"{account.name} with “{other}” for its apostrophe")


def propose_other_punctuation(account: Account) -> Iterator[Proposal]:
    """Ask with a hyphen between the last two words, or a full stop behind the name."""
    if re.fullmatch("[A-Za-z]+( [A-Za-z]+)+", account.name):
        start, _, last = account.name.rpartition(" ")
        written = choose((f"{start}-{last}", f"{account.name}.", f"{start}, {last}"), "punctuation", account.name)
        yield Proposal(written, f"{account.name} with other punctuation")


def _without_accents(text: str) -> str:
    plain = "".join(_PLAIN.get(letter, letter) for letter in text)
    return "".join(letter for letter in unicodedata.normalize("NFD", plain) if not unicodedata.combining(letter))


RULES = (
    Rule("width", 9, propose_full_width),
    Rule("width", 4, propose_full_width_handle),
    Rule("case", 8, propose_case),
    Rule("case", 4, propose_case_with_accents),
    Rule("case", 4, propose_case_of_handle),
    Rule("accents", 12, propose_without_accents),
    Rule("accents", 6, propose_other_accents),
    Rule("accents", 4, propose_apart),
    Rule("ligatures", 12, propose_ligatures),
    Rule("ligatures", 4, propose_letters_apart),
    Rule("punctuation", 8, propose_without_punctuation),
    Rule("punctuation", 4, propose_without_apostrophe),
    Rule("punctuation", 4, propose_other_punctuation),
)
