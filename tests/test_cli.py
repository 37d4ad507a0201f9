import re

from click.testing import CliRunner

from directory.cli import main


def test_the_help_lists_every_command_once() -> None:
    result = CliRunner().invoke(main, ["--help"])
    listed = re.findall(r"^  ([a-z-]+)  +\S", result.output.partition("Show this message and exit.")[2], re.MULTILINE)
    assert sorted(listed) == sorted(main.commands)
    assert listed[0] == "serve"
