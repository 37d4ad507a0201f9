import pytest
from flask.testing import FlaskClient

from tests.catalog.conftest import ADDRESS

PATH = "/.well-known/api-catalog"
# RFC 9264, section 4.2: a member next to `anchor` is a relation, with targets that each have a URL.
API_RELATIONS = {"item", "service-desc", "service-doc", "service-meta", "status", "describedby"}


def test_the_links_are_of_the_type_and_profile_that_rfc_9727_wants(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert answer.content_type == 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
    (catalog, api) = answer.get_json(force=True)["linkset"]
    assert catalog["anchor"] == f"{ADDRESS}{PATH}"
    assert [item["href"] for item in catalog["item"]] == [api["anchor"]]
    assert api.keys() - {"anchor"} == API_RELATIONS


def test_every_link_leads_to_what_it_says(client: FlaskClient) -> None:
    linkset = client.get(PATH).get_json(force=True)["linkset"]
    links = [link for context in linkset for name, found in context.items() if name != "anchor" for link in found]
    assert len(links) > 20
    for link in links:
        assert link["href"].startswith(ADDRESS)
        answer = client.get(link["href"].removeprefix(ADDRESS))
        assert (answer.status_code, answer.mimetype) == (200, link["type"]), link["href"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_catalog_names_itself_in_a_header(client: FlaskClient, method: str) -> None:
    # RFC 9727, section 2: HEAD answers with the relation.
    answer = client.open(PATH, method=method)
    assert answer.status_code == 200
    assert answer.headers["Link"] == f'<{PATH}>; rel="api-catalog"'


def test_the_front_page_leads_to_it(client: FlaskClient) -> None:
    assert '<link rel="api-catalog" href="../.well-known/api-catalog">' in client.get("/en/").get_data(as_text=True)
