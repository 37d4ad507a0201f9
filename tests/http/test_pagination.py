import base64
import hashlib
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from directory.http.pagination import Key, decode_cursor, encode_cursor, fingerprint
from directory.http.problems import InvalidCursor

NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1)
KEYS = st.lists(
    st.none() | NUMBERS | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5
)


@given(KEYS)
def test_a_cursor_gives_back_its_keys(keys: list[Key]) -> None:
    assert decode_cursor(encode_cursor("f", keys), "f") == keys


def test_a_cursor_is_safe_in_a_url() -> None:
    assert encode_cursor("f", ["成都" * 20, None, -1]).replace("-", "").replace("_", "").isalnum()


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor, match="other filters"):
        decode_cursor(encode_cursor("f", [1]), "g")


@pytest.mark.parametrize("text", ["abc", "a", "", "é", "=", "x" * 5000, base64.b64encode(b"123456[1]").decode()])
def test_a_damaged_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(text, "f")


# What a program of a stranger may put behind a right checksum.
CONTENTS = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ).map(lambda content: json.dumps(content).encode()),
    st.lists(st.sampled_from(["f", "g", "a\0b", "\ud800", 2**63, -(2**63), 1.5, True, [], {}]), max_size=4).map(
        lambda content: json.dumps(content).encode()
    ),
)


@given(CONTENTS)
@example(b"[" * 3000)
@example(b'["f",1e999]')
@example(b'["f",NaN]')
def test_no_text_that_is_not_ours_is_taken_for_a_cursor(payload: bytes) -> None:
    checked = hashlib.blake2b(payload, digest_size=6).digest() + payload
    text = base64.urlsafe_b64encode(checked).rstrip(b"=").decode()
    try:
        values = decode_cursor(text, "f")
    except InvalidCursor:
        return
    assert json.loads(payload) == ["f", *values]
    assert all(value is None or type(value) in {int, str} for value in values)
    assert all(abs(value) < 2**63 for value in values if isinstance(value, int))
    assert not any("\0" in value for value in values if isinstance(value, str))
    "".join(value for value in values if isinstance(value, str)).encode()


def test_the_texts_above_have_the_checksum_of_ours() -> None:
    payload = b'["f","a",1,null]'
    text = base64.urlsafe_b64encode(hashlib.blake2b(payload, digest_size=6).digest() + payload).rstrip(b"=").decode()
    assert text == encode_cursor("f", ["a", 1, None])
    assert decode_cursor(text, "f") == ["a", 1, None]


@given(st.text())
def test_a_text_without_a_checksum_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(text, "f")


def test_a_change_of_any_character_is_noticed() -> None:
    cursor = encode_cursor("f", ["成都", 5])
    for place, character in enumerate(cursor[:-1]):
        changed = cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(InvalidCursor):
            decode_cursor(changed, "f")


def test_a_list_is_known_by_its_filters_and_order_and_not_by_how_it_is_shown() -> None:
    app = Flask("test")

    def of(url: str) -> str:
        with app.test_request_context(url):
            return fingerprint()

    assert of("/a?q=x&limit=5&cursor=c&fields=id&count=exact&facets=region&highlight=true") == of("/a?q=x")
    assert of("/a?tag=x&tag=y") == of("/a?tag=x,y")
    assert len({of("/a?q=x"), of("/a?q=y"), of("/a?q=x&sort=id"), of("/b?q=x")}) == 4


def test_a_page_joins_the_texts_and_links_to_the_first_and_next(client: FlaskClient) -> None:
    response = client.get("/things?limit=3")
    assert response.get_data(as_text=True) == '{"data":[1,2,3],"page":{"limit":3,"next":"abc"}}'
    assert response.headers["Link"] == '</things?limit=3>; rel="first", </things?limit=3&cursor=abc>; rel="next"'
