"""What is committed is what the code makes: the contract, the schema, the commands' help, the evaluation set."""

import psycopg

from tests import generated, schema_map, translations

REMEDY = "is not what the code makes; run `make generate` and commit what it changes"


def test_the_committed_contract_is_what_the_code_makes() -> None:
    assert generated.CONTRACT.read_text() == generated.contract(), f"{generated.CONTRACT.name} {REMEDY}"


def test_the_committed_schemas_of_records_are_what_the_code_makes() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in generated.RECORD_SCHEMAS.iterdir()}
    assert committed == generated.record_schemas(), f"{generated.RECORD_SCHEMAS.name} {REMEDY}"


def test_the_committed_help_is_that_of_the_commands() -> None:
    assert generated.COMMANDS.read_text() == generated.commands(), f"{generated.COMMANDS.name} {REMEDY}"


def test_the_committed_schema_is_that_of_a_migrated_database() -> None:
    assert generated.SCHEMA.read_text() == generated.schema(), f"{generated.SCHEMA.name} {REMEDY}"


def test_the_page_about_the_schema_is_that_of_a_migrated_database(conn: psycopg.Connection) -> None:
    page = schema_map.describe(schema_map.read_catalog(conn))
    assert generated.SCHEMA_MAP.read_text() == page, f"{generated.SCHEMA_MAP.name} {REMEDY}"


def test_the_committed_sql_of_requests_is_what_they_run(database_url: str) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in generated.STATEMENTS.iterdir()}
    assert committed == generated.account_statements(database_url), f"{generated.STATEMENTS.name} {REMEDY}"


def test_the_committed_evaluation_set_is_what_the_rules_make() -> None:
    assert generated.EVALUATION.read_text(encoding="utf-8") == generated.evaluation(), (
        f"{generated.EVALUATION.name} {REMEDY}"
    )


def test_the_committed_catalogue_has_the_messages_of_the_pages_all_translated() -> None:
    messages = translations.catalogue()
    assert translations.PO.read_text(encoding="utf-8") == translations.text_of(messages), f"messages.po {REMEDY}"
    assert translations.MO.read_bytes() == translations.compiled(messages), f"messages.mo {REMEDY}"
    assert translations.untranslated(messages) == []
