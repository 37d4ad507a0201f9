"""The rules by which an account matches what is sought, the best first, each with its number.

0 exact       a whole name or handle, perhaps abbreviated or written out
1 spelt       a whole name by its pinyin or its initials
2 begins      a name or handle begins with it
3 spelt_begins   the same by pinyin
4 words       every word is a word of the account
5 inside      every word is inside: the beginning of a word, characters of a name, pinyin, initials, an abbreviation
6 apart       characters in this order with others between them (四川教育厅 in 四川省教育厅), letters inside a handle
7 typo        a word is mistyped, or written with other characters that are read alike

The last two are tried where the others find little.
"""

from collections.abc import Sequence
from typing import Final

RULES: Final = ("exact", "spelt", "begins", "spelt_begins", "words", "inside", "apart", "typo")
EXACT, SPELT, BEGINS, SPELT_BEGINS, WORDS, INSIDE, APART, TYPO = range(len(RULES))
# Fewer matches than these, and what is close is shown after them.
FEW: Final = 10
# From this rule on they are loose: tried where the others find little.
LOOSE: Final = APART


def is_little(found: Sequence[int]) -> bool:
    """Tell by the rules of the first matches, FEW of them at most, whether a search is to be widened.

    It is not where all of the matches begin with what was typed.
    """
    return len(found) < FEW and not (found and max(found) <= SPELT_BEGINS)
