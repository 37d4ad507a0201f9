import pytest

from directory.regions.notes import AnnotatedName, split_notes
from directory.regions.reference import regions


@pytest.mark.parametrize(
    ("name", "parted"),
    [
        ("Cardiff [Caerdydd GB-CRD]", AnnotatedName("Cardiff", ("Caerdydd",), ("GB-CRD",))),
        ("Stockholms län [SE-01]", AnnotatedName("Stockholms län", (), ("SE-01",))),
        ("Barcelona [Barcelona]", AnnotatedName("Barcelona")),
        ("Catalunya [Cataluña]", AnnotatedName("Catalunya", ("Cataluña",))),
        ("Aerodrom †", AnnotatedName("Aerodrom")),
        ("Amānat al ‘Āşimah [city]", AnnotatedName("Amānat al ‘Āşimah")),
        ("Guelmim-Oued Noun (EH-partial)", AnnotatedName("Guelmim-Oued Noun")),
        ("Sofia (stolitsa)", AnnotatedName("Sofia (stolitsa)")),
        ("//Karas", AnnotatedName("//Karas")),
    ],
)
def test_a_name_is_parted_from_its_notes(name: str, parted: AnnotatedName) -> None:
    assert split_notes(name) == parted


def test_no_name_has_a_note_left_in_it() -> None:
    for region in regions().values():
        for name in (region.name, region.name_local or "", *region.other_names):
            assert not set("[]†‡*") & set(name), region
            assert "EH" not in name, region


def test_names_of_wales_are_english_and_welsh_and_both_codes_lead_there() -> None:
    cardiff = regions()["GB-CRF"]
    assert (cardiff.name, cardiff.name_local, cardiff.aliases) == ("Cardiff", "Caerdydd", ("GB-CRD",))


def test_another_code_leads_to_one_region() -> None:
    seen: set[str] = set(regions())
    for region in regions().values():
        assert not seen & set(region.aliases), region
        seen |= set(region.aliases)
