"""A plugin: only tests that ask a database are run. `pytest -p tests.with_database`, as the Makefile calls it.

What asks none gives the same on every version of PostgreSQL, and is tested once, on the embedded one. So is what is
about files, processes, a browser or another server, and asks the database nothing that others do not ask it too.
"""

import pytest

ELSEWHERE = (
    "tests/catalog/test_dcat",
    "tests/catalog/test_schema_org",
    "tests/clients/",
    "tests/http/files/",
    "tests/imports/test_dated_releases",
    "tests/imports/test_shared_data",
    "tests/mirror/",
    "tests/snapshots/storage/",
    "tests/snapshots/test_commands",
    "tests/snapshots/test_downloads",
    "tests/snapshots/test_faults",
    "tests/snapshots/test_file_responses",
    "tests/snapshots/test_kept",
    "tests/snapshots/test_nginx",
    "tests/snapshots/publish/test_datapackage",
    "tests/snapshots/publish/test_schedule",
    "tests/snapshots/verify/",
    "tests/sync/",
    "tests/test_contract",
    "tests/test_loading",
    "tests/test_readme",
    "tests/web/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests whose fixtures lead to the server on which databases are created, but for those above."""
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        asks = "server_url" in getattr(item, "fixturenames", ()) and not item.nodeid.startswith(ELSEWHERE)
        (kept if asks else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = kept
