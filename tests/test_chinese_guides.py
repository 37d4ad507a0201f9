"""The guides in Chinese have what the English ones have: a change of one that forgets the other fails here."""

import re
import tomllib
from pathlib import Path

import pytest

from directory.resolve.verdicts import WORDINGS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
NAMES = sorted(path.name for path in (DOCS / "zh").glob("*.md"))
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
MILLIONS = re.compile(r"([\d.]+) million")
NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*(?<![,.])")


def in_both(name: str) -> tuple[str, str]:
    """Return the English and the Chinese text of a guide."""
    return (DOCS / name).read_text("utf-8"), (DOCS / "zh" / name).read_text("utf-8")


def sections(text: str) -> list[str]:
    """Return the sections of a text without its blocks of code, the one before the first heading as well."""
    return re.split(r"^#+ .*$", BLOCK.sub("", text), flags=re.MULTILINE)


def rows(text: str) -> list[tuple[int, list[str]]]:
    """Return for each row of the tables how many cells it has, and the code in it."""
    lines = re.findall(r"^\|.*\|$", BLOCK.sub("", text), re.MULTILINE)
    return [(CODE.sub("", line).count("|"), sorted(CODE.findall(line))) for line in lines]


def english_target(link: str) -> str:
    """Return the target in the English text of what is the target of a link in the Chinese one."""
    return link if link.partition("#")[0] in NAMES else link.removeprefix("../")


@pytest.mark.parametrize("name", NAMES)
def test_a_chinese_guide_has_the_headings_code_rows_links_and_figures_of_the_english_one(name: str) -> None:
    english, chinese = in_both(name)
    assert [len(marks) for marks in HEADING.findall(BLOCK.sub("", chinese))] == [
        len(marks) for marks in HEADING.findall(BLOCK.sub("", english))
    ]
    assert BLOCK.findall(chinese) == BLOCK.findall(english)
    assert rows(chinese) == rows(english)
    for number, (section, translated) in enumerate(zip(sections(english), sections(chinese), strict=True)):
        # Words stand in another order in Chinese, and a code that English repeats may stand once.
        assert set(CODE.findall(translated)) == set(CODE.findall(section)), number
        assert sorted(map(english_target, LINK.findall(translated))) == sorted(LINK.findall(section)), number
        figures = MILLIONS.sub(lambda found: f"{float(found[1]) * 100:g} 万", section)
        assert set(NUMBER.findall(figures)) <= set(NUMBER.findall(translated)), number


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_chinese_guide_leads_to_a_file(name: str) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(in_both(name)[1])]
    assert not [link for link in links if not re.match("[a-z]+:", link) and not (DOCS / "zh" / link).exists()]


def test_the_chinese_sentences_of_the_reasons_are_those_of_the_answers() -> None:
    (_, _, _, reasons, _) = sections(in_both("verdicts.md")[1])
    # `{platform_zh}` is a placeholder as `{platform}` is.
    assert dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", reasons, re.MULTILINE)) == {
        code: wording.chinese.replace("_zh}", "}") for code, wording in WORDINGS.items()
    }


def test_a_wheel_has_the_guides_with_their_folders() -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert included["force-include"]["docs"] == "directory/_docs"
    assert "exclude" not in included
