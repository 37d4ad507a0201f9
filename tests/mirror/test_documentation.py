"""The script in docs/mirroring.md, which applies a delta without this program."""

import re
import subprocess
import sys
from pathlib import Path

from tests.mirror.conftest import Published
from tests.service import ROOT


def test_the_documented_rule_makes_the_later_tables_of_the_earlier_ones(published: Published, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "mirroring.md").read_text("utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for since in published.revisions[:-1]:
        until = published.revisions[-1]
        new = tmp_path / str(since)
        new.mkdir()
        # The table of counts is downloaded: no change states them.
        (new / "followers.ndjson").write_bytes((published.storage / str(until) / "followers.ndjson").read_bytes())
        delta = published.storage / str(until) / f"delta-from-{since}.ndjson"
        subprocess.run([sys.executable, "-c", script, published.storage / str(since), delta, new], check=True)
        assert {path.name: path.read_bytes() for path in new.iterdir()} == published.files(until)
