"""The event loop of a worker, which lets requests that need none be taken on their way to it.

For each request granian calls the loop from a thread of its own, with the coroutine that is to answer. That coroutine
would give the request to a working thread and sleep until it is woken: two switches between threads and a task more
than a request without a body needs, a fifth of what a short answer costs.

It also lets the worker end in order: whoever is to be told of the end is told before granian closes connections.
"""

import asyncio
import signal
from collections.abc import Callable
from contextvars import Context
from typing import Final, Protocol, TypeVarTuple, cast

from granian import loops

from directory.telemetry import logger
from directory.worker.rsgi import Exchange, Scope

Arguments = TypeVarTuple("Arguments")

# So long answers say `Connection: close` before connections are closed: a client that is busy is not cut off with a
# request on its way.
LINGER_SECONDS: Final = 0.25
_log = logger("loop")


class _Request(Protocol):
    """What granian's coroutine is made of."""

    scope: Scope
    proto: Exchange


class Loop(asyncio.SelectorEventLoop):
    """The loop of the standard library, with somebody at its door."""

    def __init__(self) -> None:
        super().__init__()
        self._take: Callable[[Scope, Exchange], bool] | None = None
        self._end: Callable[[], None] | None = None
        self._is_ending = False
        self._nothing_to_do = asyncio.Handle(lambda: None, (), self)

    def let_take(self, take: Callable[[Scope, Exchange], bool]) -> None:
        """Let `take` have each request first; it sees to the answer, or tells that the loop has to."""
        self._take = take

    def let_end(self, end: Callable[[], None]) -> None:
        """Have `end` called when the worker is told to end, before granian knows."""
        self._end = end

    def add_signal_handler(self, sig: int, callback: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `callback` a moment after the first signal; Ctrl-C is for the process that started this one."""
        if sig == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        else:
            super().add_signal_handler(sig, self._begin_end, lambda: callback(*args))

    def _begin_end(self, callback: Callable[[], object]) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        if self._end is not None:
            self._end()
        self.call_later(LINGER_SECONDS, callback)

    def call_soon_threadsafe(
        self, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None
    ) -> asyncio.Handle:
        """Call `callback` on the loop, unless it brings a request that is taken before."""
        if self._is_taken(args):
            return self._nothing_to_do
        return super().call_soon_threadsafe(callback, *args, context=context)

    def _is_taken(self, args: tuple[object, ...]) -> bool:
        # So granian calls, see its `_futures.py`: a coroutine and the request that it is to answer. Should it come to
        # call in another way, all requests go by the loop.
        if self._take is None or len(args) != 2 or not asyncio.iscoroutine(args[0]):  # noqa: PLR2004 - see above
            return False
        request = cast("_Request", args[1])
        try:
            is_taken = self._take(request.scope, request.proto)
        except Exception:  # noqa: BLE001 - whatever it is, the loop meets it again, where granian answers for it
            _log.exception("a request could not be taken")
            return False
        if is_taken:
            # It never began, and is not missed.
            args[0].close()
        return is_taken


@loops.register("auto")
def build_loop() -> Loop:
    """Return the loop that granian runs in a worker, in place of its own choice."""
    loop = Loop()
    asyncio.set_event_loop(loop)
    return loop
