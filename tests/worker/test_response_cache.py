from directory.database.revisions import State
from directory.worker.response_cache import CachedResponse, CacheKey, ResponseCache


def _question(number: int) -> CacheKey:
    return CacheKey("/v1/accounts", f"limit={number}", "gzip")


def _answer(size: int) -> CachedResponse:
    return CachedResponse(200, [("ETag", 'W/"1"')], b"x" * size)


def test_what_was_put_is_given_for_the_same_question_and_revision_only() -> None:
    cache = ResponseCache(1_000_000)
    cache.put(_question(1), State(5), _answer(10))
    assert cache.get(_question(1), State(5)) == _answer(10)
    assert cache.get(_question(2), State(5)) is None
    assert cache.get(_question(1), State(6)) is None
    assert cache.get(_question(1)._replace(accept_encoding=""), State(5)) is None


def test_another_revision_clears_all_also_one_with_a_lower_number() -> None:
    cache = ResponseCache(1_000_000)
    for state in (State(5, "aa"), State(6, "aa"), State(5, "bb"), State(5, "cc")):
        cache.put(_question(1), state, _answer(10))
        cache.put(_question(2), state, _answer(10))
        assert len(cache) == 2
        assert cache.get(_question(1), state) == _answer(10)
    assert cache.get(_question(1), State(5, "bb")) is None
    assert cache.get(_question(1), State(5)) is None


def test_the_bytes_are_bounded_and_the_longest_unused_go_first() -> None:
    cache = ResponseCache(100_000)
    for number in range(100):
        cache.put(_question(number), State(1), _answer(4000))
        cache.get(_question(0), State(1))
        assert cache.size <= 100_000
    assert 10 < len(cache) < 25
    assert cache.get(_question(0), State(1)) is not None
    assert cache.get(_question(1), State(1)) is None
    assert cache.get(_question(99), State(1)) is not None


def test_an_answer_put_twice_counts_once() -> None:
    cache = ResponseCache(100_000)
    cache.put(_question(1), State(1), _answer(4000))
    once = cache.size
    cache.put(_question(1), State(1), _answer(4000))
    assert (cache.size, len(cache)) == (once, 1)


def test_one_large_answer_does_not_drive_out_all_others() -> None:
    cache = ResponseCache(100_000)
    cache.put(_question(1), State(1), _answer(4000))
    cache.put(_question(2), State(1), _answer(90_000))
    assert cache.get(_question(1), State(1)) is not None
    assert cache.get(_question(2), State(1)) is None


def test_no_room_keeps_nothing() -> None:
    cache = ResponseCache(0)
    cache.put(_question(1), State(1), _answer(0))
    assert len(cache) == 0
