"""The columns of an import: which one each heading of a file stands for, and what is done with the others."""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from directory.imports.errors import UnreadableFile
from directory.imports.read import column_names as vocabulary
from directory.imports.read.column_names import (
    LEVELS,
    find_column,
    find_level,
    find_scale,
    part_language,
    spell,
    strip_brackets,
)
from directory.imports.read.wide_tables import PlatformHeading, find_platform_heading

COLUMNS: Final = (
    *("platform", "handle", "url", "platform_user_id", "name", "name_zh", "names", "description"),
    *("department", "department_type", "department_url", "region", "subject", "status", "opened_on", "closed_on"),
    *("followers", "followers_at", "posts", "last_post_at", "language", "tags", "source", "source_id"),
)
IDENTIFYING: Final = frozenset({"platform", "handle", "url", "platform_user_id"})
# Columns that we add to the file of rejected rows; whoever imports it again need not take them out.
PRIVATE_PREFIX: Final = "_"
ERRORS_COLUMN: Final = "_errors"
# In a table with columns for several platforms they would be said of every account of the row.
_OF_ONE_ACCOUNT: Final = frozenset(
    {"handle", "platform_user_id", "followers", "followers_at", "posts", "last_post_at", "opened_on", "closed_on"}
)
_SHOWN_MAX: Final = 60
_ALIKE: Final = 0.8
_MIN_TYPO_LENGTH: Final = 5


class HeadingsRefused(UnreadableFile):
    """A header cannot be read; `problems` are headings with what is wrong with each."""

    def __init__(self, problems: Sequence[tuple[str, str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(message for _, _, message in problems) + f". Known are {', '.join(COLUMNS)}")


class Meaning(NamedTuple):
    """What one heading stands for: a column in a language, an account on a platform, or nothing that is known.

    `is_sure`: whether it was stated, or is the column's own name.
    """

    column: str | None = None
    language: str | None = None
    account: PlatformHeading | None = None
    is_sure: bool = False
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class AccountColumns:
    """The columns of one account of a row: its platform, its language, and places with what stands there."""

    platform: str
    language: str | None
    parts: tuple[tuple[int, str], ...]
    heading: str


@dataclass(slots=True)
class Plan:
    """How rows under a header are read: `columns` has what stands for one column and needs no more than that.

    `others` are places that fill a column where its first is empty; `region` those that name a place together, the
    finest first; `names` those of other names with their language; `links` addresses of several accounts.
    `units` are those of numbers at a place; `notes` say what is left out, `unknown` are headings that are not known.
    """

    header: tuple[str, ...]
    columns: list[str | None]
    others: list[tuple[int, str]] = field(default_factory=list)
    region: tuple[int, ...] = ()
    names: list[tuple[int, str | None]] = field(default_factory=list)
    links: list[tuple[int, str | None]] = field(default_factory=list)
    scales: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[AccountColumns] = field(default_factory=list)
    units: dict[int, str] = field(default_factory=dict)
    doubtful: bool = False
    level: str | None = None
    left_out: frozenset[int] = frozenset()
    unknown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_simple(self) -> bool:
        """Whether each row is one account and each cell one value."""
        return not (
            self.others or self.region or self.names or self.links or self.scales or self.accounts or self.doubtful
        )


def nearest(heading: str) -> str:
    """Return the known column that is spelt most like `heading`, "" if none is."""
    key = spell(heading)
    found = difflib.get_close_matches(key, vocabulary.SPELLINGS, n=1, cutoff=0.75)
    return (find_column(found[0]) or "") if found and found[0][:1] == key[:1] else ""


class Headings:
    """Which column each heading of a file stands for: by its name, or as `--column HEADING=COLUMN` says."""

    def __init__(
        self, mapping: Mapping[str, str] | None = None, *, ignore_unknown: bool = False, strict: bool = False
    ) -> None:
        """Take what headings stand for; raise UnreadableFile for one that shall stand for no column.

        `ignore_unknown` leaves out headings that look like a slip in a column's name, which stop else;
        `strict` stops at every one that is not known.
        """
        self._given: dict[str, Meaning] = {}
        self._ignore_unknown = ignore_unknown
        self._strict = strict
        for heading, column in (mapping or {}).items():
            self._given[spell(heading)] = self._state(heading, column)

    def _state(self, heading: str, column: str) -> Meaning:
        account = None if column in COLUMNS else find_platform_heading(column)
        if column and column not in COLUMNS and account is None:
            near = nearest(column)
            hint = f"; the nearest is {near!r}" if near else ""
            raise UnreadableFile(
                f"--column {heading}={column}: there is no column {column!r}{hint}; "
                f"the columns are {', '.join(COLUMNS)}, "
                "or the name of a platform for a column of its accounts; nothing behind = leaves the column out"
            )
        return Meaning(column if column in COLUMNS else None, None, account, is_sure=True, is_left_out=not column)

    def find(self, heading: str) -> Meaning:
        """Return what `heading` stands for."""
        given = self._given.get(spell(heading))
        if given is not None:
            return given
        if heading.strip().startswith(PRIVATE_PREFIX):
            return Meaning(is_left_out=True)
        column = find_column(heading)
        if column is not None:
            return Meaning(column, is_sure=spell(heading) == spell(column))
        account = find_platform_heading(heading)
        if account is not None:
            return Meaning(account=account)
        for without in (strip_brackets(heading), part_language(heading)[0], part_language(strip_brackets(heading))[0]):
            column = find_column(without) if without != heading else None
            if column is not None:
                return Meaning(column, part_language(heading)[1])
        account = find_platform_heading(strip_brackets(heading))
        if account is not None:
            return Meaning(account=account)
        columns = {column for part in vocabulary.split(heading) if (column := find_column(part))}
        return Meaning(columns.pop()) if len(columns) == 1 else Meaning()

    def count_known(self, header: Iterable[str]) -> int:
        """Count the different things that headings stand for."""
        found = {meaning for meaning in map(self.find, header) if meaning.column or meaning.account}
        return len({(meaning.column, meaning.account, meaning.language) for meaning in found})

    def plan(self, header: Sequence[str], *, is_table: bool = True) -> Plan:
        """Return how rows under `header` are read; raise UnreadableFile that tells all that is wrong with it.

        `is_table`: whether all rows have this header; else they are objects with keys, and each may have others.
        """
        meanings = [self.find(heading) if heading.strip() else Meaning(is_left_out=True) for heading in header]
        planning = _Planning(header, meanings)
        unknown = [
            heading
            for heading, meaning in zip(header, meanings, strict=True)
            if not (meaning.column or meaning.account or meaning.is_left_out or vocabulary.is_counter(heading))
        ]
        if is_table and not any(meaning.column or meaning.account for meaning in meanings):
            raise UnreadableFile(
                f"no line at the beginning names the columns; one must name them: {', '.join(COLUMNS)}; "
                "if it does, say what its headings stand for with --column HEADING=COLUMN"
            )
        taken = {meaning.column for meaning in meanings}
        problems = list(planning.problems)
        for heading in dict.fromkeys(unknown):
            near = self._slip(heading, taken)
            if self._strict or (near and not self._ignore_unknown):
                problems.append((heading, "unknown-column", self.explain(heading, near)))
        if problems:
            raise HeadingsRefused(problems)
        return planning.finish(unknown, is_table=is_table)

    def _slip(self, heading: str, taken: Iterable[str | None]) -> str:
        """Return the column whose name a heading is but for one letter, "" if there is none or it is there already."""
        key = spell(heading)
        # Our own records have it, and it is no slip there.
        if heading == "sources":
            return ""
        for column in COLUMNS:
            name = spell(column)
            if column in taken or len(key) < _MIN_TYPO_LENGTH or key[0] != name[0]:
                continue
            letters, others = Counter(key), Counter(name)
            apart = sum((letters - others).values()) + sum((others - letters).values())
            if apart <= 1 and difflib.SequenceMatcher(None, key, name).ratio() >= _ALIKE:
                return column
        return ""

    @staticmethod
    def explain(heading: str, near: str = "") -> str:
        """Say that `heading` is unknown, what it may have been meant for, and how to go on."""
        hint = f" (did you mean {near!r}?)" if near else ""
        return (
            f"the column {heading!r} is not known{hint}; say what it is with --column {heading!r}={near or 'COLUMN'}, "
            f"leave it out with --column {heading!r}=, rename it, or leave out all unknown ones with --ignore-unknown"
        )


class _Planning:
    """A plan that is being made of a header and what each of its headings means."""

    def __init__(self, header: Sequence[str], meanings: Sequence[Meaning]) -> None:
        self._header = header
        self._meanings = meanings
        self._plan = Plan(tuple(header), [None] * len(header))
        self.problems: list[tuple[str, str, str]] = []
        self._has_platform = any(meaning.column == "platform" for meaning in meanings)
        self._refused: list[str] = []
        self._place_accounts()
        places: dict[str, list[int]] = {}
        for place, meaning in enumerate(meanings):
            if meaning.column is not None:
                places.setdefault(meaning.column, []).append(place)
        for column, found in places.items():
            self._place(column, found)

    def _place_accounts(self) -> None:
        """Put the columns of one account together: of one platform, and one language or number."""
        headings = [(place, meaning.account) for place, meaning in enumerate(self._meanings) if meaning.account]
        sure = [account for _, account in headings if account.is_sure]
        keys = {spell(heading) for heading in self._header}
        groups: dict[tuple[str, str, int], list[tuple[int, str]]] = {}
        for place, account in headings:
            is_doubted = not (account.is_sure or self._meanings[place].is_sure)
            is_coordinate = account.platform == "x" and "y" in keys and spell(self._header[place]) == "x"
            is_lone = is_doubted and not sure and len(headings) == 1 and account.platform != "x"
            if self._has_platform or is_coordinate or is_lone:
                self._refused.append(self._header[place])
                continue
            number = 0
            while account.says in [says for _, says in groups.get((account.platform, account.label, number), ())]:
                number += 1
            groups.setdefault((account.platform, account.label, number), []).append((place, account.says))
        for (platform, label, _), parts in groups.items():
            # On Weibo a displayed name is one account's, and names it.
            telling = {"", "id", "name"} if platform == "weibo" else {"", "id"}
            heading = next((self._header[place] for place, says in parts if says in telling), "")
            if not heading:
                self._refused += [self._header[place] for place, _ in parts]
                continue
            language = label if label.isalpha() else None
            plan = self._plan
            plan.units |= {place: unit for place, says in parts if says and (unit := find_scale(self._header[place]))}
            self._plan.accounts.append(AccountColumns(platform, language, tuple(parts), heading))

    def _place(self, column: str, places: list[int]) -> None:
        plan = self._plan
        if len(plan.accounts) > 1 and column in _OF_ONE_ACCOUNT:
            self._refused += [self._header[place] for place in places]
            return
        for place in places:
            if column in {"followers", "posts"} and (unit := find_scale(self._header[place])):
                plan.scales.append((column, unit))
        if column == "region":
            self._place_regions(places)
        elif column == "url":
            self._place_links(places)
        elif column == "name":
            plan.columns[places[0]] = column
            plan.names += [(place, self._meanings[place].language) for place in places] if len(places) > 1 else []
        else:
            self._place_one(column, places)

    def _place_one(self, column: str, places: list[int]) -> None:
        """Choose the first of the columns that stand for the same; a doubtful heading is one of names then."""
        plan = self._plan
        if column == "handle":
            sure = [place for place in places if not vocabulary.is_doubtful(self._header[place])]
            if sure and len(sure) < len(places):
                plan.names += [(place, None) for place in places if place not in sure]
                places = sure
            plan.doubtful = not sure
        places = sorted(places, key=lambda place: not self._meanings[place].is_sure)
        first, *others = places
        plan.columns[first] = column
        if not others:
            return
        if column in IDENTIFYING:
            both = " and ".join(repr(self._header[place]) for place in sorted(places))
            message = (
                f"the columns {both} both stand for {column!r}; take one of them out, or leave one out with "
                f"--column {self._header[others[0]]!r}="
            )
            self.problems.append((self._header[others[0]], "repeated-column", message))
            return
        plan.others += [(place, column) for place in others]
        shown = ", ".join(repr(self._header[place]) for place in others)
        plan.notes.append(f"{shown} stands for {column}, too: taken where {self._header[first]!r} is empty")

    def _place_links(self, places: list[int]) -> None:
        plan = self._plan
        languages = [self._meanings[place].language for place in places]
        if plan.accounts:
            # Beside columns of platforms it is the site of the body more often than not: each cell shows it.
            plan.links += zip(places, languages, strict=True)
        elif len(places) > 1 and None not in languages and len(set(languages)) == len(languages):
            plan.links += zip(places, languages, strict=True)
        else:
            self._place_one("url", places)

    def _place_regions(self, places: list[int]) -> None:
        """Let columns of a place and of what it lies in name one region together."""
        plan = self._plan
        levels = {place: find_level(self._header[place]) or "state" for place in places}
        by_level: dict[str, int] = {}
        for place in places:
            if levels[place] in by_level:
                plan.others.append((place, "region"))
            else:
                by_level[levels[place]] = place
        ordered = [by_level[level] for level in LEVELS if level in by_level]
        plan.columns[ordered[0]] = "region"
        plan.level = find_level(self._header[ordered[0]])
        if len(ordered) > 1:
            plan.region = tuple(ordered)
            # Behind the country no code is another country's.
            plan.level = "country" if "country" in by_level else plan.level

    def finish(self, unknown: Sequence[str], *, is_table: bool) -> Plan:
        """Return the plan with notes on all that is left out."""
        plan, header = self._plan, self._header
        if self._refused:
            why = (
                "as there is a column for the platform"
                if self._has_platform
                else "as it is not certain which accounts they are about"
            )
            plan.notes.append(f"columns left out, {why}: {_show(self._refused)}")
        counters = [heading for heading in header if vocabulary.is_counter(heading)]
        counters = [heading for heading in counters if not self._means_something(heading)]
        if counters:
            plan.notes.append(f"columns that number the rows, left out: {_show(counters)}")
        plan.unknown = list(dict.fromkeys(unknown))
        if unknown and is_table:
            plan.notes.append(
                f"columns left out, as their headings are not known: {_show(unknown)}; "
                f"say what one stands for with --column {unknown[0]!r}=COLUMN"
            )
        stated = [
            heading
            for heading, meaning in zip(header, self._meanings, strict=True)
            if meaning.is_left_out and meaning.is_sure
        ]
        if stated:
            plan.notes.append(f"columns left out as stated: {_show(stated)}")
        return plan

    def _means_something(self, heading: str) -> bool:
        meaning = self._meanings[list(self._header).index(heading)]
        return bool(meaning.column or meaning.account or meaning.is_left_out)


def _show(headings: Sequence[str]) -> str:
    shown = [repr(" ".join(heading.split())[:100]) for heading in dict.fromkeys(headings)]
    more = len(shown) - _SHOWN_MAX
    return ", ".join(shown[:_SHOWN_MAX]) + (f" and {more:,} more" if more > 0 else "")
