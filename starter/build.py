"""The rows of the starter data, from the bodies of the releases and the facts of this folder."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from directory.platforms.addresses import Address
from starter.accounts import find_accounts, keys_of, to_columns
from starter.department_types import find_department_type
from starter.history import find_former_accounts
from starter.places import find_region
from starter.public_bodies import is_public, tables
from starter.releases import FOLDER, Body, Item, Release

SOURCE: Final = "nsi-wikidata"
# The Chinese part of a name, which Hong Kong writes in front of the English one.
_HAN: Final = re.compile("[\u3400-\u9fff][\u3400-\u9fff·（）]+")
_CHINESE_REGION: Final = re.compile("(?:CN|HK|MO|TW)(?:-.*)?")
_ABBREVIATION: Final = re.compile("[A-Z0-9&.+-]{2,9}")
# Which of a body's presets names it best.
_KEYS: Final = ("operator", "network", "brand", "subject")
_COLUMNS: Final = (
    *("source", "source_id", "platform", "platform_user_id", "handle", "url", "name", "name_zh", "names"),
    *("department", "department_type", "region", "subject", "language", "listed_from", "listed_until"),
)

Row = dict[str, str]


def build(releases: Sequence[Release]) -> list[Row]:
    """Return all rows, sorted; the newest release is the last one."""
    facts = list(_weibo_rows())
    listed = {(row["platform"], row["handle"]): row for row in facts}
    index = []
    for row in _index_rows(releases):
        fact = listed.get((row["platform"], row["handle"]))
        if fact is None:
            index.append(row)
        else:
            # The facts have the account's own name, and the body's of today.
            fact["names"] = f"en: {row['name']}"
    return [*index, *(_arrange(row) for row in facts)]


def pack(rows: Sequence[Row]) -> bytes:
    """Return the rows as compressed NDJSON, the same bytes for the same rows."""
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    packed = io.BytesIO()
    # Neither a name nor a time in the header.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(text.encode())
    return packed.getvalue()


def _index_rows(releases: Sequence[Release]) -> Iterator[Row]:
    newest = releases[-1].bodies
    public = _public_bodies(releases)
    rows: dict[tuple[str, str], Row] = {}
    for body in public:
        stated = newest.get(body.id)
        about = _describe(body) if stated else {}
        for address in find_accounts(stated.accounts) if stated else ():
            # One account that two bodies state is the first one's.
            if not rows.keys() & keys_of(address):
                row = {"source": SOURCE, "source_id": body.id, **to_columns(address), **about}
                rows.update(dict.fromkeys(keys_of(address), row))
    described = {body.id: body for body in public}
    former = [
        {
            "source": SOURCE,
            "source_id": each.wikidata,
            **to_columns(each.address),
            **_describe(described[each.wikidata]),
        }
        | {"listed_from": each.listed_from, "listed_until": each.listed_until}
        for each in find_former_accounts(releases, list(described))
    ]
    distinct = [*{id(row): row for row in rows.values()}.values(), *former]
    yield from sorted((_arrange(row) for row in distinct), key=_order)


def _public_bodies(releases: Sequence[Release]) -> list[Body]:
    """Return the public bodies as the last release describes them that has a preset of them, operators first."""
    described = {body.id: body for release in releases for body in release.bodies.values() if body.items}
    public = [body for body in described.values() if is_public(body)]
    return sorted(public, key=lambda body: (_rank(_best(body))[0], -len(body.items), int(body.id.removeprefix("Q"))))


def _describe(body: Body) -> Row:
    item = _best(body)
    region = tables().regions.get(body.id) or find_region(body)
    own = item.tags.get(item.key, "")
    # Mappers abbreviate networks, MBTA, and give some of them names of their own: FR:TUB.
    if body.label and ((item.key == "network" and _ABBREVIATION.fullmatch(own)) or ":" in own):
        own = body.label
    name = body.label or own
    department = own
    if item.key != "operator" and body.operator_types & {"government", "public"}:
        # The city that runs the bicycles.
        department = item.tags.get("operator") or own
    columns = {
        "name": name,
        "name_zh": _chinese_name(body, is_in_china=bool(_CHINESE_REGION.fullmatch(region or ""))),
        "department": department or name,
        "department_type": find_department_type(body),
        "region": region or "",
        "subject": "body",
    }
    return {column: value for column, value in columns.items() if value}


def _chinese_name(body: Body, *, is_in_china: bool) -> str:
    for item in sorted(body.items, key=_rank):
        found = _HAN.search(item.tags.get(f"{item.key}:zh") or (item.tags.get(item.key, "") if is_in_china else ""))
        if found:
            return found[0]
    return ""


def _best(body: Body) -> Item:
    return min(body.items, key=_rank)


def _rank(item: Item) -> tuple[int, str, str]:
    return _KEYS.index(item.key), item.category, item.display_name


def _weibo_rows() -> Iterator[Row]:
    with (FOLDER / "weibo.csv").open(encoding="utf-8") as lines:
        for fact in csv.DictReader(lines):
            account = fact["account"]
            address = Address("weibo", user_id=account) if account.isdigit() else Address("weibo", handle=account)
            columns = {
                "source": fact["source"],
                "source_id": account,
                **to_columns(address),
                "name": fact["name"],
                "name_zh": fact["name"],
                "department": fact["department"],
                "department_type": fact["department_type"],
                "region": fact["region"],
                "subject": "body",
                "language": "zh",
            }
            yield {column: value for column, value in columns.items() if value}


def _arrange(row: Row) -> Row:
    return {column: row[column] for column in _COLUMNS if column in row}


def _order(row: Row) -> tuple[str, str, str]:
    return row["platform"], row["handle"].casefold(), row["handle"]
