from directory.database.revisions import State
from directory.worker.response_cache import CachedResponse, CacheKey, ResponseCache


def _key(number: int) -> CacheKey:
    return CacheKey("/v1/accounts", f"limit={number}", "gzip")


def _response(size: int) -> CachedResponse:
    return CachedResponse(200, [("ETag", 'W/"1"')], b"x" * size)


def test_a_response_is_found_for_the_same_key_and_revision_only() -> None:
    cache = ResponseCache(1_000_000)
    cache.put(_key(1), State(5), _response(10))
    assert cache.get(_key(1), State(5)) == _response(10)
    assert cache.get(_key(2), State(5)) is None
    assert cache.get(_key(1), State(6)) is None
    assert cache.get(_key(1)._replace(accept_encoding=""), State(5)) is None


def test_another_revision_clears_all_also_one_with_a_lower_number() -> None:
    cache = ResponseCache(1_000_000)
    for state in (State(5, "aa"), State(6, "aa"), State(5, "bb"), State(5, "cc")):
        cache.put(_key(1), state, _response(10))
        cache.put(_key(2), state, _response(10))
        assert len(cache) == 2
        assert cache.get(_key(1), state) == _response(10)
    assert cache.get(_key(1), State(5, "bb")) is None
    assert cache.get(_key(1), State(5)) is None


def test_the_bytes_are_bounded_and_the_least_recently_used_go_first() -> None:
    cache = ResponseCache(100_000)
    for number in range(100):
        cache.put(_key(number), State(1), _response(4000))
        cache.get(_key(number), State(1))
        cache.get(_key(0), State(1))
        assert cache.size <= 100_000
    assert 10 < len(cache) < 25
    assert cache.get(_key(0), State(1)) is not None
    assert cache.get(_key(1), State(1)) is None
    assert cache.get(_key(99), State(1)) is not None


def test_responses_that_nobody_requests_again_take_a_quarter_and_evict_no_others() -> None:
    cache = ResponseCache(100_000)
    for number in range(10):
        cache.put(_key(number), State(1), _response(4000))
        cache.get(_key(number), State(1))
    repeated = cache.size
    for number in range(100, 200):
        cache.put(_key(number), State(1), _response(4000))
        assert cache.size <= repeated + 25_000
    assert all(cache.get(_key(number), State(1)) for number in range(10))
    cache.put(_key(1), State(1), _response(8000))
    assert (cache.get(_key(1), State(1)), len(cache)) == (_response(8000), 14)


def test_a_response_put_twice_counts_once() -> None:
    cache = ResponseCache(100_000)
    cache.put(_key(1), State(1), _response(4000))
    once = cache.size
    cache.put(_key(1), State(1), _response(4000))
    assert (cache.size, len(cache)) == (once, 1)


def test_one_large_response_does_not_evict_all_others() -> None:
    cache = ResponseCache(100_000)
    cache.put(_key(1), State(1), _response(4000))
    cache.put(_key(2), State(1), _response(90_000))
    assert cache.get(_key(1), State(1)) is not None
    assert cache.get(_key(2), State(1)) is None


def test_a_cache_of_no_bytes_stores_nothing() -> None:
    cache = ResponseCache(0)
    cache.put(_key(1), State(1), _response(0))
    assert len(cache) == 0
