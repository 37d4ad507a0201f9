"""Rules of typos: one edit in a word of 4 to 7 letters, two in one of 8 or more."""

from collections.abc import Callable, Iterator
from functools import partial

from rapidfuzz.distance import OSA

from tests.search.evaluation.accounts import Account
from tests.search.evaluation.picking import Proposal, Rule, digest, frequencies, rarest
from tests.search.evaluation.texts import Text

# A finger goes to the key beside the right one.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {row[at]: row[at + 1] if at + 1 < len(row) else row[at - 1] for row in _ROWS for at in range(len(row))}


def _substitute(word: str, at: int) -> str:
    return f"{word[:at]}{_BESIDE[word[at]]}{word[at + 1 :]}"


def _delete(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


def _insert(word: str, at: int) -> str:
    """Double a letter, or hit the key beside it too."""
    return word[:at] + (word[at] if at % 2 else _BESIDE[word[at]]) + word[at:]


def _swap(word: str, at: int) -> str:
    at = min(at, len(word) - 2)
    return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"


Edit = Callable[[str, int], str]
EDITS: tuple[Edit, ...] = (_substitute, _delete, _insert, _swap)


def propose_typo(account: Account, *, edit: Edit) -> Iterator[Proposal]:
    """Ask for the rarest word of a name with one edit, else with the rest of the name as it is."""
    for word in _mistypable(account, 4, 7):
        wrong = edit(word, digest("place", word) % len(word))
        # A word that lacks its end is a beginning and no typo.
        if 4 <= len(wrong) <= 7 and not word.startswith(wrong):
            yield from _ask(account, word, wrong, f"“{word}” of {account.name} with one edit ({edit.__name__[1:]})")


def propose_two_typos(account: Account) -> Iterator[Proposal]:
    """Ask for a word of 9 letters or more with two edits, in its first half and in its second."""
    for word in _mistypable(account, 9, 99):
        first, second = (EDITS[digest(place, word) % len(EDITS)] for place in ("first", "second"))
        half = len(word) // 2
        wrong = second(word, half + 1 + digest("late", word) % (half - 1))
        wrong = first(wrong, digest("early", word) % (half - 1))
        if len(wrong) >= 8 and OSA.distance(word, wrong) == 2:
            how = f"{first.__name__[1:]}, {second.__name__[1:]}"
            yield from _ask(account, word, wrong, f"“{word}” of {account.name} with two edits ({how})")


def propose_typo_in_long_word(account: Account) -> Iterator[Proposal]:
    """Ask for a word of 9 letters or more with one edit."""
    for word in _mistypable(account, 9, 99):
        edit = EDITS[digest("edit", word) % len(EDITS)]
        wrong = edit(word, digest("place", word) % len(word))
        if not word.startswith(wrong):
            yield from _ask(account, word, wrong, f"“{word}” of {account.name} with one edit ({edit.__name__[1:]})")


def _ask(account: Account, word: str, wrong: str, why: str) -> Iterator[Proposal]:
    """Ask for the word alone, else for all of a name of up to five words."""
    yield Proposal(wrong, why)
    words = Text(account.name).words
    if 2 <= len(words) <= 5:
        yield Proposal(" ".join(wrong if each == word else each for each in words), why)


def _mistypable(account: Account, shortest: int, longest: int) -> list[str]:
    """Return the words of a name in English letters, the rarest first, without those that half the world has."""
    words = [word for word in Text(account.name).words if word.isascii() and word.isalpha()]
    return rarest(word for word in words if shortest <= len(word) <= longest and frequencies()[word] <= 20)


def _propose(edit: Edit) -> Callable[[Account], Iterator[Proposal]]:
    """Return the rule for one kind of edit, under a name of its own."""
    rule = partial(propose_typo, edit=edit)
    rule.__dict__["__name__"] = f"propose_typo{edit.__name__}"
    return rule


RULES = (
    *(Rule(f"typo-{edit.__name__[1:]}", 12, _propose(edit)) for edit in EDITS),
    Rule("typo-in-long-word", 8, propose_typo_in_long_word),
    Rule("typo-in-long-word", 14, propose_two_typos),
)
