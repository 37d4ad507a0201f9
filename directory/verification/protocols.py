"""What the protocols of Bluesky and Mastodon prove by themselves."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import quote

from directory.fetching.web import Document
from directory.probe.mastodon import find_verification
from directory.probe.results import is_official_site
from directory.verification.dns_records import values_of
from directory.verification.evidence import Finding, NoProofError, Source, Subject, proved, source_of
from directory.verification.website import JSON, Reader

_DID: Final = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[a-z0-9.-]{4,253})", re.ASCII)
_DID_DOCUMENT: Final = (*JSON, "application/did+ld+json", "application/did+json")
_PLC: Final = "https://plc.directory"
_DID_BYTES: Final = 2_048
_DOCUMENT_BYTES: Final = 64 * 1024


def prove_by_bluesky(reader: Reader, subject: Subject) -> Finding:
    """Return the finding where the handle is an official domain that points to the account, and the account to it.

    https://atproto.com/specs/handle: the record first, then the file.
    """
    handle = (subject.handle or "").lower()
    if not is_official_site(handle, subject.website):
        raise NoProofError("not_official")
    did, source = _find_did(reader, handle)
    if subject.platform_user_id is not None and subject.platform_user_id != did:
        raise NoProofError("other_account", source)
    kind, _, name = did.removeprefix("did:").partition(":")
    url = f"{_PLC}/{did}" if kind == "plc" else f"https://{name}/.well-known/did.json"
    document = reader.read(url, _DID_DOCUMENT, source, bytes_max=_DOCUMENT_BYTES)
    found = _read_json(document)
    names = found.get("alsoKnownAs")
    stated = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    # Only the first is the handle.
    first = next((name for name in stated if name.startswith("at://")), "")
    if found.get("id") != did or first.lower() != f"at://{handle}":
        raise NoProofError("other_account", source, source_of(document))
    excerpt = f"{handle} → {did} → {first}"
    return proved("bluesky", "handle_is_domain", handle, excerpt, source, source_of(document))


def _find_did(reader: Reader, handle: str) -> tuple[str, Source]:
    """Return the DID to which a handle points; raise NoProofError."""
    records, source = reader.records.find(f"_atproto.{handle}")
    dids = {*values_of(records, "did")}
    if len(dids) > 1:
        raise NoProofError("several_records", source)
    if not dids:
        document = reader.read(f"https://{handle}/.well-known/atproto-did", ("*",), source, bytes_max=_DID_BYTES)
        source = source_of(document)
        dids = {document.content.decode("utf-8", "replace").strip()}
    did = dids.pop()
    if not _DID.fullmatch(did):
        raise NoProofError("bad_form", source)
    return did, source


def prove_by_mastodon(reader: Reader, subject: Subject) -> Finding:
    """Return the finding where the server has verified that an official site links back to the profile."""
    name, _, server = (subject.handle or "").rpartition("@")
    document = reader.read(f"https://{server}/api/v1/accounts/lookup?acct={quote(name)}", JSON)
    source = source_of(document)
    found = _read_json(document)
    acct = found.get("acct")
    if not isinstance(acct, str) or acct.lower() != name.lower():
        raise NoProofError("bad_form", source)
    user_id = f"{found.get('id')}@{server}"
    if subject.platform_user_id is not None and subject.platform_user_id.lower() != user_id.lower():
        raise NoProofError("other_account", source)
    verification = find_verification(found, server, subject.website)
    if verification is None or found.get("suspended") is True or found.get("moved"):
        raise NoProofError("no_verified_field", source)
    return proved("mastodon", "field_verified", server, verification.verifier, source)


def _read_json(document: Document) -> dict[str, Any]:
    try:
        found = json.loads(document.content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NoProofError("bad_form", source_of(document))
    return found
