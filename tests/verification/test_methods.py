"""Each method: what proves an account, what does not, and what says nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from dnslib import RCODE

from directory.fetching.web import WebFetcher
from directory.verification.checking import applicable_methods, check
from directory.verification.dns_records import TextRecords
from directory.verification.evidence import REASONS, Finding, Subject
from directory.verification.website import Reader
from tests.verification.conftest import Place, Record

PROFILE = "https://x.com/town"
SITE = "www.town.gov/"
FILE = "www.town.gov/.well-known/government-accounts.json"
DID = "did:plc:abcdefghijklmnopqrstuvwx"


TOWN = Subject(
    id="1",
    platform="x",
    handle="town",
    platform_user_id=None,
    url=PROFILE,
    department_id="2",
    website="https://www.town.gov/",
)


def find(place: Place, method: str, subject: Subject = TOWN) -> Finding:
    """Check by a method."""
    with WebFetcher("registry/1", servers=place.servers) as web:
        reader = Reader(web, TextRecords(("127.0.0.1", place.names.port)))
        (found,) = check(reader, subject, [method])
    assert found.reason in REASONS[found.outcome]
    return found


def result(place: Place, method: str, subject: Subject = TOWN) -> str:
    """Return outcome and reason."""
    found = find(place, method, subject)
    return f"{found.outcome} {found.reason}"


def test_a_link_on_the_front_page_proves_an_account_and_shows_only_the_link(place: Place) -> None:
    place.serve(SITE, '<p>Jane Doe, jane@town.gov <a class="x" HREF="//X.com/Town?ref=1">Jane</a>')
    found = find(place, "link")
    assert (found.outcome, found.reason, found.verifier) == ("proved", "link_found", "town.gov")
    assert found.excerpt == '<a href="https://X.com/Town?ref=1">'
    (source,) = found.sources
    assert (source.url, len(source.sha256 or "")) == ("https://www.town.gov/", 64)


@pytest.mark.parametrize(
    "page",
    [
        "<p>https://x.com/town",
        '<!-- <a href="https://x.com/town"> -->',
        '<script>"<a href=https://x.com/town>"</script>',
        '<template><a href="https://x.com/town"></a></template>',
        '<a href="https://x.com/town" rel="UGC nofollow">',
        '<a href="https://x.com/town2">',
        '<a href="https://x.com/town/status/1">',
        '<a href="https://x.com.evil.example/town">',
        '<a href="https://x.com/intent/follow?screen_name=other">',
        "",
    ],
)
def test_what_is_no_link_of_the_department_proves_nothing(place: Place, page: str) -> None:
    place.serve(SITE, page)
    assert result(place, "link") == "failed no_link"


def test_a_page_that_spoils_a_parser_is_read_all_the_same(place: Place) -> None:
    for spoiled in ("<![", "<![x[", "<!", "<?", "</", "<a href=x href", '<a title="&#1;', "<b &#xd800;>", "\x00\xff"):
        place.serve(SITE, f'<a href="{PROFILE}"></a>{spoiled}<a href="{PROFILE}/2"></a>')
        assert result(place, "link") == "proved link_found", spoiled
    place.serve(SITE, f'<a href="{PROFILE}"></a>&#{"9" * 5000};')
    assert result(place, "link") == "proved link_found"
    place.serve(SITE, f'<a href="http://["><a href="{PROFILE}">'.encode() + b"\xff\xfe")
    assert result(place, "link") == "proved link_found"


def test_rel_me_needs_both_directions(place: Place) -> None:
    place.serve(SITE, f'<a href="{PROFILE}">')
    assert result(place, "rel-me") == "failed no_link"
    place.serve(SITE, f'<link href="{PROFILE}" rel="nofollow ME noopener">')
    assert result(place, "rel-me") == "failed not_found"
    place.serve("x.com/town", '<a href="http://town.gov" rel="nofollow">')
    assert result(place, "rel-me") == "failed no_link_back"
    place.serve("x.com/town", '<a href="http://town.gov" rel="me nofollow">')
    assert result(place, "rel-me") == "proved links_both_ways"
    place.serve("x.com/town", status=302, headers={"Location": "/login"}, body=b"")
    place.serve("x.com/login", '<a href="http://town.gov" rel="me">')
    assert result(place, "rel-me") == "failed no_link_back"


def test_a_website_that_leads_elsewhere_proves_nothing(place: Place) -> None:
    place.serve(SITE, b"", status=301, headers={"Location": "https://elsewhere.example/"})
    place.serve("elsewhere.example/", f'<a href="{PROFILE}">')
    assert result(place, "link") == "failed not_official"


def test_a_file_lists_the_accounts_of_a_department(place: Place) -> None:
    assert result(place, "well-known") == "failed not_found"
    for body, expected in (
        ("{", "failed bad_form"),
        ("[" * 100_000, "failed bad_form"),
        ('{"version": 2, "accounts": []}', "failed bad_form"),
        ('{"version": true, "accounts": []}', "failed bad_form"),
        ('{"version": 1, "accounts": [{"url": 7}]}', "failed bad_form"),
        ('{"version": 1, "accounts": [{"url": "https://x.com/other"}]}', "failed not_listed"),
        (json.dumps({"version": 1, "accounts": [{"url": PROFILE, "contact": "Jane"}]}), "proved listed_in_file"),
    ):
        place.serve(FILE, body, "application/json")
        assert result(place, "well-known") == expected, body
    assert find(place, "well-known").excerpt == f'{{"url": "{PROFILE}"}}'
    place.serve(FILE, "<html>", "text/html")
    assert result(place, "well-known") == "unanswered wrong_type"
    place.serve(FILE, "{}", "application/json")
    assert result(place, "well-known") == "failed bad_form"


LONG = [b"government-account=https://x.com/", b"town"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([f"government-account={PROFILE}"], "proved record_found"),
        (
            ["v=spf1 -all", f"Government-Account= {PROFILE} ", "government-account=https://x.com/other"],
            "proved record_found",
        ),
        ([LONG], "proved record_found"),
        (
            [f"government-account={PROFILE}", *[f"filler={'x' * 200}{number}" for number in range(40)]],
            "proved record_found",
        ),
        (["government-account=https://x.com/other"], "failed no_record"),
        ([f"account={PROFILE}"], "failed no_record"),
        ([b"\xff\xfe".decode("latin-1")], "failed no_record"),
        (RCODE.NXDOMAIN, "failed no_record"),
        ([], "failed no_record"),
        (RCODE.SERVFAIL, "unanswered dns_unanswered"),
        (RCODE.REFUSED, "unanswered dns_unanswered"),
    ],
)
def test_a_record_of_the_domain_names_the_account(place: Place, records: list[Record] | int, expected: str) -> None:
    place.names.records["_government-accounts.town.gov"] = records
    assert result(place, "dns") == expected


def test_a_website_that_is_a_folder_proves_nothing_by_what_its_host_publishes() -> None:
    assert applicable_methods(TOWN) == ["dns", "well-known", "rel-me", "link"]
    folder = replace(TOWN, website="https://www.town.gov/view/town")
    assert applicable_methods(folder) == ["rel-me", "link"]
    assert applicable_methods(replace(TOWN, website=None)) == []


BLUESKY = replace(TOWN, platform="bluesky", handle="town.gov", url="https://bsky.app/profile/town.gov")
MASTODON = replace(TOWN, platform="mastodon", handle="town@social.example", url="https://social.example/@town")


def publish_did(place: Place) -> None:
    """Answer with the document of the DID."""
    names = {"id": DID, "alsoKnownAs": ["at://town.gov", "at://other.example"]}
    place.serve(f"plc.directory/{DID}", json.dumps(names), "application/did+ld+json")


def test_a_handle_of_bluesky_proves_itself_in_both_directions(place: Place) -> None:
    publish_did(place)
    found = []
    for records in (
        [f"did={DID}"],
        [[b"did=did:plc:abcdefghijkl", b"mnopqrstuvwx"]],
        [f"did={DID}", f"did={DID[:-1]}z"],
        ["did=nonsense"],
    ):
        place.names.records["_atproto.town.gov"] = records  # type: ignore[assignment]
        found.append(result(place, "bluesky", BLUESKY))
    assert found == [
        "proved handle_is_domain", "proved handle_is_domain", "failed several_records", "failed bad_form",
    ]  # fmt: skip
    del place.names.records["_atproto.town.gov"]
    place.serve("town.gov/.well-known/atproto-did", f"{DID}\n", "text/plain")
    assert result(place, "bluesky", BLUESKY) == "proved handle_is_domain"
    swapped = {"id": DID, "alsoKnownAs": ["at://other.example", "at://town.gov"]}
    for document in (json.dumps(swapped), '{"id": "did:plc:x"}', "[]"):
        place.serve(f"plc.directory/{DID}", document, "application/json")
        assert result(place, "bluesky", BLUESKY).startswith("failed ")


def test_a_handle_of_bluesky_that_is_another_account_now_is_not_proved(place: Place) -> None:
    place.names.records["_atproto.town.gov"] = [f"did={DID}"]
    other = replace(BLUESKY, platform_user_id="did:plc:222222222222222222222222")
    assert result(place, "bluesky", other) == "failed other_account"
    blog = replace(BLUESKY, handle="mayor.bsky.social")
    assert result(place, "bluesky", blog) == "failed not_official"


def test_a_field_that_a_server_of_mastodon_has_verified_proves_its_account(place: Place) -> None:
    lookup = "social.example/api/v1/accounts/lookup"
    field = {"name": "Web", "value": '<a href="https://town.gov/">town.gov</a>', "verified_at": "2024-07-01T00:00:00Z"}
    profile = {"id": "7", "acct": "town", "fields": [field]}
    for found, expected in (
        (profile, "proved field_verified"),
        ({**profile, "fields": [{**field, "verified_at": None}]}, "failed no_verified_field"),
        ({**profile, "fields": [{**field, "value": '<a href="https://blog.example/">'}]}, "failed no_verified_field"),
        ({**profile, "moved": {"acct": "other"}}, "failed no_verified_field"),
        ({**profile, "acct": "town@elsewhere.example"}, "failed bad_form"),
        ([], "failed bad_form"),
    ):
        place.serve(lookup, json.dumps(found), "application/json")
        assert result(place, "mastodon", MASTODON) == expected
