#!/usr/bin/env bash
# Expected: OpenCC's jp2t makes Traditional Chinese of Japanese, as the "t" does in s2t and t2s; so jp2t and then t2s
#   brings names in Japanese, Traditional and Simplified characters to one form, and leaves alone what is Chinese.
# Seen: the "t" of jp2t is the Japan of before 1946 (so the title in its configuration). 研究所, written alike in Japan,
#   Taiwan and mainland China, becomes 硏究所, which t2s does not know, so it stays; 選挙 becomes 選擧 and then 选擧,
#   not 选举; 郷 ends as 鄕, not 乡. And Simplified characters are taken for Japanese ones: 沪 (Shanghai) becomes 濾, a
#   filter, 予 (to give) becomes 豫 (Henan), and the town of 沙家浜 becomes 沙家滨. No error. The other way round, s2t
#   and then t2jp, brings the three writings of all the words below to one form, the Japanese.
# Why it matters to a registry: it folds names so that a body is found in any of the three writings. 桜, 広 and 沢,
#   which one tries, fold well; but election commissions of Japan and Taiwan are two words, and text and index must both
#   pass through it, or "研究所" finds no institute.
# Versions: PyPI OpenCC 1.4.2. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps OpenCC==1.4.2

cat >"$folder/program.py" <<'PYTHON'
from opencc import OpenCC

# One word in Japanese, Traditional and Simplified characters.
WORDS = (
    ("桜", "櫻", "樱"),
    ("広", "廣", "广"),
    ("研究所", "研究所", "研究所"),
    ("選挙", "選舉", "选举"),
    ("概況", "概況", "概况"),
    ("郷", "鄉", "乡"),
    ("渋谷", "澀谷", "涩谷"),
)
CHINESE = ("沪", "沙家浜", "赋予", "欠薪", "审慎")

jp2t, t2s, s2t, t2jp = (OpenCC(name).convert for name in ("jp2t", "t2s", "s2t", "t2jp"))


def in_gb2312(character):
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


for words in WORDS:
    towards_china = [t2s(jp2t(word)) for word in words]
    towards_japan = [t2jp(s2t(word)) for word in words]
    print(*words, "| jp2t, t2s:", *towards_china, "| s2t, t2jp:", *towards_japan)
for word in CHINESE:
    print(word, "| jp2t:", jp2t(word), "| jp2t, t2s:", t2s(jp2t(word)))

characters = [chr(number) for number in range(0x4E00, 0xA000)]
changed = [character for character in characters if jp2t(character) != character]
kept_apart = [c for c in changed if in_gb2312(c) and t2s(c) == c and t2s(jp2t(c)) != c]
print(len(changed), "characters are changed by jp2t;")
print(len(kept_apart), "of them, simplified characters of GB 2312, do not come back by t2s:", "".join(kept_apart))
PYTHON

cat >"$folder/expected" <<'TEXT'
桜 櫻 樱 | jp2t, t2s: 樱 樱 樱 | s2t, t2jp: 桜 桜 桜
広 廣 广 | jp2t, t2s: 广 广 广 | s2t, t2jp: 広 広 広
研究所 研究所 研究所 | jp2t, t2s: 硏究所 硏究所 硏究所 | s2t, t2jp: 研究所 研究所 研究所
選挙 選舉 选举 | jp2t, t2s: 选擧 选举 选举 | s2t, t2jp: 選挙 選挙 選挙
概況 概況 概况 | jp2t, t2s: 槪况 槪况 槪况 | s2t, t2jp: 概況 概況 概況
郷 鄉 乡 | jp2t, t2s: 鄕 乡 乡 | s2t, t2jp: 郷 郷 郷
渋谷 澀谷 涩谷 | jp2t, t2s: 澁谷 涩谷 涩谷 | s2t, t2jp: 渋谷 渋谷 渋谷
沪 | jp2t: 濾 | jp2t, t2s: 滤
沙家浜 | jp2t: 沙家濱 | jp2t, t2s: 沙家滨
赋予 | jp2t: 赋豫 | jp2t, t2s: 赋豫
欠薪 | jp2t: 缺薪 | jp2t, t2s: 缺薪
审慎 | jp2t: 审愼 | jp2t, t2s: 审愼
335 characters are changed by jp2t;
18 of them, simplified characters of GB 2312, do not come back by t2s: 予叙弁慎晃概欠沪浜瓶研糸缶翻芸萌褒郎
TEXT

"$folder/venv/bin/python" -X utf8 "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
