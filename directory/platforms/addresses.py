"""Profile URLs and handles of all platforms: parsing in any form, and the canonical form.

Pure functions: no database, no network. None of them raises on any text; for what is not a profile they return
`NotAProfile`, with one of a fixed list of reasons and a message that names the remedy.
"""

from directory.platforms.grammar.handles import (
    canonical_url,
    handle_key,
    is_user_id_but_for_case,
    parse_handle,
    public_handle,
)
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason
from directory.platforms.grammar.rows import identify
from directory.platforms.grammar.urls import MAX_TEXT_LENGTH, may_be_url, parse_url, read_first_link

__all__ = [
    "MAX_TEXT_LENGTH",
    "Address",
    "NotAProfile",
    "Reason",
    "canonical_url",
    "handle_key",
    "identify",
    "is_user_id_but_for_case",
    "may_be_url",
    "parse_handle",
    "parse_url",
    "public_handle",
    "read_first_link",
]
