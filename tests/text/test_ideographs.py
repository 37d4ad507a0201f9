import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from directory.database.migrations import MIGRATIONS
from directory.text.ideographs import folded_forms
from directory.text.normalization import fold

FORMS = folded_forms()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("広島県警察", "廣島縣警察"),
        ("広島県警察", "广岛县警察"),
        ("気象庁", "氣象廳"),
        ("気象庁", "气象厅"),
        ("厚生労働省", "厚生劳动省"),
        ("渋谷区", "澀谷區"),
        ("渋谷区", "涩谷区"),
        ("豊田市", "丰田市"),
        ("選挙", "选举"),
        ("宮﨑", "宮崎"),
        ("髙島", "高岛"),
        ("渡邉", "渡边"),
        ("衞生署", "卫生署"),
        ("⺠主", "民主"),
        ("⻑野", "長野"),
        ("⼴⾞", "广车"),
        ("\uf900", "豈"),
        ("茅ケ崎", "茅ヶ崎"),
        ("茅ｹ崎", "茅ヶ崎"),
        ("四ツ谷", "四ッ谷"),
        ("キヤノン", "キャノン"),
        ("ｷｬﾉﾝ", "キヤノン"),
        ("二ノ宮", "二の宮"),
    ],
)
def test_forms_of_one_character_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("芸", "艺"), ("欠", "缺"), ("予", "豫"), ("余", "予"), ("浜", "滨"), ("辨", "辩")]
)
def test_characters_that_are_words_of_their_own_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_what_a_form_is_folded_to_is_no_form_itself() -> None:
    assert FORMS.keys().isdisjoint(FORMS.values())


@given(st.text(st.sampled_from(sorted(FORMS)), max_size=20))
def test_forms_folded_twice_are_what_they_are_folded_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_migration_folds_every_character_in_old_terms_that_is_folded_otherwise_than_before_it() -> None:
    statement = (MIGRATIONS / "versions" / "0014_forms.up.sql").read_text(encoding="utf-8")
    quoted = re.findall(r"'([^']*)'", statement.partition("ON COMMIT DROP AS SELECT")[2].partition("AS characters")[0])
    half = len(quoted) // 2
    folded = dict(zip("".join(quoted[:half]), "".join(quoted[half:]), strict=True))
    simplify = OpenCC("t2s").convert
    radicals = range(ord("⺁"), ord("⻲") + 1)
    # What the program before made of each; 碕 became 埼, which stays what it is.
    before = {simplify(simplify(unicodedata.normalize("NFKC", form))) for form in FORMS if ord(form) not in radicals}
    otherwise = {old: fold(old) for old in before if fold(old) != old}
    assert len(otherwise) > 200
    assert {old: new for old, new in otherwise.items() if folded.get(old) != new} == {}
    assert [kana for kana in "ぁぃぅぇぉっゃゅょゎゕゖ" if kana not in folded] == []
