"""Other platforms: HEAD of the profile page, where robots.txt allows it. Only 404 and 410 say much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from protego import Protego

from directory.fetching.robots import ROBOT, parse_robots
from directory.platforms.grammar.outcomes import Address
from directory.platforms.grammar.urls import parse_url
from directory.probe.asking import Asker, NoAnswerError, Reply
from directory.probe.results import Account, Result, unanswered

METHOD: Final = "profile-page"


def probe(asker: Asker, accounts: Iterable[Account]) -> Iterator[Result]:
    """Yield the result of each account, which has a URL."""
    rules: dict[str, Protego | NoAnswerError] = {}
    for account in accounts:
        url = account.url or ""
        try:
            _require_allowed(asker, url, rules)
            reply = asker.ask(url, "text/html", head=True)
        except NoAnswerError as error:
            yield unanswered(account, METHOD, error)
        else:
            yield _judge(account, reply)


def _require_allowed(asker: Asker, url: str, rules: dict[str, Protego | NoAnswerError]) -> None:
    """Raise NoAnswerError where the robots.txt of a host forbids the URL, or cannot be fetched."""
    parts = urlsplit(url)
    host = parts.netloc
    if host not in rules:
        try:
            reply = asker.ask(f"{parts.scheme}://{host}/robots.txt", "text/plain")
            # RFC 9309, section 2.3.1.3: without a file everything is allowed.
            rules[host] = parse_robots(reply.content if reply.is_found else b"")
        except NoAnswerError as error:
            # Section 2.3.1.4: while it cannot be reached, nothing is. Other statuses of 4xx are as none.
            rules[host] = parse_robots(b"") if error.outcome == "refused" else error
    rule = rules[host]
    if isinstance(rule, NoAnswerError):
        raise rule
    if not rule.can_fetch(url, ROBOT):
        raise NoAnswerError(f"the robots.txt of {host} forbids it", "refused")


def _judge(account: Account, reply: Reply) -> Result:
    result = Result(account=account, method=METHOD, asked_at=reply.at, outcome="unclear", evidence=reply.evidence)
    if not reply.is_found:
        result.outcome = "gone"
        return result
    final = reply.page.final_url
    if final in {"", reply.page.url}:
        result.outcome = "present"
        return result
    # A redirect to a page of sign-in or of nothing says nothing; one to another spelling of the profile does.
    address = parse_url(final)
    if (
        isinstance(address, Address)
        and address.platform == account.platform
        and address.handle is not None
        and address.handle.casefold() == (account.handle or "").casefold()
    ):
        result.outcome = "present"
    return result
