"""The requests of `benchmarks.bodies`: the most expensive bodies, headers, URLs and texts that a client can send."""

import gzip
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_MAX: Final = 1_000_000
_TEXTS: Final = 1_000
_URL_LENGTH: Final = 32_000
_HAN: Final = "京沪津渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


@dataclass(frozen=True, slots=True)
class Case:
    """One request; each call of `make` returns a new path and body, since responses to repeated ones may be cached."""

    name: str
    make: Callable[[int], tuple[str, bytes | None]]
    headers: dict[str, str]
    is_honest: bool = False


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from _lines()
    yield from _documents()
    yield from _batches()
    yield from _others()
    yield from _urls()
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


_LONG_BYTES: Final = 980


def _filled(unit: str) -> Callable[[int], str]:
    length = len(unit.encode())
    return lambda number: f"{number}{unit * ((_LONG_BYTES - 12) // length)}"


def _han_name(number: int) -> str:
    digits = [number // len(_HAN) ** place % len(_HAN) for place in range(5)]
    return "".join(_HAN[digit] for digit in digits) + "公安局"


# The kinds of texts, each by its number, so that none is repeated.
_TEXT_KINDS: Final[Mapping[str, Callable[[int], str]]] = {
    "numbers": str,
    "Chinese names": _han_name,
    "Latin names": lambda number: f"Office of the Mayor {number}",
    "profiles": lambda number: f"https://weibo.com/unknown{number}",
    "handles": lambda number: f"@police{number}",
    "handles that look alike": lambda number: f"nypdnews{number}",
    "hosts": lambda number: f"https://www.example{number}.gov/",
    "long: letters": _filled("a"),
    "long: words": _filled("police "),
    "long: Chinese": _filled("公安"),
    "long: Chinese, all different": lambda number: "".join(
        chr(0x4E00 + (number * 7 + k * 11) % 20_000) for k in range(320)
    ),
    "long: emoji": _filled("😀"),
    "long: @": _filled("@"),
    "long: dots": _filled("a."),
    "long: slashes": _filled("/a"),
    "long: escapes": lambda number: f"https://x.com/{number}" + "%25" * 310,
    "long: nested redirects": lambda number: (
        f"https://x.com/{number}?u=" + quote("https://l.facebook.com/l.php?u=" * 8)
    ),
    "long: marks": _filled("e\u0301"),
    "long: Cyrillic": _filled("аеор"),
    "long: Hangul": _filled("경찰"),
    "long: links": lambda number: " ".join(f"https://x.com/u{number}x{k}" for k in range(38)),
    "long: handles": lambda number: " ".join(f"@u{number}x{k}" for k in range(90)),
    "long: hyphens": _filled("a-"),
    "long: initials": lambda number: f"bj{number}" + "zx" * 40,
    "80 letters": lambda number: f"{number}" + "abcdefghijklmnopqrstuvwxyz" * 3,
    "two words of Chinese": lambda number: f"{_HAN[number % 31]}{_HAN[number // 31 % 31]} 公安 {number}",
}


def _batches() -> Iterator[Case]:
    """Yield batches of 1,000 texts without repetition."""
    serial = itertools.count()
    for name, text in _TEXT_KINDS.items():

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


def _urls() -> Iterator[Case]:
    """Yield URLs of the maximum length, each with other content."""
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

    def full(unit: Callable[[int], str], *, join: str = "", most: int = _URL_LENGTH) -> str:
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
        "&": "&" * _URL_LENGTH,
        "=": "=&" * (_URL_LENGTH // 2),
        "%": "%" * _URL_LENGTH,
        "%00": full(lambda _: "%00=%00", join="&"),
        "one known name again": full(lambda _: "limit=1", join="&"),
        "a name of 32 kB": "a" * _URL_LENGTH + "=1",
        "a known name and a value of 32 kB": "q=" + "a" * _URL_LENGTH,
        "a cursor": "cursor=" + "a" * 3900,
    }
    for path in paths:
        for name, query in queries.items():
            yield _url(f"GET {path}?{name}", f"{path}?{query}")


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
            terms = joined.join(unit(number) for number in range(198))[:_URL_LENGTH]
            name = "198 unknown values" if joined == "," else "198 unknown values, each by its name"
            yield _url(f"GET {path}?{parameter}: {name}, {unit(1)[:20]}", f"{path}?{parameter}={terms}")
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
        yield _url(f"GET {path}?q={text[:20]}", f"{path}?q={quote(text)}", is_honest=True)


def _paths() -> Iterator[Case]:
    for path in ("/v1/accounts/", "/v1/regions/", "/v1/departments/", "/v1/snapshots/", "/v1/snapshots/2/", "/"):
        for name, part in (("a", "a"), ("/", "/"), ("%2F", "%2F"), ("..", "../"), ("Chinese", quote("公"))):
            yield _url(f"GET {path}{name}…", path + part * (_URL_LENGTH // len(part)))


def _url(name: str, url: str, *, is_honest: bool = False) -> Case:
    """Return a case that gets a URL; where `is_honest`, with a new number at its end, so that it is not cached."""
    return Case(name, lambda number: (url + (quote(f" {number}") if is_honest else ""), None), {}, is_honest)
