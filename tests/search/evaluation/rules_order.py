"""Rules of order: each query matches many accounts, and the requirement says which of them comes first."""

from collections.abc import Iterator

from tests.search.evaluation.accounts import Account
from tests.search.evaluation.picking import Proposal, Rule, frequencies, names_with
from tests.search.evaluation.texts import Text

# So many other names have to match as well, or the order would not be tried.
MANY = 4


def propose_exact(account: Account) -> Iterator[Proposal]:
    """Ask for a name that is the beginning or a part of four or more other names."""
    words = Text(account.name).words
    longer = [name for name, own in names_with(*words) if len(own) > len(words)]
    if len(longer) >= MANY:
        yield Proposal(account.name, f"exactly {account.name}; {len(longer)} other names have it or its words in them")


def propose_beginning(account: Account) -> Iterator[Proposal]:
    """Ask for the first word or two of a name that four or more other names have further behind."""
    words = Text(account.name).words
    for count in (1, 2):
        start = words[:count]
        if count < len(words) and len(start[-1]) >= 4:
            behind = [name for name, own in names_with(*start) if own[:count] != start]
            if len(behind) >= MANY:
                yield Proposal(" ".join(start), f"{account.name} begins so; {len(behind)} other names go on so")


def propose_right_spelling(account: Account) -> Iterator[Proposal]:
    """Ask for a word of which another word, in four or more names, is one edit away."""
    for word in Text(account.name).words:
        if word.isascii() and word.isalpha() and 4 <= len(word) <= 7 and frequencies()[word] == 1:
            like = [near for near in _edited(word) if frequencies()[near] >= MANY]
            if like:
                yield Proposal(word, f"“{word}” of {account.name}, and not “{like[0]}”")


def propose_whole_word(account: Account) -> Iterator[Proposal]:
    """Ask for a word that four or more other names have within a longer word."""
    for word in Text(account.name).words:
        if word.isascii() and word.isalpha() and 3 <= len(word) <= 6 and frequencies()[word] <= 3:
            within = [other for other in frequencies() if word in other[1:]]
            if sum(frequencies()[other] for other in within) >= MANY:
                yield Proposal(word, f"“{word}” is a word of {account.name}, and within “{within[0]}” in others")


def _edited(word: str) -> list[str]:
    """Return the words of names that are `word` with one letter more, less or other."""
    known = frequencies()
    letters = "abcdefghijklmnopqrstuvwxyz"
    less = [word[:at] + word[at + 1 :] for at in range(len(word))]
    other = [word[:at] + letter + word[at + 1 :] for at in range(len(word)) for letter in letters]
    more = [word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in letters]
    return [near for near in (*less, *other, *more) if near != word and near in known]


RULES = (
    Rule("order-exact", 14, propose_exact),
    Rule("order-beginning", 12, propose_beginning),
    Rule("order-right-spelling", 12, propose_right_spelling),
    Rule("order-whole-word", 12, propose_whole_word),
)
