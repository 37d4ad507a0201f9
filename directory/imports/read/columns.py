"""The header of a table: which line it is, and how its columns make up the records of the rows below it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from directory.imports.errors import UnreadableFile
from directory.imports.read.headings import (
    COLUMNS,
    IDENTIFYING,
    LEVELS,
    HeadingMeaning,
    Headings,
    explain_unknown,
    find_level,
    find_scale,
    find_scheme,
    find_typo,
    is_counter,
    is_doubtful,
    normalize_heading,
)

# In a table with columns for several platforms they would be said of every account of the row.
_OF_ONE_ACCOUNT: Final = frozenset(
    {"handle", "platform_user_id", "followers", "followers_at", "posts", "last_post_at", "opened_on", "closed_on"}
)
_SHOWN_MAX: Final = 60
# So many lines at the beginning of a file are looked at for its header.
LOOKED_AT: Final = 30
_ENOUGH: Final = 2


class HeadingsRefused(UnreadableFile):
    """A header cannot be read; `problems` are headings with what is wrong with each."""

    def __init__(self, problems: Sequence[tuple[str, str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(message for _, _, message in problems) + f". Known are {', '.join(COLUMNS)}")


@dataclass(frozen=True, slots=True)
class PlatformColumns:
    """The columns of one account of a row: its platform, its language, and places with what stands there."""

    platform: str
    language: str | None
    parts: tuple[tuple[int, str], ...]
    heading: str


@dataclass(slots=True)
class ColumnMapping:
    """How rows under a header are read: `columns` has what stands for one column and needs no more than that.

    `others` are places that fill a column where its first is empty; `region` those that name a place together, the
    finest first; `names` those of other names with their language; `links` addresses of several accounts;
    `external_ids` those of ids with their scheme.
    `units` are those of numbers at a place; `notes` say what is left out, `unknown` are headings that are not known.
    """

    header: tuple[str, ...]
    columns: list[str | None]
    others: list[tuple[int, str]] = field(default_factory=list)
    region: tuple[int, ...] = ()
    names: list[tuple[int, str | None]] = field(default_factory=list)
    links: list[tuple[int, str | None]] = field(default_factory=list)
    external_ids: list[tuple[int, str]] = field(default_factory=list)
    scales: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[PlatformColumns] = field(default_factory=list)
    units: dict[int, str] = field(default_factory=dict)
    doubtful: bool = False
    level: str | None = None
    left_out: frozenset[int] = frozenset()
    unknown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def known_columns(self) -> frozenset[str]:
        """The columns that rows may have, whichever headings they have in the file."""
        return frozenset(column for column in self.columns if column)

    @property
    def meanings(self) -> tuple[tuple[str, str | None], ...]:
        """Each heading with what it stands for, None for nothing."""
        found = {place: column for place, column in enumerate(self.columns) if column} | dict(self.others)
        found |= dict.fromkeys(self.region, "region") | {place: "names" for place, _ in self.names}
        found |= {place: "url" for place, _ in self.links} | {place: "external_ids" for place, _ in self.external_ids}
        for account in self.accounts:
            found |= {place: f"{what} on {account.platform}" for place, what in account.parts}
        return tuple((heading, found.get(place)) for place, heading in enumerate(self.header))

    @property
    def is_simple(self) -> bool:
        """Whether each row is one account and each cell one value."""
        return not (
            self.others
            or self.region
            or self.names
            or self.links
            or self.external_ids
            or self.scales
            or self.accounts
            or self.doubtful
        )


def map_columns(headings: Headings, header: Sequence[str], *, is_table: bool = True) -> ColumnMapping:
    """Return how rows under `header` are read; raise UnreadableFile that tells all that is wrong with it.

    `is_table`: whether all rows have this header; else they are objects with keys, and each may have others.
    """
    meanings = [headings.find(heading) if heading.strip() else HeadingMeaning(is_left_out=True) for heading in header]
    builder = _MappingBuilder(header, meanings)
    unknown = [
        heading
        for heading, meaning in zip(header, meanings, strict=True)
        if not (meaning.column or meaning.account or meaning.is_left_out or is_counter(heading))
    ]
    if is_table and not any(meaning.column or meaning.account for meaning in meanings):
        raise UnreadableFile(
            f"no line at the beginning names the columns; one must name them: {', '.join(COLUMNS)}; "
            "if it does, say what its headings stand for with --column HEADING=COLUMN"
        )
    taken = {meaning.column for meaning in meanings}
    problems = list(builder.problems)
    for heading in dict.fromkeys(unknown):
        near = find_typo(heading, taken)
        if headings.strict or (near and not headings.ignore_unknown):
            problems.append((heading, "unknown-column", explain_unknown(heading, near)))
    if problems:
        raise HeadingsRefused(problems)
    return builder.finish(unknown, is_table=is_table)


class _MappingBuilder:
    """A mapping that is being made of a header and what each of its headings means."""

    def __init__(self, header: Sequence[str], meanings: Sequence[HeadingMeaning]) -> None:
        self._header = header
        self._meanings = meanings
        self._mapping = ColumnMapping(tuple(header), [None] * len(header))
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
        """Group the columns of one account: of one platform, and one language or number."""
        headings = [(place, meaning.account) for place, meaning in enumerate(self._meanings) if meaning.account]
        sure = [account for _, account in headings if account.is_sure]
        keys = {normalize_heading(heading) for heading in self._header}
        groups: dict[tuple[str, str, int], list[tuple[int, str]]] = {}
        for place, account in headings:
            is_doubted = not (account.is_sure or self._meanings[place].is_sure)
            # Next to `y`, a column `x` has coordinates of places.
            is_coordinate = account.platform == "x" and "y" in keys and normalize_heading(self._header[place]) == "x"
            is_lone = is_doubted and not sure and len(headings) == 1 and account.platform != "x"
            if self._has_platform or is_coordinate or is_lone:
                self._refused.append(self._header[place])
                continue
            number = 0
            # A second column of the same kind belongs to a second account on the platform.
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
            mapping = self._mapping
            mapping.units |= {
                place: unit for place, says in parts if says and (unit := find_scale(self._header[place]))
            }
            self._mapping.accounts.append(PlatformColumns(platform, language, tuple(parts), heading))

    def _place(self, column: str, places: list[int]) -> None:
        mapping = self._mapping
        if len(mapping.accounts) > 1 and column in _OF_ONE_ACCOUNT:
            self._refused += [self._header[place] for place in places]
            return
        for place in places:
            if column in {"followers", "posts"} and (unit := find_scale(self._header[place])):
                mapping.scales.append((column, unit))
        if column == "region":
            self._place_regions(places)
        elif column == "url":
            self._place_links(places)
        elif column == "external_ids":
            schemes = [find_scheme(self._header[place]) for place in places]
            mapping.columns[places[0]] = column
            mapping.external_ids += zip(places, schemes, strict=True) if any(schemes) or len(places) > 1 else []
        elif column == "name":
            mapping.columns[places[0]] = column
            mapping.names += [(place, self._meanings[place].language) for place in places] if len(places) > 1 else []
        else:
            self._place_one(column, places)

    def _place_one(self, column: str, places: list[int]) -> None:
        """Choose the first of the columns that stand for the same; a doubtful heading is one of names then."""
        mapping = self._mapping
        if column == "handle":
            sure = [place for place in places if not is_doubtful(self._header[place])]
            if sure and len(sure) < len(places):
                mapping.names += [(place, None) for place in places if place not in sure]
                places = sure
            mapping.doubtful = not sure
        # A stated column, or one by its own name, comes before those that mean the same.
        places = sorted(places, key=lambda place: not self._meanings[place].is_sure)
        first, *others = places
        mapping.columns[first] = column
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
        mapping.others += [(place, column) for place in others]
        shown = ", ".join(repr(self._header[place]) for place in others)
        mapping.notes.append(f"{shown} stands for {column}, too: taken where {self._header[first]!r} is empty")

    def _place_links(self, places: list[int]) -> None:
        mapping = self._mapping
        languages = [self._meanings[place].language for place in places]
        if mapping.accounts:
            # Next to columns of platforms it is usually the department's website: each cell shows which it is.
            mapping.links += zip(places, languages, strict=True)
        elif len(places) > 1 and None not in languages and len(set(languages)) == len(languages):
            mapping.links += zip(places, languages, strict=True)
        else:
            self._place_one("url", places)

    def _place_regions(self, places: list[int]) -> None:
        """Combine columns of a place and of what contains it into one region."""
        mapping = self._mapping
        levels = {place: find_level(self._header[place]) or "state" for place in places}
        by_level: dict[str, int] = {}
        for place in places:
            if levels[place] in by_level:
                mapping.others.append((place, "region"))
            else:
                by_level[levels[place]] = place
        ordered = [by_level[level] for level in LEVELS if level in by_level]
        mapping.columns[ordered[0]] = "region"
        mapping.level = find_level(self._header[ordered[0]])
        if len(ordered) > 1:
            mapping.region = tuple(ordered)
            # Behind the country no code is another country's.
            mapping.level = "country" if "country" in by_level else mapping.level

    def finish(self, unknown: Sequence[str], *, is_table: bool) -> ColumnMapping:
        """Return the mapping with notes on all that is left out."""
        mapping, header = self._mapping, self._header
        if self._refused:
            why = (
                "as there is a column for the platform"
                if self._has_platform
                else "as it is not certain which accounts they are about"
            )
            mapping.notes.append(f"columns left out, {why}: {_show(self._refused)}")
        counters = [heading for heading in header if is_counter(heading) and not self._means_something(heading)]
        if counters:
            mapping.notes.append(f"columns that number the rows, left out: {_show(counters)}")
        mapping.unknown = list(dict.fromkeys(unknown))
        if unknown and is_table:
            mapping.notes.append(
                f"columns left out, as their headings are not known: {_show(unknown)}; "
                f"say what one stands for with --column {unknown[0]!r}=COLUMN"
            )
        pairs = zip(header, self._meanings, strict=True)
        stated = [heading for heading, meaning in pairs if meaning.is_left_out and meaning.is_sure]
        if stated:
            mapping.notes.append(f"columns left out as stated: {_show(stated)}")
        return mapping

    def _means_something(self, heading: str) -> bool:
        meaning = self._meanings[list(self._header).index(heading)]
        return bool(meaning.column or meaning.account or meaning.is_left_out)


def _show(headings: Sequence[str]) -> str:
    shown = [repr(" ".join(heading.split())[:100]) for heading in dict.fromkeys(headings)]
    more = len(shown) - _SHOWN_MAX
    return ", ".join(shown[:_SHOWN_MAX]) + (f" and {more:,} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Header:
    """The headings of a table's columns, and which of the lines at its beginning are its first and last ones.

    `rows` are those lines as they stand, so that they are known where they are repeated; `notes` say what was done.
    """

    headings: tuple[str, ...]
    first: int
    last: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def find_header(rows: Sequence[Sequence[str]], headings: Headings) -> int:
    """Return which of `rows`, those at the beginning of a table that are not blank, names the columns.

    It is the first one, unless a later one has more headings that are known, and two at least.
    """
    first = headings.count_known(rows[0]) if rows else 0
    # No row knows more headings than it has cells: most files need no other look than at their first line.
    if first >= max(map(len, rows), default=0):
        return 0
    counts = [first, *(headings.count_known(row) for row in rows[1:])]
    most = max(counts, default=0)
    return counts.index(most) if most >= _ENOUGH and most > counts[0] else 0


def read_header(rows: Sequence[Sequence[str]], at: int, numbers: Sequence[int], headings: Headings) -> Header:
    """Return the header whose main line is `rows[at]`, `numbers` being those of the lines."""
    row = _clean(rows[at])
    first = last = at
    notes = []
    if at > 0 and (above := _join(_clean(rows[at - 1]), row, headings, is_group=True)) is not None:
        row, first = above, at - 1
    elif at + 1 < len(rows):
        below = _clean(rows[at + 1])
        joined = _join(row, below, headings)
        if joined is not None:
            row, last = joined, at + 1
        elif _is_second(row, below, headings):
            last = at + 1
            notes.append(f"line {numbers[last]} names the columns once more, and was left out")
    if first != last and not notes:
        notes.append(f"lines {numbers[first]} and {numbers[last]} were read as one header")
    if first > 0:
        titles = "; ".join(repr(" ".join(filter(None, map(str.strip, title)))[:100]) for title in rows[: min(first, 3)])
        notes.insert(
            0, f"line {numbers[first]} was taken for the header, and what stands above it left out ({titles}); "
            "--header-line N names another line"
        )  # fmt: skip
    while last + 1 < len(rows) and _counts_columns(rows[last + 1]):
        last += 1
        notes.append(f"line {numbers[last]} numbers the columns, and was left out")
    return Header(tuple(row), first, last, tuple(tuple(each) for each in rows[first : last + 1]), tuple(notes))


def _clean(row: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in row]


def _is_known(meaning: HeadingMeaning) -> bool:
    return meaning.column is not None or meaning.account is not None


def _join(
    upper: Sequence[str], lower: Sequence[str], headings: Headings, *, is_group: bool = False
) -> list[str] | None:
    """Return the headings of two lines of which the upper groups the lower; None if they are none.

    A group stands above the first of its columns, and above the others nothing. `is_group`: whether the lower line is
    the header without the upper one, which may be a title.
    """
    width = max(len(upper), len(lower))
    upper, lower = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    spans = [place for place in range(width) if not upper[place] and lower[place]]
    if not spans or spans[0] == 0 or not any(upper):
        return None
    joined, known, grouped, group = [], 0, 0, ""
    for place in range(width):
        group = upper[place] or group
        # A heading that spans both lines stands in each of them in a workbook.
        if not lower[place] or lower[place] == upper[place]:
            joined.append(upper[place])
            continue
        begins = bool(upper[place]) and place + 1 in spans
        if not (begins or place in spans):
            # A line that stands below a whole heading is data, or a heading of its own.
            if not _is_known(headings.find(lower[place])):
                return None
            joined.append(upper[place])
            continue
        whole, alone = f"{group} {lower[place]}", headings.find(lower[place])
        meaning = headings.find(whole)
        # A title above a heading changes nothing of what that means.
        if _is_known(meaning) and meaning != alone:
            known += 1
            grouped += 1
            joined.append(whole)
        elif _is_known(alone):
            known += 1
            joined.append(lower[place])
        else:
            joined.append(whole)
    if is_group and not grouped:
        return None
    return joined if known >= _ENOUGH or known >= len(spans) else None


def _is_second(header: Sequence[str], row: Sequence[str], headings: Headings) -> bool:
    """Whether a line below the header is another one, in another language or of the names that programs use."""
    filled = [cell for cell in row if cell]
    if len(filled) < max(_ENOUGH, len([cell for cell in header if cell]) // 2):
        return False
    alike = sum(
        1
        for heading, cell in zip(header, row, strict=False)
        if cell and (column := headings.column_of(cell)) is not None and column == headings.find(heading).column
    )
    return alike >= max(_ENOUGH, len(filled) // 2)


def _counts_columns(row: Sequence[str]) -> bool:
    """Whether a line has the numbers of the columns: 1, 2, 3 or (1), (2), (3)."""
    cells = [cell.strip().strip("()（）") for cell in row]
    return len(cells) > _ENOUGH and cells == [str(number) for number in range(1, len(cells) + 1)]
