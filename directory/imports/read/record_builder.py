"""From the cells of a row to the records of its accounts: one in most tables, several if each platform has a column."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from directory.imports.errors import UnreadableFile
from directory.imports.read import account_columns
from directory.imports.read.account_columns import WITHOUT
from directory.imports.read.columns import ColumnMapping, map_columns
from directory.imports.read.headings import COLUMNS, Headings, normalize_heading
from directory.imports.read.records import ReadOptions, Record, WarningCounts
from directory.imports.values.cell_words import (
    NOT_KNOWN,
    NUMBER,
    TOTAL_STARTS,
    is_filled,
    is_number,
    is_short_number,
    is_total,
)
from directory.platforms.grammar.links import is_address
from directory.platforms.reference import find_platform
from directory.regions.queries import is_code

TOTALS: Final = "rows that add up others (totals), left out"
NOTES: Final = "lines of text below or between the rows, left out"
EMPTY: Final = "rows of which handle, address and id say that there is none (-, n/a), left out"
NUMBERED: Final = "numbers of districts next to a region, left out"
BY_PLACE: Final = "accounts with the name of their place, as no column has another name"
AS_NAME: Final = "values under a heading of handles that are no handles, taken as names"

_IDENTITY: Final = ("handle", "url", "platform_user_id")
_NAME_COLUMNS: Final = frozenset({"name", "name_zh", "names", "department"})
_SPACE: Final = re.compile(r"\s")
_ID_SEPARATOR: Final = re.compile(r"[;,|、\uff1b\uff0c]")
# In such columns blank cells below a filled one come from merged cells.
_MERGED: Final = ("department", "region")


class RecordBuilder:
    """Builds the records of rows below one header; remembers what a blank cell below a filled one may stand for."""

    def __init__(
        self,
        mapping: ColumnMapping,
        warnings: WarningCounts,
        options: ReadOptions,
        *,
        is_table: bool = True,
    ) -> None:
        """Raise UnreadableFile for a column to fill down that is not there."""
        self.mapping = self._mapping = mapping
        self._warnings = warnings
        self._constants = dict(options.constants)
        self._fields = [(place, column) for place, column in enumerate(mapping.columns) if column]
        self._named = frozenset(column for column in mapping.columns if column)
        self._is_simple = mapping.is_simple
        self._is_table = is_table
        self._is_named_by_place = _is_named_by_place(mapping)
        # Whether an object is its record as it stands.
        self.is_plain = mapping.is_simple and not options.constants and tuple(mapping.columns) == mapping.header
        # Whether a row's cells are its record's values as they stand.
        self.is_direct = (
            mapping.is_simple and is_table and not (options.constants or options.fill_down or self._is_named_by_place)
        )
        self._fill = [self._place(name) for name in options.fill_down if is_table]
        self._watched = [
            (place, column)
            for place, column in self._fields
            if is_table and column in _MERGED and place not in self._fill
        ]
        self._above: dict[int, str] = {}

    def _place(self, name: str) -> int:
        """Return the place of the column that is called `name` here or in the file."""
        key = normalize_heading(name)
        for place, heading in enumerate(self._mapping.header):
            if normalize_heading(heading) == key or self._mapping.columns[place] == name:
                return place
        given = ", ".join(repr(heading) for heading in self._mapping.header if heading.strip())
        raise UnreadableFile(f"--fill-down {name}: there is no such column; the file has {given}"[:2_000])

    def records(self, line: int, cells: Sequence[object], raw: Sequence[str] | str) -> Iterator[Record]:
        """Yield the records of a row that is not blank; warning one that has none."""
        if self._fill:
            cells = self._fill_down(cells)
        values: dict[str, object] = {
            column: cell
            for column, cell in zip(self._mapping.columns, cells, strict=False)
            if column and cell is not None and cell != ""
        }
        named = self._columns_of(len(cells))
        if not self._is_simple:
            self._unite(line, values, cells)
        if self._is_named_by_place:
            self._name_by_place(line, values)
        if self._mapping.accounts or self._mapping.links:
            yield from self._spread(line, values, cells, raw, named)
            return
        _name_on_weibo(values)
        if self.is_none(line, values, cells):
            return
        if self._watched:
            self._watch(line, cells)
        if self._constants:
            self._complete(values)
        if self._mapping.doubtful:
            self._doubt(line, values)
        yield Record(line, values, raw, empty=named - values.keys())

    def _name_by_place(self, line: int, values: dict[str, object]) -> None:
        """Use the name of the place as the account's name, if no column has another: a list of towns."""
        # `_unite_region` puts the smallest place first.
        place = str(values.get("region") or "").partition(", ")[0].strip()
        if place and place not in NOT_KNOWN and not is_code(place):
            values["name"] = place
            self._warnings.add(BY_PLACE, line)

    def _columns_of(self, width: int) -> frozenset[str]:
        """Return the columns that a row of so many cells has; of cells that a short row lacks nothing is known."""
        mapping = self._mapping
        is_whole = width >= len(mapping.header)
        named = self._named if is_whole else self._named.intersection(mapping.columns[:width])
        if self._is_simple:
            return named
        several = {column for place, column in mapping.others if place < width}
        several |= {"region"} if any(place < width for place in mapping.region) else set()
        several |= {"external_ids"} if any(place < width for place, _ in mapping.external_ids) else set()
        return named | several | ({"name", "names"} if any(place < width for place, _ in mapping.names) else set())

    def read_plain(self, line: int, cells: list[str]) -> Record | None:
        """Return the record of a row that is one account or none, where `is_direct`: most rows of most files are so."""
        values: dict[str, object] = {
            column: cell for column, cell in zip(self._mapping.columns, cells, strict=False) if column and cell
        }
        # Two cheap tests spare most rows the look at each of their cells.
        is_doubted = (values.get("handle") or values.get("url") or "") in NOT_KNOWN or cells[0][:1] in TOTAL_STARTS
        if is_doubted:
            _name_on_weibo(values)
            if self.is_none(line, values, cells):
                return None
        if self._watched:
            self._watch(line, cells)
        # Columns with an empty cell are passed on: without them the value of before would stay.
        return Record(line, values, cells, empty=self._columns_of(len(cells)) - values.keys())

    def _fill_down(self, cells: Sequence[object]) -> list[object]:
        filled = list(cells)
        for place in self._fill:
            cell = filled[place] if place < len(filled) else None
            if isinstance(cell, str) and cell.strip():
                self._above[place] = cell
            elif place in self._above and place < len(filled):
                filled[place] = self._above[place]
        return filled

    def _watch(self, line: int, cells: Sequence[object]) -> None:
        """Remark a blank cell below a filled one, where a table program had merged the two."""
        for place, column in self._watched:
            cell = cells[place] if place < len(cells) else ""
            if cell and str(cell).strip():
                self._above[place] = str(cell)
            elif place in self._above:
                self._warnings.add(
                    f"rows with an empty {self._mapping.header[place]!r} below a filled one, as merged cells leave, "
                    f"taken as not known; --fill-down {column} repeats the one above",
                    line,
                )

    def _complete(self, values: dict[str, object]) -> None:
        """Fill empty fields with the constants of the file."""
        for name, value in self._constants.items():
            given = values.get(name)
            if given is None or (isinstance(given, str) and given.strip() in NOT_KNOWN):
                values[name] = value

    def _unite(self, line: int, values: dict[str, object], cells: Sequence[object]) -> None:
        """Combine what several columns say of one field."""
        mapping = self._mapping
        for place, column in mapping.others:
            cell = cells[place] if place < len(cells) else None
            if is_filled(cell):
                if not is_filled(values.get(column)):
                    values[column] = cell
                elif values[column] != cell:
                    self._warnings.add(
                        f"values of {mapping.header[place]!r} left out, as the row has another {column}", line
                    )
        if mapping.region:
            self._unite_region(line, values, cells)
        for column, unit in mapping.scales:
            if NUMBER.fullmatch(number := str(values.get(column, "")).strip()):
                values[column] = f"{number}{unit}"
        if mapping.names:
            self._gather_names(values, cells)
        if mapping.external_ids:
            self._gather_external_ids(values, cells)

    def _unite_region(self, line: int, values: dict[str, object], cells: Sequence[object]) -> None:
        """Combine a place and what contains it into one region, the smallest first."""
        places = self._mapping.region
        parts = [cells[place] for place in places if place < len(cells) and is_filled(cells[place])]
        # Districts of parliaments have numbers, and are no regions.
        if any(is_short_number(part) for part in parts):
            self._warnings.add(NUMBERED, line)
            parts = [part for part in parts if not is_short_number(part)]
        values.pop("region", None)
        if parts:
            # Once each: Beijing as a city lies in Beijing as a province.
            values["region"] = ", ".join(str(part).strip() for part in dict.fromkeys(parts))

    def _gather_names(self, values: dict[str, object], cells: Sequence[object]) -> None:
        """Use the first of several names as the displayed one, the rest with their languages as other names."""
        found: dict[str, str | None] = {}
        for place, language in self._mapping.names:
            cell = cells[place] if place < len(cells) else None
            if is_filled(cell):
                found.setdefault(str(cell).strip(), language)
        # The name in the account's own language is the displayed one.
        wanted = str(values.get("language") or "").strip().casefold()
        first = next((name for name, language in found.items() if language and wanted == language), None)
        first = first or str(values.get("name") or next(iter(found), ""))
        if not first:
            return
        values["name"] = first
        others = [
            {"name": name, "language": language} if language else name
            for name, language in found.items()
            if name != first.strip()
        ]
        if others and "names" not in values:
            values["names"] = others

    def _gather_external_ids(self, values: dict[str, object], cells: Sequence[object]) -> None:
        """Combine columns of external ids, each of one scheme, into one list."""
        values.pop("external_ids", None)
        found: list[object] = []
        for place, scheme in self._mapping.external_ids:
            cell = cells[place] if place < len(cells) else None
            for each in cell if isinstance(cell, list) else [cell]:
                if is_filled(each):
                    # A number of a workbook or of JSON loses no digit as an int.
                    text = str(int(each)) if isinstance(each, float) and each.is_integer() else each
                    found += _split_external_ids(text, scheme)
        if found:
            values["external_ids"] = found

    def _doubt(self, line: int, values: dict[str, object]) -> None:
        """Use a value below a heading such as `Account` as a name, if it is no handle and the row has a URL."""
        handle = values.get("handle")
        if not isinstance(handle, str) or not values.get("url") or is_address(handle):
            return
        if _SPACE.search(handle.strip()) or not handle.isascii():
            self._warnings.add(AS_NAME, line)
            del values["handle"]
            values.setdefault("name", handle)

    def is_none(self, line: int, values: Mapping[str, object], cells: Sequence[object]) -> bool:
        """Whether a row is none of an account, which is remarked: a total, a footnote, a body without an account."""
        first = cells[0] if cells else None
        may_add_up = isinstance(first, str) and first[:1] in TOTAL_STARTS
        if may_add_up and is_total(str(first)) and is_number(values.get("handle")) and "url" not in values:
            self._warnings.add(TOTALS, line)
            return True
        stated = False
        for name in _IDENTITY:
            value = values.get(name)
            if value is None:
                continue
            if not isinstance(value, str) or (value not in NOT_KNOWN and value.strip() not in NOT_KNOWN):
                return False
            stated = stated or bool(value.strip())
        filled = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        if any(is_total(cell) for cell in filled):
            self._warnings.add(TOTALS, line)
        elif stated:
            self._warnings.add(EMPTY, line)
        elif self._is_table and len(filled) == 1 and len(self._fields) > 1:
            self._warnings.add(NOTES, line)
        elif not is_filled(values.get("platform")):
            self._warnings.add(WITHOUT, line)
        else:
            return False
        return True

    def _spread(
        self,
        line: int,
        values: dict[str, object],
        cells: Sequence[object],
        raw: Sequence[str] | str,
        named: frozenset[str],
    ) -> Iterator[Record]:
        """Yield a record for each account of a row, which has the columns `named` besides those of accounts."""
        accounts = account_columns.find_accounts(self._mapping, line, values, cells, self._warnings)
        has_own = any(is_filled(values.get(name)) for name in _IDENTITY)
        if not accounts and not has_own:
            if not self.is_none(line, {}, cells):
                self._warnings.add(WITHOUT, line)
            return
        places = {place for account in self._mapping.accounts for place, _ in account.parts}
        places |= {place for place, _ in self._mapping.links}
        shared = {name: value for name, value in values.items() if name not in _IDENTITY}
        for account in accounts:
            yield self._build_one(
                line, {**shared, **account.values}, raw, named, places.difference(account.places), account
            )
        if has_own:
            yield self._build_one(line, dict(values), raw, named, places, None)

    def _build_one(
        self,
        line: int,
        values: dict[str, object],
        raw: Sequence[str] | str,
        named: frozenset[str],
        others: Collection[int],
        account: account_columns.RowAccount | None,
    ) -> Record:
        if self._constants:
            self._complete(values)
        # The file of rejected rows has of this row what is to be corrected, without its accounts that are not rejected.
        own = raw if isinstance(raw, str) else ["" if place in others else cell for place, cell in enumerate(raw)]
        # What only the columns of one account say, such as its followers, is unsaid of the other accounts of the row.
        empty = named.difference(_IDENTITY) - values.keys()
        return Record(line, values, own, empty=empty, heading=account.heading if account else "")


def build_records(
    headings: Headings, header: Sequence[str], warnings: WarningCounts, options: ReadOptions
) -> RecordBuilder:
    """Return what makes records of the rows of a table; raise UnreadableFile for a header that cannot be read."""
    mapping = map_columns(headings, header)
    names_accounts = mapping.accounts or mapping.links or any(column in _IDENTITY for column in mapping.columns)
    # On Weibo a displayed name is one account's.
    names_accounts = names_accounts or ("name" in mapping.columns and "platform" in mapping.columns)
    if not names_accounts:
        raise UnreadableFile(
            f"no column says which accounts the rows are about (handle, url, platform_user_id, or one a platform); the "
            f"headings are {', '.join(repr(heading) for heading in header if heading.strip())}"[:1_500]
            + f"; say what one stands for with --column HEADING=COLUMN. Known are {', '.join(COLUMNS)}"
        )
    return RecordBuilder(mapping, warnings, options)


def _split_external_ids(cell: object, scheme: str) -> list[object]:
    """Return the ids of a cell, with the scheme of its heading where they have none of their own."""
    if not isinstance(cell, str | int):
        return [cell]
    parts = [part.strip() for part in _ID_SEPARATOR.split(str(cell)) if part.strip()]
    return [part if ":" in part or "/" in part or not scheme else f"{scheme}:{part}" for part in parts]


def _name_on_weibo(values: dict[str, object]) -> None:
    """Use the displayed name as the handle on Weibo, where it is unique, if nothing else identifies the account."""
    if any(is_filled(values.get(name)) for name in _IDENTITY):
        return
    name = values.get("name")
    if not is_filled(name) or is_total(str(name)):
        return
    platform = find_platform(str(values.get("platform") or ""))
    if platform is not None and platform.slug == "weibo":
        values["handle"] = name


def _is_named_by_place(mapping: ColumnMapping) -> bool:
    """Whether nothing but a column of towns, or of other places, tells whose the accounts are."""
    has_name = mapping.names or any(column in _NAME_COLUMNS for column in mapping.columns)
    has_name = has_name or any(says == "name" for account in mapping.accounts for _, says in account.parts)
    return (mapping.level is not None or bool(mapping.region)) and not has_name
