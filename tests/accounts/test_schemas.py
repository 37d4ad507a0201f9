import json
from typing import Any

from flask.testing import FlaskClient
from marshmallow import Schema, fields

from directory.accounts.schemas import (
    AccountFollowersSchema,
    AccountListSchema,
    AccountRecordSchema,
)
from tests.accounts.conftest import Registry


def keys_of(schema: Schema, value: dict[str, Any]) -> None:
    """Compare the keys of a record with those of its schema, in their order, all the way down."""
    there = {name: field for name, field in schema.fields.items() if field.required or name in value}
    assert list(value) == list(there)
    for name, field in there.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested) and value[name] is not None:
            for item in value[name] if isinstance(value[name], list) else [value[name]]:
                keys_of(inner.schema, item)


def test_every_stored_record_has_the_public_shape_and_no_key_more(registry: Registry) -> None:
    schema = AccountRecordSchema()
    for document in registry.documents:
        keys_of(schema, document)
        assert schema.validate(document) == {}


def test_records_are_stored_compact_and_in_utf8(registry: Registry) -> None:
    with registry.database.read() as conn:
        for (text,) in conn.execute("SELECT document FROM account_records"):
            assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def test_the_lists_have_the_public_shape(client: FlaskClient, registry: Registry) -> None:
    account = registry.documents[0]["id"]
    query = "limit=2&count=estimated&facets=platform,region,tag"
    assert AccountListSchema().validate(client.get(f"/v1/accounts?{query}").get_json()) == {}
    assert AccountFollowersSchema().validate(client.get(f"/v1/accounts/{account}/followers").get_json()) == {}
