"""The reports of the site: what each is about, what it counts and what not, and the fields of its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from directory.web.filter_form import (
    Field,
    account_filters,
    department_type_filter,
    platform_filter,
    region_filter,
    select,
    value_of,
)
from directory.web.languages import gettext
from directory.web.languages import lazy_gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from directory.http.parameters import Pairs
    from directory.web.languages import LazyText

    Fields = Callable[[Pairs], list[Field]]

# Bodies of which a source states how many there should be; the API has their names in English alone.
KINDS: Final[Mapping[str, LazyText]] = {
    "ministry": _("Ministries"),
    "provincial-government": _("Governments of provinces"),
    "prefecture-government": _("Governments of prefectures and prefecture-level cities"),
    "county-government": _("Governments of counties, districts and county-level cities"),
    "council": _("Local councils"),
    "municipality": _("Municipalities"),
}
PROBLEMS: Final[Mapping[str, LazyText]] = {
    "missing": _("never proved"),
    "withdrawn": _("no source lists it any more"),
    "expired": _("the proof has expired"),
    "expiring": _("the proof expires soon"),
}
_LIVING: Final = _("Accounts that are closed or suspended do not count, nor do those that no source lists any more.")


@dataclass(frozen=True, slots=True)
class Report:
    """One report: `path` is its own below `/v1/reports/`; the template of its table has its name."""

    path: str
    title: LazyText
    summary: LazyText
    notes: Sequence[LazyText]
    empty: LazyText
    fields: Fields = lambda _pairs: []
    filters: Fields = account_filters


def _grouping(pairs: Pairs) -> list[Field]:
    by = [
        ("", gettext("Region")),
        ("platform", gettext("Platform")),
        ("department_type", gettext("Type of department")),
        ("department", gettext("Department")),
        ("none", gettext("All in one")),
    ]
    return [select(pairs, "by", gettext("Count by"), by), *_threshold(pairs)]


def _threshold(pairs: Pairs) -> list[Field]:
    hint = gettext("Empty: as the registry has it")
    days = value_of(pairs, "days")
    return [Field("number", "days", gettext("Silent for more than (days)"), days, hint=hint, least="1", most="3650")]


def _name_kinds(pairs: Pairs) -> list[Field]:
    kinds = [
        ("", gettext("Different names of one department")),
        ("shared_name", gettext("One name of different departments")),
    ]
    return [select(pairs, "kind", gettext("What to list"), kinds)]


def _expiry(pairs: Pairs) -> list[Field]:
    days = value_of(pairs, "days")
    return [Field("number", "days", gettext("Also proofs that expire within (days)"), days, least="0", most="3650")]


def _coverage_filters(pairs: Pairs) -> list[Field]:
    kinds = [("", gettext("All")), *((kind, str(name)) for kind, name in KINDS.items())]
    return [
        region_filter(pairs),
        select(pairs, "kind", gettext("Kind of body"), kinds),
        department_type_filter(pairs),
        platform_filter(pairs),
    ]


REPORTS: Final[Mapping[str, Report]] = {
    "coverage": Report(
        "coverage",
        _("Coverage"),
        _("How many bodies of each kind a region should have, how many are known here, and which have no account."),
        (
            _("Expected: the number that the named source states for the day given. Where none does, it is not known."),
            _("With accounts: bodies with an account that a source lists and that is neither closed nor suspended."),
            _("Choose a region to see every type of department in it, also those of which no number is expected."),
            _("That a body is missing here does not say that it has no account: nobody has told this registry."),
        ),
        _("No kind of body is expected there, and no department is known."),
        filters=_coverage_filters,
    ),
    "dormancy": Report(
        "dormancy",
        _("Dormancy"),
        _("How many accounts have been silent for too long, by region, platform, type of department or department."),
        (
            _("Dormant: the last known post is older than the threshold, in whole days of UTC."),
            _(
                "Unconfirmed: of the dormant ones, those whose last post nobody has looked at since. They may have"
                " posted."
            ),
            _("Unknown: no post is known. These are neither active nor dormant, and the share is without them."),
            _LIVING,
        ),
        _("No account matches."),
        fields=_grouping,
    ),
    "dormant-accounts": Report(
        "dormancy/accounts",
        _("Dormant accounts"),
        _("Every account that has been silent for too long, the longest silent first."),
        (
            _("Dormant: the last known post is older than the threshold, in whole days of UTC."),
            _("An account of which no post is known is not listed."),
            _LIVING,
        ),
        _("No account that matches is known to be silent for so long."),
        fields=_threshold,
    ),
    "duplicates": Report(
        "duplicates",
        _("Duplicates"),
        _("Departments with several accounts on one platform, where one is the rule."),
        (
            _("Accounts of persons do not count."),
            _(
                "Departments are those of this registry: two records of one body hide a duplicate, and one record for"
                " two bodies shows one that is none."
            ),
            _LIVING,
        ),
        _("No department that matches has several accounts on one platform."),
    ),
    "names": Report(
        "names",
        _("Contradicting names"),
        _("Departments whose accounts show different names, and names that departments of one region share."),
        (
            _("Case, width, accents, and traditional or simplified characters make no difference."),
            _(
                "Different names are no mistake by themselves: a department may name an account after its language or"
                " its subject."
            ),
            _("Accounts of persons do not count."),
            _LIVING,
        ),
        _("No names contradict each other."),
        fields=_name_kinds,
    ),
    "closed-platforms": Report(
        "closed-platforms",
        _("Accounts on closed platforms"),
        _("Accounts that are neither closed nor suspended by their record, although their platform has closed."),
        (_("The platform is gone, and the records have not caught up."), _LIVING),
        _("No such account matches."),
    ),
    "verification": Report(
        "verification",
        _("Missing proofs"),
        _("Accounts that nothing proves to be official, or no longer."),
        (
            _("Never proved: no source lists the account, and neither its platform nor this registry has a proof."),
            _("No source lists it any more: the last one that did has stopped, on the day given."),
            _("Expired: there was a proof, until the day given."),
            _("Closed and suspended accounts are left out."),
        ),
        _("Every account that matches has a valid proof."),
        fields=_expiry,
    ),
    "freshness": Report(
        "freshness",
        _("Freshness of sources"),
        _("When each source was last imported or observed, and how old its counts of followers are."),
        (
            _("Retrieved: what the source states of itself. Imported: when this registry last took anything from it."),
            _("Counts: accounts whose latest count of followers comes from this source."),
        ),
        _("There is no source."),
        filters=lambda _pairs: [],
    ),
    "counts": Report(
        "freshness/observations",
        _("Age of counts"),
        _(
            "How many accounts of each platform were counted within a day, a week, a month and a year, and how many"
            " never."
        ),
        (
            _("Each span ends where today (UTC) begins; a longer span includes the shorter ones."),
            _LIVING,
        ),
        _("No account matches."),
    ),
}
"""By the name in the address, in the order of the list."""
