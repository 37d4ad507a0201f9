"""How a client reads the changes: page by page, and poll by poll."""

import json
import time
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient

from directory.database.connections import Database

Change = dict[str, Any]


def wait_for(database: Database, revision: int) -> None:
    """Wait until the service knows of a revision."""
    until = time.monotonic() + 10
    while database.revision < revision:
        assert time.monotonic() < until
        time.sleep(0.001)


def get(client: FlaskClient, **query: object) -> Any:  # noqa: ANN401 - what JSON holds
    """Return a page of changes."""
    response = client.get("/v1/changes", query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def read_on(client: FlaskClient, since: int, **query: object) -> tuple[list[Change], int]:
    """Return all changes after a revision, page by page, and the revision to go on from."""
    page = get(client, since=since, **query)
    changes = page["data"]
    while page["page"]["next"] is not None:
        page = get(client, since=since, cursor=page["page"]["next"], **query)
        changes += page["data"]
    assert page["through"]["sequence"] is None
    return changes, page["through"]["revision"]


def places(changes: list[Change]) -> list[tuple[int, int]]:
    """Return revision and sequence of each change."""
    return [(change["revision"], change["sequence"]) for change in changes]


def dump(value: object) -> str:
    """Return JSON as the registry writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def replay(state: Mapping[tuple[str, str], str], changes: list[Change]) -> dict[tuple[str, str], str]:
    """Return the records, by kind and id, that a copy holds after changes; each change must fit what it holds.

    Observations are no records: a change of theirs says that there are new ones.
    """
    copy = dict(state)
    for change in changes:
        if change["kind"] == "observations":
            continue
        key = change["kind"], change["id"]
        assert copy.pop(key, "null") == dump(change["before"]), change
        if change["after"] is not None:
            copy[key] = dump(change["after"])
    return copy
