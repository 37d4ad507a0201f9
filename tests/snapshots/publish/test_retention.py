from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from directory.snapshots.publish.retention import select_retained

ALL = timedelta(days=7)
WEEKLY = timedelta(days=91)
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAILY = [(1000 - days, NOW - timedelta(days=days)) for days in range(1000)]
HISTORIES = st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2026, 6, 15)), max_size=60).map(  # noqa: DTZ001
    lambda times: list(enumerate((time.replace(tzinfo=UTC) for time in sorted(times)), start=1))
)
AGES = st.timedeltas(timedelta(0), timedelta(days=1500))


def test_all_of_a_week_one_a_week_of_a_quarter_and_one_a_month_are_retained() -> None:
    keep = select_retained(DAILY, NOW)
    times = {revision: time for revision, time in DAILY if revision in keep}
    assert {revision for revision, time in DAILY if NOW - time < ALL} <= keep
    weeks = [time.isocalendar()[:2] for time in times.values() if ALL <= NOW - time < WEEKLY]
    # Thirteen with those of the week of which all are retained.
    assert len(set(weeks)) == 12
    months = {(time.year, time.month) for _, time in DAILY}
    assert {(time.year, time.month) for time in times.values()} == months
    older = [time for time in times.values() if NOW - time >= WEEKLY]
    assert len(older) == len({(time.year, time.month) for time in older})


def test_each_snapshot_of_seven_days_and_one_a_week_of_ninety_one_is_retained_and_not_a_second_longer() -> None:
    moment = timedelta(seconds=1)
    # The first of its month, and the first of its week, are no reason for those behind them.
    june, june_8 = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC)
    for age, is_kept in ((timedelta(days=7), False), (timedelta(days=7) - moment, True)):
        assert (3 in select_retained([(1, june), (2, june_8), (3, NOW - age), (4, NOW)], NOW)) is is_kept
    march = datetime(2026, 3, 2, tzinfo=UTC)
    for age, is_kept in ((timedelta(days=91), False), (timedelta(days=91) - moment, True)):
        assert (2 in select_retained([(1, march), (2, NOW - age), (3, NOW)], NOW)) is is_kept


def test_the_latest_is_retained_however_old_it_is() -> None:
    month = [(revision, NOW - timedelta(days=5000, minutes=-revision)) for revision in range(1, 4)]
    assert select_retained(month, NOW) == {1, 3}


def test_without_snapshots_none_is_retained() -> None:
    assert select_retained([], NOW) == set()


def test_after_the_clock_was_set_back_nothing_of_the_week_is_pruned() -> None:
    assert select_retained(DAILY[:5], NOW - timedelta(days=400)) == {revision for revision, _ in DAILY[:5]}


@given(HISTORIES, AGES)
def test_dropping_twice_drops_no_more(history: list[tuple[int, datetime]], age: timedelta) -> None:
    now = NOW + age
    keep = select_retained(history, now)
    assert select_retained([one for one in history if one[0] in keep], now) == keep


@given(HISTORIES, AGES, AGES)
def test_what_a_later_day_keeps_an_earlier_day_has_not_dropped(
    history: list[tuple[int, datetime]], age: timedelta, more: timedelta
) -> None:
    earlier = select_retained(history, NOW + age)
    later = select_retained(history, NOW + age + more)
    assert later <= earlier
    assert select_retained([one for one in history if one[0] in earlier], NOW + age + more) == later


@given(HISTORIES, AGES)
def test_every_month_and_the_latest_stay_known(history: list[tuple[int, datetime]], age: timedelta) -> None:
    keep = select_retained(history, NOW + age)
    assert {(time.year, time.month) for _, time in history} == {
        (time.year, time.month) for revision, time in history if revision in keep
    }
    assert not history or history[-1][0] in keep
