"""The queries of the Wikidata connector, with every prefix: QLever and Oxigraph predefine none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_PREFIXES: Final = """\
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX wikibase: <http://wikiba.se/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""

_BODIES: Final = """\
  ?country wdt:P297 "{country}" .
  ?body wdt:{link} ?country ; wdt:P31/wdt:P279* ?kind .
  VALUES ?kind {{ {kinds} }}"""

# One OPTIONAL for each language: labels of several languages would multiply the rows.
_ACCOUNTS: Final = (
    _PREFIXES
    + """\
SELECT DISTINCT ?body ?kind ?property ?value ?rank ?since ?until ?number ?site ?end ?place ?name ?own WHERE {{
"""
    + _BODIES
    + """
  VALUES (?property ?claim ?main) {{ {properties} }}
  ?body ?claim ?statement .
  ?statement ?main ?value ; wikibase:rank ?rank .
  FILTER(STR(?body) >= "{start}")
  OPTIONAL {{ ?statement pq:P580 ?since }}
  OPTIONAL {{ ?statement pq:P582 ?until }}
  OPTIONAL {{ ?statement pq:P6552 ?number }}
  OPTIONAL {{ ?body wdt:P856 ?site }}
  OPTIONAL {{ ?body wdt:P576 ?end }}
  OPTIONAL {{ ?body wdt:P131 ?parent . ?parent wdt:P300 ?place }}
  OPTIONAL {{ ?body rdfs:label ?name FILTER(LANG(?name) = "en") }}
{own}}}
ORDER BY STR(?body) STR(?property) STR(?value) LIMIT {limit}"""
)
_OWN_NAME: Final = '  OPTIONAL {{ ?body rdfs:label ?own FILTER(LANG(?own) = "{language}") }}\n'

_FOLLOWERS: Final = (
    _PREFIXES
    + """\
SELECT DISTINCT ?body ?statement ?count ?at ?number ?channel WHERE {{
"""
    + _BODIES
    + """
  ?body p:P8687 ?statement .
  ?statement ps:P8687 ?count ; pq:P585 ?at ; wikibase:rank ?rank .
  FILTER(?rank != wikibase:DeprecatedRank && STR(?statement) > "{start}")
  OPTIONAL {{ ?statement pq:P6552 ?number }}
  OPTIONAL {{ ?statement pq:P2397 ?channel }}
}}
ORDER BY STR(?statement) LIMIT {limit}"""
)


def accounts_query(
    country: str,
    link: str,
    kinds: Iterable[str],
    language: str | None,
    properties: Iterable[str],
    start: str,
    limit: int,
) -> str:
    """Return the query for accounts of bodies, from the body `start` on.

    `country` is an ISO 3166-1 code, `link` the property that leads to it, `kinds` are items, `language` is that of the
    country.
    """
    return _ACCOUNTS.format(
        country=country,
        link=link,
        kinds=" ".join(f"wd:{kind}" for kind in kinds),
        properties=" ".join(f"(wd:{name} p:{name} ps:{name})" for name in properties),
        start=start,
        own=_OWN_NAME.format(language=language) if language not in {None, "en"} else "",
        limit=limit,
    )


def followers_query(country: str, link: str, kinds: Iterable[str], start: str, limit: int) -> str:
    """Return the query for dated follower counts of bodies, behind the statement `start`."""
    return _FOLLOWERS.format(
        country=country, link=link, kinds=" ".join(f"wd:{kind}" for kind in kinds), start=start, limit=limit
    )
