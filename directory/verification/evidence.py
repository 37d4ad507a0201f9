"""What a check of ownership finds: of which account, by which method, and why. The codes of the reasons are public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias, get_args

from directory.fetching.web import Document, FailureCode, WebError
from directory.platforms.addresses import Address, handle_key, parse_url

Method: TypeAlias = Literal["dns", "well-known", "rel-me", "bluesky", "mastodon", "link"]
# The strongest first: of proofs that hold equally long, it names the account's.
METHODS: Final[tuple[Method, ...]] = get_args(Method)
Outcome: TypeAlias = Literal["proved", "failed", "unanswered"]

# By outcome, then by code: why, in a sentence. docs/proofs.md and the pages put them in words of their own.
REASONS: Final[Mapping[Outcome, Mapping[str, str]]] = {
    "proved": {
        "record_found": "The domain has a TXT record that names the account.",
        "listed_in_file": "The file on the department’s website lists the account.",
        "links_both_ways": "The website and the profile link to each other with rel=me.",
        "link_found": "The front page of the department’s website links to the profile.",
        "handle_is_domain": "The handle is an official domain, which points to the account, and the account to it.",
        "field_verified": "The server has verified that a page of an official site links back to the profile.",
    },
    "failed": {
        "no_record": "The domain has no TXT record that names the account.",
        "several_records": "The domain has several records that contradict each other, so none counts.",
        "not_found": "There is nothing at the address.",
        "not_listed": "The file on the website does not list the account.",
        "bad_form": "What is at the address has another form than it should have.",
        "no_link": "The front page of the website does not link to the profile as this method asks for.",
        "no_link_back": "The profile does not link back to the website with rel=me.",
        "other_account": "It is another account that has the handle now.",
        "not_official": "It leads to a site that is neither the department’s nor a government’s.",
        "no_verified_field": "The profile has no verified field with a page of an official site.",
    },
    "unanswered": {
        "bad_status": "The server answered with an error.",
        "bad_url": "The address is none of the web.",
        "dns_unanswered": "The name servers did not answer.",
        "downgrade": "A redirect leads from an encrypted page to one that is not.",
        "forbidden_port": "The address has a port that is not asked.",
        "private_address": "The address is in a private network.",
        "robots": "The robots.txt of the site forbids it.",
        "too_large": "The document is too large.",
        "too_many_redirects": "There are too many redirects.",
        "too_slow": "The server did not answer in time.",
        "unreachable": "The server cannot be reached.",
        "wrong_type": "The document is of another type.",
    },
}
EXCERPT_MAX: Final = 500
_URL_MAX: Final = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An account to ask about; `website` is that of its department, None where it has none."""

    id: str
    platform: str
    handle: str | None
    platform_user_id: str | None
    url: str | None
    department_id: str | None
    website: str | None

    def is_named_by(self, url: str) -> bool:
        """Whether a URL is that of the profile, in any of its forms."""
        address = parse_url(url) if len(url) <= _URL_MAX else None
        if not isinstance(address, Address) or address.platform != self.platform or address.is_post:
            return False
        if address.user_id is not None and self.platform_user_id is not None:
            return address.user_id == self.platform_user_id
        if address.handle is None or self.handle is None:
            return False
        return handle_key(self.platform, address.handle) == handle_key(self.platform, self.handle)


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: its URL and SHA-256, None where nothing came."""

    url: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one method; `verifier` is the host that vouches for the account, if any does."""

    method: Method
    outcome: Outcome
    reason: str
    sources: tuple[Source, ...]
    verifier: str | None = None
    excerpt: str | None = None
    checked_at: datetime


class NoProofError(Exception):
    """A method proves nothing; `code` is that of the reason, and `sources` are what was read until then."""

    def __init__(self, code: str, *sources: Source, is_answer: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.sources = sources
        self.is_answer = is_answer


def no_answer(error: WebError, url: str, *sources: Source) -> NoProofError:
    """Return what follows from a document that cannot be had: nothing."""
    code: FailureCode = error.code
    return NoProofError(code, *sources, Source(url), is_answer=False)


def source_of(document: Document) -> Source:
    """Return a document as evidence; one that is missing has no digest."""
    return Source(document.final_url, document.sha256 if document.is_found else None)


def proved(method: Method, reason: str, verifier: str, excerpt: str, *sources: Source) -> Finding:
    """Return the finding of a method that proves the account."""
    return Finding(
        method=method,
        outcome="proved",
        reason=reason,
        sources=sources,
        verifier=verifier,
        excerpt=clean(excerpt),
        checked_at=datetime.now(UTC),
    )


def clean(text: str) -> str:
    """Return a text of a stranger as an excerpt: printable, and cut to EXCERPT_MAX characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * EXCERPT_MAX])
    return printable if len(text) <= EXCERPT_MAX else f"{printable[: EXCERPT_MAX - 1]}…"
