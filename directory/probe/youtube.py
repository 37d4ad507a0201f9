"""YouTube: the feed of a channel, which has its title and its newest videos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from directory.probe.asking import Asker, NoAnswerError, Reply
from directory.probe.results import Account, Result, moment, unanswered

METHOD: Final = "youtube-feed"
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_CHANNEL: Final = "{http://www.youtube.com/xml/schemas/2015}channelId"


def probe(asker: Asker, accounts: Iterable[Account]) -> Iterator[Result]:
    """Yield the result of each account, which has a channel id."""
    for account in accounts:
        try:
            reply = asker.ask(
                f"https://www.youtube.com/feeds/videos.xml?channel_id={account.platform_user_id}",
                "application/atom+xml",
            )
        except NoAnswerError as error:
            yield unanswered(account, METHOD, error)
        else:
            yield _judge(account, reply)


def _judge(account: Account, reply: Reply) -> Result:
    result = Result(account=account, method=METHOD, asked_at=reply.at, outcome="unclear", evidence=reply.evidence)
    if not reply.is_found:
        result.outcome = "gone"
        result.evidence["message"] = "the channel has no feed"
        return result
    feed = _parse(reply.content)
    # A feed writes the id with or without its first two letters.
    if feed is not None and (account.platform_user_id or "").endswith(feed.findtext(_CHANNEL) or ""):
        result.outcome = "present"
        result.evidence["title"] = (feed.findtext(f"{_ATOM}title") or "")[:200]
        published = [moment(entry.findtext(f"{_ATOM}published")) for entry in feed.iter(f"{_ATOM}entry")]
        times: list[datetime] = [at for at in published if at is not None]
        result.last_post_at = max(times, default=None)
    return result


def _parse(content: bytes) -> ET.Element | None:
    """Return the feed; None for any other content."""
    # Without a document type there are no entities that could grow.
    if b"<!DOCTYPE" in content:
        return None
    try:
        root = ET.fromstring(content)  # noqa: S314 - see above
    except ET.ParseError:
        return None
    return root if root.tag == f"{_ATOM}feed" else None
