"""What a department publishes on its website and its domain: links, the file of its accounts, TXT records."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from directory.departments.published_accounts import BYTES_MAX, PATH, read_addresses
from directory.fetching.web import Document, WebError, WebFetcher
from directory.probe.results import is_official_site, split_url
from directory.verification.dns_records import TextRecords, values_of
from directory.verification.evidence import Finding, NoProofError, Source, Subject, no_answer, proved, source_of
from directory.verification.links import Link, find_links, read_links

HTML: Final = ("text/html", "application/xhtml+xml")
JSON: Final = ("application/json",)
# The name below the domain, and the key of its records.
RECORD_NAME: Final = "_government-accounts"
RECORD_KEY: Final = "government-account"
_PAGES_MAX: Final = 50


class Reader:
    """Reads the web and the DNS for one run, each page once."""

    def __init__(self, web: WebFetcher, records: TextRecords) -> None:
        self.records = records
        self._web = web
        self._pages: dict[str, Document | WebError] = {}

    def read(self, url: str, types: tuple[str, ...], *sources: Source, bytes_max: int | None = None) -> Document:
        """Return a document that is there; raise NoProofError, with what was read before it."""
        found = self._pages.get(url)
        if found is None:
            if len(self._pages) >= _PAGES_MAX:
                self._pages.clear()
            try:
                limit = {"bytes_max": bytes_max} if bytes_max is not None else {}
                found = self._web.fetch(url, types, **limit)
            except WebError as error:
                found = error
            self._pages[url] = found
        if isinstance(found, WebError):
            raise no_answer(found, url, *sources) from found
        if found.status != HTTPStatus.OK:
            raise NoProofError("not_found", *sources, source_of(found))
        return found


def prove_by_link(reader: Reader, subject: Subject) -> Finding:
    """Return the finding where the front page links to the profile."""
    page, links = _read_front_page(reader, subject)
    named = [link for link in links if not link.is_by_a_visitor and subject.is_named_by(link.url)]
    if not named:
        raise NoProofError("no_link", source_of(page))
    return proved("link", "link_found", _host(page.final_url), str(named[0]), source_of(page))


def prove_by_rel_me(reader: Reader, subject: Subject) -> Finding:
    """Return the finding where front page and profile link to each other with rel=me."""
    page, links = _read_front_page(reader, subject)
    named = [link for link in find_links(links, "me") if subject.is_named_by(link.url)]
    if not named or subject.url is None:
        raise NoProofError("no_link", source_of(page))
    profile = reader.read(subject.url, HTML, source_of(page))
    if not subject.is_named_by(profile.final_url):
        # A page of sign-in, or of somebody who has the name now.
        raise NoProofError("no_link_back", source_of(page), source_of(profile))
    back = find_links(read_links(profile.content, profile.final_url), "me")
    returned = [link for link in back if _is_same_site(link, page.final_url, subject.website or "")]
    if not returned:
        raise NoProofError("no_link_back", source_of(page), source_of(profile))
    excerpt = f"{named[0]} {returned[0]}"
    return proved("rel-me", "links_both_ways", _host(page.final_url), excerpt, source_of(page), source_of(profile))


def prove_by_file(reader: Reader, subject: Subject) -> Finding:
    """Return the finding where the file of accounts on the website lists the account."""
    url = f"https://{_own_host(subject)}{PATH}"
    document = reader.read(url, JSON, bytes_max=BYTES_MAX)
    _require_official(document, subject)
    try:
        addresses = read_addresses(json.loads(document.content))
    except (ValueError, RecursionError):
        addresses = None
    if addresses is None:
        raise NoProofError("bad_form", source_of(document))
    named = [address for address in addresses if subject.is_named_by(address)]
    if not named:
        raise NoProofError("not_listed", source_of(document))
    excerpt = json.dumps({"url": named[0]}, ensure_ascii=False)
    return proved("well-known", "listed_in_file", _host(document.final_url), excerpt, source_of(document))


def prove_by_record(reader: Reader, subject: Subject) -> Finding:
    """Return the finding where a TXT record of the domain names the account."""
    host = _own_host(subject).removeprefix("www.")
    records, source = reader.records.find(f"{RECORD_NAME}.{host}")
    named = [value for value in values_of(records, RECORD_KEY) if subject.is_named_by(value)]
    if not named:
        raise NoProofError("no_record", source)
    return proved("dns", "record_found", host, f"{RECORD_KEY}={named[0]}", source)


def owns_host(website: str | None) -> bool:
    """Whether a website is the whole of its host: of one that is a folder, the host may be many others' too."""
    host, path = split_url(website or "")
    return bool(host) and path in {"", "/"} and urlsplit(website or "").port is None


def _read_front_page(reader: Reader, subject: Subject) -> tuple[Document, list[Link]]:
    page = reader.read(subject.website or "", HTML)
    _require_official(page, subject)
    return page, read_links(page.content, page.final_url)


def _require_official(document: Document, subject: Subject) -> None:
    """Raise NoProofError where redirects led away from the department's site: a parked domain, a shortener."""
    host, path = split_url(document.final_url)
    if not is_official_site(host, subject.website, path if document.url == subject.website else None):
        raise NoProofError("not_official", source_of(document))


def _is_same_site(link: Link, page: str, website: str) -> bool:
    """Whether a link of a profile leads to the front page, or to the website as the registry has it."""
    address = _place(link.url)
    return address in {_place(page), _place(website)}


def _place(url: str) -> tuple[str, str]:
    host, path = split_url(url)
    return host.removeprefix("www."), path.rstrip("/")


def _own_host(subject: Subject) -> str:
    return split_url(subject.website or "")[0]


def _host(url: str) -> str:
    return split_url(url)[0].removeprefix("www.")
