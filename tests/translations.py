"""The catalogue of the pages: messages that templates and code have, and their translations.

`python -m tests.generated` adds new messages to it without a translation, drops those that are gone, and compiles it;
tests/web/test_languages.py fails while any lacks one.
"""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from directory.http.problem_docs import explain_all

ROOT = Path(__file__).parent.parent
WEB = ROOT / "directory" / "web"
PO = WEB / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
# A catalogue that is made again is the same bytes.
_MADE = datetime(2026, 1, 1, tzinfo=UTC)


def catalogue() -> Catalog:
    """Return the catalogue of Chinese with the messages of the code as it stands."""
    known = read_po(io.StringIO(PO.read_text(encoding="utf-8")), locale="zh") if PO.exists() else Catalog("zh")
    messages = Catalog(
        "zh",
        header_comment="# Chinese, in simplified characters.",
        project="official-directory",
        version="1",
        language_team="none",
        last_translator="none",
        msgid_bugs_address="none",
        creation_date=_MADE,
        revision_date=_MADE,
        fuzzy=False,
    )
    found = extract_from_dir(
        WEB, METHODS, OPTIONS, keywords={"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    )
    problems: list[Any] = [(None, 0, text, [], None) for each in explain_all() for text in (each.title, each.remedy)]
    for _path, _line, message, comments, context in (*found, *problems):
        translated = known.get(message if isinstance(message, str) else message[0])
        messages.add(message, translated.string if translated else "", auto_comments=comments, context=context)
    return messages


def text_of(messages: Catalog) -> str:
    """Return a catalogue as the text of its .po file."""
    file = io.BytesIO()
    write_po(file, messages, width=120, no_location=True, sort_output=True)
    return file.getvalue().decode()


def compiled(messages: Catalog) -> bytes:
    """Return a catalogue as the bytes of its .mo file."""
    file = io.BytesIO()
    write_mo(file, messages)
    return file.getvalue()


def untranslated(messages: Catalog) -> list[str]:
    """Return the messages without a translation, or with one that only guesses."""
    return [
        str(message.id) for message in messages if message.id and (message.fuzzy or not all(_strings(message.string)))
    ]


def _strings(string: object) -> tuple[object, ...]:
    return tuple(string) if isinstance(string, list | tuple) else (string,)


def write() -> list[str]:
    """Write the catalogue in both forms; return the messages that lack a translation."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    messages = catalogue()
    PO.write_text(text_of(messages), encoding="utf-8")
    MO.write_bytes(compiled(read_po(io.StringIO(PO.read_text(encoding="utf-8")), locale="zh")))
    return untranslated(messages)
