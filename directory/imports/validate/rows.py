"""One row of an import: from the columns as given to the normal form that is staged, or to all that is wrong."""

import difflib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Final, NamedTuple, TypeAlias, cast

from directory.departments.names import fold
from directory.imports.errors import InvalidValue, RowError, RowRejected, UnreadableFile, show
from directory.imports.read.headings import COLUMNS, IDENTIFYING
from directory.imports.validate import fields
from directory.imports.validate.profiles import parse_profile
from directory.imports.values.dates import parse_day, parse_timestamp
from directory.imports.values.parsing import TEXT_MAX, parse_count, parse_text, undo_artefacts
from directory.imports.values.regions import Regions
from directory.imports.values.vocabulary import STATUSES, SUBJECTS, TYPES, parse_choice, parse_language
from directory.platforms.addresses import Address, canonical_url, handle_key, public_handle
from directory.platforms.reference import PLATFORMS, find_platform

Value: TypeAlias = str | int | list[str] | list[dict[str, str]]
Parse: TypeAlias = Callable[[object], Value | None]

# Fields that an account can lack: a value that is not understood is left out, with a warning.
# One official list lost 1,048 of its 1,865 rows to a language when such a value rejected the row.
OPTIONAL: Final = frozenset(
    {"names", "description", "department_type", "department_url", "external_ids", "region", "subject", "status"}
    | {"language", "tags", "followers", "followers_at", "posts", "last_post_at", "opened_on", "closed_on"}
    | {"listed_from"}
)
# They identify one account, so no constant of the file can state them.
_ONE_ROW: Final = IDENTIFYING - {"platform"} | {"source_id"}
# Fields with the same few values in row after row: each value is parsed once, up to READ_MAX values of a field.
# A row took 50 µs to read without this, and takes 42.
_FEW: Final = frozenset(
    {"department", "department_type", "department_url", "region", "subject", "status", "followers_at", "language"}
    | {"source"}
)
READ_MAX: Final = 10_000
# A list can have another value in each row: no more different values of one field get a warning of their own:
# 1,500 towns made a report of 1,500 lines.
UNREAD_MAX: Final = 20
OTHER_REGIONS: Final = "other regions that were taken as what they lie in, or as what has their place by now"
NO_DEPARTMENT: Final = (
    "left out: departments of rows whose region is not understood, as it tells bodies of one name apart"
)
# Besides the keys of a statement: the Chinese names in `names`, and the other names.
_CHINESE: Final = "name_zh"
_OTHERS: Final = "names"
# `name` is the Chinese name, because there is no column `name`.
DERIVED: Final = "name_derived"
# `name_key` goes with the name, and is no column.
_EVERYTHING: Final = frozenset(
    {"name", "name_key", _CHINESE, _OTHERS, "description", "department", "department_type", "department_url", "region"}
    | {"external_ids", "subject", "status", "followers", "followers_at", "posts", "last_post_at", "opened_on"}
    | {"closed_on", "language", "tags", "source_id", "listed_from", "listed_until"}
)
_NOTHING: Final[frozenset[str]] = frozenset()
# Fields of several values, of which each is understood or not.
_LISTS: Final = frozenset({"names", "external_ids"})


class Row(NamedTuple):
    """A row in normal form. Texts that are not known are empty; `statement` is the JSON of what is known.

    `statement` has the keys of an import row, with `names` as a list of name, language and key, and besides
    `handle` and `name` a `handle_key` and a `name_key` if these differ from them. `cleared` are the fields
    that the row clears in what its source said before, as `cleared_fields` returns them. `warnings` are what a person
    should look at although the row was accepted, each once.
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
    warnings: tuple[str, ...] = ()
    cleared: frozenset[str] | None = frozenset()


@dataclass(slots=True)
class _Reading:
    """What has been read of a row: known values, columns without one, those that could not be read, and why."""

    cleared: set[str]
    known: dict[str, Value] = dataclass_field(default_factory=dict)
    lost: set[str] = dataclass_field(default_factory=set)
    errors: list[RowError] = dataclass_field(default_factory=list)
    unread: list[RowError] = dataclass_field(default_factory=list)
    warnings: list[str] = dataclass_field(default_factory=list)


class Validator:
    """Converts rows of an import into normal form, for the regions of one registry (None: the rows have none)."""

    def __init__(
        self, regions: Regions | None, *, default_source: str, strict: bool = False, is_replacing: bool = False
    ) -> None:
        """Prepare the parsers of all fields; `default_source` is the source of rows that name none.

        `strict`: whether doubtful handles, and optional fields that are not understood, are errors; otherwise
        they are warnings. `is_replacing`: whether a row clears what its source said of fields that it does not have.
        """
        self._default_source = default_source
        self._is_replacing = is_replacing
        self._regions = regions
        self._strict = strict
        self._unread: dict[str, set[str]] = {}
        self._region_warnings: set[str] = set()
        self._parsers: dict[str, Parse] = {
            "name": parse_text,
            "name_zh": parse_text,
            "names": fields.parse_names,  # and in `_list`, which knows the row
            "description": lambda value: parse_text(value, longest=TEXT_MAX, lines=True),
            "department": parse_text,
            "department_type": lambda value: parse_choice(value, TYPES, "department type"),
            "department_url": fields.parse_website,
            "external_ids": fields.parse_external_ids,  # and in `_list`, which knows the row
            **({"region": regions.code} if regions is not None else {}),
            "subject": lambda value: parse_choice(value, SUBJECTS, "subject"),
            "status": lambda value: parse_choice(value, STATUSES, "status"),
            "followers": parse_count,
            "followers_at": parse_timestamp,
            "posts": parse_count,
            "last_post_at": parse_timestamp,
            "opened_on": parse_day,
            "closed_on": parse_day,
            "language": parse_language,
            "tags": fields.parse_tags,
            "source": fields.parse_source,
            "source_id": lambda value: parse_text(value, longest=200),
            "listed_from": parse_timestamp,
            "listed_until": parse_timestamp,
        }
        self._places = {field: place for place, field in enumerate(self._parsers)}
        self._read: dict[str, dict[object, Value | None]] = {field: {} for field in _FEW}

    def check_constants(self, constants: Mapping[str, str]) -> None:
        """Raise UnreadableFile for a field to set that there is not, and for a value that no row could have."""
        fields_known = [name for name in COLUMNS if name not in _ONE_ROW]
        for name, value in constants.items():
            if name not in fields_known:
                raise UnreadableFile(
                    f"--set {name}={value}: there is no such field to set; choose one of {', '.join(fields_known)}"
                )
            if name == "platform":
                if find_platform(value) is None:
                    near = difflib.get_close_matches(value.lower(), PLATFORMS, n=1)
                    hint = f"did you mean {near[0]!r}? " if near else ""
                    raise UnreadableFile(
                        f"--set platform={value}: it is no platform; {hint}choose one of {', '.join(PLATFORMS)}"
                    )
                continue
            try:
                empty = self._parsers[name](value) is None
            except InvalidValue as invalid:
                raise UnreadableFile(f"--set {name}={value}: {invalid.message}; {invalid.remedy}") from invalid
            if empty:
                raise UnreadableFile(
                    f"--set {name}={value}: the value is empty, or a mark for none; leave the option out"
                )

    def normalize(self, record: Mapping[str, object], empty: Iterable[str] = ()) -> Row:
        """Return the normal form of `record`, a value for each column that has one; raise RowRejected without one.

        `empty` are further columns, which are there and have none.
        """
        reading = _Reading(cleared=set(empty))
        errors, unread, warnings, known = reading.errors, reading.unread, reading.warnings, reading.known
        for field, given in record.items():
            read = self._read.get(field)
            # Only texts are looked up: 1, 1.0 and True are the same key of a dictionary.
            if read is not None and type(given) is str and given in read:
                value = read[given]
                if value is None:
                    reading.cleared.add(field)
                else:
                    known[field] = value
            elif field in self._parsers:
                self._parse(field, given, reading, read)
        address = parse_profile(record, errors, warnings, strict=self._strict)
        _compare(known, errors)
        if errors or address is None:
            # Nothing stops the import for what would have been left out.
            unread = [replace(error, stops=False) for error in unread]
            raise RowRejected(sorted([*unread, *errors], key=self._place))
        warnings += self._leave_out(unread, known)
        if self._regions is not None and "region" in known and (warning := self._regions.warning(record["region"])):
            warnings.append(self._bound(warning))
        if unread:
            reading.lost.update(error.field for error in unread if error.field not in known)
        clearing = cleared_fields(known, reading.cleared, reading.lost, is_replacing=self._is_replacing)
        return _assemble(address, known, self._default_source, tuple(dict.fromkeys(warnings)), clearing)

    def _parse(
        self, field: str, given: object, reading: "_Reading", read: dict[object, Value | None] | None = None
    ) -> None:
        """Parse one value into `reading`, and into the cache `read` if it means the same in every row."""
        warnings = reading.warnings
        before = len(warnings)
        cleaned = undo_artefacts(given, warnings)
        if cleaned is None:
            # A spreadsheet's error says nothing, and not that there is nothing.
            (reading.cleared if given is None else reading.lost).add(field)
            return
        said = len(warnings)
        try:
            value = self._list(field, cleaned, reading.unread) if field in _LISTS else self._parsers[field](cleaned)
        except InvalidValue as invalid:
            # What was undone in a value that is not taken is nothing to look at.
            del warnings[said:]
            is_left_out = field in OPTIONAL and not (self._strict or invalid.is_damaged)
            (reading.unread if is_left_out else reading.errors).append(_blame(field, given, invalid))
            return
        if value is None:
            reading.cleared.add(field)
        else:
            reading.known[field] = value
        # Where something was undone, each row tells so.
        if read is not None and type(given) is str and len(warnings) == before and len(read) < READ_MAX:
            read[given] = value

    def _bound(self, warning: str) -> str:
        """Return a warning on a region, or one on all further ones: a list of towns has another one in each row."""
        if len(self._region_warnings) < UNREAD_MAX:
            self._region_warnings.add(warning)
        return warning if warning in self._region_warnings else OTHER_REGIONS

    def _place(self, error: RowError) -> int:
        """Return the place of an error among those of its row, whatever the order of the file's columns."""
        return self._places.get(error.field, len(self._places))

    def _list(self, field: str, value: object, unread: list[RowError]) -> Value | None:
        """Return other names, or external ids; what is not understood of one of them goes into `unread`."""
        invalid_parts: dict[str, InvalidValue] = {}
        parse = fields.parse_names if field == "names" else fields.parse_external_ids
        found = parse(value, None if self._strict else invalid_parts)
        unread += (_blame(field, written, invalid) for written, invalid in invalid_parts.items())
        return cast("Value | None", found)

    def _leave_out(self, unread: Iterable[RowError], known: dict[str, Value]) -> Iterator[str]:
        """Return warnings on fields that are left out; take out of `known` what would mean another thing without them.

        A department without a region is the only one of its name, wherever that is.
        """
        for error in sorted(unread, key=self._place):
            warning = f"left out: {error}"
            shown = self._unread.setdefault(error.field, set())
            if len(shown) < UNREAD_MAX:
                shown.add(warning)
            yield warning if warning in shown else f"left out: other values of {error.field} that are not understood"
            if error.field == "region" and known.pop("department", None) is not None:
                known.pop("department_url", None)
                yield NO_DEPARTMENT


def _blame(field: str, given: object, invalid: InvalidValue) -> RowError:
    return RowError(field, show(given), invalid.code, invalid.message, invalid.remedy)


def _compare(known: Mapping[str, Value], errors: list[RowError]) -> None:
    opened, closed = known.get("opened_on"), known.get("closed_on")
    if isinstance(opened, str) and isinstance(closed, str) and closed < opened:
        message = f"it is before opened_on, {opened}"
        errors.append(RowError("closed_on", closed, "closed-before-opened", message, "correct one of the two"))
    since, until = known.get("listed_from"), known.get("listed_until")
    if isinstance(since, str) and isinstance(until, str) and until < since:
        message = f"it is before listed_from, {since}"
        errors.append(RowError("listed_until", until, "unlisted-before-listed", message, "correct one of the two"))


def _assemble(
    address: Address,
    known: dict[str, Value],
    default_source: str,
    warnings: tuple[str, ...],
    cleared: frozenset[str] | None,
) -> Row:
    statement: dict[str, Value] = {"platform": address.platform}
    if address.user_id:
        statement["platform_user_id"] = address.user_id
    key = ""
    if address.handle:
        key = handle_key(address.platform, address.handle)
        shown = statement["handle"] = public_handle(address) or address.handle
        if key != shown:
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
        warnings=warnings,
        cleared=cleared,
    )


# `json.dumps` with options makes a new encoder for every call.
_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _gather_names(known: dict[str, Value]) -> None:
    """Move all names except the displayed one to `names`, each with its folded form."""
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


def cleared_fields(
    known: Collection[str], empty: Collection[str], lost: Collection[str], *, is_replacing: bool
) -> frozenset[str] | None:
    """Return the keys of an earlier statement that go where the row itself has none; None if all do.

    `known` are the columns with a value, `empty` those that are there without one, `lost` those whose values could not
    be read. `names` stands for all names in other languages than Chinese and `name_zh` for the Chinese ones, also
    where the row has them; `name_derived` says that the row's `name` is the Chinese one, as it has no column `name`.
    """
    if is_replacing:
        # A department is left out with its region.
        lost = {*lost, "department", "department_url"} - {*known} if "region" in lost else lost
        return _EVERYTHING - _with_keys(lost) if lost else None
    if not empty and _CHINESE not in known and _OTHERS not in known:
        return _NOTHING
    cleared = _with_keys(empty)
    for names in (_CHINESE, _OTHERS):
        if names in known:
            cleared.add(names)
    if _CHINESE in known and "name" not in known and "name" not in empty:
        cleared.add(DERIVED)
    return frozenset(cleared)


def _with_keys(fields: Collection[str]) -> set[str]:
    return {*fields, "name_key"} if "name" in fields else {*fields}
