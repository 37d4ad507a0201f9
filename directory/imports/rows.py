"""One row of an import: from the columns as given to the normal form that is staged, or to all that is wrong."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from directory.departments.names import fold
from directory.imports import fields
from directory.imports.faults import Fault, Invalid, RowRejected
from directory.imports.moments import day, moment
from directory.imports.values import TEXT_MAX, identifier, text, whole
from directory.imports.vocabulary import STATUSES, SUBJECTS, TYPES, Regions, choice, language
from directory.platforms.addresses import Address, NotAProfile, Reason, canonical_url, handle_key, identify

Value: TypeAlias = str | int | list[str] | list[dict[str, str]]
Parse: TypeAlias = Callable[[object], Value | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A row in normal form. Texts that are not known are empty; `statement` is the JSON of what is known.

    `statement` has the keys of an import row, with `names` as a list of name, language and key, and beside
    `handle` and `name` a `handle_key` and a `name_key` where these differ from them. `remark` is what a
    person should look at, though the row was taken.
    """

    platform: str
    user_id: str
    handle_key: str
    source: str
    source_id: str
    region: str
    department_key: str
    department_type: str
    is_member: bool
    statement: str
    remark: str = ""


class Validator:
    """Turns rows of import into normal form, for the regions of one registry."""

    def __init__(self, regions: Regions, *, default_source: str, strict: bool = False) -> None:
        """Take the source of rows that name none, and whether doubtful handles are refused (`strict`) or remarked."""
        self._default_source = default_source
        self._strict = strict
        self._parsers: dict[str, Parse] = {
            "name": text,
            "name_zh": text,
            "names": fields.names,
            "description": lambda value: text(value, longest=TEXT_MAX, lines=True),
            "department": text,
            "department_type": lambda value: choice(value, TYPES, "department type"),
            "department_url": fields.website,
            "region": regions.code,
            "subject": lambda value: choice(value, SUBJECTS, "subject"),
            "status": lambda value: choice(value, STATUSES, "status"),
            "followers": whole,
            "followers_at": moment,
            "posts": whole,
            "last_post_at": moment,
            "opened_on": day,
            "closed_on": day,
            "language": language,
            "tags": fields.tags,
            "source": fields.source,
            "source_id": lambda value: text(value, longest=200),
        }

    def normalise(self, record: Mapping[str, object]) -> Row:
        """Give the normal form of `record`, a value for each column that has one; raise RowRejected if it has none."""
        faults: list[Fault] = []
        known: dict[str, Value] = {}
        for field, parse in self._parsers.items():
            given = record.get(field)
            if given is None:
                continue
            try:
                value = parse(given)
            except Invalid as invalid:
                faults.append(Fault(field, _show(given), invalid.code, invalid.message, invalid.remedy))
            else:
                if value is not None:
                    known[field] = value
        address, remark = _address(record, faults, strict=self._strict)
        _compare(known, faults)
        if faults or address is None:
            raise RowRejected(faults)
        return _assemble(address, known, self._default_source, remark)


# A word of the platform's own addresses where a handle should be: whoever states it is taken at his word.
_RESERVED: Final = "handles that are words of the platform's own addresses, taken as stated; look at them"


def _address(record: Mapping[str, object], faults: list[Fault], *, strict: bool) -> tuple[Address | None, str]:
    """Give the profile that the row is about, and a remark; add what is wrong to `faults` if it cannot be told."""
    given: dict[str, str | None] = {}
    for field, parse in (("platform", text), ("handle", text), ("url", _url), ("platform_user_id", identifier)):
        try:
            given[field] = parse(record.get(field))
        except Invalid as invalid:
            faults.append(Fault(field, _show(record[field]), invalid.code, invalid.message, invalid.remedy))
    if len(given) < 4:  # noqa: PLR2004 - one of the four is wrong, and said
        return None, ""
    if not (given["handle"] or given["url"] or given["platform_user_id"]):
        faults.append(Fault("handle", "", "no-identity", "handle, url and platform_user_id are all empty", "give one"))
        return None, ""
    found = identify(given["platform"], given["handle"], given["url"], given["platform_user_id"])
    if isinstance(found, Address):
        return found, ""
    if not strict and given["platform"] and given["handle"]:
        stated = identify(given["platform"], given["handle"], given["url"], given["platform_user_id"], lenient=True)
        if isinstance(stated, Address):
            return stated, _RESERVED
    faults.append(_explain(found, given))
    return None, ""


def _explain(found: NotAProfile, given: Mapping[str, str | None]) -> Fault:
    """Say which field is to blame, and part what is wrong from what to do."""
    field = {
        Reason.UNKNOWN_PLATFORM: "platform",
        Reason.MALFORMED_HANDLE: "handle",
        Reason.MALFORMED_USER_ID: "platform_user_id",
    }.get(found.reason, "url" if given["url"] else "handle")
    message, _, remedy = found.message.rstrip(".").partition(". ")
    return Fault(field, given[field] or "", found.reason.replace("_", "-"), message, remedy)


def _compare(known: Mapping[str, Value], faults: list[Fault]) -> None:
    opened, closed = known.get("opened_on"), known.get("closed_on")
    if isinstance(opened, str) and isinstance(closed, str) and closed < opened:
        message = f"it is before opened_on, {opened}"
        faults.append(Fault("closed_on", closed, "closed-before-opened", message, "correct one of the two"))


def _assemble(address: Address, known: dict[str, Value], default_source: str, remark: str) -> Row:
    statement: dict[str, Value] = {"platform": address.platform}
    if address.user_id:
        statement["platform_user_id"] = address.user_id
    key = ""
    if address.handle:
        key = handle_key(address.platform, address.handle)
        statement["handle"] = address.handle
        if key != address.handle:
            statement["handle_key"] = key
    url = canonical_url(address)
    if url:
        statement["url"] = url
    source = known.pop("source", default_source)
    source_id = known.pop("source_id", "")
    _gather_names(known)
    statement.update(known)
    department = known.get("department")
    kind = known.get("department_type")
    return Row(
        platform=address.platform,
        user_id=address.user_id or "",
        handle_key=key,
        source=str(source),
        source_id=str(source_id),
        region=str(known.get("region", "")),
        department_key=fold(department) if isinstance(department, str) else "",
        department_type=str(kind or "other"),
        is_member=kind == "legislature" and known.get("subject") == "person",
        statement=_dump(statement),
        remark=remark,
    )


_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _gather_names(known: dict[str, Value]) -> None:
    """Put all names but the displayed one under `names`, and the folded form beside each."""
    local = known.pop("name_zh", None)
    if isinstance(local, str) and "name" not in known:
        known["name"] = local
    others: dict[str, dict[str, str]] = {}
    if isinstance(local, str):
        others[local] = {"name": local, "language": "zh"}
    listed = known.pop("names", ())
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            others.setdefault(item["name"], item)
    name = known.get("name")
    if isinstance(name, str):
        others.pop(name, None)
        key = fold(name)
        if key != name:
            known["name_key"] = key
    if others:
        known["names"] = [{**item, "key": fold(item["name"])} for item in others.values()]


def _url(value: object) -> str | None:
    return text(value, longest=2_000)


def _show(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
