"""Pinyin of place names of China that a dictionary of single characters gets wrong.

Reviewed against three readers, PyPI `pypinyin` and `g2pM` and npm `pinyin-pro`, over all names of the list: where they
differ, and where all of them are wrong, the reading is that of the official gazetteer (中华人民共和国行政区划简册, GB/T
2260), which follows local speech. `tests/regions/readings.tsv` has every difference that remains.
"""

from typing import Final

# A later entry overrules an earlier one.
READINGS: Final = {
    # One reading in all names but those below it; alone it is read otherwise.
    "都": "du",
    "什": "shi",
    "漯": "luo",
    "圩": "xu",
    "勒": "le",
    "佛": "fo",
    "蚌": "beng",
    "朝阳": "chao yang",
    "长": "chang",  # "long", and a proper name; "eldest" is said otherwise
    "长子": "zhang zi",  # after the eldest son of Yao
    # Words of the language with another reading (民乐 is folk music, 马尾 a horse's tail, 南乐 once 南 and 乐).
    "民乐": "min le",
    "南乐": "nan le",
    "马尾": "ma wei",
    # Read as the surname or the old word is, not as the common word.
    "乐清": "yue qing",
    "乐亭": "lao ting",
    "乐陵": "lao ling",
    "六安": "lu an",
    "六合": "lu he",
    "东阿": "dong e",
    "单县": "shan xian",
    "曾都": "zeng du",
    "闵行": "min hang",
    "浚县": "xun xian",
    "涡阳": "guo yang",
    "泌阳": "bi yang",
    "铅山": "yan shan",
    "尉犁": "yu li",
    "蔚县": "yu xian",
    "歙县": "she xian",
    "莘县": "shen xian",
    "陕西": "shaan xi",  # so spelt, to tell it from Shanxi
    # Read as people there say it.
    "大城": "dai cheng",
    "大埔": "da bu",
    "黄陂": "huang pi",
    "洪洞": "hong tong",
    "崆峒": "kong tong",
    "泊头": "bo tou",
    "万柏林": "wan bai lin",
    "繁峙": "fan shi",
    "珲春": "hun chun",
    "穆棱": "mu ling",
    "召陵": "shao ling",
    "覃塘": "qin tang",
    "枞阳": "zong yang",
    "渑池": "mian chi",
    "荥阳": "xing yang",
    "荥经": "ying jing",
    "犍为": "qian wei",
    "筠连": "jun lian",
    "牟定": "mou ding",
    "吴堡": "wu bu",
    "红寺堡": "hong si bu",
    "柞水": "zha shui",
    "宕昌": "tan chang",
    # After names in other languages.
    "伽师": "jia shi",
    "浪卡子": "lang ka zi",
}


def correct_syllables(name: str, syllables: list[str]) -> list[str]:
    """Return the syllables of a Chinese name, one a character, corrected by the table."""
    corrected = list(syllables)
    for word, reading in READINGS.items():
        at = name.find(word)
        while at >= 0:
            corrected[at : at + len(word)] = reading.split()
            at = name.find(word, at + 1)
    return corrected
