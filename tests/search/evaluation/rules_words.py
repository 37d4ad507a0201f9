"""Rules of words: a name's beginning, the beginning of the last word, several words, phrases, exclusions, filters."""

from collections.abc import Iterator
from itertools import pairwise

from tests.search.evaluation.accounts import Account, read_accounts
from tests.search.evaluation.answers import starter_registry
from tests.search.evaluation.picking import Proposal, Rule, digest, frequencies, names_with, rarest
from tests.search.evaluation.rules_han import eastern_texts
from tests.search.evaluation.texts import Text, is_eastern
from tests.search.evaluation.words_han import SUBJECTS, words_of


def _latin_words(account: Account) -> list[str]:
    """Return the words of a name in Latin letters, as written; none if it has other signs."""
    words = account.name.split()
    return words if len(words) > 1 and all(word.isalpha() and not is_eastern(word) for word in words) else []


def propose_beginning(account: Account) -> Iterator[Proposal]:
    """Ask for the first words of a name that goes on."""
    words = _latin_words(account)
    for count in range(2, len(words)):
        if len(words[count - 1]) > 3:
            yield Proposal(" ".join(words[:count]), f"the first words of {account.name}")


def propose_last_word_broken_off(account: Account) -> Iterator[Proposal]:
    """Ask for a name of which the last word is not yet typed out."""
    words = _latin_words(account)
    if words and len(words[-1]) >= 5:
        written = " ".join([*words[:-1], words[-1][: len(words[-1]) // 2 + 1]])
        yield Proposal(written, f"{account.name}, broken off in the last word")


def propose_inner_word_broken_off(account: Account) -> Iterator[Proposal]:
    """Ask for two words out of a name, without its first, of which the second is not yet typed out."""
    words = _latin_words(account)
    for first, second in pairwise(words[1:]):
        if len(first) >= 4 and len(second) >= 6:
            yield Proposal(f"{first} {second[:-2]}", f"words of {account.name}, broken off in the second")


def propose_two_words(account: Account) -> Iterator[Proposal]:
    """Ask for the rarest word of a name and another, in the order that the name has not."""
    words = [word for word in Text(account.name).words if len(word) >= 4 and word.isalpha()]
    if len(words) > 2 and _latin_words(account):
        first = rarest(words)[0]
        for other in sorted(words, key=len, reverse=True):
            if words.index(other) != words.index(first):
                pair = (first, other) if words.index(first) > words.index(other) else (other, first)
                yield Proposal(" ".join(pair), f"two words of {account.name}, turned round")


def propose_turned_round(account: Account) -> Iterator[Proposal]:
    """Ask for all words of a name from the last to the first."""
    words = _latin_words(account)
    if 3 <= len(words) <= 4:
        yield Proposal(" ".join(reversed(words)), f"all words of {account.name}, turned round")


def propose_words_of_chinese(account: Account) -> Iterator[Proposal]:
    """Ask for the words of a Chinese name turned round: 公安 大连 for 大连公安."""
    for text in eastern_texts(account):
        if words := words_of(text):
            yield Proposal(" ".join(reversed(words)), f"the words of {text}, turned round")


def propose_subject_and_place(account: Account) -> Iterator[Proposal]:
    """Ask for the place of a Chinese name and a word of it: 东营 旅游 for 东营市旅游局官方微博."""
    for text in eastern_texts(account):
        words = words_of(text)
        for word in (*SUBJECTS, "旅游", "公安", "发布", "警察"):
            if words and word in text and word not in words:
                yield Proposal(f"{words[0]} {word}", f"two words of {text}")


def propose_phrase(account: Account) -> Iterator[Proposal]:
    """Ask for two or three words in quotes that stand so in one body's name, and apart in another's."""
    words = _latin_words(account)
    for count in (2, 3):
        for start in range(len(words) - count + 1):
            part = words[start : start + count]
            if len(part[0]) > 3 and len(part[-1]) > 3 and _are_apart(part):
                yield Proposal(f'"{" ".join(part)}"', f"a phrase of {account.name}; others have its words apart")


def propose_phrase_and_word(account: Account) -> Iterator[Proposal]:
    """Ask for two words in quotes and another word of the name."""
    words = _latin_words(account)
    for start in range(1, len(words) - 1):
        part = words[start : start + 2]
        if len(part[0]) > 3 and len(part[-1]) > 3 and len(words[0]) > 3:
            yield Proposal(f'"{" ".join(part)}" {words[0]}', f"a phrase of {account.name}, and another word of it")


def propose_chinese_phrase(account: Account) -> Iterator[Proposal]:
    """Ask for a Chinese name in quotes, without its place."""
    for text in eastern_texts(account):
        words = words_of(text)
        if words and len(words[1]) >= 3:
            yield Proposal(f'"{words[1]}"', f"a phrase of {text}")


def propose_exclusion(account: Account) -> Iterator[Proposal]:
    """Ask for a word of several names, without one or two words that all the others have."""
    words = [word.lower() for word in _latin_words(account)]
    own = Text(account.name).word_set
    for word in rarest(word for word in words if len(word) > 3 and 2 <= frequencies()[word] <= 12):
        excluded = _tell_apart(own, [frozenset(other) for _, other in names_with(word)])
        if excluded:
            minus = " ".join(f"-{other}" for other in excluded)
            yield Proposal(f"{word} {minus}", f"of all with {word}, {account.name} has none of the excluded words")


def propose_chinese_exclusion(account: Account) -> Iterator[Proposal]:
    """Ask for a place without what its other accounts are about: 成都 -旅游."""
    words = words_of(account.name)
    if not words:
        return
    others = {other.name for other in read_accounts() if words[0] in other.name} - {account.name}
    subjects = [word for word in ("旅游", "公安", "发布", "平安", "微博") if any(word in name for name in others)]
    excluded = [word for word in subjects if word not in account.name]
    if others and excluded:
        minus = " ".join(f"-{word}" for word in excluded)
        yield Proposal(f"{words[0]} {minus}", f"of all of {words[0]}, {account.name} has none of the excluded words")


def propose_filtered(account: Account) -> Iterator[Proposal]:
    """Ask for the commonest word of a name in the account's region, where without it there is no one answer."""
    words = [word for word in Text(account.name).words if word.isalpha() and len(word) > 3 and not is_eastern(word)]
    for word in rarest(words)[::-1][:1]:
        for parameters in ({"region": account.region}, {"region": account.region, "platform": account.platform}):
            if "-" in account.region and frequencies()[word] > 10 and not starter_registry().answer(word):
                yield Proposal(word, f"{word} in the region of {account.name}", parameters)


def propose_filtered_chinese(account: Account) -> Iterator[Proposal]:
    """Ask for what a Chinese body does, in its region."""
    for word in ("公安", "旅游", "发布"):
        if word in account.name and account.region.startswith("CN-"):
            yield Proposal(word, f"{word} in the region of {account.name}", {"region": account.region})


def _are_apart(part: list[str]) -> bool:
    """Whether a name has these words, but not side by side."""
    wanted = Text(" ".join(part)).words
    return any(" ".join(wanted) not in " ".join(words) for _, words in names_with(*wanted))


def _tell_apart(own: frozenset[str], names: list[frozenset[str]]) -> list[str]:
    """Return at most two words of which each other name has one, and `own` none; nothing if there are none."""
    excluded: list[str] = []
    left = [name for name in names if name != own]
    if len(left) < 3:
        return []
    while left and len(excluded) < 2:
        words = {word for name in left for word in name - own if len(word) > 3 and word.isalpha()}
        if not words:
            return []
        # The word that most of the others have; of several the one that a hash names.
        best = max(words, key=lambda word: (sum(word in name for name in left), digest("excluded", word)))
        excluded.append(best)
        left = [name for name in left if best not in name]
    return [] if left else excluded


RULES = (
    Rule("name-beginning", 14, propose_beginning),
    Rule("last-word-beginning", 9, propose_last_word_broken_off),
    Rule("last-word-beginning", 9, propose_inner_word_broken_off),
    Rule("several-words", 8, propose_two_words),
    Rule("several-words", 4, propose_turned_round),
    Rule("several-words", 6, propose_words_of_chinese),
    Rule("several-words", 6, propose_subject_and_place),
    Rule("phrase", 6, propose_phrase),
    Rule("phrase", 5, propose_phrase_and_word),
    Rule("phrase", 4, propose_chinese_phrase),
    Rule("exclusion", 8, propose_exclusion),
    Rule("exclusion", 6, propose_chinese_exclusion),
    Rule("filtered", 8, propose_filtered),
    Rule("filtered", 6, propose_filtered_chinese),
)
