"""How pages ask the API within the process."""

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from directory.http.request import DIRECT_VIEWS
from directory.web import api


def test_what_a_page_of_an_account_asks_for_needs_no_request_of_flask(app: Flask) -> None:
    account = "/v1/accounts/<account_id>"
    asked = {account, f"{account}/followers", f"{account}/history", "/v1/accounts", "/v1/departments/<department_id>"}
    assert asked <= app.extensions[DIRECT_VIEWS].keys()


def test_pages_of_a_region_count_its_platforms_once_a_revision(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[tuple[tuple[str, str], ...]] = Counter()
    get = api.get

    def note(path: str, pairs: tuple[tuple[str, str], ...] = ()) -> Any:  # noqa: ANN401 - as of the API
        if path == "/v1/accounts" and ("facets", "platform") in pairs:
            asked[pairs] += 1
        return get(path, pairs)

    monkeypatch.setattr(api, "get", note)
    for platform in ("weibo", "x", "weibo"):
        assert client.get(f"/en/accounts?region=CN&platform={platform}&limit=7").status_code == 200
    assert [*asked.values()] == [1]
