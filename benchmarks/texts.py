"""What two builds are asked: texts of each class, made of the registry's own accounts, none of them twice."""

from __future__ import annotations

import itertools
import random
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from pypinyin import lazy_pinyin

from benchmarks.questions import MARK

Make = Callable[[], str]

# Of a mixed batch, percent by class; all others are registered addresses.
MIXED: Final = {"names": 10, "look-alikes": 15, "unknown": 10}
# Attempts at a text that was not asked for yet.
_ATTEMPTS: Final = 1_000
_LETTERS: Final = 9
_HAN: Final = re.compile("[\u4e00-\u9fff]+")
_LATIN: Final = re.compile("[A-Za-z]{4,}")
_BODIES: Final = ("发布", "公安", "政府", "教育", "消防", "气象", "旅游")


class Account(NamedTuple):
    """What texts are made of."""

    url: str
    handle: str
    name: str


class Texts:
    """Texts of each class, in the same order for the same accounts and seed."""

    def __init__(self, accounts: Sequence[Account], places: Sequence[str], seed: int) -> None:
        """Make them of accounts, and of names of regions in Chinese."""
        self._chance = random.Random(seed)  # noqa: S311 - the same texts each time
        self._given: set[str] = set()
        self._numbers = itertools.count()
        self._accounts = itertools.cycle(self._chance.sample(accounts, len(accounts)))
        runs = [run for account in accounts for run in _HAN.findall(account.name)]
        self._runs = itertools.cycle(self._chance.sample(both := [*runs, *places], len(both)))
        self._by_class: dict[str, Make] = {
            "registered": self._address,
            "handles": lambda: f"@{next(self._accounts).handle.lstrip('@')}",
            "look-alikes": self._look_alike,
            "unknown": lambda: f"https://weibo.com/{''.join(self._chance.choices(string.ascii_lowercase, k=_LETTERS))}",
            "names": self._name,
            "2 Chinese characters": self._pair,
            "4 Chinese characters": lambda: self._pair() + self._chance.choice(_BODIES),
            "a Latin word": self._word,
            "two words": lambda: f"{self._word()} {self._word()}",
            "a mistyped word": lambda: self._exchanged(self._word()),
            "pinyin": lambda: "".join(lazy_pinyin(self._pair())),
            "beginnings": lambda: next(self._accounts).name[: self._chance.randrange(2, 7)].strip() or "a",
        }

    def take(self, kind: str, number: int) -> list[str]:
        """Return so many texts of a class; of `mixed`, by their shares."""
        if kind != "mixed":
            return [self._fresh(self._by_class[kind]) for _ in range(number)]
        texts = [text for each, share in MIXED.items() for text in self.take(each, number * share // 100)]
        texts += self.take("registered", number - len(texts))
        self._chance.shuffle(texts)
        return texts

    def _fresh(self, make: Make) -> str:
        for text in (make() for _ in range(_ATTEMPTS)):
            if text not in self._given:
                self._given.add(text)
                return text
        raise RuntimeError("the accounts make no more texts that were not asked for yet: ask fewer")

    def _address(self) -> str:
        """Return an address as people paste it."""
        url = next(self._accounts).url
        parts = urlsplit(url)
        rest = url.removeprefix(f"{parts.scheme}://")
        spellings = [
            url,
            f"http://{rest}",
            rest,
            f"{url}/",
            f" {url} ",
            f"https://www.{rest.removeprefix('www.')}",
            f"https://{parts.netloc.upper()}{parts.path}",
            f"{url}{'&' if parts.query else '?'}utm_source={next(self._numbers)}",
            f"{url}#{next(self._numbers)}" if not parts.fragment else url,
        ]
        return self._chance.choice(spellings)

    def _look_alike(self) -> str:
        """Return an address with two letters of the handle exchanged."""
        account = next(self._accounts)
        handle = account.handle
        head, found, tail = account.url.rpartition(handle)
        exchanged = self._exchanged(handle)
        return f"{head}{exchanged}{tail}" if found else f"https://weibo.com/{exchanged}"

    def _exchanged(self, word: str) -> str:
        at = self._chance.randrange(1, max(2, len(word) - 1))
        return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]

    def _name(self) -> str:
        """Return a name as it is, or with words that people add to it."""
        name = next(self._accounts).name.removesuffix(MARK)
        if _HAN.search(name):
            return name + self._chance.choice(["", "官方", "微博", "发布"])
        return self._chance.choice(["{}", "{} official", "The {}", "{} Twitter", "{} Office"]).format(name)

    def _pair(self) -> str:
        run = next(run for run in self._runs if len(run) > 1)
        at = self._chance.randrange(len(run) - 1)
        return str(run[at : at + 2])

    def _word(self) -> str:
        # Handles stand in for names where a registry has no Latin ones.
        account = next(each for each in self._accounts if _LATIN.search(f"{each.name} {each.handle}"))
        return str(self._chance.choice(_LATIN.findall(f"{account.name} {account.handle}"))).lower()


def distinct(rows: Iterable[tuple[str, str, str]]) -> Iterator[Account]:
    """Yield accounts, each address once."""
    seen: set[str] = set()
    for row in rows:
        if row[0] not in seen:
            seen.add(row[0])
            yield Account(*row)
