"""What other pages take from the page of an account: schema.org, a citation, and the HTML of its badge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from markupsafe import Markup

from directory.http.request import config
from directory.web.formats import day, platform_name
from directory.web.languages import current_language, gettext
from directory.web.languages import gettext as _
from directory.web.standings import name_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Record: TypeAlias = "Mapping[str, Any]"


def permanent_url(account: Record) -> str:
    """Return the absolute URL of the page of an account, in the language of the page."""
    return f"{config().base_url}/{current_language().code}/accounts/{account['id']}"


def profile_page(account: Record, department: Record | None) -> dict[str, object]:
    """Return the page of an account as a ProfilePage of schema.org, about the body or person whose account it is.

    Only of an official account `sameAs` says that the profile is theirs.
    """
    names = [other["name"] for other in account["names"]]
    owner: dict[str, object] = {"@type": "Person" if account["subject"] == "person" else "GovernmentOrganization"}
    owner["name"] = name_of(account)
    if account["subject"] == "body" and department is not None and department["name"]:
        names.insert(0, name_of(account))
        owner["@id"] = f"{config().base_url}/v1/departments/{department['id']}"
        owner["name"] = department["name"]
        if department["website"]:
            owner["url"] = department["website"]
    if others := [name for name in dict.fromkeys(names) if name != owner["name"]]:
        owner["alternateName"] = others
    if account["region"] is not None:
        owner["areaServed"] = {"@type": "AdministrativeArea", "name": account["region"]["name"]}
    if account["url"] and standing_of(account) == "official":
        owner["sameAs"] = [account["url"]]
    if account["followers"] is not None:
        owner["interactionStatistic"] = {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/FollowAction",
            "userInteractionCount": account["followers"]["count"],
        }
    return {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "@id": permanent_url(account),
        "identifier": account["id"],
        "dateCreated": account["created_at"],
        "dateModified": account["updated_at"],
        "inLanguage": current_language().tag,
        "mainEntity": owner,
    }


def citation(account: Record) -> str:
    """Return the text by which to cite the entry of an account, as its last revision left it."""
    handle = account["handle"] or account["platform_user_id"] or account["id"]
    return _(
        "%(site)s: %(name)s (%(handle)s, %(platform)s). Entry %(id)s, revision %(revision)s of %(date)s. %(url)s",
        site=gettext(config().title),
        name=name_of(account),
        handle=handle,
        platform=platform_name(account["platform"]),
        id=account["id"],
        revision=account["revision"],
        date=day(account["updated_at"]),
        url=permanent_url(account),
    )


def badge_html(account: Record) -> str:
    """Return the HTML of the badge for the site of the department, with a link that says the account is its own."""
    text = _("Our account on %(platform)s", platform=platform_name(account["platform"]))
    picture = f"{config().base_url}/v1/accounts/{account['id']}/badge.svg?lang={current_language().code}"
    alternative = _("Entry of our account in: %(site)s", site=gettext(config().title))
    badge = Markup('<a href="{}"><img src="{}" width="280" height="68" alt="{}"></a>')
    link = Markup('<a rel="me" href="{}">{}</a>')
    lines = [badge.format(permanent_url(account), picture, alternative)]
    if (account["url"] or "").startswith(("https://", "http://")):
        lines.append(link.format(account["url"], text))
    # A plain text: the page shows its source.
    return str(Markup("\n").join(lines))
