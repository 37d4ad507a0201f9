import subprocess
import sys
import tomllib

from tests.service import ROOT


def test_every_installation_can_write_parquet() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(needed.startswith("pyarrow>=") for needed in project["dependencies"])


def test_the_service_and_the_commands_start_without_the_library_of_parquet() -> None:
    # In a new interpreter: other tests have imported it in this one.
    imports = "import directory.cli, directory.service, directory.app, directory.snapshots.publish.schedule, sys"
    subprocess.run([sys.executable, "-c", f"{imports}; assert 'pyarrow' not in sys.modules"], cwd=ROOT, check=True)
