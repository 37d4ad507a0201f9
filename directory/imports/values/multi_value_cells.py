"""Cells with several URLs or handles, of which a row could retain only one, because it is about one account."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from directory.platforms.addresses import (
    Address,
    NotAProfile,
    Reason,
    handle_key,
    parse_handle,
    parse_url,
    public_handle,
)
from directory.platforms.grammar.links import EDGES, is_address
from directory.platforms.grammar.markup import replace_link_markup

# What separates two URLs or handles. A URL behind one of `=?#:%` is a value in the query of another one.
_SEPARATOR: Final = re.compile(r"[\s,;|，；、｜•·<(\[]|[^=?#:%]https?:/|\wwww\.", re.IGNORECASE)
# A cell with none of them, unless `www.` is in its group: most cells, and the search above takes four times as long.
_PLAIN: Final = re.compile(r"(?:https?://(?:www\.)?)?([A-Za-z0-9_./@?=&%#~+-]*)")
_BETWEEN: Final = re.compile(r"[\s<>\"“”«»「」『』【】《》〈〉()（）\[\]{},，、;；。|｜•·]+")
_START: Final = re.compile(r"(?<=[^=?#:%])https?:/|(?<=\w)www\.", re.IGNORECASE)
# What people write between two of a list.
_AND: Final = frozenset(
    {"and", "und", "et", "y", "e", "og", "och", "en", "&", "+", "/", "\\", "-", "–", "—", "和", "与", "及", "或"}
)
_LIST: Final = re.compile(r"\s*(?:[;；|｜、\r\n,，]|/(?=\s*[@＠])|\s(?:and|und|et|[&/])\s)\s*", re.IGNORECASE)
# A name has commas and words between its parts as well ("Boston, MA"); these it has not.
_LIST_ONLY: Final = re.compile(r"[;；|｜\r\n]")
_SHOWN_MAX: Final = 5


@dataclass(slots=True)
class Cell:
    """What stands in one cell: accounts by identity, the address of each, and addresses that name no account."""

    accounts: dict[tuple[str, str, str], Address] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    others: list[NotAProfile] = field(default_factory=list)

    @property
    def is_with_websites(self) -> bool:
        """Whether there are one account, pages on hosts of no platform, and nothing else."""
        return len(self.accounts) == 1 and all(other.reason is Reason.UNKNOWN_HOST for other in self.others)

    def add(self, account: Address, address: str = "") -> None:
        """Add an account, once."""
        key = handle_key(account.platform, account.handle) if account.handle else ""
        if self.accounts.setdefault((account.platform, key, account.user_id or ""), account) is account and address:
            self.addresses.append(address)

    def without(self, user_id: str | None) -> list[Address]:
        """Return the accounts except one with the user id that the row states as well: it is the same one."""
        others = [account for account in self.accounts.values() if not user_id or account.user_id != user_id]
        return others if len(others) < len(self.accounts) and others else list(self.accounts.values())


def may_name_several(text: str) -> bool:
    """Whether something in a text separates URLs or handles, so that it is to be read as a cell of several."""
    plain = _PLAIN.fullmatch(text)
    return (plain is None or "www." in plain[1].lower()) and _SEPARATOR.search(text) is not None


def read_url_cell(text: str, platform: str | None) -> Cell:
    """Return what is in the URL's cell; `platform` is what the row states.

    What a marked-up link shows does not count, nor does an address in the query of another one.
    """
    cell, words = Cell(), []
    for piece in _split(replace_link_markup(text) if "[" in text or "<" in text else _unescape(text)):
        if not is_address(piece) and not (piece.startswith("@") and "." in piece):
            words.append(piece)
            continue
        found = parse_url(piece)
        if isinstance(found, Address):
            cell.add(found, piece)
        else:
            cell.others.append(found)
    _add_handles(cell, words, platform)
    return cell


def read_handle_cell(text: str, platform: str | None, *, has_url: bool) -> Cell:
    """Return what is in the handle's cell; `has_url`: the row has a URL as well."""
    text = _unescape(text)
    cell = read_url_cell(text, platform)
    if cell.accounts or not platform or isinstance(parse_handle(platform, text), Address):
        return cell
    parts = [part for part in _LIST.split(text.strip(EDGES)) if part]
    if has_url and not (_LIST_ONLY.search(text) or all(part.startswith(("@", "＠")) for part in parts)):
        return cell
    read = [parse_handle(platform, part) for part in parts if not re.search(r"\s", part)]
    accounts = [account for account in read if isinstance(account, Address)]
    if len(accounts) == len(parts):
        for account in accounts:
            cell.add(account)
    return cell


def describe(accounts: list[Address]) -> str:
    """Return the accounts of a cell as an error names them: `x/alpha, facebook/beta`."""
    shown = [f"{account.platform}/{public_handle(account) or account.user_id}" for account in accounts[:_SHOWN_MAX]]
    more = len(accounts) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _unescape(text: str) -> str:
    """Return a text without the entities of HTML: the semicolon of one parts nothing."""
    return html.unescape(text) if "&" in text and ";" in text else text


def _add_handles(cell: Cell, words: list[str], platform: str | None) -> None:
    """Add handles with their `@`, if there are no other words: a sentence may only mention one."""
    first = next(iter(cell.accounts.values()), None)
    names = [word for word in words if word.casefold() not in _AND]
    slug = first.platform if first is not None else platform
    if slug is None or not all(name.startswith(("@", "＠")) for name in names):
        return
    for name in names:
        found = parse_handle(slug, name)
        if isinstance(found, Address) and found.handle and not _repeats(cell, found.handle):
            cell.add(found)


def _repeats(cell: Cell, handle: str) -> bool:
    """Whether a handle is that of an account of the cell, or may be: that of one with an id alone."""
    name = handle.rpartition("/")[2].casefold()
    return any(
        account.handle is None or account.handle.rpartition("/")[2].partition("@")[0].casefold() == name
        for account in cell.accounts.values()
    )


def _split(text: str) -> Iterator[str]:
    """Yield the parts of a text between blanks and marks, and those of addresses that are glued together."""
    for word in _BETWEEN.split(text):
        start = 0
        for found in _START.finditer(word):
            before = word[start : found.start()]
            # A path in a query: `?next=/https://…`. Nothing but a host before: the address is doubled.
            if not before or (before[-1] == "/" and ("?" in before or "#" in before)):
                continue
            if part := before.strip(EDGES + ".&+"):
                yield part
            start = found.start()
        if part := word[start:].strip(EDGES + "."):
            yield part
