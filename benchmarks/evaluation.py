"""The search quality on the evaluation set, on the starter data, over HTTP."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks import servers
from tests.search.scoring import RANKED, Record, Scores, read_set, score


def score_starter(url: str, port: int, data: Path) -> Scores:
    """Fill the empty registry at `url` with the starter data, serve it, and run all queries of the set."""
    environment = {"DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(data), "DIRECTORY_SEED_DATA": "bundled"}
    with servers.service("evaluation", port, environment) as service:

        def ask(query: str, parameters: Mapping[str, str]) -> Sequence[Record]:
            asked = urlencode({"q": query, "limit": RANKED, **parameters})
            with urlopen(f"{service.base}/v1/accounts?{asked}", timeout=30) as answer:  # noqa: S310 - our own server
                data: list[Record] = json.load(answer)["data"]
            return data

        return score(ask, read_set())
