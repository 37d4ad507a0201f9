"""External ids of departments: schemes of other registers, the form of their ids, and their check digits.

An id is written `scheme:value` (`wikidata:Q583725`). Values are normalized, so that equal ids are equal texts.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# Crockford's base 32, in which ROR writes its numbers: without i, l, o and u.
_BASE32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
# GB 32100-2015, table 3: without I, O, S, V and Z.
_SOCIAL_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# La Poste: the establishments after its head office are checked by the sum of their digits (INSEE).
_LA_POSTE: Final = "356000000"


class InvalidExternalIdError(ValueError):
    """A text is no external id: `message` says why, `remedy` what to write instead."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Scheme:
    """A register of bodies: the form of its ids (`pattern`), and whether a value has the right check digits.

    `prefixes` are beginnings of URLs that end in an id; `aliases` are other names of the scheme. `is_shared`: whether
    its ids are of legal persons, of which bodies may be parts, so that two bodies of one list may have the same.
    """

    slug: str
    name: str
    pattern: re.Pattern[str]
    example: str
    is_upper: bool
    is_checked: Callable[[str], bool] | None = None
    prefixes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    is_shared: bool = False


def _is_ror(value: str) -> bool:
    """Whether the last two digits are those of ISO 7064 MOD 97-10 over the number in base 32."""
    number = 0
    for letter in value[1:7]:
        number = number * 32 + _BASE32.index(letter)
    return int(value[7:]) == 98 - number * 100 % 97


def _is_lei(value: str) -> bool:
    """Whether the check digits are right (ISO 17442: ISO 7064 MOD 97-10, letters as 10 to 35)."""
    return int("".join(str(int(letter, 36)) for letter in value)) % 97 == 1


def _is_isni(value: str) -> bool:
    """Whether the check character is right (ISO 27729: ISO 7064 MOD 11-2)."""
    total = 0
    for digit in value[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == value[-1]


def _is_luhn(value: str) -> bool:
    """Whether the last digit is right by the Luhn algorithm (ISO/IEC 7812-1)."""
    doubled = "0246813579"
    return (
        sum(int(doubled[int(digit)] if place % 2 else digit) for place, digit in enumerate(reversed(value))) % 10 == 0
    )


def _is_siret(value: str) -> bool:
    """Whether the check digits of the company and of the establishment are right."""
    if value.startswith(_LA_POSTE) and sum(map(int, value)) % 5 == 0:
        return True
    return _is_luhn(value) and _is_luhn(value[:9])


def _is_social_credit_code(value: str) -> bool:
    """Whether the check character is right (GB 32100-2015, 4.5: weights are powers of 3 modulo 31)."""
    total = sum(_SOCIAL_CREDIT.index(letter) * pow(3, place, 31) for place, letter in enumerate(value[:-1]))
    return _SOCIAL_CREDIT[-total % 31] == value[-1]


SCHEMES: Final = (
    Scheme(
        "wikidata",
        "Wikidata",
        re.compile(r"Q[1-9][0-9]{0,11}"),
        "Q583725",
        is_upper=True,
        prefixes=("wikidata.org/wiki/", "wikidata.org/entity/", "m.wikidata.org/wiki/"),
        aliases=("qid", "wd"),
    ),
    Scheme(
        "ror",
        "Research Organization Registry (ROR)",
        re.compile(r"0[0-9a-hjkmnp-tv-z]{6}[0-9]{2}"),
        "042twtr12",
        is_upper=False,
        is_checked=_is_ror,
        prefixes=("ror.org/",),
    ),
    Scheme(
        "lei",
        "Legal Entity Identifier (ISO 17442)",
        re.compile(r"[0-9A-Z]{18}[0-9]{2}"),
        "529900T8BM49AURSDO55",
        is_upper=True,
        is_checked=_is_lei,
        prefixes=("search.gleif.org/#/record/", "lei.info/"),
        is_shared=True,
    ),
    Scheme(
        "isni",
        "International Standard Name Identifier (ISO 27729)",
        re.compile(r"[0-9]{15}[0-9X]"),
        "000000012146438X",
        is_upper=True,
        is_checked=_is_isni,
        prefixes=("isni.org/isni/",),
    ),
    Scheme(
        "uscc",
        "Unified social credit code of China (GB 32100-2015)",
        re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}"),
        "11100000000013127D",
        is_upper=True,
        is_checked=_is_social_credit_code,
        aliases=("cn-uscc", "social-credit-code", "gb32100", "统一社会信用代码"),
    ),
    Scheme(
        "siren",
        "SIREN number of France (INSEE)",
        re.compile(r"[0-9]{9}"),
        "732829320",
        is_upper=False,
        is_checked=_is_luhn,
        aliases=("fr-siren",),
        is_shared=True,
    ),
    Scheme(
        "siret",
        "SIRET number of France (INSEE)",
        re.compile(r"[0-9]{14}"),
        "73282932000074",
        is_upper=False,
        is_checked=_is_siret,
        aliases=("fr-siret",),
        is_shared=True,
    ),
    Scheme(
        "ipa",
        "Code of Italy's index of public administrations (IPA)",
        re.compile(r"[a-z0-9][a-z0-9_.-]{1,39}"),
        "c_h501",
        is_upper=False,
        aliases=("codice-ipa", "it-ipa"),
    ),
    Scheme(
        "gss",
        "Code of the United Kingdom's statistical geography (GSS)",
        re.compile(r"[EKNSW][0-9]{8}"),
        "E09000033",
        is_upper=True,
        aliases=("ons", "gss-code"),
    ),
    Scheme(
        "dir3",
        "Code of Spain's directory of public administrations (DIR3)",
        re.compile(r"[A-Z][A-Z0-9]?[0-9]{7}"),
        "L01280796",
        is_upper=True,
    ),
)
BY_NAME: Final = {name: scheme for scheme in SCHEMES for name in (scheme.slug, *scheme.aliases)}
_PREFIXES: Final = tuple((prefix, scheme) for scheme in SCHEMES for prefix in scheme.prefixes)
_WEB: Final = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[\s\u00a0\u2010-\u2015-]+")
_SHOWN: Final = ", ".join(scheme.slug for scheme in SCHEMES)


def parse_external_id(text: str) -> str:
    """Return an external id in normal form: of `scheme:value`, or of a URL that ends in one.

    Raises InvalidExternalIdError for an unknown scheme, a value of another form, and wrong check digits.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    address = _WEB.sub("", written, count=1)
    for prefix, scheme in _PREFIXES:
        if address[: len(prefix)].lower() == prefix:
            return normalize(scheme, re.split("[?#]", address[len(prefix) :])[0].strip("/"))
    name, colon, value = written.partition(":")
    if not colon:
        raise InvalidExternalIdError(
            "external-id-without-scheme",
            "it does not say of which register it is",
            f"write it as scheme:value, like wikidata:Q583725; schemes are {_SHOWN}",
        )
    return normalize(find_scheme(name), value)


def find_scheme(name: str) -> Scheme:
    """Return the scheme of a name in any letter case; raise InvalidExternalIdError."""
    key = re.sub(r"[\s_]+", "-", name.strip().casefold())
    if key in BY_NAME:
        return BY_NAME[key]
    near = difflib.get_close_matches(key, BY_NAME, n=1, cutoff=0.7)
    hint = f"; did you mean {BY_NAME[near[0]].slug}?" if near else ""
    raise InvalidExternalIdError(
        "unknown-scheme", f"{name.strip()[:60]} is no scheme of external ids known here{hint}", f"use one of {_SHOWN}"
    )


def normalize(scheme: Scheme, value: str) -> str:
    """Return the id of a value in a scheme; raise InvalidExternalIdError."""
    value = unicodedata.normalize("NFKC", value).strip()
    # Codes of IPA have hyphens of their own; in other ids people put them, or spaces, between groups of digits.
    if scheme.slug != "ipa":
        value = _SEPARATORS.sub("", value)
    value = value.upper() if scheme.is_upper else value.lower()
    if not scheme.pattern.fullmatch(value):
        raise InvalidExternalIdError(
            "bad-external-id", f"it is no id of {scheme.name}", f"write it like {scheme.slug}:{scheme.example}"
        )
    if scheme.is_checked is not None and not scheme.is_checked(value):
        raise InvalidExternalIdError(
            "wrong-check-digit",
            f"its check digit is wrong, so a character of this id of {scheme.name} is mistyped",
            "compare it with its register",
        )
    return f"{scheme.slug}:{value}"
