from hypothesis import given, settings
from hypothesis import strategies as st

from directory.search.expressions import All, Any, Expression, Shares, Term, all_of, any_of

TERMS = st.sampled_from("abcdef").map(Term)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TERMS,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: All(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=4).map(lambda parts: Any(tuple(parts)))
    ),
    max_leaves=8,
)


def holds(expression: Expression, terms: set[str]) -> bool:
    """Tell whether an account with these terms matches."""
    if isinstance(expression, Term):
        return expression.text in terms
    assert isinstance(expression, All | Any)
    return (all if isinstance(expression, All) else any)(holds(part, terms) for part in expression.parts)


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
    narrowed, share = expression.narrow(Shares.among(accounts, shares))
    assert 0 <= share <= 1
    assert not holds(expression, terms) or holds(narrowed, terms)


def test_the_index_is_asked_for_the_rare_part() -> None:
    shares = Shares.among(1_000_000, {"of": 0.4, "department": 0.1, "education": 0.05})
    whole = all_of([Term("department"), Term("of"), Term("education"), Term("oregon")])
    assert whole is not None
    assert whole.narrow(shares)[0].written == "'oregon' & 'education'"
    assert all_of([Term("of"), Term("rare")]) is not None
    narrowed = all_of([Term("of"), Term("rare")]).narrow(Shares.among(100, {"of": 0.4}))[0]  # type: ignore[union-attr]
    assert narrowed == Term("rare")


def test_quotation_marks_in_a_term_are_written_so_that_they_are_part_of_it() -> None:
    assert Term("a'b\\c").written == "'a''b\\\\c'"
    assert any_of([None]) is None
    assert all_of([]) is None
