from collections.abc import Collection

from hypothesis import example, given, settings
from hypothesis import strategies as st

from directory.lookalikes.explain import REMOVAL_ORDER, STEPS, minimal_steps, transform

# What steps change: look-alike letters, digits, doubles, separators, accents, width, words.
WRITTEN = ["a", "aa", "I", "l", "1", "0", "o", "m", "rn", "_", "-", "é", "а", "Ａ", "發", "发", "gov", "official", "cn"]


def meet(given: str, registered: str, steps: Collection[str]) -> bool:
    """Whether two texts have a form in common after these steps."""
    return not transform(given, steps).forms.isdisjoint(transform(registered, steps).forms)


@settings(max_examples=500, deadline=None)
@given(
    given=st.lists(st.sampled_from(WRITTEN), max_size=6).map("".join),
    registered=st.lists(st.sampled_from(WRITTEN), max_size=6).map("".join),
)
@example(given="ab_cn", registered="ab-cnofficial")
@example(given="l0o_发布", registered="Ioo發布")
@example(given="gov.aa1", registered="AALgovuk")
def test_a_step_is_a_reason_if_the_others_do_not_do_without_it(given: str, registered: str) -> None:
    needed = list(STEPS)
    for step in REMOVAL_ORDER:
        fewer = [other for other in needed if other != step]
        needed = fewer if meet(given, registered, fewer) else needed
    assert minimal_steps(given, registered) == (needed if meet(given, registered, STEPS) else None)
