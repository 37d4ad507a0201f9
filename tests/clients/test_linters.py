import re
from pathlib import Path

import pytest

from tests.clients.conftest import Run
from tests.clients.npm_packages import NPM

CONTRACT = Path(__file__).parent.parent.parent / "openapi" / "openapi.json"


def test_redocly_finds_nothing_by_its_strictest_rules(node: Run, tmp_path: Path) -> None:
    said = node("@redocly/cli/bin/cli.js", "lint", "--extends", "recommended-strict", CONTRACT, folder=tmp_path)
    assert "Your API description is valid" in said


def lint_for_owasp(node: Run, contract: Path, folder: Path) -> str:
    """Return what Spectral says of a contract; fail where it finds anything."""
    options = ("--ruleset", NPM / "spectral.yaml", "--fail-severity", "hint")
    return node("@stoplight/spectral-cli/dist/index.js", "lint", *options, contract, folder=folder)


def test_spectral_finds_nothing_by_the_rules_of_owasp_but_for_reasoned_exceptions(node: Run, tmp_path: Path) -> None:
    assert "No results" in lint_for_owasp(node, CONTRACT, tmp_path)


def test_a_contract_without_bounds_is_no_exception(node: Run, tmp_path: Path) -> None:
    unbounded = tmp_path / "openapi.json"
    text = CONTRACT.read_text(encoding="utf-8")
    unbounded.write_text(text.replace('"maxLength"', '"x-length"').replace('"maxItems"', '"x-items"'), encoding="utf-8")
    with pytest.raises(AssertionError) as found:
        lint_for_owasp(node, unbounded, tmp_path)
    for place in (
        "string-limit.*components.schemas.Account.properties.name",
        "string-limit.*parameters",
        "array-limit",
    ):
        assert re.search(place, str(found.value)), place
