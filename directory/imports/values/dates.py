"""Days and times of an import, in the ways that exports write them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from directory.imports.errors import InvalidValue
from directory.imports.values.parsing import parse_text

# Before it there was no platform of this kind: such a day is a program's zero or a slip.
EARLIEST: Final = date(1990, 1, 1)

_DAY: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_TIME: Final = re.compile(
    r"(?:[T ]+|(?<=日))(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_WITH_NAMES: Final = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y")
_SLASHED: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_REMEDY: Final = "write it as 2011-11-14"
# A day as a spreadsheet counts it, as such or with the separators of its format; decimals are the time of the day.
_SERIAL: Final = re.compile(r"(\d{2})[ ,.\u00a0\u202f]?(\d{3})(?:[.,](\d{1,15}))?")
# Day 0 of workbooks that count from 1900 (after the 1900-02-29 that they know), and of those from 1904.
_SYSTEMS: Final = (("1900", datetime(1899, 12, 30, tzinfo=UTC)), ("1904", datetime(1904, 1, 1, tzinfo=UTC)))
# Seconds or milliseconds since 1970.
_EPOCH: Final = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")


def parse_day(value: object) -> str | None:
    """Return a day as 2011-11-14, the time of the day left out; None if not known; raise InvalidValue otherwise."""
    written = _written(value)
    if written is None:
        return None
    return _bounded(_split(written)[0]).isoformat()


def parse_timestamp(value: object) -> str | None:
    """Return a time in UTC as 2011-11-14T00:00:00+00:00; without an offset it is taken for UTC, a day for its start."""
    written = _written(value)
    if written is None:
        return None
    on, clock = _split(written)
    _bounded(on)
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    if clock:
        at += _duration(clock)
    # A local time without an offset is taken for UTC, and may be up to 14 hours ahead of it.
    if at > datetime.now(UTC) + timedelta(days=1):
        raise InvalidValue("in-the-future", "it is in the future", "give the time at which it was seen")
    return at.isoformat()


def _written(value: object) -> str | None:
    """Return a text without the apostrophe that marks a spreadsheet's cell as one."""
    written = parse_text(value, longest=40)
    return written[1:] if written and re.match(r"'\d", written) else written


def _split(written: str) -> tuple[date, re.Match[str] | None]:
    """Return the day, and the time that stands after it."""
    match = _DAY.match(written)
    if match:
        numbers = [int(part) for place, part in enumerate(match.groups()) if part and place != 1]
        rest = written[match.end() :]
        clock = _TIME.fullmatch(rest)
        if not rest or clock:
            return _date(*numbers), clock
    for form in _WITH_NAMES:
        try:
            # Names of months are English: Python leaves LC_TIME at "C" unless a program sets it.
            return datetime.strptime(written, form).date(), None  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return _unslash(written), None


def _unslash(written: str) -> date:
    """Return the date of 14/11/2011 or 11/14/2011 if only one order of day and month is possible."""
    match = _SLASHED.fullmatch(written)
    if not match:
        _refuse_count(written)
        message = "it is a year or a month, not a day" if re.fullmatch(r"\d{4}([-/.]\d{1,2})?", written) else ""
        raise InvalidValue("not-a-day", message or "it is not a day of the calendar", _REMEDY)
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    months = 12
    if first <= months and second <= months and first != second:
        raise InvalidValue("ambiguous-day", "day and month cannot be told apart", _REMEDY)
    return _date(year, second, first) if first > months or first == second else _date(year, first, second)


def _refuse_count(written: str) -> None:
    """Raise InvalidValue, with the days that may be meant, for a count of days or seconds that may be one.

    It is not read: the file does not say from when its workbook counts, and the days differ by four years.
    """
    serial, epoch = _SERIAL.fullmatch(written), _EPOCH.fullmatch(written)
    if serial:
        days = timedelta(days=float(f"{serial[1]}{serial[2]}.{serial[3] or 0}"))
        possible = [(system, _show(start + days)) for system, start in _SYSTEMS if _is_likely(start + days)]
        if possible:
            named = " or ".join(f"{day} where the workbook counts from {system}" for system, day in possible)
            message = f"it is a spreadsheet's serial number of a day: {named}"
            remedy = f"format the column as a date (yyyy-mm-dd) and export it again, or write {possible[0][1]}"
            raise InvalidValue("not-a-day", message, remedy)
    if epoch and _is_likely(at := datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(epoch[1]))):
        unit = "milliseconds" if epoch[2] else "seconds"
        message = f"it is a count of {unit} since 1970: {_show(at)}"
        raise InvalidValue("not-a-day", message, f"write {_show(at)}")


def _is_likely(at: datetime) -> bool:
    return EARLIEST <= at.date() <= _latest()


def _latest() -> date:
    return (datetime.now(UTC) + timedelta(days=366)).date()


def _show(at: datetime) -> str:
    at = at.replace(microsecond=0)
    return at.date().isoformat() if at.time() == time() else f"{at:%Y-%m-%dT%H:%M:%S}"


def _date(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise InvalidValue("not-a-day", "there is no such day", _REMEDY) from None


def _duration(clock: re.Match[str]) -> timedelta:
    hours, minutes, seconds = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if hours > 24 or minutes > 59 or seconds > 60:  # noqa: PLR2004 - a clock's, with a leap second
        raise InvalidValue("not-a-time", "there is no such time of the day", "write it as 2011-11-14T08:30:00+00:00")
    offset = re.fullmatch(r"([+-])(\d{2}):?(\d{2})?", clock[4] or "")
    ahead = timedelta()
    if offset:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0)) * (1 if offset[1] == "+" else -1)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) - ahead


def _bounded(on: date) -> date:
    if on < EARLIEST:
        raise InvalidValue("too-early", f"it is before {EARLIEST}", "leave it empty if the day is not known")
    if on > _latest():
        raise InvalidValue("in-the-future", "it is more than a year ahead", _REMEDY)
    return on
