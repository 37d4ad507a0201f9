"""From the settings to a published snapshot: storage, key, build, and what is no longer kept."""

from __future__ import annotations

from directory.config import Config
from directory.snapshots.publish.build import Report, Step, build
from directory.snapshots.publish.metadata import Edition
from directory.snapshots.publish.signature import SigningKey
from directory.snapshots.storage.interface import Storage, open_storage


def storage_of(config: Config) -> Storage:
    """Give the storage that the settings name; raise StorageError."""
    return open_storage(config.storage_url, config.data_dir / "snapshots-aside")


def key_of(config: Config) -> SigningKey:
    """Give the key that snapshots are signed with, made at the first use; raise SignatureError and OSError."""
    return SigningKey.at(config.signing_key_path)


def publish(config: Config, url: str, step: Step = lambda _: None) -> Report:
    """Build the snapshot of the latest revision of the registry at `url`; raise what `build` raises."""
    return build(url, storage_of(config), Edition.of(config), key_of(config), step)
