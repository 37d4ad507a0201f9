"""Which profile a row is about: its platform, handle, URL and user id, and what is doubtful about them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from directory.imports.errors import InvalidValue, RowError, show
from directory.imports.values.cell_words import NOT_KNOWN
from directory.imports.values.multi_value_cells import (
    describe,
    may_name_several,
    read_handle_cell,
    read_url_cell,
)
from directory.imports.values.parsing import (
    is_cut_off,
    parse_handle_text,
    parse_text,
    parse_user_id,
    rounded_id_error,
    strip_number_format,
    undo_artefacts,
)
from directory.platforms.addresses import Address, NotAProfile, Reason, identify
from directory.sources.synthetic import SYNTHETIC

# From programs that knew no handle. Somebody may have such a handle, but hardly a public body.
PLACEHOLDERS: Final = (
    "handles that are words for nothing or for an error (None, null, nan), taken as stated; look at them"
)
CUT: Final = "ids of more than fifteen digits that end in zeros, as spreadsheets cut them; look at them"
DATES: Final = "handles that look like a spreadsheet's day (1-Mar, Mar-11), which mar1 becomes there; look at them"
# Nearly all have ten. A list had lost the last digit of one, and vouched for a stranger.
UNUSUAL_UIDS: Final = "Weibo uids of other than ten digits, taken as stated; a digit may be missing: look at them"
EXTRA_URLS: Final = "URLs that name no account, in the cell of the account's URL, left out; look at them"

_WORDS: Final = frozenset(
    {word.casefold() for word in NOT_KNOWN if word}
    | {"na", "nonetype", "dbnull", "undef", "unknown", "missing", "empty", "blank", "void", "not-available"}
    | {"notavailable", "not_available", "true", "false", "0", "inf", "infinity", "tbd", "tba", "没有", "空"}
)
_UID_LENGTH: Final = 10
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE: Final = re.compile(rf"(?:.*/)?(?:\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2}}|\d{{1,2}}-{_MONTH}-\d{{2}})")
# Ids that no other platform has: channels of YouTube, decentralized ones, WeChat's original ids, Flickr's NSIDs, pages
# of LinkedIn, channels of WhatsApp, communities of Reddit.
_TELLING: Final = {
    "youtube": re.compile("UC[A-Za-z0-9_-]{22}"),
    "bluesky": re.compile(r"did:(?:plc|web):\S+"),
    "wechat": re.compile("gh_[0-9a-f]{12}"),
    "flickr": re.compile("[0-9]{4,12}@N[0-9]{2}"),
    "linkedin": re.compile(r"(?:company|showcase|school)/[^/\s]+"),
    "whatsapp": re.compile("0029V[A-Za-z0-9]{17,23}"),
    "reddit": re.compile(r"/?r/[A-Za-z0-9_]{3,21}"),
}
# Read as a path it would be the profile of `N`.
_NOT_AVAILABLE: Final = re.compile(r"[/@=](?:#|%23)?n(?:/|%2f)a/?\s*$", re.IGNORECASE)
_ROUNDED_ENDING: Final = re.compile(r"[/=]\d(?:[.,]\d+)?e(?:\+|%2b)\d+/?\s*$", re.IGNORECASE)
_PADDED_ENDING: Final = re.compile(r"(?<=[/=])\d{5,}\.0{1,2}(?=/?\s*$)")


def parse_profile(
    record: Mapping[str, object], errors: list[RowError], warnings: list[str], *, strict: bool
) -> Address | None:
    """Return the profile that the row is about; add to `errors` what is wrong if it cannot be told, and to `warnings`.

    `strict` makes errors of doubtful handles that otherwise are warnings.
    """
    fields: dict[str, str | None] = {}
    for field, parse in (
        ("platform", parse_text),
        ("handle", parse_handle_text),
        ("url", _url),
        ("platform_user_id", parse_user_id),
    ):
        given = record.get(field)
        if given is None:
            fields[field] = None
            continue
        try:
            fields[field] = parse(undo_artefacts(given, warnings, identifying=True))
        except InvalidValue as invalid:
            errors.append(RowError(field, show(given), invalid.code, invalid.message, invalid.remedy))
    if len(fields) < 4:  # noqa: PLR2004 - one of the four is wrong, and said
        return None
    if not (fields["handle"] or fields["url"] or fields["platform_user_id"]):
        errors.append(_explain_nothing(record))
        return None
    if _refuse_several(record, fields, errors, warnings):
        return None
    if not (fields["platform"] or fields["url"]):
        fields["platform"] = platform_of(fields["platform_user_id"] or "") or platform_of(fields["handle"] or "")
    profile = identify(fields["platform"], fields["handle"], fields["url"], fields["platform_user_id"])
    if isinstance(profile, NotAProfile):
        errors.append(replace(_explain(profile, fields), stops=strict or not _is_page(fields)))
        return None
    # Uids of a sample have more digits than any real one, so that they are nobody's.
    is_sample = record.get("source") == SYNTHETIC
    if profile.platform == "weibo" and profile.user_id and len(profile.user_id) != _UID_LENGTH and not is_sample:
        warnings.append(UNUSUAL_UIDS)
    return _doubt(profile, fields, errors, warnings, strict=strict)


def _refuse_several(
    record: Mapping[str, object], fields: dict[str, str | None], errors: list[RowError], warnings: list[str]
) -> bool:
    """Whether a cell names several accounts, added to `errors`; `fields` retains one that stands with its website."""
    for field in ("url", "handle"):
        written = fields[field]
        if written is None or not (may_name_several(written) or (field == "handle" and "/@" in written)):
            continue
        if field == "url":
            cell = read_url_cell(written, fields["platform"])
        else:
            # A line break parts two handles, of which `text` has made a blank.
            raw = undo_artefacts(record[field], [], identifying=True)
            whole = raw if isinstance(raw, str) and ("\n" in raw or "\r" in raw) else written
            cell = read_handle_cell(whole, fields["platform"], has_url=bool(fields["url"]))
        accounts = cell.without(fields["platform_user_id"])
        if len(accounts) > 1:
            message = f"it names several accounts: {describe(accounts)}"
            errors.append(RowError(field, written, "several-accounts", message, "give each account a row of its own"))
            return True
        if cell.others and cell.addresses:
            warnings.append(EXTRA_URLS)
            if cell.is_with_websites:
                fields[field] = cell.addresses[0]
    return False


def _is_page(fields: Mapping[str, str | None]) -> bool:
    """Whether a row states a word of the platform's own addresses (`tags`, `login`) as the handle, and its page as URL.

    Lists that were copied out of addresses by a program have such rows. There is nothing to correct in them, and they
    would hold up all others.
    """
    if not fields["platform"] or not fields["handle"]:
        return False
    stated = identify(fields["platform"], fields["handle"], fields["url"], fields["platform_user_id"], lenient=True)
    return isinstance(stated, Address)


def platform_of(written: str) -> str | None:
    """Return the platform of an id or a handle that is of a form which only one has; None for others.

    What `identify` reads alone, such as an address or `@name@server`, is left to it.
    """
    return next((slug for slug, form in _TELLING.items() if form.fullmatch(written)), None)


def is_placeholder(handle: str) -> bool:
    """Whether a handle is what a program writes where it knows none: `None`, `company/null`, `nan@server`."""
    folded = handle.lower() if handle.isascii() else unicodedata.normalize("NFKC", handle).casefold()
    name = folded.rpartition("/")[2].partition("@")[0]
    return name.removesuffix(".bsky.social") in _WORDS


def _doubt(
    profile: Address, fields: Mapping[str, str | None], errors: list[RowError], warnings: list[str], *, strict: bool
) -> Address | None:
    """Warn of what is doubtful about a profile; return None if that is an error."""
    if profile.handle and is_placeholder(profile.handle):
        if strict:
            field = "handle" if fields["handle"] else "url"
            message = "it is a word that programs write where they know no handle"
            errors.append(
                RowError(field, fields[field] or "", "placeholder", message, "give the handle, or leave it empty")
            )
            return None
        warnings.append(PLACEHOLDERS)
    if profile.handle and "-" in profile.handle and _DATE.fullmatch(profile.handle):
        warnings.append(DATES)
    if is_cut_off(profile.user_id or profile.handle or ""):
        warnings.append(CUT)
    return profile


def _explain_nothing(record: Mapping[str, object]) -> RowError:
    """Return the error of a row that identifies no account, with the value that was read as "not known"."""
    field = next((name for name in ("handle", "url", "platform_user_id") if record.get(name)), "handle")
    message = "handle, url and platform_user_id are all empty, or marked as not known"
    return RowError(field, show(record.get(field)), "no-identity", message, "give one")


def _explain(profile: NotAProfile, fields: Mapping[str, str | None]) -> RowError:
    """Return the error of an unreadable profile: the field, what is wrong, and what to do."""
    field = {
        Reason.UNKNOWN_PLATFORM: "platform",
        Reason.MALFORMED_HANDLE: "handle",
        Reason.MALFORMED_USER_ID: "platform_user_id",
    }.get(profile.reason, "url" if fields["url"] else "handle")
    if not fields[field] and fields["url"]:
        field = "url"
    if profile.reason == Reason.UNKNOWN_PLATFORM and not fields["platform"]:
        message = "no platform is stated, and nothing in the row tells it"
        return RowError(
            "platform", "", "unknown-platform", message, "fill the column platform, or --set platform=… for all rows"
        )
    message, _, remedy = profile.message.rstrip(".").partition(". ")
    return RowError(field, fields[field] or "", profile.reason.replace("_", "-"), message, remedy)


def _url(value: object) -> str | None:
    """Return what stands in the URL's column, an id at its end as `identifier` has it; raise InvalidValue likewise.

    None if it ends in N/A: it was put together from a handle that was not known.
    """
    written = parse_text(value, longest=2_000)
    last = written.rstrip("/ ")[-1:] if written else ""
    if written is None or (last in "aA" and _NOT_AVAILABLE.search(written)):
        return None
    if not last.isdigit():
        return written
    if _ROUNDED_ENDING.search(written):
        raise rounded_id_error()
    return _PADDED_ENDING.sub(lambda profile: strip_number_format(profile[0]), written)
