import re
from pathlib import Path

from jinja2 import Environment

TEMPLATES = Path(__file__).parents[2] / "directory" / "web" / "templates"
# These are in English alone, as what they show is.
ENGLISH = {"docs.html", "problem.html", "problems.html"}
# Formats and programs are called so in every language.
NAMES = {
    "Atom",
    "CSV",
    "DuckDB",
    "GeoJSON",
    "JSON",
    "NDJSON",
    "OpenAPI",
    "Parquet",
    "SVG",
    "Schema",
    "pandas",
    "zst",
    "minisign",
}
# Names of files are no words.
WORD = re.compile(r"(?<![.\w])[A-Za-z]{3,}(?![\w]|\.\w)")
# Attributes whose values are read or heard.
SPOKEN = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"')


def literal_text(source: str) -> str:
    """Return the text of a template that is the same in every language: outside of `trans` and of expressions."""
    parts, translated, inside = [], False, ""
    for _, kind, value in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source):
        if kind == "block_begin":
            inside = "?"
        elif kind == "name" and inside == "?":
            inside = value
            translated = {"trans": True, "endtrans": False}.get(value, translated)
        elif kind == "data" and not translated:
            parts.append(value)
        elif kind == "variable_end":
            parts.append("{}")
    text = "".join(parts)
    text = re.sub(r"<(code|pre|script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    return "\n".join([*SPOKEN.findall(text), re.sub(r"<[^>]*>|&\w+;", " ", text)])


def test_no_template_has_words_that_are_not_translated() -> None:
    found = {
        f"{path.name}: {word}"
        for path in TEMPLATES.rglob("*.html")
        if path.name not in ENGLISH
        for word in WORD.findall(literal_text(path.read_text(encoding="utf-8")))
        if word not in NAMES
    }
    assert found == set()


def test_words_outside_of_a_translation_are_found() -> None:
    assert "Hello" in literal_text("<p>{% trans %}Good{% endtrans %} Hello {{ _('day') }}</p>")
    assert "Close" in literal_text('<button aria-label="Close">{{ _("x") }}</button>')
    assert not re.search("[a-z]", literal_text('<p class="x">{% trans %}Good{% endtrans %}<code>curl</code></p>'))
