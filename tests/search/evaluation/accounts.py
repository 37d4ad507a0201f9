"""The accounts of the starter data, read from the file that the program ships, without a database."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from directory.platforms.addresses import Address, handle_key, identify

# Where Chinese characters are read as Chinese, whatever the language of the row.
CHINESE_REGIONS = ("CN", "TW", "HK", "MO", "SG")


@dataclass(frozen=True)
class Account:
    """An account as its row has it; texts that are not known are empty."""

    platform: str
    handle: str
    user_id: str
    name: str
    other_name: str
    department: str
    department_type: str
    region: str
    is_chinese: bool

    @property
    def body(self) -> tuple[str, str, str]:
        """Return the key of the public body: one name, department and region, on all platforms."""
        return self.name, self.department, self.region

    @property
    def key(self) -> tuple[str, str]:
        """Return the identity as the registry compares it."""
        return self.platform, self.user_id or handle_key(self.platform, self.handle)

    def reference(self) -> dict[str, str]:
        """Return what the evaluation set says of the account."""
        known = {"platform_user_id": self.user_id} if self.user_id else {"handle": self.handle}
        return {"platform": self.platform, **known, "name": self.name}


@cache
def read_accounts() -> tuple[Account, ...]:
    """Return the accounts in the order of the file, each once."""
    found: dict[tuple[str, str], Account] = {}
    for row in _read_rows():
        address = identify(row["platform"], row["handle"], row.get("url"), row.get("platform_user_id"))
        if not isinstance(address, Address):
            raise TypeError(f"{row['platform']} {row['handle']}: {address.message}")
        account = _make_account(row, address)
        if found.setdefault(account.key, account).body != account.body:
            raise ValueError(f"{account.key} has two rows that differ; say which holds")
    return tuple(found.values())


def _read_rows() -> Iterator[dict[str, str]]:
    packed = (files("directory.imports") / "starter" / "starter.ndjson.gz").read_bytes()
    for line in gzip.decompress(packed).decode().splitlines():
        row = json.loads(line)
        # A former account is found by its handle, which is another account's by now.
        if "listed_until" not in row:
            yield row


def _make_account(row: dict[str, str], address: Address) -> Account:
    other = row.get("name_zh", "")
    region = row.get("region", "")
    return Account(
        platform=address.platform,
        handle=address.handle or "",
        user_id=address.user_id or "",
        name=row["name"],
        other_name="" if other == row["name"] else other,
        department=row.get("department", ""),
        department_type=row["department_type"],
        region=region,
        is_chinese=bool(other) or region.startswith(CHINESE_REGIONS),
    )
