"""What sources are called on Chinese pages."""

import csv
from importlib import resources

from flask.testing import FlaskClient

from directory.sources.reference import SOURCES
from directory.sources.synthetic import SYNTHETIC
from directory.sync.sources import find_connectors
from directory.web.source_titles import CHINESE_TITLES


def test_each_source_that_is_shipped_or_read_has_a_chinese_title() -> None:
    shipped = resources.files("directory.imports.starter") / "sources.csv"
    rows = csv.DictReader(shipped.read_text(encoding="utf-8").splitlines())
    known = {SYNTHETIC, *(row["id"] for row in rows), *(source.id for source in SOURCES), *find_connectors()}
    assert set(CHINESE_TITLES) == known


def test_chinese_pages_name_sources_in_chinese(client: FlaskClient) -> None:
    for path in ("downloads", "reports/freshness"):
        english, chinese = (client.get(f"/{code}/{path}").get_data(as_text=True) for code in ("en", "zh"))
        assert "GB/T 2260 代码" in chinese
        assert "codes of GB/T 2260" in english
        assert "codes of GB/T 2260" not in chinese
