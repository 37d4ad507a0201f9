"""No disguised form of a registered name or handle is ever official, whatever the context."""

import unicodedata
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from directory.lookalikes.keys import look_alike_keys, query_keys
from directory.lookalikes.similarity import compare_handles
from directory.lookalikes.skeletons import fold_width, prototypes
from directory.resolve.input_parsing import parse_input
from directory.resolve.names import NameForm, parse_stated, without_punctuation
from tests.resolve.conftest import Ask

NAMES = ["Metropolitan Police", "City of Exampleton", "成都发布", "山东发布", "大连市旅游局", "NASA"]
HANDLES = {"x": "examplecity", "weibo": "cdfb", "facebook": "nih.gov", "bluesky": "examplecity.gov"}
CONTEXTS = [
    "{}",
    "{} 微博",
    "{} Twitter",
    "Twitter {}",
    "微博：{}",
    "{} official account on X",
    "四川 {}",
    "{} facebook",
]
INVISIBLE = ["\u200b", "\u200d", "\u2060", "\u202e", "\u00ad", "\ufe0f", "\U000e0041"]
# Letters, digits and characters by those that they look like; another blank is a blank, another dash a dash.
_BY_PLAIN: dict[str, list[str]] = {}
for code in range(0x80, 0x30000):
    plain = unicodedata.normalize("NFKC", chr(code))
    if plain != fold_width(chr(code)) and plain.isalnum() and len(plain) == 1 and not 0xFE70 <= code <= 0xFEFF:
        _BY_PLAIN.setdefault(plain, []).append(chr(code))
for code, plain in prototypes().items():
    if (
        code >= 0x80
        and plain.isascii()
        and plain.isalnum()
        and len(plain) == 1
        and unicodedata.normalize("NFKC", chr(code)) == chr(code)
    ):
        _BY_PLAIN.setdefault(plain, []).append(chr(code))
GROUPS = [
    line.partition("\t")[0]
    for line in (files("directory.lookalikes") / "alike_han.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("# ")
]
for group in GROUPS:
    for member in group:
        _BY_PLAIN.setdefault(member, []).extend(set(group) - {member})


@st.composite
def disguised(draw: st.DrawFn, text: str) -> str:
    """Exchange some characters of a text for others that look like them, or put some between that show nothing."""
    places = [at for at, letter in enumerate(text) if letter in _BY_PLAIN]
    chosen = draw(st.sets(st.sampled_from(places), max_size=len(places))) if places else set()
    written = [draw(st.sampled_from(_BY_PLAIN[letter])) if at in chosen else letter for at, letter in enumerate(text)]
    if not chosen or draw(st.booleans()):
        written.insert(draw(st.integers(1, len(written) - 1)), draw(st.sampled_from(INVISIBLE)))
    return "".join(written)


LIVELY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LIVELY
@given(text=st.sampled_from(NAMES).flatmap(disguised), context=st.sampled_from(CONTEXTS))
def test_no_disguised_name_is_official(ask: Ask, text: str, context: str) -> None:
    verdict = ask(context.format(text))
    assert verdict["verdict"] in {"look_alike", "unknown"}, verdict


@LIVELY
@given(
    pair=st.sampled_from(sorted(HANDLES.items())).flatmap(lambda pair: st.tuples(st.just(pair[0]), disguised(pair[1])))
)
def test_no_disguised_handle_is_official(ask: Ask, pair: tuple[str, str]) -> None:
    platform, handle = pair
    for text in (handle, f"@{handle}"):
        assert ask(text, platform)["verdict"] in {"look_alike", "unknown"}, text
        assert ask(text)["verdict"] in {"look_alike", "unknown"}, text


@LIVELY
@given(
    name=st.sampled_from([name for name in NAMES if name.isascii()]),
    sign=st.sampled_from(["@", "＠", "@ ", ".@", "“@", "cc @"]),
    context=st.sampled_from([text for text in CONTEXTS if "微博" not in text]),
    platform=st.sampled_from([None, "x", "instagram", "tiktok"]),
)
def test_a_displayed_name_behind_an_at_is_never_official(
    ask: Ask, name: str, sign: str, context: str, platform: str | None
) -> None:
    # NASA is a handle as well, on X.
    assume(name != "NASA")
    verdict = ask(context.format(sign + name.replace(" ", "")), platform)
    assert verdict["verdict"] in {"look_alike", "unknown"}, verdict


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("platform", ["x", "weibo", "instagram"])
def test_a_handle_of_another_name_is_found_by_what_it_looks_like(name: str, platform: str) -> None:
    handle = name.replace(" ", "")
    assert parse_input(f"@{handle}", platform).names[0].key == handle.lower()


@settings(max_examples=300, deadline=None)
@given(name=st.text(min_size=1, max_size=30))
def test_a_registered_name_is_itself_when_it_is_typed_exactly_or_in_another_width(name: str) -> None:
    assume(without_punctuation(name) != "")
    assert NameForm.of(name).is_exactly_one_of([name])
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name)
    assert NameForm.of(wide).is_exactly_one_of([name])


@settings(max_examples=300, deadline=None)
@given(st.text("@＠﹫ a成b\u200b.", max_size=40), st.sampled_from([None, "x", "weibo"]))
def test_whatever_stands_around_an_at_is_read(text: str, platform: str | None) -> None:
    stated = parse_stated(text, platform)
    assert stated.mention is None or stated.mention == (stated.handle or "")[1:]
    parse_input(text, platform)


ENDINGS = ["com", "org", "net", "gov.uk", "co", "info", "eu", "gov.bsky.social", "bsky.social"]


@settings(max_examples=200, deadline=None)
@given(
    name=st.from_regex(r"[a-z][a-z0-9]{2,14}", fullmatch=True),
    given_=st.sampled_from(ENDINGS),
    held=st.sampled_from(ENDINGS[:7]),
)
def test_one_name_under_two_endings_is_alike_and_found(name: str, given_: str, held: str) -> None:
    assume(given_ != held)
    similarity = compare_handles("bluesky", f"{name}.{given_}", f"{name}.{held}")
    assert similarity is not None
    assert "other_domain" in similarity.reasons
    for platform in (None, "bluesky"):
        assert set(query_keys(platform, f"{name}.{given_}")) & set(look_alike_keys("bluesky", f"{name}.{held}"))


@pytest.mark.parametrize("written", ["#{}", "{}.", "~{}", "{}!", "({})", "*{}*", "‹{}›"])
@pytest.mark.parametrize("context", ["{}", "{} Twitter", "Twitter: {}", "Twitter {}"])
def test_signs_around_a_squashed_name_make_no_name_of_it(ask: Ask, written: str, context: str) -> None:
    assert ask(context.format(written.format("MetropolitanPolice")))["verdict"] != "official"
