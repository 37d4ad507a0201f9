"""Places to make samples of, surveyed once."""

import pytest

from directory.regions.reference import regions
from directory.sample.places import Place, survey


@pytest.fixture(scope="session")
def places() -> list[Place]:
    """Give all places of China that have departments."""
    return survey(regions().values())
