"""What the values of the API's closed vocabularies are called on the pages, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from directory.web.languages import lazy_gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from directory.web.languages import LazyText

LABELS: Final[Mapping[str, Mapping[str, LazyText]]] = {
    "status": {
        "active": _("active"),
        "dormant": _("dormant"),
        "suspended": _("suspended"),
        "closed": _("closed"),
        "unknown": _("not known"),
    },
    "verification": {
        "platform": _("marked by the platform"),
        "registry": _("proved to this registry"),
        "source": _("listed by a source"),
        "none": _("none"),
    },
    "subject": {"body": _("a public body"), "person": _("a person in office")},
    "verdict": {
        "official": _("official"),
        "formerly_official": _("formerly official"),
        "look_alike": _("look-alike"),
        "unknown": _("not known here"),
    },
    "level": {
        "country": _("country"),
        "province": _("province"),
        "subdivision": _("subdivision"),
        "prefecture": _("prefecture"),
        "county": _("county"),
    },
    "deletion": {
        "erasure_request": _("asked for by the person or body"),
        "not_official": _("it was never official"),
        "mistake": _("it was entered by mistake"),
        "order": _("ordered by an authority"),
        "other": _("another reason"),
    },
    "action": {
        "create": _("added"),
        "update": _("changed"),
        "delete": _("removed"),
        "merge": _("merged"),
    },
    "feedback_kind": {
        "wrong_entry": _("a wrong entry"),
        "missing_account": _("a missing account"),
        "fake": _("a fake"),
        "closed": _("a closed account"),
        "other": _("something else"),
    },
    "feedback_state": {
        "received": _("received"),
        "under_review": _("under review"),
        "accepted": _("accepted"),
        "rejected": _("rejected"),
        "duplicate": _("reported before"),
    },
    "kind": {
        "account": _("account"),
        "department": _("department"),
        "handle": _("handle"),
        "platform": _("platform"),
        "region": _("region"),
        "source": _("source"),
    },
}


def label(kind: str, value: str) -> str:
    """Return what a value of a vocabulary is called, the value itself where it is not known."""
    known = LABELS[kind].get(value)
    return value if known is None else str(known)


def register(app: Flask) -> None:
    """Add the function to the templates of an application."""
    app.jinja_env.globals["label"] = label
