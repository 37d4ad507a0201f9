"""TXT records of a domain: bounded in time and number, the strings of each joined."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import dns.exception
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from directory.verification.evidence import NoProofError, Source

SECONDS_MAX: Final = 8.0
_RECORDS_MAX: Final = 500
_TEXT_MAX: Final = 2_048


class TextRecords:
    """Asks the name servers of this machine, or the one of `server`, `(address, port)`."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        self._server = server

    def find(self, name: str) -> tuple[list[str], Source]:
        """Return the TXT records of a name, none where there are none, and their digest; raise NoProofError.

        A record is several strings of up to 255 bytes, which belong together without a space (RFC 7208, section 3.3).
        """
        # As RFC 4501 writes it.
        url = f"dns:{name}?type=TXT"
        try:
            answer = self._resolver().resolve(name, "TXT", lifetime=SECONDS_MAX, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], Source(url)
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise NoProofError("dns_unanswered", Source(url), is_answer=False) from error
        records = sorted(b"".join(record.strings) for record in answer if isinstance(record, TXTBase))
        digest = hashlib.sha256(b"\n".join(records)).hexdigest()
        texts = [record[:_TEXT_MAX].decode("utf-8", "replace") for record in records[:_RECORDS_MAX]]
        return texts, Source(url, digest)

    def _resolver(self) -> dns.resolver.Resolver:
        if self._server is None:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [self._server[0]], self._server[1]
        return resolver


def values_of(records: Sequence[str], key: str) -> list[str]:
    """Return the values of records of the form `key=value`."""
    begins = f"{key}="
    return [record.strip()[len(begins) :].strip() for record in records if record.strip().lower().startswith(begins)]
