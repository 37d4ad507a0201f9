"""What is pasted is read as the grammar of addresses reads it, however it is spoiled."""

import pytest

from directory.platforms.addresses import Address, parse_url
from directory.resolve.input_parsing import parse_input
from tests.platforms.urls import TABLES

TYPED = [(text, parse_url(text)) for rows in TABLES.values() for text, _ in rows]
# A displayed name is read with more care than its form asks for.
OTHERWISE = {"官方微博：成都发布"}


@pytest.mark.parametrize(
    ("text", "address"), [each for each in TYPED if isinstance(each[1], Address) and each[0] not in OTHERWISE]
)
def test_every_address_that_editors_type_is_looked_up_as_what_it_names(text: str, address: Address) -> None:
    assert parse_input(text).address == address


def test_a_displayed_name_is_looked_up_as_a_name_and_a_forged_host_as_a_forgery() -> None:
    displayed, forged = parse_input("官方微博：成都发布"), parse_input("https://x.com.evil.example/@NASA")
    assert not displayed.is_url
    assert "成都发布" in {form.exact for form in displayed.names}
    assert forged.imitated_platform == forged.platform == "x"
    # The address is kept: any host may be a server of Mastodon, and what is registered there is no forgery.
    assert forged.address is not None
    assert forged.address.platform == "mastodon"
