"""Bluesky, YouTube, and the profile pages of other platforms."""

from __future__ import annotations

from typing import Any

import pytest

from directory.probe.results import is_official_site, split_url
from tests.probe.conftest import BLUESKY, Installation
from tests.sync.servers import Answer, Asked

DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaa{}"
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom">
 <title>Town</title><published>2011-01-01T00:00:00+00:00</published>
 <entry><title>Old</title><published>2026-01-02T03:04:05+00:00</published></entry>
 <entry><title>New</title><published>2026-02-03T04:05:06+00:00</published></entry>
</feed>"""


def profiles(installation: Installation, *found: dict[str, Any]) -> None:
    """Answer as the AppView does: unknown actors are left out."""

    def respond(asked: Asked) -> Any:  # noqa: ANN401 - any answer
        actors = {actor.lower() for actor in asked.lists["actors"]}
        assert len(actors) <= 25
        return {"profiles": [each for each in found if actors & {each["did"], each["handle"].lower()}]}

    installation.server.answers[BLUESKY] = respond


def test_a_renamed_account_on_bluesky_gets_its_handle_and_releases_the_old_one(installation: Installation) -> None:
    installation.load(
        {"platform": "bluesky", "handle": "town.bsky.social", "platform_user_id": DID.format("a")},
        {"platform": "bluesky", "handle": "gone.bsky.social", "platform_user_id": DID.format("b"), "status": "active"},
        # Bluesky shows no last post: one that a list stated says nothing of the time since.
        {"platform": "bluesky", "handle": "village.bsky.social", "status": "active", "last_post_at": "2020-01-01"},
    )
    profiles(
        installation,
        {"did": DID.format("a"), "handle": "newtown.org", "followersCount": 7, "postsCount": 3},
        {"did": DID.format("c"), "handle": "village.bsky.social", "labels": [{"val": "!no-unauthenticated"}]},
    )
    result = installation.probe("bluesky")
    assert result.exit_code == 0, result.output
    assert "1 observations, 0 statuses, 0 verified by the platform, 1 renamed" in result.output
    assert len(installation.server.asked) == 1
    renamed = installation.account("newtown.org")
    assert (renamed["platform_user_id"], renamed["followers"]["count"]) == (DID.format("a"), 7)
    assert "newtown.org" in installation.select("SELECT handle_key FROM account_probes")
    assert installation.select("SELECT handle FROM handle_quarantines") == ["town.bsky.social"]
    assert {installation.account(f"{user}.bsky.social")["status"] for user in ("gone", "village")} == {"active"}
    assert sorted(installation.outcomes().values()) == ["gone", "present", "renamed"]
    # No source states the id of the third; it was seen, and another account has its handle now.
    for _ in range(2):
        installation.age(8)
        profiles(installation, {"did": DID.format("d"), "handle": "village.bsky.social", "followersCount": 9})
        installation.probe("bluesky")
        assert installation.outcomes()["village.bsky.social"] == "reassigned"
    assert installation.account("village.bsky.social")["followers"] is None


def test_bluesky_accounts_are_verified_by_a_domain_or_a_trusted_verifier_who_is_named(
    installation: Installation,
) -> None:
    handles = ("cdc.gov", "city.bsky.social", "stranger.org", "doubtful.bsky.social")
    installation.load(*({"platform": "bluesky", "handle": handle} for handle in handles))
    record = {"issuer": DID.format("v"), "isValid": True, "createdAt": "2025-04-21T10:00:00.000Z", "uri": "at://…"}
    profiles(
        installation,
        {"did": DID.format("a"), "handle": "cdc.gov"},
        {
            "did": DID.format("b"),
            "handle": "city.bsky.social",
            "verification": {"verifiedStatus": "valid", "verifications": [record]},
        },
        {"did": DID.format("c"), "handle": "stranger.org"},
        {
            "did": DID.format("d"),
            "handle": "doubtful.bsky.social",
            "verification": {"verifiedStatus": "invalid", "verifications": [record]},
        },
        {"did": DID.format("v"), "handle": "bsky.app"},
    )
    assert installation.probe("bluesky").exit_code == 0
    proofs = {handle: installation.account(handle)["verification"] for handle in handles}
    assert proofs["cdc.gov"]["method"] == "bluesky-domain:cdc.gov"
    assert proofs["city.bsky.social"]["level"] == "platform"
    assert proofs["city.bsky.social"]["method"] == "bluesky-verifier:bsky.app"
    assert proofs["city.bsky.social"]["checked_at"] == "2025-04-21T10:00:00+00:00"
    assert {proofs[handle]["level"] for handle in handles[2:]} == {"source"}


def test_a_channel_is_there_if_its_feed_is_and_its_last_video_is_its_last_post(installation: Installation) -> None:
    ids = [f"UC{letter * 22}" for letter in "abcd"]
    installation.load(*({"platform": "youtube", "platform_user_id": each, "status": "active"} for each in ids))
    feeds = [
        FEED.replace("<title>Town", f"<yt:channelId>{each}</yt:channelId><title>Town") for each in (ids[0][2:], ids[0])
    ]
    answers = {
        ids[0]: Answer(feeds[0].encode(), content_type="text/xml"),
        ids[1]: Answer(b"<html>consent</html>"),
        # The feed of another channel.
        ids[3]: Answer(feeds[1].encode(), content_type="text/xml"),
    }
    installation.server.answers["/www.youtube.com/feeds/videos.xml"] = lambda asked: answers.get(
        asked.parameters["channel_id"], Answer(b"", 404)
    )
    assert installation.probe("youtube").exit_code == 0
    assert installation.outcomes() == {ids[0]: "present", ids[1]: "unclear", ids[2]: "gone", ids[3]: "unclear"}
    assert installation.select("SELECT status FROM accounts ORDER BY platform_user_id") == [
        "dormant",
        "active",
        "active",
        "active",
    ]
    assert installation.select("SELECT last_post_at::date::text FROM observations") == ["2026-02-03"]


def test_profile_pages_are_asked_for_where_robots_txt_allows_it(installation: Installation) -> None:
    installation.load(
        *({"platform": "x", "handle": handle, "status": "active"} for handle in ("here", "nowhere", "moved", "secret")),
        {"platform": "facebook", "handle": "town"},
    )
    installation.hosts.add("www.facebook.com")
    answers = installation.server.answers
    # With a byte order mark, as some editors save it.
    rules = b"\xef\xbb\xbfUser-agent: *\nDisallow: /secret\n"
    answers["/x.com/robots.txt"] = Answer(rules, content_type="text/plain")
    answers["/x.com/here"] = Answer(b"<html>", content_type="text/html")
    answers["/x.com/moved"] = Answer(b"", 302, headers={"Location": "/login"})
    answers["/login"] = Answer(b"<html>", content_type="text/html")
    answers["/www.facebook.com/robots.txt"] = Answer(b"", 500)
    assert installation.probe("x").exit_code == 0
    assert installation.outcomes() == {"here": "present", "nowhere": "gone", "moved": "unclear", "secret": "refused"}
    assert {asked.method for asked in installation.server.asked if "robots" not in asked.path} == {"HEAD"}
    assert "/x.com/secret" not in installation.server.paths()
    # While robots.txt cannot be fetched nothing is allowed.
    assert installation.probe("Facebook").exit_code == 1
    assert "/www.facebook.com/town" not in installation.server.paths()


@pytest.mark.parametrize(
    ("host", "website", "is_official"),
    [
        ("www.cdc.gov", None, True),
        ("bsi.bund.de", None, True),
        ("leeds.gov.uk", None, True),
        ("news.newtown.example", "https://www.newtown.example/", True),
        ("newtown.example", "https://newtown.example/contact", True),
        ("notnewtown.example", "https://newtown.example/", False),
        ("salud.gob.mx", None, True),
        ("cdc.gov.example", None, False),
        ("town.gob.io", None, False),
        ("town.govt.co", None, False),
        ("a b.gov", None, False),
        ("mygov.com", None, False),
        ("go.it", None, False),
        ("newtown.example", None, False),
    ],
)
def test_a_site_is_official_if_it_is_the_departments_or_on_a_domain_of_a_state(
    host: str,
    website: str | None,
    is_official: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_official_site(host, website) == is_official


def test_of_a_website_that_is_a_folder_of_a_shared_host_only_pages_in_it_are_official() -> None:
    site = "https://sites.google.com/view/town"
    pages = ("/view/town", "/view/town/contact", "/view/stranger", "/view/townhall", "/")
    assert [is_official_site("sites.google.com", site, page) for page in pages] == [True, True, False, False, False]
    assert not is_official_site("stranger.sites.google.com", site)
    for link in (
        "https://sites.google.com/view/town/../stranger",
        "https://stranger.example\\@sites.google.com/view/town",
    ):
        assert not is_official_site(split_url(link)[0], site, split_url(link)[1])
