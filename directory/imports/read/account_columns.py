"""Accounts of one row: in a table with a column for each platform, or with several columns of URLs."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Final, NamedTuple

from directory.imports.read.columns import ColumnMapping, PlatformColumns
from directory.imports.read.records import WarningCounts
from directory.imports.values.cell_words import FLAG_WORDS, NUMBER, is_filled
from directory.imports.values.multi_value_cells import may_name_several, read_handle_cell, read_url_cell
from directory.platforms.addresses import Address, canonical_url, parse_url, public_handle
from directory.platforms.grammar.links import is_address
from directory.platforms.grammar.sites import GRAMMARS

FLAGS: Final = "cells that say only whether there is an account (yes, no), left out"
ONLY_NAMED: Final = "accounts given by their displayed name alone, without handle, address or id, left out"
WITHOUT: Final = "rows that name no account (no handle, address or id), left out"
SEVERAL: Final = "cells with several accounts, each taken for one of the row"


class RowAccount(NamedTuple):
    """What a row says of one of its accounts, the heading that names it, and the places of its own columns."""

    values: Mapping[str, object]
    heading: str
    places: Sequence[int]


def find_accounts(
    mapping: ColumnMapping,
    line: int,
    values: MutableMapping[str, object],
    cells: Sequence[object],
    warnings: WarningCounts,
) -> list[RowAccount]:
    """Return the accounts of a row, first those in columns of URLs, then those in columns of platforms.

    A URL that is no account's, in a table with columns of platforms, is put into `values` as the department's website.
    """
    found = list(_read_links(mapping, values, cells))
    for account in mapping.accounts:
        found += _read_account(mapping, line, account, cells, warnings)
    return found


def _read_links(
    mapping: ColumnMapping, values: MutableMapping[str, object], cells: Sequence[object]
) -> Iterator[RowAccount]:
    for place, language in mapping.links:
        cell = cells[place] if place < len(cells) else None
        if not isinstance(cell, str) or not is_filled(cell):
            continue
        if mapping.accounts and not isinstance(parse_url(cell), Address):
            values.setdefault("department_url", cell)
            continue
        stated: dict[str, object] = {"url": cell}
        if language and not is_filled(values.get("language")):
            stated["language"] = language
        yield RowAccount(stated, mapping.header[place], (place,))


def _read_account(
    mapping: ColumnMapping, line: int, account: PlatformColumns, cells: Sequence[object], warnings: WarningCounts
) -> Iterator[RowAccount]:
    """Yield the account, or accounts, in the columns of one platform."""
    stated, identity, places = _read_cells(mapping, line, account, cells, warnings)
    # On Weibo a displayed name belongs to one account, and identifies it.
    if not identity and account.platform == "weibo" and "name" in stated:
        identity["handle"] = stated["name"]
    if not identity:
        if stated:
            warnings.add(ONLY_NAMED if "name" in stated else WITHOUT, line)
        return
    stated["platform"] = account.platform
    if account.language:
        stated["language"] = account.language
    several = _split_accounts(identity, account.platform)
    if len(several) > 1:
        warnings.add(SEVERAL, line)
    for one in several:
        yield RowAccount({**stated, **one}, account.heading, places)


def _read_cells(
    mapping: ColumnMapping, line: int, account: PlatformColumns, cells: Sequence[object], warnings: WarningCounts
) -> tuple[dict[str, object], dict[str, object], list[int]]:
    """Return what the columns of one account say, what identifies it, and the places of both."""
    stated: dict[str, object] = {}
    identity: dict[str, object] = {}
    places = []
    for place, says in account.parts:
        cell = cells[place] if place < len(cells) else None
        # In JSON and workbooks a truth value says only that there is an account.
        if isinstance(cell, bool) or not is_filled(cell):
            continue
        places.append(place)
        if says not in {"", "id"}:
            # "粉丝(万)": the heading has the unit, which the parser of counts reads behind the number.
            unit = mapping.units.get(place, "")
            stated[says] = f"{cell}{unit}" if unit and NUMBER.fullmatch(str(cell).strip()) else cell
        elif isinstance(cell, str) and cell.strip().casefold() in FLAG_WORDS:
            warnings.add(FLAGS, line)
        else:
            _identify(identity, account.platform, says, cell)
    return stated, identity, places


def _identify(identity: dict[str, object], platform: str, says: str, cell: object) -> None:
    """Put what stands in a column of a platform into its field: url, platform_user_id or handle."""
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


def _split_accounts(identity: dict[str, object], platform: str) -> list[dict[str, object]]:
    """Return what identifies each account of a cell that has several, otherwise the one as it stands."""
    (field, cell), *others = identity.items()
    if others or not isinstance(cell, str) or not may_name_several(cell):
        return [identity]
    read = read_url_cell(cell, platform) if field == "url" else read_handle_cell(cell, platform, has_url=False)
    accounts = list(read.accounts.values())
    if len(accounts) < 2 or read.others:  # noqa: PLR2004 - several
        return [identity]
    split: list[dict[str, object]] = []
    for account in accounts:
        # Left as it stands: the validator says what is wrong with it.
        if account.platform != platform:
            return [identity]
        url = canonical_url(account)
        split.append({"url": url} if url else {"handle": public_handle(account) or account.user_id})
    return split
