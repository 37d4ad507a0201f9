"""What spreadsheets and PDFs leave in texts, and that nothing else is changed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.values.parsing import ERRORS, ESCAPED, FORMULAS, LOST, RADICALS, undo_artefacts

UNIFIED = "\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27\ufa28\ufa29"


def cleaned(value: object, *, identifying: bool = False) -> tuple[object, list[str]]:
    warnings: list[str] = []
    return undo_artefacts(value, warnings, identifying=identifying), warnings


@pytest.mark.parametrize(
    ("written", "meant", "warning"),
    [
        ("City_x000D_\nHall", "City\r\nHall", ESCAPED),
        ("a_x000A_b_x0009_c_x000d_", "a\nb\tc\r", ESCAPED),
        ("_xD83D__xDE00_", "\U0001f600", ESCAPED),
        ("_x005F_x000D_", "_x000D_", ESCAPED),
        ("\u2f2d东发布", "山东发布", RADICALS),
        ("海\u2f1d", "海口", RADICALS),
        ("\u2ea0政局\u2ecb站", "民政局车站", RADICALS),
        ("\uf9dc\U0002f800", "隆丽", RADICALS),
        ('="0012345"', "0012345", FORMULAS),
        ("'=1+1", "=1+1", FORMULAS),
        ("#REF!", None, ERRORS),
        (" #DIV/0! ", None, ERRORS),
        ("#NAME?", None, ERRORS),
        ("Err:502", None, ERRORS),
        ("TRUE", None, ERRORS),
        ("########", None, ERRORS),
        ('=VLOOKUP(A2,"a",1)', None, ERRORS),
        ("\ufffd\ufffd发布", "\ufffd\ufffd发布", LOST),
    ],
)
def test_what_a_program_left_in_a_text_is_undone_and_remarked(written: str, meant: str | None, warning: str) -> None:
    assert cleaned(written) == (meant, [warning])


@pytest.mark.parametrize(
    "written",
    [
        *(
            "_x00D_",
            "x000D_",
            "_X000D_",
            "a_x",
            "'s-Hertogenbosch",
            "# 1",
            "#成都发布",
            "Refs #REF! below",
            "True",
            "=1+1",
        ),
        *(UNIFIED, "山东发布", "𠮷野", "Région", "𝗠𝗲𝘁𝗿𝗼", "ｆｕｌｌ"),
    ],
)
def test_what_is_meant_as_it_stands_stays(written: str) -> None:
    assert cleaned(written) == (written, [])


def test_items_of_lists_are_mended_too() -> None:
    names = [{"name": "\u2f2d东", "language": "zh"}, "a_x000D_"]
    assert cleaned(names) == ([{"name": "山东", "language": "zh"}, "a\r"], [RADICALS, ESCAPED])


def test_in_a_handle_only_what_no_handle_has_is_decoded() -> None:
    assert cleaned("city_x000D_", identifying=True) == ("city\r", [ESCAPED])
    assert cleaned("a_x005F_x000D_", identifying=True) == ("a_x000D_", [ESCAPED])
    for handle in ("a_x1234_", "a_x005F_", "TRUE", '=HYPERLINK("https://x.com/nasa")'):
        assert cleaned(handle, identifying=True) == (handle, [])


def test_every_radical_and_compatibility_ideograph_becomes_an_ordinary_character() -> None:
    blocks = [(0x2E81, 0x2EF4), (0x2F00, 0x2FD6), (0xF900, 0xFB00), (0x2F800, 0x2FA20)]
    codes = [code for first, end in blocks for code in range(first, end) if unicodedata.category(chr(code)) != "Cn"]
    for character in map(chr, codes):
        ordinary, warnings = cleaned(f"a{character}")
        if character in UNIFIED:
            assert (ordinary, warnings) == (f"a{character}", [])
            continue
        assert warnings == [RADICALS]
        assert isinstance(ordinary, str)
        assert unicodedata.normalize("NFKC", ordinary) == ordinary
        assert not any(first <= ord(ordinary[1]) < end for first, end in blocks)
        # Where NFKC knows the character too, both say the same.
        if (known := unicodedata.normalize("NFKC", character)) != character:
            assert ordinary == f"a{known}"


@given(st.text(alphabet="_x0D5F'=\"#A山\u2f2d\ud800", max_size=30))
def test_mending_never_raises_and_what_it_leaves_of_radicals_is_none(text: str) -> None:
    value, _ = cleaned(text)
    assert value is None or (isinstance(value, str) and "\u2f2d" not in value)


@given(st.text())
def test_a_text_escaped_as_the_standard_says_comes_back(text: str) -> None:
    escaped = text.replace("_x", "_x005F_x").replace("\r", "_x000D_").replace("\x1b", "_x001B_")
    if not escaped.strip().startswith(("#", "=", "'", "E", "T", "F")) and not cleaned(escaped)[1].count(RADICALS):
        assert cleaned(escaped)[0] == text
