"""What nobody sees is not in a text, and what a script needs is."""

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.errors import InvalidValue, RowRejected
from directory.imports.validate.rows import Row, Validator
from directory.imports.values.invisible_characters import DIRECTIONS, UNSEEN, has_unseen, visible
from directory.imports.values.parsing import parse_text
from directory.imports.values.regions import Regions

VALIDATOR = Validator(Regions([("CN", "China", "中国", [], "country")]), default_source="file")
# Letters of many scripts, emoji, all that is not seen, and what begins a formula.
NASTY = st.text(
    st.sampled_from("ab成é한नखफаם=+-@;'\"<&|\\ \t\r\n\v\u0085\u00a0\u2028\u2029" + DIRECTIONS)
    | st.sampled_from(
        "\u200b\u200c\u200d\u200e\u061c\u00ad\u034f\u2060\u2063\ufeff\ufe0f\u3164\u115f\ufffb\U000e0041\U000e007f"
    )
    | st.sampled_from("🏴👩🏽🚒❤✈‼\U000e0067\U000e0062\U000e0041\U000e007f")
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)


def normalize(**values: object) -> tuple[dict[str, Any], Row]:
    row = VALIDATOR.normalize({"platform": "x", "handle": "example", **values})
    return json.loads(row.statement), row


@pytest.mark.parametrize(
    "name",
    [
        "نیروی\u200cانتظامی",  # Persian: two parts of a word that do not join
        "ශ්\u200dරී ලංකා",  # Sinhala: a conjunct
        "പോലീസ്\u200d",  # Malayalam: a final consonant, as it was written before Unicode 5.1
        "Feuerwehr 👩\u200d🚒",
        "👩🏽\u200d🚒",
        "❤\ufe0f\u200d🔥",
        "Police 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "✈\ufe0f",
        "1\ufe0f\u20e3",
        "葛\U000e0100城",  # an ideographic variation sequence
        "ᠮᠣᠩᠭᠣᠯ\u180b",
        "-市公安局",
        "–é",
        "= é",
        "+é",
        "@市",
        "'é'",
    ],
)
def test_what_a_script_or_an_emoji_needs_and_every_sign_is_kept(name: str) -> None:
    statement, row = normalize(name=name, description=name)
    assert (statement["name"], statement["description"]) == (name, name)
    assert row.warnings == ()


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Exa\u200bmple", "Example"),
        ("Exa\u200dmple", "Example"),
        ("Exa\u00admple", "Example"),
        ("\u202aExample\u202c", "Example"),
        ("\u200fשלום\u200f", "שלום"),
        ("שלום\u200f 2", "שלום 2"),
        ("Example\U000e0041\U000e0042", "Example"),
        ("Exa\u3164mple\ufe0f", "Example"),
        ("-\u2060市", "-市"),
    ],
)
def test_what_nobody_sees_is_taken_out_and_remarked(given_name: str, name: str) -> None:
    for field in ("name", "description", "department", "names"):
        statement, row = normalize(**{field: given_name})
        assert row.warnings == (UNSEEN,)
        assert statement[field] in (name, [{"name": name, "key": re.sub("^-", "", name).lower()}]) or field == "names"


@pytest.mark.parametrize("character", DIRECTIONS)
def test_a_text_of_one_line_that_is_turned_is_refused_with_its_place(character: str) -> None:
    for field in ("name", "department", "handle"):
        with pytest.raises(RowRejected) as caught:
            normalize(**{field: f"2+3+cmd|x{character}gnp.exe"})
        (error, *_) = caught.value.errors
        assert (error.field, error.code) == (field, "direction")
        assert f"U+{ord(character):04X}" in error.message
        assert "at place 10" in error.message
    assert normalize(description=f"-x{character}gnp.exe")[0]["description"] == "-xgnp.exe"


def test_a_separator_of_lines_parts_lines() -> None:
    statement, _ = normalize(name="a\u2028b\u2029c", description="a\u2028b\u2029c\r\nd\re\u0085f")
    assert (statement["name"], statement["description"]) == ("a b c", "a\nb\nc\nd\ne\nf")


@given(NASTY, st.booleans())
def test_any_text_is_kept_as_it_is_seen_or_refused(value: str, lines: bool) -> None:  # noqa: FBT001 - drawn
    try:
        kept = parse_text(value, longest=100, lines=lines)
    except InvalidValue as invalid:
        kept, refused = None, invalid.code
    else:
        refused = ""
    assert refused in {"", "direction", "control-character"}
    if kept is None:
        return
    assert parse_text(kept, longest=100, lines=lines) == kept
    assert not has_unseen(kept)
    assert not set(kept) & {*DIRECTIONS, "\u2028", "\u2029", "\u0085"}
    controls = {character for character in kept if unicodedata.category(character) == "Cc"}
    assert controls <= ({"\n", "\t"} if lines else set())
    assert solid(kept) == solid(unicodedata.normalize("NFC", visible(value)))


def solid(value: str) -> list[str]:
    """Return the letters, numbers, signs and punctuation of a text."""
    return [character for character in value if unicodedata.category(character)[0] in "LNSP"]


@given(NASTY)
def test_a_remark_comes_with_everything_that_is_taken_out(value: str) -> None:
    try:
        statement, row = normalize(description=value)
    except RowRejected:
        return
    seen = [one for one in statement.get("description", "") if not one.isspace()]
    if UNSEEN not in row.warnings and not row.warnings and seen:
        assert seen == [one for one in unicodedata.normalize("NFC", value) if not one.isspace()]
