"""The ids of accounts and departments: seven characters, the last of which tells a slip of the pen."""

from typing import Final

# NOID's "extended digits" and check character, https://metacpan.org/dist/Noid
ALPHABET: Final = "0123456789bcdfghjkmnpqrstvwxz"
LENGTH: Final = 7
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def check_character(body: str) -> str:
    """Return the check character of the six characters `body`; raise KeyError for a character outside the alphabet."""
    total = sum(place * _VALUES[character] for place, character in enumerate(body, start=1))
    return ALPHABET[total % len(ALPHABET)]


def explain_malformed(text: str) -> str | None:
    """Return why a text cannot be an id, in a sentence; None if it can."""
    if len(text) != LENGTH:
        return f"An id has {LENGTH} characters, this has {len(text)}."
    if not _VALUES.keys() >= set(text):
        return f"An id is made of the characters {ALPHABET}."
    if check_character(text[:-1]) != text[-1]:
        return "Its last character does not fit the others, so at least one character is wrong or two are exchanged."
    return None


def is_well_formed(text: str) -> bool:
    """Whether `text` can be an id: length, alphabet and check character."""
    return explain_malformed(text) is None
