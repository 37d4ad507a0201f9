"""Domains that a state registers for its own bodies alone: nobody else can have a site or a handle there."""

import re
from typing import Final

# Second-level domains of states in the Public Suffix List (2023-02-09). In other countries anybody can register such a
# name: `gob.io`, `govt.co`.
_STATES: Final = {
    "gov": (
        "ac|ae|af|al|ar|as|au|az|ba|bb|bd|bf|bh|bm|bn|br|bs|bt|by|bz|cd|cl|cm|cn|co|cu|cx|cy|dm|do|dz|ec|ee|eg|et|fj|gd"
        "|ge|gh|gi|gn|gr|gu|gy|hk|ie|il|in|iq|ir|is|it|jo|kg|ki|km|kn|kp|kw|kz|la|lb|lc|lk|lr|ls|lt|lv|ly|ma|me|mg|mk|ml"
        "|mn|mo|mr|ms|mu|mv|mw|my|mz|ng|nr|om|ph|pk|pl|pn|pr|ps|pt|py|qa|rs|rw|sa|sb|sc|sd|sg|sh|sl|so|ss|sx|sy|tj|tl|tm"
        "|tn|to|tr|tt|tw|ua|uk|vc|ve|vn|ws|ye|za|zm|zw"
    ),
    "mil": (
        "ac|ae|al|ar|az|ba|bo|br|by|cl|cn|co|cy|do|ec|eg|fj|ge|gh|gt|hn|id|in|iq|jo|kg|km|kr|kz|lv|mg|mv|my|mz|ng|ni|no"
        "|nz|pe|ph|pl|py|qa|rw|sh|st|sy|tj|tm|to|tr|tw|tz|uy|vc|ve|ye|za|zm|zw"
    ),
    "gob": "ar|bo|cl|do|ec|es|gt|hn|mx|ni|pa|pe|pk|sv|ve",
    "gouv": "ci|fr|ht|km|ml|sn",
    "govt": "nz",
    "gub": "uy",
    "go": "cr|id|jp|ke|kr|th|tz|ug",
    "gc": "ca",
    "gv": "ao|at",
}
_GOVERNMENT: Final = re.compile(
    r"(?:.+\.)?(?:gov|mil|"
    + "|".join(rf"{label}\.(?:{countries})" for label, countries in _STATES.items())
    + r"|admin\.ch|bund\.de|europa\.eu|overheid\.nl|police\.uk|nhs\.uk|parliament\.uk|mod\.uk)"
)


def is_government_domain(host: str) -> bool:
    """Whether a host, in ASCII and lower case, lies in such a domain."""
    return _GOVERNMENT.fullmatch(host) is not None
