"""How many wrong tokens one client may try at the desk in an hour, counted in each process.

A token has 256 random bits, so nobody finds one by trying. The limit keeps programs from asking the database without
end, which is why nothing is written to it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, cast

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask

_EXTENSION: Final = "directory.desk_attempts"
_SECONDS: Final = 3600
_OF_ONE: Final = 10
# Of so many clients the wrong tokens are counted; the one that was counted first is forgotten.
_CLIENTS_MAX: Final = 10_000


class Attempts:
    """Wrong tokens by the network of the client."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def is_blocked(self, network: str) -> bool:
        """Whether a client has tried too many tokens within the hour since the first of them."""
        with self._lock:
            return self._recent(network)[1] >= _OF_ONE

    def count(self, network: str) -> None:
        """Count a wrong token of a client."""
        with self._lock:
            since, tried = self._recent(network)
            self._counted[network] = since, tried + 1
            while len(self._counted) > _CLIENTS_MAX:
                self._counted.popitem(last=False)

    def _recent(self, network: str) -> tuple[float, int]:
        now = time.monotonic()
        since, tried = self._counted.get(network, (now, 0))
        if now - since < _SECONDS:
            return since, tried
        self._counted.pop(network, None)
        return now, 0


def attempts() -> Attempts:
    """Return the counts of this process."""
    return cast("Attempts", current_app.extensions[_EXTENSION])


def register(app: Flask) -> None:
    """Add the counts to an application."""
    app.extensions[_EXTENSION] = Attempts()
