"""Rules of what is searched: handles, other names, and departments in their own script."""

import unicodedata
from collections.abc import Callable, Iterator

from tests.search.evaluation.accounts import Account
from tests.search.evaluation.picking import Proposal, Rule, choose
from tests.search.evaluation.texts import Text, is_han

# The scripts by the class they are asked in, and how many bodies are to be asked for: few have a department in most.
_SCRIPTS = (
    ("department-cyrillic", ("CYRILLIC",), 12),
    ("department-japanese", ("CJK", "HIRAGANA", "KATAKANA"), 12),
    ("department-other-scripts", ("HANGUL",), 4),
    ("department-other-scripts", ("GREEK", "GEORGIAN"), 7),
    ("department-other-scripts", ("ARABIC",), 3),
    ("department-other-scripts", ("DEVANAGARI", "BENGALI", "ORIYA", "THAI"), 4),
)


def propose_handle(account: Account) -> Iterator[Proposal]:
    """Ask for a handle as it is."""
    if len(account.handle) >= 4:
        yield Proposal(account.handle, f"the handle on {account.platform}")


def propose_handle_with_at(account: Account) -> Iterator[Proposal]:
    """Ask for a handle as people write it, with `@`."""
    if len(account.handle) >= 4 and account.platform in {"x", "instagram", "youtube", "threads"}:
        yield Proposal(f"@{account.handle}", f"the handle on {account.platform}")


def propose_handle_beginning(account: Account) -> Iterator[Proposal]:
    """Ask for the first two thirds of a handle that is one word."""
    size = len(account.handle) * 2 // 3
    if account.handle.isalnum() and account.handle.isascii() and size >= 6:
        yield Proposal(account.handle[:size], f"the beginning of the handle {account.handle}")


def propose_other_name(account: Account) -> Iterator[Proposal]:
    """Ask for the other name of an account."""
    if account.other_name:
        yield Proposal(account.other_name, f"the other name of {account.name}")


def propose_other_name_beginning(account: Account) -> Iterator[Proposal]:
    """Ask for the first four characters, which are two words, of the other name of an account."""
    if len(account.other_name) >= 6 and is_han(account.other_name):
        yield Proposal(account.other_name[:4], f"the beginning of {account.other_name}")


def propose_latin_department(account: Account) -> Iterator[Proposal]:
    """Ask for a department that is not the name, in Latin letters: the body's name in its own language."""
    words = Text(account.department).words
    if len(words) > 1 and not set(words) & Text(account.name).word_set and _script(account.department) == {"LATIN"}:
        yield Proposal(account.department, f"the department of {account.name}")


def propose_part_of_department(account: Account) -> Iterator[Proposal]:
    """Ask for the last two words of a department that is not the name."""
    words = account.department.split()
    is_other = account.department != account.name and _script(account.department) == {"LATIN"}
    if is_other and len(words) > 2 and min(map(len, words[-2:])) >= 4:
        yield Proposal(" ".join(words[-2:]), f"the last two words of {account.department}")


def _in_script(scripts: tuple[str, ...]) -> Callable[[Account], Iterator[Proposal]]:
    """Yield the rule for departments in one script: the whole, and where it has several words, some of them."""

    def propose(account: Account) -> Iterator[Proposal]:
        name = account.department
        if not _script(name) or not _script(name) <= set(scripts) or account.is_chinese:
            return
        yield from choose((_propose_whole, _propose_words), *scripts, name)(name)
        yield from _propose_whole(name)

    propose.__name__ = f"propose_department_in_{scripts[0].lower()}"
    return propose


def _propose_whole(name: str) -> Iterator[Proposal]:
    yield Proposal(name, "the department")


def _propose_words(name: str) -> Iterator[Proposal]:
    words = name.split()
    if len(words) > 2:
        yield Proposal(" ".join(words[-2:]), f"the last two words of the department {name}")
    if len(words) > 1 and len(words[-1]) > 5:
        yield Proposal(name[:-3], f"the department {name}, broken off")


def _script(text: str) -> set[str]:
    return {unicodedata.name(letter, "").split()[0] for letter in text if letter.isalpha()}


RULES = (
    Rule("handle", 8, propose_handle),
    Rule("handle", 6, propose_handle_with_at),
    Rule("handle-beginning", 14, propose_handle_beginning),
    Rule("other-name", 10, propose_other_name),
    Rule("other-name", 6, propose_other_name_beginning),
    Rule("department", 8, propose_latin_department),
    Rule("department", 6, propose_part_of_department),
    *(Rule(kind, count, _in_script(scripts)) for kind, scripts, count in _SCRIPTS),
)
