from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.sample.shares import LEVELS, PLATFORMS, Quota, apportion

WEIGHTS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 5_000), min_size=1, max_size=12)


def test_the_shares_are_those_published_for_gansu() -> None:
    video = sum(PLATFORMS[slug] for slug in ("douyin", "kuaishou", "weixin-channels", "bilibili"))
    other = sum(PLATFORMS[slug] for slug in ("toutiao", "xiaohongshu", "zhihu"))
    assert (PLATFORMS["wechat"], PLATFORMS["weibo"], video, PLATFORMS["app"], other) == (3_076, 647, 525, 43, 600)
    assert sum(PLATFORMS.values()) == sum(LEVELS.values()) == 4_891


@given(total=st.integers(0, 10**7), weights=WEIGHTS)
def test_the_parts_sum_to_the_whole_and_none_is_off_by_one(total: int, weights: dict[str, int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts.values()) == total
    for key, weight in weights.items():
        assert abs(parts[key] - total * weight / sum(weights.values())) < 1


@given(total=st.integers(1, 300), weights=WEIGHTS, random=st.randoms(use_true_random=False))
def test_a_quota_gives_each_value_as_often_as_apportioned(total: int, weights: dict[str, int], random: Random) -> None:
    quota = Quota(total, weights)
    drawn = [quota.draw(random.random()) for _ in range(total)]
    assert {key: drawn.count(key) for key in weights} == apportion(total, weights)


def test_an_exhausted_quota_gives_nothing() -> None:
    quota = Quota(1, {"a": 1})
    assert quota.draw(0.999) == "a"
    with pytest.raises(LookupError):
        quota.draw(0.5)
