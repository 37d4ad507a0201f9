import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.catalog.conftest import ADDRESS
from tests.catalog.published import breaches_of_schema_org


def dataset_of(client: FlaskClient) -> dict[str, Any]:
    """Return the dataset that the front page holds."""
    page = client.get("/en/").get_data(as_text=True)
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found: dict[str, Any] = json.loads(script)
    return found


@pytest.mark.parametrize("name", ["client", "bare_client", "published_client"])
def test_the_dataset_in_the_front_page_is_of_the_published_vocabulary(
    name: str, request: pytest.FixtureRequest
) -> None:
    dataset = dataset_of(request.getfixturevalue(name))
    assert (dataset["@context"], dataset["@type"]) == ("https://schema.org", "Dataset")
    assert list(breaches_of_schema_org(dataset)) == []


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"@type": "Datasett"}, "there is no type Datasett"),
        ({"lisence": "https://example.org"}, "Dataset has no lisence"),
        ({"distribution": ["a file"]}, "Dataset.distribution is not to be 'a file'"),
        ({"publisher": {"@type": "Dataset"}}, "Dataset.publisher is not to be {'@type': 'Dataset'}"),
        ({"isAccessibleForFree": 3}, "Dataset.isAccessibleForFree is not to be 3"),
    ],
)
def test_what_the_vocabulary_does_not_know_is_told(client: FlaskClient, spoilt: dict[str, Any], told: str) -> None:
    assert told in list(breaches_of_schema_org({**dataset_of(client), **spoilt}))
    assert told not in list(breaches_of_schema_org(dataset_of(client)))


def test_the_dataset_has_what_a_search_for_datasets_asks_for(client: FlaskClient) -> None:
    # https://developers.google.com/search/docs/appearance/structured-data/dataset
    dataset = dataset_of(client)
    assert dataset["name"] == "政务账号 & <Registry>"
    assert 50 <= len(dataset["description"]) <= 5000
    assert dataset["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert dataset["creator"]["name"] == "Ministry of Lists"
    for file in dataset["distribution"]:
        answer = client.get(file["contentUrl"].removeprefix(ADDRESS))
        assert (answer.status_code, answer.mimetype) == (200, file["encodingFormat"])
        answer.close()


def test_nothing_that_an_operator_writes_ends_the_script(client: FlaskClient) -> None:
    page = client.get("/en/").get_data(as_text=True)
    assert "<Registry>" not in page
    assert page.count("<script") == page.count("</script>")
    assert dataset_of(client)["name"] == "政务账号 & <Registry>"
