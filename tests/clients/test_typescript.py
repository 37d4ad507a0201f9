import shutil
from pathlib import Path

from tests.clients.conftest import Run
from tests.clients.npm_packages import NPM

CONTRACT = Path(__file__).parent.parent.parent / "openapi" / "openapi.json"
CALLS = Path(__file__).parent / "calls"
STRICT = (
    *("--noEmit", "--strict", "--erasableSyntaxOnly", "--allowImportingTsExtensions"),
    *("--noUncheckedIndexedAccess", "--target", "es2023", "--module", "nodenext", "--types", "node"),
)


def prepare(folder: Path, script: str) -> None:
    """Put what calls the client into a folder from which Node finds its packages."""
    (folder / "node_modules").symlink_to(NPM / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}\n')
    shutil.copy(CALLS / script, folder / "calls.ts")


def test_openapi_fetch_is_strictly_typed_by_the_contract_and_works(node: Run, service: str, tmp_path: Path) -> None:
    prepare(tmp_path, "openapi-fetch.ts")
    node("openapi-typescript/bin/cli.js", CONTRACT, "--output", "schema.ts", folder=tmp_path)
    node("typescript/bin/tsc", *STRICT, "calls.ts", folder=tmp_path)
    assert node("calls.ts", service, folder=tmp_path).endswith("called\n")


def test_orval_makes_a_client_that_is_strictly_typed_and_works(node: Run, service: str, tmp_path: Path) -> None:
    prepare(tmp_path, "orval.ts")
    shutil.copy(CONTRACT, tmp_path / "contract.json")
    # Of a body that is a file or a form, orval takes what the generated code cannot send: docs/api.md has the setting.
    forms = "override: { contentType: { exclude: ['multipart/form-data'] } }"
    output = f"{{ target: './client.ts', client: 'fetch', baseUrl: '{service}', {forms} }}"
    (tmp_path / "orval.config.mjs").write_text(
        f"export default {{ api: {{ input: './contract.json', output: {output} }} }}"
    )
    node("orval/dist/bin/orval.mjs", "--config", "orval.config.mjs", folder=tmp_path)
    node("typescript/bin/tsc", *STRICT, "calls.ts", folder=tmp_path)
    assert node("calls.ts", folder=tmp_path).endswith("called\n")
