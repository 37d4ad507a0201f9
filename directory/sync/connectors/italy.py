"""Public bodies of Italy: the list of IndicePA in its older form, the only one that has columns of social media."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from directory.sync.connector import Connector, Row
from directory.sync.session import Session

_LINKS: Final = ("url_facebook", "url_twitter", "url_youtube")
# Not the columns of the head of the body: these are persons.
_COLUMNS: Final = ("cod_amm", "des_amm", "sito_istituzionale", *_LINKS)


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of all bodies."""
    for body in session.table(session.url, columns=_COLUMNS, delimiter="\t"):
        for column in _LINKS:
            url = body[column].strip()
            if url and url.lower() != "null":
                name = body["des_amm"].strip()
                yield {
                    "url": url if "://" in url else f"https://{url}",
                    "source_id": body["cod_amm"],
                    "name": name,
                    "department": name,
                    "department_type": "local-government" if name.casefold().startswith("comune di") else None,
                    "department_url": _known(body["sito_istituzionale"]),
                    "external_ids": [f"ipa:{body['cod_amm'].strip()}"],
                    "region": "IT",
                    "language": "it",
                }


def _known(value: str) -> str | None:
    return value.strip() if value.strip().lower() not in {"", "null"} else None


CONNECTOR: Final = Connector(
    name="italy",
    title="Indice dei domicili digitali della Pubblica Amministrazione (IPA)",
    publisher="Agenzia per l'Italia Digitale (AgID)",
    licence="CC-BY-4.0",
    url=(
        "https://indicepa.gov.it/ipa-dati/dataset/502ff370-1b2c-4310-94c7-f39ceb7500e3"
        "/resource/3ed63523-ff9c-41f6-a6fe-980f3d9e501f/download/amministrazioni.txt"
    ),
    read=read,
)
