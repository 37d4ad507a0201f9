#!/usr/bin/env bash
# Expected: leather draws any series of dates and counts as a line within its picture, whatever its length, and a count
#   that does not change as a level line.
# Seen: of a count that is the same on all days the axis goes from 0 to 1 and the line lies thousands of heights above
#   the picture, so an empty frame is drawn, without an error. Dates (not times) of up to four days end in a TypeError
#   within to_svg(); five days and more are drawn, and so are the same days as times. A series over New Year has ticks of
#   month and day without a year.
# Why it matters to a registry: most public accounts gain nobody from day to day, and a new one has two or three counts:
#   their pictures are empty, or an error, while every test with a month of growth is green. Give the scales: one of the
#   counts with some room around a single value, and one of days of your own.
# Versions: PyPI leather 0.4.1. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check leather==0.4.1

cat >"$folder/program.py" <<'PYTHON'
import datetime as dt
import re

import leather

FIRST = dt.datetime(2025, 12, 20)


def draw(points):
    chart = leather.Chart()
    chart.add_line(points)
    try:
        picture = chart.to_svg()
    except TypeError as error:
        return f"TypeError: {error}"
    height = float(re.search(r'height="([\d.]+)"', picture)[1])
    lines = re.findall(r'<path[^>]* d="([^"]*)"', picture)
    heights = [float(place) for line in lines for place in re.findall(r"[ML] \S+ (\S+)", line)]
    place = "within" if all(0 <= each <= height for each in heights) else "outside of"
    return f"line {place} the picture, ticks {' '.join(re.findall(r'<text[^>]*>([^<]+)</text>', picture))}"


def days(number, count, as_times=False):
    moments = [FIRST + dt.timedelta(days=day) for day in range(number)]
    return [(each if as_times else each.date(), count(day)) for day, each in enumerate(moments)]


print("growing, 30 days:", draw(days(30, lambda day: 60_000 + day)))
print("steady, 30 days:", draw(days(30, lambda day: 60_000)))
for number in (2, 4, 5):
    print(f"growing, {number} days, dates:", draw(days(number, lambda day: 60_000 + day)))
    print(f"growing, {number} days, times:", draw(days(number, lambda day: 60_000 + day, as_times=True)))
PYTHON

cat >"$folder/expected" <<'TEXT'
growing, 30 days: line within the picture, ticks 12-18 12-27 01-05 01-14 01-23 60000 60010 60020 60030
steady, 30 days: line outside of the picture, ticks 12-18 12-27 01-05 01-14 01-23 0.25 0.5 0.75 1 0
growing, 2 days, dates: TypeError: unsupported operand type(s) for -: 'datetime.date' and 'datetime.datetime'
growing, 2 days, times: line within the picture, ticks 20-00 20-06 20-12 20-18 21-00 60000 60000.25 60000.5 60000.75 60001
growing, 4 days, dates: TypeError: unsupported operand type(s) for -: 'datetime.date' and 'datetime.datetime'
growing, 4 days, times: line within the picture, ticks 19-12 20-06 21-00 21-18 22-12 23-06 60000 60001 60002 60003
growing, 5 days, dates: line within the picture, ticks 20 21 22 23 24 60000 60001 60002 60003 60004
growing, 5 days, times: line within the picture, ticks 20 21 22 23 24 60000 60001 60002 60003 60004
TEXT

"$folder/venv/bin/python" -X utf8 "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
