import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from directory.imports.errors import UnreadableFile
from directory.imports.read.files import InputFile, detect_encoding

Make = Callable[[bytes], InputFile]
TEXT = "platform,handle,name\nweibo,cdfb,成都发布\n"


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as opened:

        def make_input(content: bytes) -> InputFile:
            file = InputFile(io.BytesIO(content))
            opened.callback(file.close)
            return file

        yield make_input


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_encoding_is_found_by_mark_or_by_trying(make: Make, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    with make(pack(TEXT.encode(encoding))).open() as content:
        given = content.read()
    found, note = detect_encoding(make(pack(TEXT.encode(encoding))))
    assert given.decode(found) == TEXT
    assert note is None


def test_a_file_that_is_said_to_be_latin_and_is_utf_8_is_read_as_utf_8(make: Make) -> None:
    found, note = detect_encoding(make(TEXT.encode()), "ISO-8859-1")
    assert found == "utf-8"
    assert note is not None
    assert "iso8859-1" in note


@pytest.mark.parametrize("text", [TEXT, "单位名称,账号名称\n成都市双流区教育局,双流教育\n", "name\n市区发布\n" * 2_000])
def test_a_file_that_reads_as_chinese_in_gb18030_is_read_so_and_a_note_says_it(make: Make, text: str) -> None:
    found, note = detect_encoding(make(text.encode("gb18030")))
    assert found == "gb18030"
    assert note is not None
    assert "GB18030" in note


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("euc-kr", "기관명,계정\n서울특별시 경찰청,서울경찰\n부산광역시 소방본부,부산소방\n"),
        ("shift-jis", "自治体名,アカウント\n東京都の公式アカウント,東京都広報\n"),
        ("big5", "機關名稱,帳號\n臺北市政府觀光傳播局,臺北旅遊網\n"),
        ("windows-1252", "Ministère,Société\nQuébec,Été à la fête\n"),
        ("windows-1251", "Министерство,Администрация города\n"),
    ],
)
def test_text_in_another_encoding_is_not_taken_for_chinese(make: Make, encoding: str, text: str) -> None:
    with pytest.raises(UnreadableFile, match="--encoding"):
        detect_encoding(make(text.encode(encoding)))


@pytest.mark.parametrize(
    ("encoding", "text"), [("gb18030", "name\n鼯鼱鼷鼹\n"), ("windows-1252", "name\nMinistère “X”\n")]
)
def test_a_file_that_is_not_utf_8_is_refused_with_a_proposal(make: Make, encoding: str, text: str) -> None:
    file = make(text.encode(encoding))
    with pytest.raises(UnreadableFile) as raised:
        detect_encoding(file)
    assert f"--encoding {encoding}" in str(raised.value)
    assert "line 2" in str(raised.value)
    assert detect_encoding(file, encoding)[0]


def test_zero_bytes_and_unknown_encodings_are_refused(make: Make) -> None:
    with pytest.raises(UnreadableFile, match="utf-16-le"):
        detect_encoding(make(TEXT.encode("utf-16-le")))
    with pytest.raises(UnreadableFile, match="no such encoding"):
        detect_encoding(make(b"x"), "klingon")


def test_a_damaged_archive_a_workbook_and_a_missing_file_are_refused_by_name(make: Make, tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(TEXT.encode() * 1000)[:-20])
    with pytest.raises(UnreadableFile, match=r"cut\.csv\.gz is a damaged"):
        detect_encoding(InputFile(cut))
    with pytest.raises(UnreadableFile, match="workbook"):
        detect_encoding(make(b"PK\x03\x04rest"))
    with pytest.raises(UnreadableFile, match="cannot be read"):
        InputFile(tmp_path / "missing.csv")
