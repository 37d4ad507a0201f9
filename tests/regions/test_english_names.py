"""English names of China's regions, and their readings next to those of a second reader."""

import csv
import warnings
from importlib.resources import files
from pathlib import Path

import pytest
from g2pM import G2pM

from directory.regions.pinyin_corrections import READINGS, correct_syllables
from directory.regions.reference import regions

# Every syllable that the second reader reads otherwise, each looked up in the gazetteer: ours stands.
REVIEWED = Path(__file__).parent / "readings.tsv"


def _rows() -> list[dict[str, str]]:
    with (files("directory.regions") / "regions.csv").open(encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["source"] == "gbt2260"]


def _differences() -> set[tuple[str, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its own files to be closed by chance
        reader = G2pM()
    found: set[tuple[str, ...]] = set()
    for row in _rows():
        name = row["name_local"]
        theirs = (syllable.replace("u:", "v") for syllable in reader(name, tone=False))
        ours = correct_syllables(name, row["name_pinyin_or_ascii"].split())
        for character, syllable, other in zip(name, ours, theirs, strict=True):
            if syllable != other:
                found.add((row["code"], name, character, syllable, other))
    return found


def test_a_second_reader_differs_only_where_the_difference_was_reviewed() -> None:
    with REVIEWED.open(encoding="utf-8") as lines:
        reviewed = {tuple(line) for line in list(csv.reader(lines, delimiter="\t"))[1:]}
    assert _differences() == reviewed


def test_every_reading_of_the_table_is_of_a_name_in_the_list_and_has_a_syllable_a_character() -> None:
    names = [row["name_local"] for row in _rows()]
    for word, reading in READINGS.items():
        assert any(word in name for name in names), word
        assert len(word) == len(reading.split()), word


@pytest.mark.parametrize(
    ("code", "name"),
    [
        # One character read in several ways.
        ("CN-310105", "Changning District"),
        ("CN-140428", "Zhangzi County"),
        ("CN-140400", "Changzhi"),
        ("CN-610681", "Zichang"),
        ("CN-341181", "Tianchang"),
        ("CN-410923", "Nanle County"),
        ("CN-620722", "Minle County"),
        ("CN-330382", "Yueqing"),
        ("CN-130225", "Laoting County"),
        ("CN-370725", "Changle County"),
        ("CN-320116", "Luhe District"),
        ("CN-520203", "Liuzhi Special District"),
        ("CN-310112", "Minhang District"),
        ("CN-130125", "Xingtang County"),
        ("CN-411104", "Shaoling District"),
        ("CN-411321", "Nanzhao County"),
        ("CN-640303", "Hongsibu District"),
        ("CN-610829", "Wubu County"),
        ("CN-340303", "Bengshan District"),
        ("CN-340300", "Bengbu"),
        ("CN-350105", "Mawei District"),
        ("CN-441500", "Shanwei"),
        ("CN-653129", "Jiashi County"),
        ("CN-222404", "Hunchun"),
        ("CN-511822", "Yingjing County"),
        ("CN-410182", "Xingyang"),
        ("CN-650200", "Karamay"),
        ("CN-652801", "Ku'erle"),
        # The end of the noun is no kind.
        ("CN-441803", "Qingxin District"),
        ("CN-310115", "Pudong New Area"),
        ("CN-220106", "Lüyuan District"),
        ("CN-411402", "Liangyuan District"),
        ("CN-130706", "Xiahuayuan District"),
        ("CN-320576", "Suzhou Industrial Park"),
        ("CN-533103", "Mangshi"),
        ("CN-430781", "Jinshi"),
        ("CN-140303", "Mining District"),
        ("CN-130107", "Jingxing Mining District"),
        # Zones begin with the name that the place has in English.
        ("CN-150172", "Hohhot Economic and Technological Development Zone"),
        ("CN-430121", "Changsha County"),
    ],
)
def test_regions_of_china_are_read_as_they_are_called(code: str, name: str) -> None:
    assert regions()[code].name == name
