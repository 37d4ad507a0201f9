"""What earlier releases state of public bodies and the newest one of nobody: accounts that are no longer listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from directory.platforms.addresses import Address
from starter.accounts import find_accounts, keys_of
from starter.releases import Release


@dataclass(slots=True)
class FormerAccount:
    """An account that a body had: listed since the day of the first release with it, until that of the one after."""

    wikidata: str
    address: Address
    listed_from: str
    listed_until: str


def find_former_accounts(releases: Sequence[Release], public: Sequence[str]) -> Iterator[FormerAccount]:
    """Yield the former accounts of the bodies in `public`; one that two bodies state is the first one's."""
    listed = {
        key
        for body in releases[-1].bodies.values()
        for address in find_accounts(body.accounts)
        for key in keys_of(address)
    }
    found: dict[tuple[str, str], FormerAccount] = {}
    for release, following in pairwise(releases):
        for wikidata in public:
            body = release.bodies.get(wikidata)
            for address in find_accounts(body.accounts) if body else ():
                keys = keys_of(address)
                if keys & listed:
                    continue
                known = next((found[key] for key in keys if key in found), None)
                if known is None:
                    known = FormerAccount(wikidata, address, release.released_on, following.released_on)
                found.update(dict.fromkeys(keys, known))
                known.listed_until = following.released_on
    yield from {id(each): each for each in found.values()}.values()
