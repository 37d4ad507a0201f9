"""External ids: their normal form, and the check digits that their standards define."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.departments.external_ids import SCHEMES, InvalidExternalIdError, parse_external_id

# Ids that their registers publish.
PUBLISHED = {
    "https://www.wikidata.org/wiki/q583725": "wikidata:Q583725",
    "http://www.wikidata.org/entity/Q583725": "wikidata:Q583725",
    "https://ror.org/042twtr12": "ror:042twtr12",
    "ROR:05DXPS055": "ror:05dxps055",
    "lei:5493 001K JTII GC8Y 1R12": "lei:5493001KJTIIGC8Y1R12",
    "isni:0000-0001-2146-438X": "isni:000000012146438X",
    "siren:732 829 320": "siren:732829320",
    "siret:73282932000074": "siret:73282932000074",
    "siret:35600000000048": "siret:35600000000048",
    "统一社会信用代码:９１１１００００６０００３７３４１Ｌ": "uscc:91110000600037341L",
    "uscc:91350100M000100Y43": "uscc:91350100M000100Y43",
    "IPA:C_H501": "ipa:c_h501",
    "gss:e09000033": "gss:E09000033",
}


@pytest.mark.parametrize(("written", "normal"), PUBLISHED.items())
def test_published_ids_are_read_in_the_forms_that_people_write(written: str, normal: str) -> None:
    assert parse_external_id(written) == normal
    assert parse_external_id(normal) == normal


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ("Q583725", "external-id-without-scheme", "of which register"),
        ("wikdata:Q1", "unknown-scheme", "did you mean wikidata?"),
        ("wikidata:P31", "bad-external-id", "no id of Wikidata"),
        ("uscc:91110000600037341I", "bad-external-id", "no id of Unified"),
        ("lei:5493001KJTIIGC8Y1R21", "wrong-check-digit", "mistyped"),
        ("siret:73282932100074", "wrong-check-digit", "mistyped"),
    ],
)
def test_what_is_no_id_is_refused_with_the_reason(written: str, code: str, message: str) -> None:
    with pytest.raises(InvalidExternalIdError, match=message) as refused:
        parse_external_id(written)
    assert refused.value.code == code


CHECKED = [scheme for scheme in SCHEMES if scheme.is_checked is not None]


@given(st.sampled_from(CHECKED), st.data())
def test_one_wrong_digit_is_always_noticed(scheme: object, data: st.DataObject) -> None:
    known = next(each for each in CHECKED if each is scheme)
    # A digit for a letter can pass: a LEI's letters count as two digits.
    place = data.draw(st.sampled_from([at for at, sign in enumerate(known.example) if sign.isdigit()]))
    digit = data.draw(st.sampled_from("0123456789"))
    changed = known.example[:place] + digit + known.example[place + 1 :]
    if changed == known.example:
        assert parse_external_id(f"{known.slug}:{changed}") == f"{known.slug}:{known.example}"
    else:
        with pytest.raises(InvalidExternalIdError):
            parse_external_id(f"{known.slug}:{changed}")
