"""The examples of the contract, taken from a registry that holds the starter data.

`python -m tests.examples postgresql://…` writes them into directory/openapi/data; `make generate` then puts them into
openapi/openapi.json. tests/openapi/test_document.py asks each of them again.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.http.pagination import Key, encode_cursor, fingerprint
from directory.openapi.document import OPENAPI
from directory.openapi.examples import PARAMETERS, answer_name
from tests.snapshots.planted import planted_everywhere

EXAMPLES = Path(__file__).parent.parent / "directory" / "openapi" / "data"
# Filters whose examples are ids, so that they differ from one set of data to the next.
FILTERS_BY_ID = {
    "get_accounts",
    "get_accounts_ndjson",
    "get_accounts_json",
    "get_accounts_csv",
    "get_aggregates",
    "get_aggregates_csv",
    "get_rankings",
    "get_rankings_csv",
    "get_ranking_chart",
    "get_changes",
    "get_changes_ndjson",
    "get_changes_atom",
    "get_dormancy",
    "get_dormancy_csv",
    "get_dormant_accounts",
    "get_dormant_accounts_csv",
    "get_duplicates",
    "get_duplicates_csv",
    "get_names",
    "get_names_csv",
    "get_closed_platforms",
    "get_closed_platforms_csv",
    "get_unproven",
    "get_unproven_csv",
    "get_observation_freshness",
    "get_observation_freshness_csv",
}
# The shipped data say one thing of each account, so there is no second page to take a cursor from.
LAST_KEYS: dict[str, list[Key]] = {
    # A cursor of the registry that the examples are taken from names its revision by a mark that no other one has.
    "get_changes": [1, 1],
    "get_account_history": [1000000, 1],
    "get_changes_atom": [1000000, 1],
    "get_rankings": ["1000000", "zzzzzzz", "1", "1", "1-000000000000"],
    "get_account_evidence": [1000000],
    "get_account_followers": ["9999-12-31T00:00:00+00:00", "zz"],
    "get_observations": [1, "", "zz", "zzzzzzz", "9999-12-31T00:00:00+00:00"],
    "get_dormant_accounts": ["2020-01-01 00:00:00+00", "0000000"],
    "get_closed_platforms": ["google-plus", "0000000"],
    "get_unproven": ["0000000"],
    "get_feedback_queue": ["2026-01-01 00:00:00+00", "0000000"],
    "get_import_rows": [2, 1],
    "get_feedback": ["2026-01-01 00:00:00+00", "0000000"],
    "get_webhook_deliveries": ["2026-01-01 00:00:00+00", "msg_0"],
    "get_proposals": ["2026-01-01 00:00:00+00", "0000000"],
}
# Nor has any account an observation: what shows some is made up.
WRITTEN_BY_HAND = {
    *("get_observations_ndjson", "get_followers_csv", "get_rankings", "get_rankings_csv", "get_ranking_chart"),
    *("post_observations", "post_observations_ndjson", "delete_account"),
    *("post_account", "patch_account", "delete_correction", "get_account_corrections"),
    *("post_suspend", "post_resume", "post_close", "post_reopen", "post_rename", "post_release", "post_transfer"),
    *("post_delete", "post_restore", "post_merge", "post_unmerge"),
    *("get_account_evidence", "post_account_proofs"),
    # Nobody has reported anything about the shipped data.
    *("get_feedback", "get_feedback_by_id", "get_feedback_statistics", "get_feedback_challenge"),
    *("get_feedback_queue", "post_feedback_decision"),
    *("post_imports", "get_imports", "get_import", "get_import_rows", "get_import_rows_csv", "post_import_apply"),
    "delete_import",
    *("post_feedback", "post_feedback_submission", "post_feedback_erasure"),
    *("get_webhooks", "post_webhooks", "get_webhook", "delete_webhook", "get_webhook_deliveries"),
    *("post_webhook_test", "post_webhook_secret", "post_webhook_resume"),
    # Nor proposed.
    *("get_proposals", "get_proposal", "post_proposals", "post_acceptance", "post_rejection", "delete_proposal"),
}
# Tags whose operations state their examples where they are written.
WITH_THEIR_OWN = (["contract"], ["health"], ["catalog"])
# What a file of a snapshot holds is shown where its forms are listed.
SHOWN_ELSEWHERE = {"get_snapshot_file"}

Operation = dict[str, Any]


def operations(app: Flask) -> list[tuple[str, Operation]]:
    """Return each operation of the application's contract with the template of its path."""
    contract = json.loads(app.extensions[OPENAPI].text)
    return [(template, operation) for template, path in contract["paths"].items() for operation in path.values()]


def address(template: str, operation: Operation, /, **query: object) -> str:
    """Return the address of an operation, the examples of its path filled in."""
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            template = template.replace(f"{{{parameter['name']}}}", parameter["example"])
    values = {name: ",".join(value) if isinstance(value, list) else value for name, value in query.items()}
    return template + ("?" + urlencode(values) if values else "")


def choose_parameters(app: Flask, client: FlaskClient) -> dict[str, dict[str, object]]:
    """Return the examples that depend on the data: ids and cursors, of a Chinese city's microblog."""
    found = client.get("/v1/accounts?platform=weibo&region=CN&limit=1000").get_json()["data"]
    account = next(account for account in found if account["department"])
    department, source = account["department"]["id"], account["sources"][0]
    chosen: dict[str, dict[str, object]] = {}
    for template, operation in operations(app):
        values: dict[str, object] = {"account_id": account["id"], "department_id": department, "source_id": source}
        if operation["operationId"] in FILTERS_BY_ID:
            values |= {"department": [department], "source": [source]}
        if operation["operationId"] == "get_departments":
            values["parent"] = [department]
        names = [parameter["name"] for parameter in operation["parameters"]]
        mine = {name: value for name, value in values.items() if name in names}
        if "cursor" in names:
            path = template.replace("{account_id}", account["id"])
            for part in operation["parameters"]:
                path = path.replace(f"{{{part['name']}}}", str(part.get("example")))
            mine["cursor"] = find_cursor(app, client, path, operation)
        if mine:
            chosen[operation["operationId"]] = mine
    return chosen


def find_cursor(app: Flask, client: FlaskClient, path: str, operation: Operation) -> str:
    """Return a cursor that goes with a path."""
    if (keys := LAST_KEYS.get(operation["operationId"])) is not None:
        with app.test_request_context(path):
            return encode_cursor(fingerprint(), keys)
    return str(ask(client, path, operation, limit=1).get_json()["page"]["next"])


def ask(
    client: FlaskClient, path: str, operation: Operation, accept: str | None = None, /, **query: object
) -> TestResponse:
    """Return the answer to an operation; where it reads a body, to the example of one."""
    headers = {"Accept": accept} if accept is not None else {}
    if "requestBody" not in operation:
        required = {
            part["name"]: part["example"]
            for part in operation["parameters"]
            if part.get("required") and part["in"] == "query"
        }
        return client.get(address(path, operation, **{**required, **query}), headers=headers)
    ((media_type, media),) = operation["requestBody"]["content"].items()
    body = media["example"] if isinstance(media["example"], str) else json.dumps(media["example"])
    return client.post(address(path, operation, **query), data=body, content_type=media_type, headers=headers)


def take_answer(client: FlaskClient, template: str, operation: Operation, media_type: str) -> str:
    """Return the beginning of an operation's answer, whole enough to be of its shape."""
    lists = any(parameter["name"] == "limit" for parameter in operation["parameters"])
    response = ask(client, template, operation, media_type, **({"limit": 1} if lists else {}))
    if response.status_code != 200:
        raise ValueError(f"{response.request.path}: {response.get_data(as_text=True)}")
    text = response.get_data(as_text=True)
    if media_type in {"application/atom+xml", "image/svg+xml"}:
        return text
    if media_type == "text/csv":
        return "\n".join(text.split("\n")[:2]) + "\n"
    document = json.loads(text.partition("\n")[0] if media_type == "application/x-ndjson" else text)
    if isinstance(document.get("data"), list):
        document["data"] = document["data"][:1]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Rewrite all examples."""
    database = Database(sys.argv[1], statement_timeout_ms=60_000)
    folder = Path(tempfile.mkdtemp())
    config = Config(data_dir=folder, download_cache_dir=folder / "download-cache", threads=2)
    EXAMPLES.mkdir(exist_ok=True)
    with planted_everywhere(sys.argv[1], folder / "snapshots"):
        app = create_app(config, database)
        chosen = choose_parameters(app, app.test_client())
        (EXAMPLES / PARAMETERS).write_text(json.dumps(chosen, indent=2) + "\n")
        _write_answers(create_app(config, database))
    database.close()


def _write_answers(app: Flask) -> None:
    for template, operation in operations(app):
        if (
            operation["tags"] not in WITH_THEIR_OWN
            and operation["operationId"] not in SHOWN_ELSEWHERE | WRITTEN_BY_HAND
        ):
            for media_type in operation["responses"]["200"]["content"]:
                kept = EXAMPLES / answer_name(operation["operationId"], media_type)
                kept.write_text(take_answer(app.test_client(), template, operation, media_type), encoding="utf-8")


if __name__ == "__main__":
    main()
