"""Addresses as editors of registries and readers type them, by theme, each with what it names."""

from collections.abc import Mapping
from typing import Final

from directory.platforms.addresses import Address, NotAProfile
from tests.platforms.urls import (
    china,
    facebook,
    facebook_other,
    instagram,
    linkedin,
    mistyped,
    networks,
    other_tabs,
    pictures,
    publishing,
    redirects,
    registries,
    service_pages,
    strangers,
    tabs,
    x,
    youtube,
)

TABLES: Final[Mapping[str, list[tuple[str, str]]]] = {
    table.__name__.rpartition(".")[2]: table.URLS
    for table in (
        *(x, mistyped, facebook, facebook_other, youtube, instagram, linkedin, pictures, publishing, networks),
        *(china, strangers, redirects, registries, tabs, other_tabs, service_pages),
    )
}


def spell(outcome: Address | NotAProfile) -> str:
    """Write an outcome as the tables have it: `platform/handle`, `platform#user id`, or `!reason`."""
    if isinstance(outcome, NotAProfile):
        return f"!{outcome.reason}"
    return f"{outcome.platform}/{outcome.handle}" if outcome.handle else f"{outcome.platform}#{outcome.user_id}"
