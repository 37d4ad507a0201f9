import datetime as dt
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sectxt import Parser  # type: ignore[import-untyped]  # it has no types

from directory.catalog.security import PATH, contact, security_text
from directory.config import Config
from tests.catalog.conftest import ADDRESS

NOON = dt.datetime(2026, 3, 11, 12, tzinfo=dt.UTC)


def settings(**given: str) -> Config:
    """Return settings with these values."""
    return Config(data_dir=Path("/nowhere"), download_cache_dir=Path("/nowhere"), **given)  # type: ignore[arg-type]


def flaws(text: str) -> list[str]:
    """Return what a reader of RFC 9116 finds wrong; nobody signs the file, and no key is named in it."""
    parser = Parser(text.encode(), urls=f"{ADDRESS}{PATH}")
    return [error["code"] for error in parser.errors] + [
        note["code"] for note in parser.recommendations if note["code"] not in {"not_signed", "no_encryption"}
    ]


def test_the_file_is_what_rfc_9116_says(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert answer.content_type == "text/plain; charset=utf-8"
    text = answer.get_data(as_text=True)
    assert flaws(text) == []
    assert text.startswith("Contact: https://example.org/report\n")
    assert f"\nCanonical: {ADDRESS}{PATH}\n" in text
    assert "\nPreferred-Languages: en, zh-Hans\n" in text


def test_a_file_without_a_contact_would_be_told() -> None:
    assert "no_contact" in flaws("Expires: 2126-01-01T00:00:00Z\n")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, None),
        ({"contact": "a@example.org"}, "mailto:a@example.org"),
        ({"contact": "https://example.org/write"}, "https://example.org/write"),
        # A page without TLS is no place for it.
        ({"contact": "http://example.org/write"}, None),
        ({"contact": "a@example.org", "security_contact": "s@example.org"}, "mailto:s@example.org"),
        ({"security_contact": "tel:+86-10-1234"}, "tel:+86-10-1234"),
    ],
)
def test_the_contact_is_the_one_for_security_or_else_the_other_if_it_fits(
    given: dict[str, str], found: str | None
) -> None:
    assert contact(settings(**given)) == found


def test_it_expires_within_a_year_and_says_the_same_all_day() -> None:
    config = settings()
    text = security_text(config, "mailto:a@example.org", NOON)
    assert "Expires: 2026-09-07T00:00:00Z\n" in text
    assert security_text(config, "mailto:a@example.org", NOON.replace(hour=23)) == text
    assert "Canonical" not in text


def test_without_a_contact_there_is_no_file_and_the_problem_says_why(bare_client: FlaskClient) -> None:
    answer = bare_client.get(PATH)
    assert answer.status_code == 404
    assert "DIRECTORY_SECURITY_CONTACT" in answer.get_json()["detail"]
