import pytest

from directory.sample.departments import KINDS, LEVELS


def test_every_kind_has_names_for_its_accounts_and_patterns_of_known_words() -> None:
    for kind in KINDS:
        assert kind.accounts
        for pattern in (*(kind.pattern(level) for level in LEVELS), kind.district, *kind.accounts):
            pattern.format(full="成都市", short="成都", city="成都市")


@pytest.mark.parametrize("level", LEVELS)
def test_two_kinds_of_one_level_never_bear_one_name(level: str) -> None:
    names = [kind.pattern(level) for kind in KINDS if kind.pattern(level)]  # type: ignore[arg-type]
    assert len(names) == len(set(names)) > 35
