from hypothesis import given, settings
from hypothesis import strategies as st

from directory.search.expressions import (
    And,
    Expression,
    Or,
    Prefix,
    Term,
    TermFrequencies,
    adjacent,
    all_of,
    any_of,
)

TERMS = st.sampled_from("abcdef").map(Term)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TERMS,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=4).map(lambda parts: Or(tuple(parts)))
    ),
    max_leaves=8,
)


def holds(expression: Expression, terms: set[str]) -> bool:
    """Whether an account with these terms matches."""
    if isinstance(expression, Term):
        return expression.text in terms
    assert isinstance(expression, And | Or)
    return (all if isinstance(expression, And) else any)(holds(part, terms) for part in expression.parts)


@settings(deadline=None)
@given(
    EXPRESSIONS,
    st.sets(st.sampled_from("abcdef")),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.001, 1)),
    st.integers(0, 1_000_000),
)
def test_whatever_matches_an_expression_matches_what_it_is_narrowed_to(
    expression: Expression, terms: set[str], shares: dict[str, float], accounts: int
) -> None:
    narrowed = expression.index_query(TermFrequencies.from_statistics(accounts, shares))
    assert 0 <= narrowed.frequency <= narrowed.max_frequency <= 1
    assert not holds(expression, terms) or holds(narrowed.expression, terms)


def test_the_index_is_asked_for_the_rare_part() -> None:
    shares = TermFrequencies.from_statistics(
        1_000_000, {"of": 0.4, "department": 0.1, "education": 0.05, "seldom": 0.001}
    )
    whole = all_of([Term("department"), Term("of"), Term("education"), Term("oregon")])
    assert whole is not None
    assert whole.index_query(shares).expression.tsquery == "'oregon' & 'education'"
    both = all_of([Term("of"), Term("rare")])
    assert both is not None
    assert both.index_query(TermFrequencies.from_statistics(100, {"of": 0.4})).expression == Term("rare")


def test_of_parts_that_are_as_rare_the_index_is_asked_for_those_that_are_not_neighbours() -> None:
    shares = TermFrequencies.from_statistics(
        1_000_000, dict.fromkeys(["sha", "han", "ang", "ngh", "gha", "hai"], 0.01) | {"sha": 0.009}
    )
    letters = all_of(map(Term, ["sha", "han", "ang", "ngh", "gha", "hai"]))
    assert letters is not None
    assert letters.index_query(shares).expression.tsquery == "'sha' & 'hai' & 'gha'"


def test_neighbours_are_expected_to_come_together_and_other_parts_are_not() -> None:
    shares = TermFrequencies.from_statistics(50_000, {"人民": 0.16, "民政": 0.16, "政府": 0.16, "seldom": 0.001})
    parts = [Term("人民"), Term("民政"), Term("政府")]
    run, others = adjacent(parts), all_of(parts)
    assert run is not None
    assert others is not None
    assert run.index_query(shares).frequency == 0.16
    assert 0.16**3 < others.index_query(shares).frequency < 0.16
    assert all_of([run, Term("x")]) == all_of([run, run, Term("x")])


def test_a_term_that_is_not_among_the_frequent_ones_is_expected_to_be_rare_and_may_be_as_frequent_as_the_last() -> None:
    narrowed = Term("unknown").index_query(TermFrequencies.from_statistics(1_000_000, {"frequent": 0.5, "last": 0.001}))
    assert (narrowed.frequency * 1_000_000, narrowed.max_frequency) == (5, 0.001)


def test_quotation_marks_in_a_term_are_written_so_that_they_are_part_of_it() -> None:
    assert Term("a'b\\c").tsquery == "'a''b\\\\c'"
    assert any_of([None]) is None
    assert all_of([]) is None


def test_many_alternatives_are_not_looked_up_to_leave_out_few_accounts() -> None:
    alternatives = any_of([Term(f"read{number}") for number in range(40)])
    asked = all_of([Term("begun"), alternatives])
    assert asked is not None
    few = {"begun": 0.0003, **{f"read{number}": 0.001 for number in range(40)}}
    assert asked.index_query(TermFrequencies.from_statistics(1_000_000, few)).expression == Term("begun")
    # Of a frequent beginning they leave out more than they cost.
    assert asked.index_query(TermFrequencies.from_statistics(1_000_000, {**few, "begun": 0.005})).expression == asked


def test_a_prefix_is_as_frequent_as_the_words_that_begin_with_it() -> None:
    shares = {"police": 0.25, "policia": 0.125, "polit": 0.5, "=police": 0.25, ">pol": 0.75}
    terms = TermFrequencies.from_statistics(10_000, shares)
    assert Prefix("polic").tsquery == "'polic':*"
    assert Prefix("polic").index_query(terms).frequency == 0.375 + terms.expected_rare
    assert Prefix("x").index_query(terms).max_frequency == terms.max_rare
