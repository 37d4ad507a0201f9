"""Which accounts are the answer to a query, and whether there is one: the rule by which the evaluation set is fair.

**The answer** to a query is every account that matches it best. **A query has a determined answer** if these are at
most three accounts, or accounts of one public body (one name, department and region) on its platforms, and if in every
reading of the requirement at most two other accounts can stand before the first of them. So one of them must come in
the first three. Followers and status take no part: no row of the starter data has any.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tests.search.evaluation import matching
from tests.search.evaluation.accounts import Account, read_accounts
from tests.search.evaluation.matching import NO_MATCH, Grade, Match
from tests.search.evaluation.texts import Text, has_han

FIRST = 3
_TERM = re.compile(r'(?P<sign>-?)(?:"(?P<phrase>[^"]+)"|(?P<word>\S+))')


@dataclass(frozen=True)
class Query:
    """A query as it is understood: what has to be there, what side by side, and what must not."""

    wanted: Text
    phrases: tuple[Text, ...]
    unwanted: tuple[Text, ...]

    @classmethod
    def parse(cls, written: str) -> "Query":
        """Read `"quoted"` as a phrase and `-word` as excluded."""
        wanted: list[str] = []
        phrases: list[Text] = []
        unwanted: list[Text] = []
        for term in _TERM.finditer(written):
            text = term["phrase"] or term["word"]
            if term["sign"]:
                unwanted.append(Text(text))
                continue
            wanted.append(text)
            if term["phrase"]:
                phrases.append(Text(text))
        return cls(Text(" ".join(wanted)), tuple(phrases), tuple(unwanted))


@dataclass(frozen=True)
class Subject:
    """An account with its texts: names, handle, department, and all of them in one."""

    account: Account
    names: tuple[Text, ...]
    handle: Text
    department: Text
    everything: Text

    def matches(self, query: Query, found: Mapping[Text, Match]) -> Match:
        """Put together how its texts match. `found` has each text's match."""
        names = NO_MATCH
        for name in self.names:
            names |= found[name]
        # That names and handles come first if exact is said, and that names come next; of departments nothing is.
        handle = found[self.handle]
        handle = handle if handle.least is Grade.EXACT else handle.lowered(_handle_least(handle.least))
        department = found[self.department].lowered(Grade.FOUND)
        # Words from several texts together: some will find them, none must.
        scattered = found[self.everything].lowered(Grade.NONE, Grade.WORDS)
        return self._excluded(query, self._phrased(query, names | handle | department | scattered))

    def _phrased(self, query: Query, match: Match) -> Match:
        for phrase in query.phrases:
            held = NO_MATCH
            for text in (*self.names, self.department):
                held |= matching.match_phrase(phrase, text)
            held |= matching.match_phrase(phrase, self.handle).lowered(Grade.NONE)
            match = match.lowered(held.least, held.most)
        return match

    def _excluded(self, query: Query, match: Match) -> Match:
        for text in query.unwanted:
            if any(matching.match_phrase(text, name).least for name in self.names):
                return NO_MATCH
            # A part of a word, or only in the handle or the department: whether it excludes may be read both ways.
            if any(text.compact in other.compact for other in (*self.names, self.handle, self.department)):
                match = match.lowered(Grade.NONE)
        return match


def _handle_least(least: Grade) -> Grade:
    """Return what a handle that is not exact is worth at least: a beginning is found, a part of it need not be."""
    return Grade.FOUND if least is Grade.BEGINS else Grade.NONE


class Registry:
    """All accounts, and the answers to queries by looking at each of them."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        texts: dict[str, Text] = {}

        def text(written: str) -> Text:
            return texts.setdefault(written, Text(written))

        self.subjects = [
            Subject(
                account,
                tuple(text(name) for name in (account.name, account.other_name) if name),
                text(account.handle),
                text(account.department),
                text(f"{account.name} {account.other_name} {account.handle} {account.department}"),
            )
            for account in accounts
        ]
        self._texts = [(each.compact, each) for each in texts.values()]
        self._vocabulary = sorted({word for _, each in self._texts for word in each.words})
        self._subjects_of: defaultdict[Text, list[Subject]] = defaultdict(list)
        for subject in self.subjects:
            for each in {*subject.names, subject.handle, subject.department, subject.everything}:
                self._subjects_of[each].append(subject)
        spoken = {each: s.account.is_chinese for s in self.subjects for each in (*s.names, s.handle, s.department)}
        self._with_han = [(each, chinese) for each, chinese in spoken.items() if has_han(each.compact)]

    def answer(self, written: str, parameters: Mapping[str, str] | None = None) -> tuple[Account, ...]:
        """Return the answer to a query with further parameters; nothing if it has no determined answer."""
        query = Query.parse(written)
        found = [(a, m) for a, m in self._judge(query) if _passes(a, parameters or {})]
        certain = [(account, match) for account, match in found if match.least]
        if not certain:
            return ()
        best = max((match.most, -match.edits) for _, match in certain)
        answer = [(account, match) for account, match in certain if (match.most, -match.edits) == best]
        floor = max(match.least for _, match in answer)
        accounts = tuple(account for account, _ in answer)
        rivals = sum(1 for account, match in found if match.most >= floor and account not in accounts)
        is_one = len({account.body for account in accounts}) == 1
        return accounts if rivals < FIRST and (len(accounts) <= FIRST or is_one) else ()

    def _judge(self, query: Query) -> list[tuple[Account, Match]]:
        """Match the accounts, with typos only where nothing matches without."""
        matches: list[tuple[Account, Match]] = []
        for with_typos in (False, True):
            found = self._match_texts(query.wanted, with_typos=with_typos)
            touched = {subject.account: subject for text in list(found) for subject in self._subjects_of[text]}
            matches = [(account, subject.matches(query, found)) for account, subject in touched.items()]
            if any(match.least for _, match in matches):
                break
        return [(account, match) for account, match in matches if match.most]

    def _match_texts(self, query: Text, *, with_typos: bool) -> Mapping[Text, Match]:
        found: defaultdict[Text, Match] = defaultdict(Match)
        if query.compact.isascii():
            for text, is_chinese in self._with_han:
                match = matching.match_pinyin(query.compact, text, is_chinese=is_chinese)
                if match.most:
                    found[text] = match
        for text in self._texts_with(query.words):
            found[text] |= matching.match_letters(query, text)
        if with_typos:
            slips = {word: matching.find_slips(word, self._vocabulary) for word in query.words}
            for _, text in self._texts:
                match = matching.match_typos(query, text, slips)
                if match.most:
                    found[text] |= match
        return found

    def _texts_with(self, words: Iterable[str]) -> list[Text]:
        """Return the texts with all of these words somewhere in their letters, where alone they can match."""
        left = self._texts
        for word in words:
            left = [(compact, text) for compact, text in left if word in compact]
        return [text for _, text in left]


def _passes(account: Account, parameters: Mapping[str, str]) -> bool:
    """Whether an account passes the filters of a query."""
    plain = {"platform": account.platform, "department_type": account.department_type}
    return all(
        _lies_in(account.region, value) if name == "region" else plain[name] == value
        for name, value in parameters.items()
    )


def _lies_in(region: str, wider: str) -> bool:
    """Whether a region is another or lies in it: codes of China end in 00 for all that is below."""
    country, _, code = wider.partition("-")
    if country == "CN" and code:
        return region.startswith(f"CN-{code.removesuffix('00').removesuffix('00')}")
    return region == wider or (not code and region.startswith(f"{country}-"))


@cache
def starter_registry() -> Registry:
    """Return the registry of the starter data."""
    return Registry(read_accounts())
