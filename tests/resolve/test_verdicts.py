"""What is said of a text: each reason by a text that has it, and the failures that are known from public reports."""

from typing import Any

import pytest

from directory.accounts.schemas import AccountRecordSchema
from directory.ids import check_character
from directory.platforms.addresses import Reason as Refusal
from directory.resolve.schemas import ResolutionSchema
from directory.resolve.verdicts import WORDINGS
from tests.platforms.other_urls import OTHER_URLS
from tests.resolve.conftest import Ask

# The text, the verdict, and codes among its reasons. `{…}` is the id of an account.
CASES: list[tuple[str, str, set[str]]] = [
    ("https://weibo.com/cdfb", "official", {"current_handle", "verified_by_platform"}),
    ("微博 @cdfb", "official", {"current_handle"}),
    ("@cdfb on Weibo", "official", {"current_handle"}),
    ("cdfb", "official", {"current_handle", "platform_not_stated"}),
    ("＠ｃｄｆｂ", "official", {"current_handle", "full_width_read"}),
    ("https://weibo.com/u/2167700003", "official", {"current_user_id"}),
    ("https://www.facebook.com/people/Some-Name/142825785752273", "official", {"current_user_id", "not_verified"}),
    ("https://www.facebook.com/NIHgov", "official", {"current_handle"}),
    ("https://www.youtube.com/channel/UCLA_DiR1FfKNvjuUpBHmylQ", "official", {"current_user_id"}),
    ("https://x.com/NASA/status/1234567890", "official", {"current_handle", "post_of_account", "listed_by_source"}),
    ("https://x.com/NASA/status/1234567890", "official", {"post_author_not_told"}),
    ("{x:NASA}", "official", {"registry_id"}),
    ("https://town.example/news", "unknown", {"website_of_department"}),
    ("wikidata:Q42", "unknown", {"id_of_department"}),
    ("wikidata:Q999999", "unknown", {"unknown_external_id"}),
    ("lei:529900T8BM49AURSDO56", "unknown", {"wrong_check_digit"}),
    ("/v1/accounts/{x:NASA}", "official", {"registry_id"}),
    ("{x:MergedAway}", "official", {"merged"}),
    ("https://x.com/sleepy", "official", {"current_handle", "dormant"}),
    ("https://www.youtube.com/user/kindcity", "official", {"current_handle"}),
    ("kindcity YouTube", "official", {"current_handle", "kind_not_stated"}),
    ("https://x.com/Suspended1", "official", {"current_handle", "suspended"}),
    ("https://x.com/Whoknows", "official", {"status_unknown"}),
    ("北京急救中心 微博", "official", {"exact_name", "verified_by_registry"}),
    ("北京市急救中心 微博", "official", {"exact_name"}),
    ("北京市急救中心官方微博", "official", {"exact_name"}),
    ("Beijing Emergency Medical Center", "official", {"exact_name"}),
    ("Department of Education Oregon Twitter", "official", {"exact_name"}),
    ("Town Hall", "official", {"exact_name", "platform_not_stated"}),
    ("townhall", "official", {"current_handle", "platform_not_stated", "registered_on"}),
    ("https://x.com/USEmbassyRiyadh", "formerly_official", {"handle_released", "renamed"}),
    ("@USEmbassyRiyadh", "formerly_official", {"handle_released"}),
    ("https://x.com/CityOfNames", "formerly_official", {"handle_released", "held_by_another"}),
    ("https://x.com/ClosedOffice", "formerly_official", {"account_closed"}),
    ("https://x.com/OldMinistry", "formerly_official", {"account_replaced"}),
    ("https://x.com/dropped_office", "formerly_official", {"current_handle", "source_stopped_listing"}),
    ("{x:dropped_office}", "formerly_official", {"registry_id", "source_stopped_listing"}),
    ("dropped_office", "formerly_official", {"current_handle", "source_stopped_listing"}),
    ("Dropped Office", "formerly_official", {"exact_name", "source_stopped_listing"}),
    ("https://x.com/proved_office", "official", {"current_handle", "verified_by_registry"}),
    ("https://x.com/DeletedOne", "formerly_official", {"handle_released", "account_deleted"}),
    ("{x:DeletedOne}", "formerly_official", {"account_deleted"}),
    ("https://x.com/NАSA", "look_alike", {"confusable"}),
    ("https://x.com/ＮＡＳＡ", "look_alike", {"full_width"}),
    ("cｄfb", "look_alike", {"full_width"}),
    ("https://x.com/NA%E2%84%AASA", "look_alike", {"one_edit"}),
    ("https://weibo.com/n/成都發布", "look_alike", {"traditional_simplified"}),
    ("https://weibo.com/n/城都发布", "look_alike", {"same_pinyin"}),
    ("https://weibo.com/n/成都发布官方", "look_alike", {"official_word"}),
    ("https://www.linkedin.com/company/zurich", "look_alike", {"accents"}),
    ("https://www.linkedin.com/school/zürich", "look_alike", {"other_kind"}),
    ("https://mastodon.social/@press", "look_alike", {"other_server"}),
    ("https://x.com/N_ASA", "look_alike", {"separators"}),
    ("https://x.com/NA%00SA", "look_alike", {"separators", "malformed_handle"}),
    ("https://x.com/NA%0ASA%1F", "look_alike", {"separators", "malformed_handle"}),
    ("https://x.com/N4SA", "look_alike", {"digits_for_letters"}),
    ("https://x.com/NSAA", "look_alike", {"swapped_letters"}),
    ("https://x.com/NASSA", "look_alike", {"doubled_letters"}),
    ("https://x.com/NASAX", "look_alike", {"one_edit"}),
    ("https://x.com/realNASA", "look_alike", {"official_word"}),
    ("https://weibo.com/cdfb_cn", "look_alike", {"country_suffix", "separators"}),
    ("https://open.spotify.com/user/cityradio", "look_alike", {"letter_case"}),
    ("https://www.youtube.com/channel/ucla_dir1ffknvjuupbhmylq", "look_alike", {"letter_case"}),
    ("https://www.instagram.com/cdfb", "look_alike", {"same_handle_other_platform"}),
    ("https://faceb00k.com/nihgov", "look_alike", {"look_alike_host"}),
    ("https://twitter.com.evil.example/NASA", "look_alike", {"look_alike_host"}),
    ("https://twitter.com.evil.example/@NASA", "look_alike", {"look_alike_host"}),
    ("https://xn--fcebook-8va.com/nihgov", "look_alike", {"look_alike_host"}),
    ("https://faceb00k.com/nobodyatall", "unknown", {"look_alike_host"}),
    ("https://bsky.app/profile/handle.invalid", "unknown", {"unverified_handle"}),
    ("https://faceb00k.com/nobody%00atall", "unknown", {"look_alike_host"}),
    ("https://x.com/some_stranger_9", "unknown", {"not_registered"}),
    ("https://evil.example/NASA", "unknown", {"unknown_host"}),
    ("https://twitter.com/Department of Education", "unknown", {"display_name_in_handle", "malformed_handle"}),
    ("https://weibo.com/成都发布", "unknown", {"display_name_in_handle"}),
    ("https://weibo.com/n/成都发布", "unknown", {"display_name_in_handle"}),
    ("citypolice", "unknown", {"ambiguous_handle"}),
    ("Department of Education", "unknown", {"ambiguous_name"}),
    ("Beijing Emergency Medical Center Facebook", "unknown", {"same_name"}),
    ("nobody of that name", "unknown", {"not_registered"}),
    # What follows an @ is a handle, in every order of words; so is one word that is a name only without its blanks.
    ("@CityofExampleton Twitter", "look_alike", {"display_name_in_handle"}),
    ("@CityofExampleton", "look_alike", {"display_name_in_handle"}),
    ("Twitter @CityofExampleton", "look_alike", {"display_name_in_handle"}),
    ("Twitter: @CityofExampleton", "look_alike", {"display_name_in_handle"}),
    ("follow us ＠CityofExampleton on Twitter", "look_alike", {"display_name_in_handle"}),
    ("Twitter @ CityofExampleton", "look_alike", {"display_name_in_handle"}),
    (".@CityofExampleton Twitter", "look_alike", {"display_name_in_handle"}),
    ("﹫CityofExampleton Twitter", "look_alike", {"display_name_in_handle"}),
    ("CityofExampleton Twitter", "look_alike", {"display_name_in_handle"}),
    ("CityofExampleton", "look_alike", {"display_name_in_handle"}),
    ("https://x.com/CityofExampleton", "look_alike", {"display_name_in_handle"}),
    ("@City of Exampleton Twitter", "unknown", {"not_registered"}),
    ("City@ofExampleton Twitter", "unknown", {"same_name"}),
    ("@ex @amplecity Twitter", "unknown", {"not_registered"}),
    ("@examplecity Twitter", "official", {"current_handle"}),
    ("follow us @examplecity on Twitter", "official", {"current_handle"}),
    ("City of Exampleton Twitter", "official", {"exact_name"}),
    ("NASA Twitter", "official", {"current_handle"}),
    ("成都发布 微博", "official", {"exact_name"}),
    ("@成都发布 微博", "official", {"exact_name"}),
    ("微博 @成都发布", "official", {"exact_name"}),
    ("微博：@成都发布", "official", {"exact_name"}),
    ("@成都发布", "official", {"exact_name"}),
    ("@成都发布 抖音", "unknown", {"display_name_in_handle"}),
    ("Jobs @ Town Hall", "official", {"exact_name"}),
    ("Jobs Town Hall", "unknown", {"same_name"}),
    ("Access Board (@Access Board)", "official", {"exact_name"}),
    ("@Access Board", "unknown", {"not_registered"}),
    # Names in disguise.
    ("⼭东发布", "look_alike", {"confusable"}),
    ("⼭东发布 微博", "look_alike", {"confusable"}),
    ("@⼭东发布 微博", "look_alike", {"confusable"}),
    ("戌都发布", "look_alike", {"confusable"}),
    ("成郡发布 官方微博", "look_alike", {"confusable"}),
    ("四川 戌都发布 微博", "look_alike", {"confusable"}),
    ("大连巿旅游局", "look_alike", {"confusable"}),
    ("𝗠𝗲𝘁𝗿𝗼𝗽𝗼𝗹𝗶𝘁𝗮𝗻 𝗣𝗼𝗹𝗶𝗰𝗲", "look_alike", {"confusable"}),
    ("Ⓜetropolitan Ⓟolice Twitter", "look_alike", {"confusable"}),
    ("\U0001f13d\U0001f130\U0001f142\U0001f130", "look_alike", {"confusable"}),
    ("\U0001f17d\U0001f170\U0001f182\U0001f170 Twitter", "look_alike", {"confusable"}),
    ("NASA \U0001f1fa\U0001f1f8", "unknown", {"added_signs"}),
    ("Меtrороlitаn Роlice Twitter", "look_alike", {"confusable"}),
    ("成都\u200b发布", "look_alike", {"confusable"}),
    ("四\u200b川成都发布", "unknown", {"not_registered"}),
    ("Ｍｅｔｒｏｐｏｌｉｔａｎ Ｐｏｌｉｃｅ Ｔｗｉｔｔｅｒ", "official", {"exact_name"}),
    ("\u202aMetropolitan Police\u202c", "official", {"exact_name"}),
    ("Metropolitan Police ✅", "unknown", {"added_signs"}),
    ("Metropolitan Police 𝗧𝘄𝗶𝘁𝘁𝗲𝗿", "unknown", {"not_registered"}),
    ("𝗢𝗿𝗲𝗴𝗼𝗻 Department of Education Twitter", "unknown", {"similar_name"}),
    ("𝐅ancy Town™", "official", {"exact_name"}),
    ("Fancy TownTM", "official", {"exact_name"}),
    ("Ⓕancy Town™", "look_alike", {"confusable"}),
    # Host names as handles, and servers whose names hold that of a platform.
    ("https://bsky.app/profile/examplecity.com", "look_alike", {"other_domain"}),
    ("https://bsky.app/profile/examplecity.gov.bsky.social", "look_alike", {"other_domain"}),
    ("https://bsky.app/profile/examplecity-gov.com", "look_alike", {"other_domain", "separators"}),
    ("https://bsky.app/profile/examplecity.gov", "official", {"current_handle"}),
    ("examplecity.org", "look_alike", {"other_domain"}),
    ("https://mastodon.ie/@amt", "official", {"current_handle"}),
    ("https://twitter.exampleville.gov/@amt", "official", {"current_handle"}),
    ("https://twitter.exampleville.gov/@amt/109276632711038471", "official", {"post_of_account"}),
    ("https://mastodon.evil.example/@amt", "look_alike", {"other_server"}),
    ("https://xn--meenger-1va.com/nihgov", "look_alike", {"look_alike_host"}),
    ("medical center Beijing emerg", "unknown", {"similar_name"}),
    ("mailto:press@nasa.gov", "unknown", {"not_a_url"}),
    ("\ud800", "unknown", {"unreadable"}),
    ("NA\x00SA", "unknown", {"unreadable"}),
    ("…。!?", "unknown", {"nothing_given"}),
    ("", "unknown", {"nothing_given"}),
    ("a" * 2001, "unknown", {"too_long"}),
]
# Addresses never have these reasons; they are of rows, whose reasons are the same list.
OF_ROWS = {"unknown_platform", "malformed_user_id"}
NO_PROFILES = [
    (text, code)
    for text, code in OTHER_URLS
    if code not in {"nothing_given", "not_a_url", "too_long", "malformed_handle", "unknown_host"}
]


def codes(verdict: dict[str, Any]) -> set[str]:
    """Return the codes of a verdict's reasons."""
    return {reason["code"] for reason in verdict["reasons"]}


def fill_in(text: str, ids: dict[str, str]) -> str:
    """Put the id of an account in its place."""
    for called, account_id in ids.items():
        text = text.replace(f"{{{called}}}", account_id)
    return text


@pytest.mark.parametrize(("text", "word", "reasons"), CASES)
def test_a_text_has_its_verdict_with_its_reasons(
    ask: Ask, ids: dict[str, str], text: str, word: str, reasons: set[str]
) -> None:
    verdict = ask(fill_in(text, ids))
    assert (verdict["verdict"], reasons - codes(verdict)) == (word, set()), verdict
    assert ResolutionSchema().validate(verdict) == {}
    assert (verdict["account"] is None) or word in {"official", "formerly_official"}
    assert len(verdict["candidates"]) <= 5
    assert [each["score"] for each in verdict["candidates"]] == sorted(
        (each["score"] for each in verdict["candidates"]), reverse=True
    )


@pytest.mark.parametrize(("text", "code"), NO_PROFILES)
def test_what_is_no_profile_is_unknown_with_that_reason(ask: Ask, text: str, code: str) -> None:
    verdict = ask(text)
    assert (verdict["verdict"], codes(verdict)) == ("unknown", {code})


def test_an_address_on_another_platform_than_the_stated_one_contradicts_it(ask: Ask) -> None:
    verdict = ask("https://x.com/NASA", "weibo")
    assert (verdict["verdict"], codes(verdict)) == ("unknown", {"contradiction"})


def test_an_id_decides_against_the_name_in_the_address(ask: Ask) -> None:
    verdict = ask("https://www.facebook.com/nihgov-fan-club-142825785752273")
    assert (verdict["verdict"], verdict["account"]["handle"]) == ("official", "nih.gov")


def test_every_reason_is_given_to_some_text() -> None:
    given = {code for _, _, reasons in CASES for code in reasons} | {code for _, code in NO_PROFILES}
    assert set(WORDINGS) - given == OF_ROWS | {"contradiction", "handle_differs"}


def test_every_refusal_of_an_address_has_its_wording() -> None:
    assert {reason.value for reason in Refusal} <= set(WORDINGS)


def test_a_released_handle_names_the_account_that_gave_it_up_and_its_new_handle(ask: Ask) -> None:
    verdict = ask("https://x.com/usembassyriyadh")
    assert verdict["account"]["handle"] == "USAinKSA"
    assert verdict["valid_to"] is not None
    assert "not vouched for" in verdict["reasons"][0]["message"]


def test_who_took_a_released_handle_is_a_candidate_and_not_vouched_for(ask: Ask) -> None:
    verdict = ask("https://x.com/CityOfNames")
    assert verdict["account"]["handle"] == "NamesCity"
    assert [each["account"]["handle"] for each in verdict["candidates"]] == ["NamesCity", "CityOfNames"]
    assert verdict["candidates"][1]["reasons"] == ["held_by_another"]


@pytest.mark.parametrize("handle", ["HarbourOffice", "ParksOffice"])
def test_who_took_a_handle_whose_quarantine_was_lifted_is_official(ask: Ask, handle: str) -> None:
    verdict = ask(f"https://x.com/{handle}")
    assert (verdict["verdict"], verdict["account"]["handle"]) == ("official", handle)


def test_a_closed_account_says_when_and_a_replaced_one_by_which(ask: Ask) -> None:
    assert ask("https://x.com/ClosedOffice")["valid_to"].startswith("2020-05-04")
    (successor,) = ask("https://x.com/OldMinistry")["candidates"]
    assert successor["account"]["handle"] == "NewMinistry"


def test_a_look_alike_names_what_it_looks_like_and_has_no_account(ask: Ask, ids: dict[str, str]) -> None:
    verdict = ask("https://x.com/NASA_")
    assert verdict["account"] is None
    assert verdict["match"] == {"by": "look_alike", "value": "NASA_", "account_id": ids["x:NASA"]}
    assert verdict["candidates"][0]["account"]["id"] == ids["x:NASA"]
    assert "“NASA”" in verdict["reasons"][0]["message"]


def test_the_account_of_several_that_most_follow_is_shown_and_the_others_are_candidates(ask: Ask) -> None:
    verdict = ask("townhall")
    assert verdict["account"]["platform"] == "facebook"
    # The account that was closed elsewhere is told with its reason, and decides nothing.
    assert [(each["account"]["platform"], each["reasons"]) for each in verdict["candidates"]] == [
        ("x", ["current_handle"]),
        ("instagram", ["account_closed"]),
    ]
    (told,) = (reason for reason in verdict["reasons"] if reason["code"] == "registered_on")
    assert "Facebook, X" in told["message"]


def test_a_stated_platform_says_where_a_bare_handle_was_seen(ask: Ask) -> None:
    assert ask("citypolice", "facebook")["account"]["platform"] == "facebook"
    assert ask("cdfb", "x")["verdict"] != "official"
    assert ask("zürich", "linkedin")["account"]["handle"] == "zürich"


def test_a_mistyped_id_is_no_id(ask: Ask, ids: dict[str, str]) -> None:
    body = ids["x:NASA"][:-1]
    other = next(letter for letter in "bcdfghjk" if letter != check_character(body))
    assert ask(body + other)["verdict"] == "unknown"


def test_an_id_that_nobody_has_is_unknown(ask: Ask) -> None:
    assert codes(ask(f"/v1/accounts/zzzzzz{check_character('zzzzzz')}")) == {"not_registered"}


def test_the_record_in_a_verdict_is_the_public_one(ask: Ask) -> None:
    assert AccountRecordSchema().validate(ask("https://weibo.com/cdfb")["account"]) == {}


@pytest.mark.parametrize("name", ["北京急救中心", "Beijing Emergency Medical Center"])
def test_the_reason_of_a_name_says_which_of_the_names_was_found(ask: Ask, name: str) -> None:
    verdict = ask(name)
    (reason,) = [reason for reason in verdict["reasons"] if reason["code"] == "exact_name"]
    assert f"“{name}”" in reason["message"]
    assert f"“{name}”" in reason["message_zh"]
