"""Which bodies are one by their external ids: rules that hold for any bodies."""

from hypothesis import given
from hypothesis import strategies as st

from directory.imports.merge.body_identity import (
    Body,
    KnownDepartment,
    StatedId,
    find_identities,
    scheme_of,
)

IDS = [f"{scheme}:{value}" for scheme in ("wikidata", "ror", "ipa") for value in "123"]
PATHS = ["", "FR/", "FR/FR-ARA/", "IT/"]
TYPES = [frozenset[str](), frozenset({"police"}), frozenset({"local-government"})]


@st.composite
def registries(draw: st.DrawFn) -> tuple[list[Body], dict[str, KnownDepartment]]:
    known: dict[str, KnownDepartment] = {}
    free = draw(st.permutations(IDS))
    for number in range(draw(st.integers(0, 4))):
        own = {scheme_of(each): each for each in free[number * 2 : number * 2 + 2]}
        name = f"d{number}"
        known[name] = KnownDepartment(
            name, draw(st.sampled_from(PATHS)), tuple(own.values()), number, draw(st.sampled_from(TYPES))
        )
    bodies = [
        Body(
            f"body {number}",
            "",
            draw(st.sampled_from(PATHS)),
            draw(st.sampled_from([None, *known])),
            tuple(
                StatedId(each, source, number)
                for source, each in draw(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(IDS)), max_size=3))
            ),
            draw(st.sampled_from(TYPES)),
        )
        for number in range(draw(st.integers(1, 6)))
    ]
    return bodies, known


@given(registries())
def test_no_body_gets_two_ids_of_one_scheme_and_no_id_is_of_two_bodies(
    registry: tuple[list[Body], dict[str, KnownDepartment]],
) -> None:
    bodies, known = registry
    found = find_identities(bodies, known)
    taken = [each for ids in found.ids.values() for each in ids]
    assert len(taken) == len(set(taken))
    for ids in found.ids.values():
        assert len({scheme_of(each) for each in ids}) == len(ids)
    # What departments had is not lost, and what rows state is taken or reported.
    refused = {(each.body, each.stated.external_id) for each in found.contradictions}
    assert {each for department in known.values() for each in department.ids} <= set(taken)
    for number, body in enumerate(bodies):
        for stated in body.ids:
            assert stated.external_id in found.ids[found.nodes[number]] or (number, stated.external_id) in refused
    # A merged department is none that survives.
    assert {each.other for each in found.merged}.isdisjoint(found.nodes)
    assert {each.survivor for each in found.merged} <= known.keys()


def _body(name: str, *ids: str, source: str = "a", path: str = "", kind: str = "") -> Body:
    types = frozenset({kind} - {""})
    return Body(name, "", path, None, tuple(StatedId(each, source, 1) for each in ids), types)


def test_bodies_that_contradict_each_other_stay_two() -> None:
    bodies = [
        _body("a", "wikidata:Q1", "ror:1"),
        _body("b", "wikidata:Q2", "ror:1"),
        _body("c", "ipa:x", path="IT/"),
        _body("d", "ipa:x", path="FR/"),
        # A list that has the id of a city in the rows of its police, too.
        _body("city", "gss:1", kind="local-government"),
        _body("police of the city", "gss:1", kind="police"),
        _body("la ville", "gss:1"),
    ]
    found = find_identities(bodies, {})
    assert found.nodes == [0, 1, 2, 3, 4, 5, 4]
    assert [(each.body, each.code) for each in found.contradictions] == [
        (1, "another_body"),
        (3, "another_region"),
        (5, "another_type"),
    ]


def test_an_id_that_one_source_states_of_many_bodies_identifies_none() -> None:
    many = [_body(str(number), "wikidata:Q148") for number in range(6)]
    found = find_identities(many, {})
    assert found.nodes == list(range(6))
    assert {each.code for each in found.contradictions} == {"many_bodies"}
    # A legal person has several services, each a body of its own.
    services = [_body(name, "siren:732829320") for name in ("library", "museum")]
    assert find_identities(services, {}).nodes == [0, 1]
    assert find_identities([services[0], _body("city", "siren:732829320", source="b")], {}).nodes == [0, 0]
