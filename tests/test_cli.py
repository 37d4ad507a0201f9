import re
import subprocess
import sys

from click.testing import CliRunner

from directory.cli import main


def test_the_help_lists_every_command_once() -> None:
    result = CliRunner().invoke(main, ["--help"])
    listed = re.findall(r"^  ([a-z-]+)  +\S", result.output.partition("Show this message and exit.")[2], re.MULTILINE)
    assert sorted(listed) == sorted(main.commands)
    assert listed[0] == "serve"


def test_a_command_imports_only_what_it_needs() -> None:
    heavy = ("alembic", "flask", "marshmallow", "opencc", "pyarrow", "pypinyin", "sqlalchemy")
    code = "import sys, directory.cli; print([m for m in sys.argv[1:] if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code, *heavy], check=True, capture_output=True, text=True)
    assert loaded.stdout == "[]\n"
