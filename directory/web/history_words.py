"""The changes of an account in words: what each value is called, what it was and what it became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from directory.web.formats import day, department_type_name, instant, language_name, number, platform_name
from directory.web.labels import label
from directory.web.languages import current_language
from directory.web.languages import lazy_gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from directory.web.languages import LazyText

Record: TypeAlias = "Mapping[str, Any]"
_FIELDS: Final[Mapping[str, LazyText]] = {
    "id": _("Id in this registry"),
    "platform": _("Platform"),
    "platform_user_id": _("Id on the platform"),
    "handle": _("Handle"),
    "url": _("Profile"),
    "name": _("Name"),
    "names": _("Other names"),
    "description": _("What it says of itself"),
    "department": _("Department"),
    "department.id": _("Id of the department"),
    "department.name": _("Department"),
    "department.type": _("Type of department"),
    "region": _("Region"),
    "region.code": _("Code of the region"),
    "region.name": _("Region"),
    "region.name_local": _("Region in its own script"),
    "subject": _("Who it stands for"),
    "status": _("Status"),
    "verification.level": _("Verification"),
    "verification.method": _("How it was proved"),
    "verification.checked_at": _("Last checked"),
    "verification.expires_at": _("The proof holds until"),
    "verification.withdrawn": _("Last listed"),
    "followers": _("Followers"),
    "followers.count": _("Followers"),
    "followers.observed_at": _("Followers counted"),
    "opened_on": _("Opened"),
    "closed_on": _("Closed"),
    "last_post_at": _("Last post"),
    "language": _("Language"),
    "tags": _("Tags"),
    "sources": _("Sources"),
    "replaced_by": _("Replaced by"),
    # Of departments.
    "type": _("Type of department"),
    "parent": _("Part of"),
    "parent.id": _("Id of the department above"),
    "parent.name": _("Part of"),
    "parent.type": _("Type of the department above"),
    "website": _("Website"),
    "external_ids": _("Ids in other registers"),
}
_WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "platform": platform_name,
    "department.type": department_type_name,
    "type": department_type_name,
    "parent.type": department_type_name,
    "subject": lambda value: label("subject", value),
    "status": lambda value: label("status", value),
    "verification.level": lambda value: label("verification", value),
    "followers.count": number,
    "language": language_name,
    "names": lambda names: _joined(
        [f"{each['name']} ({each['language']})" if each["language"] else each["name"] for each in names]
    ),
    "verification.withdrawn": lambda value: f"{value['source']}, {day(value['listed_until'])}",
}


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value of a record that a change changed: what it is called, and both states in words ("" for none)."""

    name: str
    old: str
    new: str


def changed_values(entry: Record) -> list[ChangedValue]:
    """Return what an entry of a history changed, in words; of a new record only the values that it has."""
    values = [
        ChangedValue(
            field_name(each["field"]), value_words(each["field"], each["old"]), value_words(each["field"], each["new"])
        )
        for each in entry["changes"]
    ]
    return [each for each in values if each.old or each.new]


def field_name(field: str) -> str:
    """Return what a field of an account is called, the field itself where it has no name yet."""
    known = _FIELDS.get(field)
    return field if known is None else str(known)


def value_words(field: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """Return the value of a field in words; "" for none."""
    if value is None or value == []:
        return ""
    if (words := _WORDS.get(field)) is not None:
        return words(value)
    if field.endswith("_at"):
        return instant(value)
    if field.endswith("_on"):
        return day(value)
    if isinstance(value, list):
        return _joined([str(each) for each in value])
    if isinstance(value, dict):
        return _joined([f"{name}: {each}" for name, each in value.items() if each is not None])
    return str(value)


def listed_since(entries: Sequence[Record], source_id: str) -> str | None:
    """Return when a source began to list an account, by its whole history, the newest entry first; None if unknown."""
    for entry in entries:
        for each in entry["changes"]:
            if each["field"] == "sources" and source_id in (each["new"] or []) and source_id not in (each["old"] or []):
                return str(entry["at"])
    return None


def _joined(texts: Sequence[str]) -> str:
    return ("、" if current_language().code == "zh" else ", ").join(texts)
