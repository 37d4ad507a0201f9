"""What the documentation says is so: its links lead somewhere, its commands work, its lists are whole."""

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest

from directory.accounts.schemas import AccountSchema
from directory.config import Config
from directory.http.problems import PROBLEMS
from directory.lookalikes.similarity import SCORES
from directory.resolve.verdicts import WORDINGS
from directory.sources.reference import SOURCES

ROOT = Path(__file__).parent.parent
PAGES = sorted(page for folder in (".", "docs", "benchmarks", "findings") for page in ROOT.glob(f"{folder}/*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_what_is_installed_by_hand_comes_from_the_clone_and_from_no_index() -> None:
    # The project is on no index, where anybody could take its name.
    files = [*PAGES, *(ROOT / "directory").rglob("*.py"), *(ROOT / "directory").rglob("*.html")]
    named = [
        found for file in files for found in re.findall(r"pip install ([^`\n]+)", file.read_text(encoding="utf-8"))
    ]
    assert named
    assert all(re.match(r"'?\.(\[|'|$| )", found) for found in named), named


def test_every_download_by_curl_fails_where_there_is_nothing_to_download() -> None:
    for page in PAGES:
        for command in re.findall(r"^curl .*(?:-O|-o|--output|--remote-name).*$", page.read_text(), re.MULTILINE):
            assert re.match(r"curl (-\w*f|--fail )", command), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    broken = []
    for link in LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_setting_is_documented_and_no_other() -> None:
    code = (ROOT / "directory" / "config.py").read_text()
    known = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', code))
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(known)


def test_the_documented_defaults_are_those_of_the_program() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    stated = dict(re.findall(r"^\| `(?:DIRECTORY_)?([A-Z_]+)` \| `([^`]+)` \|", page, re.MULTILINE))
    config = Config.from_environment({})
    assert stated == {name: str(getattr(config, name.lower())) for name in stated}
    assert "threads" in {name.lower() for name in stated}


def test_every_parameter_is_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    contract = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    operations = [operation for path in contract["paths"].values() for operation in path.values()]
    queries = {part["name"] for operation in operations for part in operation["parameters"] if part["in"] == "query"}
    assert not queries - set(re.findall(r"`([a-z_]+)(?:=[^`]*)?`", page))


def test_every_address_is_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    contract = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    paths = {re.sub(r"\{\w+\}", "{}", path) for path in contract["paths"]}
    documented = {re.sub(r"\{\w+\}", "{}", path) for path in re.findall(r"`(/[^`?]*)`", page)}
    documented |= {f"/v1/accounts{ending}" for ending in (".json", ".csv") if f"`{ending}`" in page}
    assert not paths - documented


def test_every_problem_is_documented_with_its_status_and_no_other() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    stated = dict(re.findall(r"^\| `/problems/([a-z-]+)` \| (\d+) \|", page, re.MULTILINE))
    assert stated == {slug: str(problem.status) for slug, problem in PROBLEMS.items()}


def test_every_key_of_an_account_is_in_the_dictionary() -> None:
    page = (ROOT / "docs" / "data.md").read_text().partition("## An account")[2].partition("\n## ")[0]
    assert not [name for name in AccountSchema().declared_fields if f"`{name}`" not in page]


def test_every_source_that_is_shipped_is_in_the_dictionary() -> None:
    page = (ROOT / "docs" / "data.md").read_text()
    with (ROOT / "directory" / "imports" / "starter" / "sources.csv").open(encoding="utf-8", newline="") as file:
        shipped = [row["id"] for row in csv.DictReader(file)]
    assert not [name for name in (*shipped, *(source.id for source in SOURCES)) if f"`{name}`" not in page]


def test_every_reason_of_a_verdict_is_documented_with_its_sentence_and_no_other() -> None:
    tables = (ROOT / "docs" / "verdicts.md").read_text().partition("## Reasons")[2].partition("\n## ")[0]
    stated = dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", tables, re.MULTILINE))
    assert stated == {code: wording.english for code, wording in WORDINGS.items()}


def test_every_score_of_a_look_alike_is_documented() -> None:
    page = (ROOT / "docs" / "verdicts.md").read_text().partition("## Scores")[2]
    stated = {code: float(score) for code, score in re.findall(r"^\| `([a-z_]+)` \| ([0-9.]+) \|$", page, re.MULTILINE)}
    assert SCORES.items() <= stated.items()


def test_the_contents_of_the_page_about_the_api_are_all_its_sections_in_their_order() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    contents = page.partition("Contents: ")[2].partition("\n\n")[0]
    assert re.findall(r"\[([^\]]+)\]\(#", contents) == re.findall(r"^## (.+)$", page, re.MULTILINE)


def test_the_words_to_avoid_are_those_that_the_linter_rejects() -> None:
    rows = re.findall(r"^\| ([a-z]+) \| ([a-z ]+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    typos = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["typos"]["default"]["extend-words"]
    assert {word: instead for word, instead in typos.items() if word != instead} == dict(rows)
    assert rows
