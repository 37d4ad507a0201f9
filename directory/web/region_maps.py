"""The maps on the pages of regions: the world by country, and China by province."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from directory.web import maps
from directory.web.formats import number, region_name
from directory.web.languages import current_language, ngettext
from directory.web.languages import gettext as _
from directory.web.region_tree import list_countries
from directory.web.site import url

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of ISO 3166-1, and units of province level on the map of China.
_APART: Final = ("HK", "MO", "TW")


def draw_world() -> Markup:
    """Return the map of all countries, each with the number of its accounts."""
    parts = {
        "north_america": _("North America"),
        "europe": _("Europe"),
        "asia": _("Asia"),
        "south_america": _("South America and Antarctica"),
        "africa": _("Africa"),
        "oceania": _("Oceania"),
    }
    if current_language().code == "zh":
        parts = {"asia": parts["asia"], **parts}
    counted = ((region["code"], region_name(region), region["accounts"]) for region in list_countries().values())
    return _draw("world", counted, _texts(_("Accounts by country"), parts))


def draw_china(provinces: Iterable[tuple[str, str, int]]) -> Markup:
    """Return the map of China by province, of their codes, names and numbers of accounts."""
    countries = list_countries()
    apart = ((code, region_name(countries[code]), countries[code]["accounts"]) for code in _APART)
    return _draw("china", (*provinces, *apart), _texts(_("Accounts by province"), {"china": _("China")}))


def _texts(title: str, parts: dict[str, str]) -> maps.Texts:
    return maps.Texts(
        title=title,
        description=_("Regions as tiles of one size; the list below has the same numbers."),
        parts=parts,
        none=_("no accounts"),
        unknown=_("not known"),
        between=lambda low, high: number(low) if low == high else f"{number(low)}–{number(high)}",
    )


def _draw(layout: str, counted: Iterable[tuple[str, str, int]], texts: maps.Texts) -> Markup:
    base = url("regions/")
    areas = {
        code: maps.Area(
            f"{base}{code}",
            ngettext(
                "%(name)s: %(count)s account",
                "%(name)s: %(count)s accounts",
                accounts,
                name=name,
                count=f"{accounts:,}",
            ),
            accounts,
        )
        for code, name, accounts in counted
    }
    drawn = maps.render_map(layout, areas, texts, chinese=current_language().code == "zh")
    return Markup(drawn)  # noqa: S704 - maps.py escapes what it takes
