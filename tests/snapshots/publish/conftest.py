"""Registries with few regions: each snapshot writes every record in all of its formats."""

import pytest


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template of this folder's databases."""
    return template_of_few_regions


@pytest.fixture(scope="session")
def shared_database_url(shared_database_url_of_few_regions: str) -> str:
    """Return the URL of the database of `conn`, for the same reason."""
    return shared_database_url_of_few_regions
