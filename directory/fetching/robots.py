"""What a robots.txt allows this program (RFC 9309)."""

from __future__ import annotations

from typing import Final

from protego import Protego

# The name that rules of robots.txt are looked up by.
ROBOT: Final = "official-directory"
# RFC 9309, section 2.5: a crawler reads at least this much.
ROBOTS_MAX: Final = 500 * 1024


def parse_robots(content: bytes) -> Protego:
    """Return the rules of a robots.txt; those of an empty one allow everything."""
    # Protego 0.7 takes a byte order mark for a letter: the first group would be nobody's, and all allowed.
    return Protego.parse(content[:ROBOTS_MAX].decode("utf-8-sig", "replace"))
