"""The registry of the tests of tokens, whose accounts are changed here."""

from tests.tokens.conftest import create_token, registry, template

__all__ = ["create_token", "registry", "template"]
