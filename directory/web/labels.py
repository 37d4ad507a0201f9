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
    "proof_method": {
        "dns": _("a record of the domain"),
        "well-known": _("a file on the website"),
        "rel-me": _("links in both directions"),
        "bluesky": _("a domain as the handle"),
        "mastodon": _("a verified field of the profile"),
        "link": _("a link on the website"),
    },
    "proof_result": {
        "proved": _("proved"),
        "failed": _("not proved"),
        "unanswered": _("no answer"),
        "expired": _("expired"),
    },
    "proof_reason": {
        "record_found": _("The domain has a TXT record that names the account."),
        "listed_in_file": _("The file on the department’s website lists the account."),
        "links_both_ways": _("The website and the profile link to each other."),
        "link_found": _("The front page of the department’s website links to the profile."),
        "handle_is_domain": _("The handle is an official domain, which points to the account, and back."),
        "field_verified": _("The server has verified that an official site links back to the profile."),
        "no_record": _("The domain has no TXT record that names the account."),
        "several_records": _("The domain has several records that contradict each other, so none counts."),
        "not_found": _("There is nothing at the address."),
        "not_listed": _("The file on the website does not list the account."),
        "bad_form": _("What is at the address has another form than it should have."),
        "no_link": _("The front page of the website does not link to the profile as it should."),
        "no_link_back": _("The profile does not link back to the website."),
        "other_account": _("Another account has the handle now."),
        "not_official": _("It leads to a site that is not official."),
        "no_verified_field": _("The profile has no verified link to an official site."),
        "bad_status": _("The server answered with an error."),
        "bad_url": _("The address is none of the web."),
        "dns_unanswered": _("The name servers did not answer."),
        "downgrade": _("A redirect leads to a page that is not encrypted."),
        "forbidden_port": _("The address has a port that is not asked."),
        "private_address": _("The address is in a private network."),
        "robots": _("The robots.txt of the site forbids it."),
        "too_large": _("The document is too large."),
        "too_many_redirects": _("There are too many redirects."),
        "too_slow": _("The server did not answer in time."),
        "unreachable": _("The server cannot be reached."),
        "wrong_type": _("The document is of another type."),
    },
    "proof_end": {
        "too_old": _("nobody could check it in time"),
        "checked_again": _("it was checked again"),
        "failed_since": _("it was not found again"),
        "account_changed": _("the account has another handle or department since"),
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
    "operation": {
        "suspend": _("Suspend"),
        "resume": _("Resume"),
        "close": _("Close"),
        "reopen": _("Reopen"),
        "rename": _("Rename"),
        "release": _("Release the handle"),
        "transfer": _("Transfer to another department"),
        "merge": _("Merge into another account"),
        "delete": _("Delete"),
    },
    "life": {
        "handle": _("Handle"),
        "status": _("Status"),
        "closed_on": _("Closed on"),
        "department": _("Department"),
        "region": _("Region"),
        "replaced_by": _("Replaced by"),
    },
    "scope": {
        "observe": _("send counts of followers"),
        "propose": _("propose changes"),
        "edit": _("change records"),
        "moderate": _("decide on proposals and reports"),
        "admin": _("everything"),
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
