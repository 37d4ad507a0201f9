import re

from flask.testing import FlaskClient

from tests.catalog.conftest import ADDRESS, updated_at


def test_the_page_has_the_form_that_is_proposed_for_it(client: FlaskClient) -> None:
    answer = client.get("/llms.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    title, summary, *rest = answer.get_data(as_text=True).split("\n\n")
    assert title == "# 政务账号 & <Registry>"
    assert summary.startswith("> A public registry")
    headings = [line for part in rest for line in part.splitlines() if line.startswith("#")]
    assert headings == ["## API", "## Reports", "## Data", "## Optional"]


def test_every_link_of_the_page_leads_somewhere(client: FlaskClient) -> None:
    links = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): .+$", client.get("/llms.txt").get_data(as_text=True), re.MULTILINE)
    assert len(links) > 30
    for link in links:
        answer = client.get(link.removeprefix(ADDRESS))
        assert answer.status_code == 200, link
        answer.close()


def test_the_page_says_how_far_the_registry_goes(client: FlaskClient) -> None:
    overview = client.get("/v1").get_json()
    text = client.get("/llms.txt").get_data(as_text=True)
    assert f"Revision {overview['revision']}, of {updated_at(client)}; accounts of 123 countries" in text


def test_a_registry_that_was_never_written_has_a_page_too(bare_client: FlaskClient) -> None:
    assert "accounts of 0 countries" in bare_client.get("/llms.txt").get_data(as_text=True)
