import pytest

from directory.text.language_tags import format_language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("EN-gb", "en-GB"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("ES-419", "es-419"),
        ("zh", "zh"),
        ("de-1996", "de-1996"),
        ("tl", "tl"),
    ],
)
def test_a_tag_is_written_in_the_case_that_the_standard_recommends(text: str, tag: str) -> None:
    assert format_language_tag(text) == tag


@pytest.mark.parametrize("text", ["English", "e", "", "en-", "en_GB", "en-a", "ｅｎ", "en GB", "12"])
def test_what_is_no_tag_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a language tag"):
        format_language_tag(text)
