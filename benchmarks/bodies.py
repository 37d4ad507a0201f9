"""What the worst requests cost: `python -m benchmarks.bodies OLD NEW`, two services by their addresses.

Every body and address is sent to both in turn, as often as it takes to see what it costs. For each are printed the
processor time of one request (of the service and of the PostgreSQL that it started) and by how much the memory of a
process grew at most, then the worst of all. Linux alone, and as whoever may read both services' processes.
"""

import argparse
import gzip
import http.client
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

_MAX: Final = 1_000_000
_TEXTS: Final = 1_000
_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
# A tick is ten milliseconds, so what costs less is asked for more often.
_ENOUGH_SECONDS: Final = 0.4
_MAX_ROUNDS: Final = 20
_ADDRESS: Final = 32_000
_HAN: Final = "京沪津渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


@dataclass(frozen=True, slots=True)
class Case:
    """One request: each call of `make` gives its path and body anew, for what was asked before may be known."""

    name: str
    make: Callable[[int], tuple[str, bytes | None]]
    headers: dict[str, str]
    is_honest: bool = False


def main() -> None:
    """Measure each case on both and print its line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--cases", default="", metavar="TEXT", help="only those with this in their name")
    chosen = parser.parse_args()
    services = [Service(chosen.old), Service(chosen.new)]
    print("| request | status | old, ms | new, ms | old : new | old, MB | new, MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    worst: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for case in cases():
        if chosen.cases not in case.name:
            continue
        (status, old, held), (now, new, kept) = (service.measure(case) for service in services)
        told = f"{status}, {now}" if status != now else status
        print(
            f"| {case.name} | {told} | {old * 1000:.0f} | {new * 1000:.1f} | {old / max(new, 0.0005):.1f} "
            f"| {held:.0f} | {kept:.1f} |",
            flush=True,
        )
        worst[case.is_honest].append((old, new))
    for is_honest, figures in worst.items():
        if figures:
            old, new = (max(each) for each in zip(*figures, strict=True))
            name = "with texts that are looked up" if is_honest else "refused, or read for nothing"
            print(f"\nworst of those {name}: {old * 1000:.0f} ms, {new * 1000:.1f} ms: {old / max(new, 0.0005):.1f}")


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from _lines()
    yield from _documents()
    yield from _batches()
    yield from _others()
    yield from _addresses()
    yield from _values()
    yield from _paths()


def _body(name: str, body: bytes, media_type: str, *, path: str = "/v1/resolve", is_honest: bool = False) -> Case:
    return Case(name, lambda _: (path, body), {"Content-Type": media_type}, is_honest)


def _lines() -> Iterator[Case]:
    for name, line in (
        ("blank", b"\n"),
        ("x", b"x\n"),
        ("carriage returns", b"\r\n"),
        ("0", b"0\n"),
        ('""', b'""\n'),
        ("{}", b"{}\n"),
        ("[", b"[\n"),
        ('{"q":1}', b'{"q":1}\n'),
        ('{"q":""}', b'{"q":""}\n'),
        ("twice a name", b'{"q":1,"q":2}\n'),
        ("999 bytes of [", b"[" * 998 + b"\n"),
        ("999 bytes of [], for one", b"[" + b"[]," * 331 + b"0]\n"),
        ("999 bytes of 1", b"1" * 998 + b"\n"),
        ("NaN", b"NaN\n"),
        ("a quotation mark", b'"\n'),
        ("NUL", b"\0\n"),
    ):
        yield _body(f"lines: {name}", line * (_MAX // len(line)), "application/x-ndjson")
    for name, line in (("[", b"["), ("CR", b"\r"), ("NUL", b"\0"), ("[],", b"[],"), ("{},", b"{},")):
        yield _body(f"one line: {name}", line * (_MAX // len(line)), "application/x-ndjson")


def _documents() -> Iterator[Case]:
    inside = {
        "short texts": b'"a",',
        "empty texts": b'"",',
        "numbers": b"1,",
        "objects": b"{},",
        "objects with a name": b'{"a":1},',
        "lists": b"[],",
        "null": b"null,",
        "numbers of 4,000 digits": b"1" * 4000 + b",",
        "numbers beyond all": b"1e999999,",
        "lists ten deep": b"[[[[[[[[[[]]]]]]]]]],",
    }
    for name, item in inside.items():
        body = b'{"queries":[' + item * ((_MAX - 20) // len(item)) + b"0]}"
        yield _body(f"document: {name}", body, "application/json")
    names = ",".join(f'"{number:06}":0' for number in range(_MAX // 11))
    whole = {
        "[": b"[" * _MAX,
        '{"a":': b'{"a":' * (_MAX // 5),
        "many names": b"{" + names.encode() + b"}",
        "one name again and again": b"{" + b'"a":0,' * (_MAX // 6 - 1) + b'"a":0}',
        "a name of 1 MB": b'{"' + b"a" * (_MAX - 10) + b'":0}',
        "a number of 1 MB": b"1" * _MAX,
        "a fraction of 1 MB": b"0." + b"1" * (_MAX - 2),
        "CR": b"\r" * _MAX,
        "NUL": b"\0" * _MAX,
        "quotation marks": b'"' * _MAX,
        "backslashes": b'"' + b"\\" * (_MAX - 1),
        "escaped quotation marks": b'"' + b'\\"' * (_MAX // 2 - 1),
        "bytes that are no UTF-8": b"\xff" * _MAX,
        "one text of 1 MB": json.dumps({"queries": ["a" * (_MAX - 20)]}).encode(),
        "one text of 1 MB, outside the BMP": json.dumps({"queries": ["😀" * 249_000]}, ensure_ascii=False).encode(),
        "one text of 1 MB, escaped": json.dumps({"queries": ["京" * 166_000]}).encode(),
        "one text of 1 MB of commas": json.dumps({"queries": ["," * (_MAX - 20)]}).encode(),
        "one text of 1 MB of spaces": json.dumps({"queries": [" " * (_MAX - 20)]}).encode(),
        "1,000 texts of 990 commas": json.dumps({"queries": [f"{n:03}{',' * 987}" for n in range(_TEXTS)]}).encode(),
    }
    for name, body in whole.items():
        yield _body(f"document: {name}", body, "application/json")


def _batches() -> Iterator[Case]:
    """Yield batches of 1,000 texts, none of which comes twice."""
    size = 980

    def filled(unit: str) -> Callable[[int], str]:
        length = len(unit.encode())
        return lambda number: f"{number}{unit * ((size - 12) // length)}"

    def han(number: int) -> str:
        digits = [number // len(_HAN) ** place % len(_HAN) for place in range(5)]
        return "".join(_HAN[digit] for digit in digits) + "公安局"

    kinds: dict[str, Callable[[int], str]] = {
        "numbers": str,
        "Chinese names": han,
        "Latin names": lambda number: f"Office of the Mayor {number}",
        "profiles": lambda number: f"https://weibo.com/unknown{number}",
        "handles": lambda number: f"@police{number}",
        "handles that look alike": lambda number: f"nypdnews{number}",
        "hosts": lambda number: f"https://www.example{number}.gov/",
        "long: letters": filled("a"),
        "long: words": filled("police "),
        "long: Chinese": filled("公安"),
        "long: Chinese, all different": lambda number: "".join(
            chr(0x4E00 + (number * 7 + k * 11) % 20_000) for k in range(320)
        ),
        "long: emoji": filled("😀"),
        "long: @": filled("@"),
        "long: dots": filled("a."),
        "long: slashes": filled("/a"),
        "long: escapes": lambda number: f"https://x.com/{number}" + "%25" * 310,
        "long: nested redirects": lambda number: (
            f"https://x.com/{number}?u=" + quote("https://l.facebook.com/l.php?u=" * 8)
        ),
        "long: marks": filled("e\u0301"),
        "long: Cyrillic": filled("аеор"),
        "long: Hangul": filled("경찰"),
        "long: links": lambda number: " ".join(f"https://x.com/u{number}x{k}" for k in range(38)),
        "long: handles": lambda number: " ".join(f"@u{number}x{k}" for k in range(90)),
        "long: hyphens": filled("a-"),
        "long: initials": lambda number: f"bj{number}" + "zx" * 40,
        "80 letters": lambda number: f"{number}" + "abcdefghijklmnopqrstuvwxyz" * 3,
        "two words of Chinese": lambda number: f"{_HAN[number % 31]}{_HAN[number // 31 % 31]} 公安 {number}",
    }
    serial = itertools.count()
    for name, text in kinds.items():

        def make(_: int, text: Callable[[int], str] = text) -> tuple[str, bytes]:
            begin = next(serial) * _TEXTS
            texts = [text(begin + number) for number in range(_TEXTS)]
            return "/v1/resolve", json.dumps({"queries": texts}, ensure_ascii=False).encode()[: 1 << 20]

        yield Case(f"batch: {name}", make, {"Content-Type": "application/json"}, is_honest=True)


def _others() -> Iterator[Case]:
    packed = gzip.compress(b"\n" * (50 * _MAX))
    yield Case(
        "body: gzip",
        lambda _: ("/v1/resolve", packed),
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    fields = b"&".join(b"a%d=1" % number for number in range(90_000))
    yield _body("body: a form", fields, "application/x-www-form-urlencoded")
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    yield _body("body: a form of parts", part * (_MAX // len(part)), "multipart/form-data; boundary=b")
    yield _body("body: where none is read", b"\n" * _MAX, "application/json", path="/v1/accounts")
    yield _body("body: no such address", b"\n" * _MAX, "application/json", path="/v1/none")
    yield Case(
        "190 headers",
        lambda _: ("/v1", None),
        {f"X-{number}": "a" * 60 for number in range(90)} | {f"Accept-{n}": "a" for n in range(100)},
    )
    for name in ("Accept", "Accept-Encoding", "If-None-Match", "Cookie", "Range", "If-Match", "X-Forwarded-For"):
        for kind, unit in (("commas", ","), ("values", "a/b;q=0.1,"), ("quotes", '"a",'), ("spaces", "a ; ")):
            value = unit * (16_000 // len(unit))
            yield Case(f"header {name} of 16 kB: {kind}", lambda _: ("/v1", None), {name: value})


def _addresses() -> Iterator[Case]:
    """Yield addresses as long as may be, each with what it may be full of."""
    paths = (
        "/v1/accounts",
        "/v1/accounts.csv",
        "/v1/changes",
        "/v1/suggest",
        "/v1/resolve",
        "/v1/departments",
        "/v1/regions",
        "/v1/platforms",
        "/v1/sources",
        "/v1/snapshots",
        "/v1",
    )

    def full(unit: Callable[[int], str], *, join: str = "", most: int = _ADDRESS) -> str:
        parts: list[str] = []
        size = 0
        for number in itertools.count():
            part = unit(number)
            size += len(part) + len(join)
            if size > most:
                return join.join(parts)
            parts.append(part)
        raise AssertionError

    queries = {
        "unknown names": full(lambda number: f"regio{number}=1", join="&"),
        "short unknown names": full(lambda number: f"{number:x}=", join="&"),
        "one unknown name again": full(lambda _: "a=1", join="&"),
        "long unknown names": full(lambda number: f"{number}{'region_' * 100}=1", join="&"),
        "&": "&" * _ADDRESS,
        "=": "=&" * (_ADDRESS // 2),
        "%": "%" * _ADDRESS,
        "%00": full(lambda _: "%00=%00", join="&"),
        "one known name again": full(lambda _: "limit=1", join="&"),
        "a name of 32 kB": "a" * _ADDRESS + "=1",
        "a known name and a value of 32 kB": "q=" + "a" * _ADDRESS,
        "a cursor": "cursor=" + "a" * 3900,
    }
    for path in paths:
        for name, query in queries.items():
            yield _address(f"GET {path}?{name}", f"{path}?{query}")


def _values() -> Iterator[Case]:
    unknown: tuple[tuple[str, str, Callable[[int], str]], ...] = (
        ("/v1/accounts", "region", lambda number: f"XX-{number}"),
        ("/v1/accounts", "region", lambda number: f"{number:x}" * 20),
        ("/v1/accounts", "platform", lambda number: f"weib{number}"),
        ("/v1/accounts", "platform", lambda number: f"{number}" + "weibo" * 35),
        ("/v1/accounts", "source", lambda number: f"{number}" + "source-of-" * 15),
        ("/v1/accounts", "department", lambda number: f"{number:07}"),
        ("/v1/accounts", "department_type", lambda number: f"polic{number}"),
        ("/v1/accounts", "tag", lambda number: f"t{number}"),
        ("/v1/accounts", "language", lambda number: f"{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}"),
        ("/v1/accounts", "fields", lambda number: f"name{number}"),
        ("/v1/accounts", "sort", lambda number: f"name{number}"),
        ("/v1/accounts", "facets", lambda number: f"platform{number}"),
        ("/v1/changes", "region", lambda number: f"XX-{number}"),
        ("/v1/changes", "platform", lambda number: f"{number}" + "weibo" * 35),
        ("/v1/changes", "department", lambda number: f"{number:07}"),
        ("/v1/departments", "region", lambda number: f"XX-{number}"),
        ("/v1/departments", "type", lambda number: f"polic{number}"),
    )
    for path, parameter, unit in unknown:
        for joined in (",", f"&{parameter}="):
            terms = joined.join(unit(number) for number in range(198))[:_ADDRESS]
            name = "198 unknown values" if joined == "," else "198 unknown values, each by its name"
            yield _address(f"GET {path}?{parameter}: {name}, {unit(1)[:20]}", f"{path}?{parameter}={terms}")
    for path, text in (
        ("/v1/accounts", "police"),
        ("/v1/accounts", "公安"),
        ("/v1/accounts", "a b c d e f g h i j k l m n o p q r s t u v w x y z"),
        ("/v1/accounts", "公 安 局 北 京 市 政 府 发 布 成 都 上 海 天 津 重 庆"),
        ("/v1/accounts", "zxcvbnm asdfghjkl qwertyuiop"),
        ("/v1/accounts", "bjgaj" * 39),
        ("/v1/suggest", "公安" * 90),
        ("/v1/suggest", "a"),
        ("/v1/resolve", "京沪公安局"),
        ("/v1/resolve", "a." * 1000),
        ("/v1/resolve", "公安" * 900),
    ):
        yield _address(f"GET {path}?q={text[:20]}", f"{path}?q={quote(text)}", is_honest=True)


def _paths() -> Iterator[Case]:
    for path in ("/v1/accounts/", "/v1/regions/", "/v1/departments/", "/v1/snapshots/", "/v1/snapshots/2/", "/"):
        for name, part in (("a", "a"), ("/", "/"), ("%2F", "%2F"), ("..", "../"), ("Chinese", quote("公"))):
            yield _address(f"GET {path}{name}…", path + part * (_ADDRESS // len(part)))


def _address(name: str, address: str, *, is_honest: bool = False) -> Case:
    """Return a case that gets an address; where it is honest, with a number behind it that nobody asked for before."""
    return Case(name, lambda number: (address + (quote(f" {number}") if is_honest else ""), None), {}, is_honest)


class Service:
    """A service, and the processes that it consists of."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._rounds = itertools.count(1)

    def measure(self, case: Case) -> tuple[str, float, float]:
        """Return the status of the answers, the seconds of processor time of one, and by how many MB memory grew."""
        status = self._ask(case)
        processes = self._processes()
        before = {pid: _memory(pid, "VmRSS") for pid in processes}
        for pid in processes:
            _forget_peak(pid)
        spent, rounds, began = _spent(processes), 0, time.monotonic()
        while rounds < _MAX_ROUNDS and time.monotonic() - began < _ENOUGH_SECONDS:
            self._ask(case)
            rounds += 1
        spent = (_spent(self._processes()) - spent) / rounds
        # A process of PostgreSQL begins to count shared memory when it touches it, so of those nothing is told.
        grown = max(
            _memory(pid, "VmHWM") - before[pid] for pid in processes if Path(f"/proc/{pid}").exists() and _is_ours(pid)
        )
        return status, spent, grown / 1000

    def _ask(self, case: Case) -> str:
        path, body = case.make(next(self._rounds))
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"Connection": "close", **case.headers})
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            return type(error).__name__
        finally:
            connection.close()
        return str(answer.status)

    def _processes(self) -> list[int]:
        """Return the numbers of the processes: whoever listens, who started them, and whatever that has started."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        sockets = _listening(self._port)
        workers = [pid for pid in parents if sockets & _sockets(pid)]
        if not workers:
            sys.exit(f"nobody listens on port {self._port}")
        roots = {pid for pid in workers if parents[pid] not in workers}
        roots = {parents[pid] if parents[pid] > 1 else pid for pid in roots}
        found = set(roots)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return sorted(found)


def _listening(port: int) -> set[str]:
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            found.add(str(entry.readlink()))
    except OSError:
        pass
    return found


def _spent(processes: list[int]) -> float:
    ticks = 0
    for pid in processes:
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return ticks * _TICK


def _memory(pid: int, name: str) -> int:
    """Return what a process has, in kB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _forget_peak(pid: int) -> None:
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError as error:
        sys.exit(f"the peak of process {pid} cannot be measured: {error}")


def _is_ours(pid: int) -> bool:
    return b"python" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]


if __name__ == "__main__":
    main()
