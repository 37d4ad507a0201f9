"""Places to make samples of, surveyed once."""

import pytest

from directory.regions.reference import regions
from directory.sample.places import SamplePlace, list_places


@pytest.fixture(scope="session")
def places() -> list[SamplePlace]:
    """Return all places of China that have departments."""
    return list_places(regions().values())
