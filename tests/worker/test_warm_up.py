"""The requests that a worker makes to itself when it starts; tests/test_service.py has a worker that does."""

from pathlib import Path

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.worker.thread_pools import PendingRequest
from directory.worker.warm_up import WARM_UP, WarmUp


def test_each_request_is_made_once_the_one_before_has_its_response() -> None:
    submitted: list[PendingRequest] = []
    WarmUp(submitted.append, [("/a", "q=1"), ("/b", "")]).start()
    assert [(each.scope.path, each.scope.query_string) for each in submitted] == [("/a", "q=1")]
    submitted[0].protocol.response_bytes(200, [], b"")
    submitted[1].protocol.response_empty(503, [])
    assert [each.scope.path for each in submitted] == ["/a", "/b"]


def test_a_worker_requests_what_exists(module_database_url: str, tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, download_cache_dir=tmp_path, database_url=module_database_url)
    database = Database(module_database_url, statement_timeout_ms=config.statement_timeout_ms)
    client = create_app(config, database).test_client()
    answered = {f"{path}?{query}": client.get(f"{path}?{query}").status_code for path, query in WARM_UP}
    database.close()
    assert set(answered.values()) == {200}, answered
