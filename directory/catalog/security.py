"""security.txt: where to report a vulnerability.

Source: RFC 9116, A File Format to Aid in Security Vulnerability Disclosure.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from directory.config import Config

PATH: Final = "/.well-known/security.txt"
# The RFC advises less than a year; a copy should be refreshed well before the operator changes.
_GOOD_FOR: Final = timedelta(days=180)


def contact(config: Config) -> str | None:
    """Return the URI of the contact for reports, None where no setting has one."""
    uri = config.security_contact or config.contact
    # RFC 9116, 2.5.3: a contact is a URI, and a web URI must be https.
    if uri is None or uri.startswith(("https:", "tel:")):
        return uri
    return f"mailto:{uri}" if "@" in uri and "://" not in uri else None


def security_text(config: Config, reported_to: str, now: datetime) -> str:
    """Return the text of the file; it is the same all day."""
    # Midnight: with the time of the request, every answer would have another ETag.
    expires = datetime.combine((now.astimezone(UTC) + _GOOD_FOR).date(), time(), UTC)
    lines = [
        f"Contact: {reported_to}",
        f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        f"Preferred-Languages: {', '.join(config.languages)}",
    ]
    # RFC 9116, 2.5.2: a web URL must be https.
    if config.base_url.startswith("https://"):
        lines.append(f"Canonical: {config.base_url}{PATH}")
    return "\n".join(lines) + "\n"
