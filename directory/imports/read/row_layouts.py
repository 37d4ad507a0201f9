"""From the cells of a row to the records of its accounts: one in most tables, several with a column a platform."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from directory.imports.errors import UnreadableFile
from directory.imports.read.column_names import spell
from directory.imports.read.columns import COLUMNS, AccountColumns, Headings, Plan
from directory.imports.read.file_options import Shape
from directory.imports.read.records import Record, Remarks
from directory.imports.values.cell_words import (
    FLAG_WORDS,
    NUMBER,
    TOTAL_STARTS,
    is_filled,
    is_number,
    is_short_number,
    is_total,
)
from directory.imports.values.multi_value_cells import may_be_several, read_handle_cell, read_url_cell
from directory.imports.values.parsing import NOT_KNOWN
from directory.platforms.addresses import Address, canonical_url, parse_url, public_handle
from directory.platforms.grammar.links import is_address
from directory.platforms.grammar.sites import GRAMMARS
from directory.platforms.reference import find_platform
from directory.regions.parsing import is_code

TOTALS: Final = "rows that add up others (totals), left out"
NOTES: Final = "lines of text below or between the rows, left out"
WITHOUT: Final = "rows that name no account (no handle, address or id), left out"
EMPTY: Final = "rows of which handle, address and id say that there is none (-, n/a), left out"
FLAGS: Final = "cells that say only whether there is an account (yes, no), left out"
ONLY_NAMED: Final = "accounts given by their displayed name alone, without handle, address or id, left out"
SEVERAL: Final = "cells with several accounts, each taken for one of the row"
NUMBERED: Final = "numbers of districts beside a region, left out"
BY_PLACE: Final = "accounts with the name of their place, as no column has another name"
AS_NAME: Final = "values under a heading of handles that are no handles, taken as names"

_IDENTITY: Final = ("handle", "url", "platform_user_id")
_NAMING: Final = frozenset({"name", "name_zh", "names", "department"})
_SPACE: Final = re.compile(r"\s")
# In such columns blank cells below a filled one come from merged cells.
_MERGED: Final = ("department", "region")


class RowShapes:
    """Makes records of rows under one header; remembers what a blank cell below a filled one may stand for."""

    def __init__(
        self,
        plan: Plan,
        remarks: Remarks,
        shape: Shape,
        *,
        is_table: bool = True,
    ) -> None:
        """Raise UnreadableFile for a column to fill down that is not there."""
        self.plan = self._plan = plan
        self._remarks = remarks
        self._constants = dict(shape.constants)
        self._fields = [(place, column) for place, column in enumerate(plan.columns) if column]
        self._named = frozenset(column for column in plan.columns if column)
        self._is_simple = plan.is_simple
        self._is_table = is_table
        self._is_named_by_place = _is_named_by_place(plan)
        # Whether an object is its record as it stands.
        self.is_plain = plan.is_simple and not shape.constants and tuple(plan.columns) == plan.header
        # Whether a row's cells are its record's values as they stand.
        self.is_direct = (
            plan.is_simple and is_table and not (shape.constants or shape.fill_down or self._is_named_by_place)
        )
        self._fill = [self._place(name) for name in shape.fill_down if is_table]
        self._watched = [
            (place, column)
            for place, column in self._fields
            if is_table and column in _MERGED and place not in self._fill
        ]
        self._above: dict[int, str] = {}

    def _place(self, name: str) -> int:
        """Return the place of the column that is called `name` here or in the file."""
        key = spell(name)
        for place, heading in enumerate(self._plan.header):
            if spell(heading) == key or self._plan.columns[place] == name:
                return place
        given = ", ".join(repr(heading) for heading in self._plan.header if heading.strip())
        raise UnreadableFile(f"--fill-down {name}: there is no such column; the file has {given}"[:2_000])

    def records(self, line: int, cells: Sequence[object], raw: Sequence[str] | str) -> Iterator[Record]:
        """Yield the records of a row that is not blank; remark one that has none."""
        if self._fill:
            cells = self._fill_down(cells)
        values: dict[str, object] = {
            column: cell
            for column, cell in zip(self._plan.columns, cells, strict=False)
            if column and cell is not None and cell != ""
        }
        named = self._columns_of(len(cells))
        if not self._is_simple:
            self._unite(line, values, cells)
        if self._is_named_by_place:
            self._name_by_place(line, values)
        if self._plan.accounts or self._plan.links:
            yield from self._spread(line, values, cells, raw, named)
            return
        _name_on_weibo(values)
        if self.is_none(line, values, cells):
            return
        if self._watched:
            self._watch(line, cells)
        if self._constants:
            self._complete(values)
        if self._plan.doubtful:
            self._doubt(line, values)
        yield Record(line, values, raw, empty=named - values.keys())

    def _name_by_place(self, line: int, values: dict[str, object]) -> None:
        """Take the name of the place for that of the account, where no column has another: a list of towns."""
        place = str(values.get("region") or "").partition(", ")[0].strip()
        if place and place not in NOT_KNOWN and not is_code(place):
            values["name"] = place
            self._remarks.add(BY_PLACE, line)

    def _columns_of(self, width: int) -> frozenset[str]:
        """Return the columns that a row of so many cells has; of cells that a short row lacks nothing is known."""
        plan = self._plan
        is_whole = width >= len(plan.header)
        named = self._named if is_whole else self._named.intersection(plan.columns[:width])
        if self._is_simple:
            return named
        several = {column for place, column in plan.others if place < width}
        several |= {"region"} if any(place < width for place in plan.region) else set()
        return named | several | ({"name", "names"} if any(place < width for place, _ in plan.names) else set())

    def read_plain(self, line: int, cells: list[str]) -> Record | None:
        """Return the record of a row that is one account or none, where `is_direct`: most rows of most files are so."""
        values: dict[str, object] = {
            column: cell for column, cell in zip(self._plan.columns, cells, strict=False) if column and cell
        }
        is_doubted = (values.get("handle") or values.get("url") or "") in NOT_KNOWN or cells[0][:1] in TOTAL_STARTS
        if is_doubted:
            _name_on_weibo(values)
            if self.is_none(line, values, cells):
                return None
        if self._watched:
            self._watch(line, cells)
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
                self._remarks.add(
                    f"rows with an empty {self._plan.header[place]!r} below a filled one, as merged cells leave, "
                    f"taken as not known; --fill-down {column} repeats the one above",
                    line,
                )

    def _complete(self, values: dict[str, object]) -> None:
        """Give the fields that are empty what was stated for the whole file."""
        for name, value in self._constants.items():
            given = values.get(name)
            if given is None or (isinstance(given, str) and given.strip() in NOT_KNOWN):
                values[name] = value

    def _unite(self, line: int, values: dict[str, object], cells: Sequence[object]) -> None:
        """Put together what several columns say of one field."""
        plan = self._plan
        for place, column in plan.others:
            cell = cells[place] if place < len(cells) else None
            if is_filled(cell):
                if not is_filled(values.get(column)):
                    values[column] = cell
                elif values[column] != cell:
                    self._remarks.add(f"values of {plan.header[place]!r} beside another {column}, left out", line)
        if plan.region:
            self._unite_region(line, values, cells)
        for column, unit in plan.scales:
            if NUMBER.fullmatch(number := str(values.get(column, "")).strip()):
                values[column] = f"{number}{unit}"
        if plan.names:
            self._gather_names(values, cells)

    def _unite_region(self, line: int, values: dict[str, object], cells: Sequence[object]) -> None:
        """Make one region of a place and what it lies in, the finest first."""
        places = self._plan.region
        parts = [cells[place] for place in places if place < len(cells) and is_filled(cells[place])]
        # Districts of parliaments have numbers, and are no regions.
        if any(is_short_number(part) for part in parts):
            self._remarks.add(NUMBERED, line)
            parts = [part for part in parts if not is_short_number(part)]
        values.pop("region", None)
        if parts:
            values["region"] = ", ".join(str(part).strip() for part in dict.fromkeys(parts))

    def _gather_names(self, values: dict[str, object], cells: Sequence[object]) -> None:
        """Take the first of several names as the displayed one, the others with their languages as other names."""
        found: dict[str, str | None] = {}
        for place, language in self._plan.names:
            cell = cells[place] if place < len(cells) else None
            if is_filled(cell):
                found.setdefault(str(cell).strip(), language)
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

    def _doubt(self, line: int, values: dict[str, object]) -> None:
        """Take what stands under `Account` for a name where it is no handle and an address names the account."""
        handle = values.get("handle")
        if not isinstance(handle, str) or not values.get("url") or is_address(handle):
            return
        if _SPACE.search(handle.strip()) or not handle.isascii():
            self._remarks.add(AS_NAME, line)
            del values["handle"]
            values.setdefault("name", handle)

    def is_none(self, line: int, values: Mapping[str, object], cells: Sequence[object]) -> bool:
        """Whether a row is none of an account, which is remarked: a total, a footnote, a body without an account."""
        first = cells[0] if cells else None
        may_add_up = isinstance(first, str) and first[:1] in TOTAL_STARTS
        if may_add_up and is_total(str(first)) and is_number(values.get("handle")) and "url" not in values:
            self._remarks.add(TOTALS, line)
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
            self._remarks.add(TOTALS, line)
        elif stated:
            self._remarks.add(EMPTY, line)
        elif self._is_table and len(filled) == 1 and len(self._fields) > 1:
            self._remarks.add(NOTES, line)
        elif not is_filled(values.get("platform")):
            self._remarks.add(WITHOUT, line)
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
        """Yield a record for each account of a row, which has the columns `named` beside those of accounts."""
        found = list(self._links(values, cells))
        for account in self._plan.accounts:
            found += self._accounts(line, account, cells)
        stated = [name for name in _IDENTITY if is_filled(values.get(name))]
        if stated:
            found.append(({}, None, ()))
        if not found:
            if not self.is_none(line, {}, cells):
                self._remarks.add(WITHOUT, line)
            return
        places = {place for account in self._plan.accounts for place, _ in account.parts}
        places |= {place for place, _ in self._plan.links}
        for said, heading, own in found:
            record = (
                {name: value for name, value in values.items() if name not in _IDENTITY} if heading else dict(values)
            )
            record |= said
            if self._constants:
                self._complete(record)
            # The file of rejected rows has of this row what is to be put right, not the accounts that are not rejected.
            kept = (
                raw
                if isinstance(raw, str)
                else ["" if place in places and place not in own else cell for place, cell in enumerate(raw)]
            )
            # What only this account's columns say, as its followers, another one of the row leaves unsaid.
            yield Record(line, record, kept, empty=named.difference(_IDENTITY) - record.keys(), heading=heading or "")

    def _links(
        self, values: dict[str, object], cells: Sequence[object]
    ) -> Iterator[tuple[dict[str, object], str | None, tuple[int, ...]]]:
        """Yield the accounts whose addresses stand in columns for addresses; others are the website of the body."""
        for place, language in self._plan.links:
            cell = cells[place] if place < len(cells) else None
            if not isinstance(cell, str) or not is_filled(cell):
                continue
            if self._plan.accounts and not isinstance(parse_url(cell), Address):
                values.setdefault("department_url", cell)
                continue
            said: dict[str, object] = {"url": cell}
            if language and not is_filled(values.get("language")):
                said["language"] = language
            yield said, self._plan.header[place], (place,)

    def _accounts(
        self, line: int, account: AccountColumns, cells: Sequence[object]
    ) -> Iterator[tuple[dict[str, object], str | None, tuple[int, ...]]]:
        """Yield what a row says of the account, or accounts, in the columns of one platform."""
        said, identity, own = self._read_parts(line, account, cells)
        if not identity and account.platform == "weibo" and "name" in said:
            identity["handle"] = said["name"]
        if not identity:
            if said:
                self._remarks.add(ONLY_NAMED if "name" in said else WITHOUT, line)
            return
        said["platform"] = account.platform
        if account.language:
            said["language"] = account.language
        several = _read_several(identity, account.platform)
        if len(several) > 1:
            self._remarks.add(SEVERAL, line)
        for one in several:
            yield {**said, **one}, account.heading, tuple(own)

    def _read_parts(
        self, line: int, account: AccountColumns, cells: Sequence[object]
    ) -> tuple[dict[str, object], dict[str, object], list[int]]:
        """Return what a row says of an account, what says which it is, and the places of both."""
        said: dict[str, object] = {}
        identity: dict[str, object] = {}
        own = []
        for place, says in account.parts:
            cell = cells[place] if place < len(cells) else None
            if isinstance(cell, bool) or not is_filled(cell):
                continue
            own.append(place)
            if says not in {"", "id"}:
                unit = self._plan.units.get(place, "")
                said[says] = f"{cell}{unit}" if unit and NUMBER.fullmatch(str(cell).strip()) else cell
            elif isinstance(cell, str) and cell.strip().casefold() in FLAG_WORDS:
                self._remarks.add(FLAGS, line)
            else:
                _identify(identity, account.platform, says, cell)
        return said, identity, own


def make_shapes(headings: Headings, header: Sequence[str], remarks: Remarks, shape: Shape) -> RowShapes:
    """Return what makes records of the rows of a table; raise UnreadableFile for a header that cannot be read."""
    plan = headings.plan(header)
    names_accounts = plan.accounts or plan.links or any(column in _IDENTITY for column in plan.columns)
    # On Weibo a displayed name is one account's.
    names_accounts = names_accounts or ("name" in plan.columns and "platform" in plan.columns)
    if not names_accounts:
        raise UnreadableFile(
            f"no column says which accounts the rows are about (handle, url, platform_user_id, or one a platform); the "
            f"headings are {', '.join(repr(heading) for heading in header if heading.strip())}"[:1_500]
            + f"; say what one stands for with --column HEADING=COLUMN. Known are {', '.join(COLUMNS)}"
        )
    return RowShapes(plan, remarks, shape)


def _identify(identity: dict[str, object], platform: str, says: str, cell: object) -> None:
    """Put what stands in a column of a platform where it belongs: an address, an id, or a handle."""
    written = cell.strip() if isinstance(cell, str) else cell
    pattern = GRAMMARS[platform].user_id
    if isinstance(written, str) and is_address(written):
        field = "url"
    elif says == "id" and pattern is not None and pattern.fullmatch(str(written)):
        field = "platform_user_id"
    else:
        field = "handle"
    if field in identity:
        field = next((name for name in ("handle", "url") if name not in identity), field)
    identity[field] = written


def _read_several(identity: dict[str, object], platform: str) -> list[dict[str, object]]:
    """Return what names each account of a cell that has several, else the one as it stands."""
    (field, cell), *others = identity.items()
    if others or not isinstance(cell, str) or not may_be_several(cell):
        return [identity]
    read = read_url_cell(cell, platform) if field == "url" else read_handle_cell(cell, platform, has_url=False)
    accounts = list(read.accounts.values())
    if len(accounts) < 2 or read.others:  # noqa: PLR2004 - several
        return [identity]
    found: list[dict[str, object]] = []
    for account in accounts:
        if account.platform != platform:
            return [identity]
        url = canonical_url(account)
        found.append({"url": url} if url else {"handle": public_handle(account) or account.user_id})
    return found


def _name_on_weibo(values: dict[str, object]) -> None:
    """Take the displayed name for the handle on Weibo, where it is one account's, if nothing else says which."""
    if any(is_filled(values.get(name)) for name in _IDENTITY):
        return
    name = values.get("name")
    if not is_filled(name) or is_total(str(name)):
        return
    platform = find_platform(str(values.get("platform") or ""))
    if platform is not None and platform.slug == "weibo":
        values["handle"] = name


def _is_named_by_place(plan: Plan) -> bool:
    """Whether nothing but a column of towns, or of other places, tells whose the accounts are."""
    has_name = plan.names or any(column in _NAMING for column in plan.columns)
    has_name = has_name or any(says == "name" for account in plan.accounts for _, says in account.parts)
    return (plan.level is not None or bool(plan.region)) and not has_name
