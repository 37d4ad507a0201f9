"""The file in which a department lists its accounts on its own website: its public shape, and what it takes.

docs/government-accounts.md is its specification.
"""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

PATH: Final = "/.well-known/government-accounts.json"
VERSION: Final = 1
ACCOUNTS_MAX: Final = 1_000
BYTES_MAX: Final = 512 * 1024
TEXT_MAX: Final = 2_048


def _text(description: str, *, required: bool = False, null: bool = True) -> fields.String:
    return fields.String(
        required=required,
        allow_none=null,
        validate=validate.Length(max=TEXT_MAX),
        metadata={"description": description},
    )


class PublishedAccountSchema(Schema):
    """An account that the department runs."""

    url = _text("The address of the profile.", required=True, null=False)
    platform = _text("The platform, by its slug here.")
    handle = _text("The handle.")
    platform_user_id = _text("The immutable id that the platform gave it.")


class PublisherSchema(Schema):
    """The department that publishes the file."""

    name = _text("Its name.")
    website = _text("The address of its website.")


class GovernmentAccountsSchema(Schema):
    """The accounts of a government department, as it lists them on its own website."""

    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=VERSION, max=VERSION),
        metadata={"description": "The version of this format."},
    )
    organization = fields.Nested(PublisherSchema, metadata={"description": "Who publishes it."})
    accounts = fields.List(
        fields.Nested(PublishedAccountSchema),
        required=True,
        validate=validate.Length(max=ACCOUNTS_MAX),
        metadata={"description": "All accounts that it runs; one that is not here is not vouched for."},
    )


def read_addresses(document: Any) -> list[str] | None:  # noqa: ANN401 - any JSON
    """Return the addresses of the profiles in a file; None for one of another form. Further keys are ignored."""
    if not isinstance(document, dict) or type(document.get("version")) is not int or document["version"] != VERSION:
        return None
    accounts = document.get("accounts")
    if not isinstance(accounts, list) or len(accounts) > ACCOUNTS_MAX:
        return None
    addresses = [account.get("url") if isinstance(account, dict) else None for account in accounts]
    texts = [address for address in addresses if isinstance(address, str) and len(address) <= TEXT_MAX]
    return texts if len(texts) == len(addresses) else None
