"""The guides in Chinese say what the English ones say: a change of one that forgets the other fails here."""

import re
import tomllib
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from directory.resolve.verdicts import WORDINGS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
NAMES = sorted(path.name for path in (DOCS / "zh").glob("*.md"))
MILLIONS = re.compile(r"([\d.]+) million")
NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*(?<![,.])")


def read(path: Path) -> list[Token]:
    """Return the blocks of a guide: headings, paragraphs, items, cells, code."""
    return MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))


def structure(blocks: list[Token]) -> list[tuple[str, str, str]]:
    """Return what kind each block is of, and the code of those that are code."""
    return [(block.type, block.tag, block.content if block.type == "fence" else "") for block in blocks]


def code(block: Token) -> set[str]:
    """Return the code within a text: Chinese has another order, and need not repeat what English repeats."""
    return {child.content for child in block.children or () if child.type == "code_inline"}


def links(block: Token) -> list[str]:
    """Return where the links of a text lead."""
    return [str(child.attrs["href"]) for child in block.children or () if child.type == "link_open"]


def english_target(link: str) -> str:
    """Return the target in the English text of what is the target of a link in the Chinese one."""
    return link if link.partition("#")[0] in NAMES else link.removeprefix("../")


@pytest.mark.parametrize("name", NAMES)
def test_a_chinese_guide_has_the_blocks_code_links_and_figures_of_the_english_one(name: str) -> None:
    english, chinese = read(DOCS / name), read(DOCS / "zh" / name)
    assert structure(chinese) == structure(english)
    for block, translated in zip(english, chinese, strict=True):
        if block.type == "inline":
            assert code(translated) == code(block), block.content
            assert sorted(map(english_target, links(translated))) == sorted(links(block)), block.content
            figures = MILLIONS.sub(lambda found: f"{float(found[1]) * 100:g} 万", block.content)
            assert set(NUMBER.findall(figures)) <= set(NUMBER.findall(translated.content)), block.content


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_chinese_guide_leads_to_a_file(name: str) -> None:
    paths = [link.partition("#")[0] for block in read(DOCS / "zh" / name) for link in links(block)]
    assert not [path for path in paths if not re.match("[a-z]+:", path) and not (DOCS / "zh" / path).exists()]


def test_the_chinese_sentences_of_the_reasons_are_those_of_the_answers() -> None:
    tables = (DOCS / "zh" / "verdicts.md").read_text("utf-8").partition("\n## 理由")[2].partition("\n## ")[0]
    # `{platform_zh}` is a placeholder as `{platform}` is.
    assert dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", tables, re.MULTILINE)) == {
        code: wording.chinese.replace("_zh}", "}") for code, wording in WORDINGS.items()
    }


def test_a_wheel_has_the_guides_with_their_folders() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"]["docs"] == "directory/_docs"
    assert "exclude" not in wheel
