#!/usr/bin/env bash
# Expected: procrastinate's run_worker_async() installs signal handlers "to gracefully stop the worker", so of two
#   workers in one process, each with its queue and its concurrency, SIGTERM stops both, and the process ends.
# Seen: asyncio has one handler for a signal, so the worker that started last replaces that of the other, without a
#   warning. SIGTERM stops that one alone; the process runs on, and with it the other queue, until its supervisor
#   kills it in the middle of a job. One handler of one's own that cancels both works: a worker that is cancelled lets
#   its jobs end.
# Why it matters to a registry: deliveries to slow receivers have a queue of their own, so that they keep no import
#   waiting. With two workers in one process each deployment waits for its time-out, and then kills an import.
# Versions: PyPI procrastinate 3.10.0. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check procrastinate==3.10.0

cat >"$folder/program.py" <<'PYTHON'
import asyncio
import logging
import os
import signal

import procrastinate
from procrastinate.testing import InMemoryConnector

logging.getLogger("procrastinate").setLevel(logging.ERROR)
QUEUES = ("imports", "deliveries")


async def settle():
    """Wait a second, many times what the workers take."""
    await asyncio.sleep(1)


def tell(name, workers):
    ended = [queue for queue, worker in zip(QUEUES, workers) if worker.done()]
    print(f"{name}: ended after SIGTERM: {', '.join(ended) or 'none'}")


async def start(**options):
    app = procrastinate.App(connector=InMemoryConnector())
    await app.open_async()
    options = {"fetch_job_polling_interval": 0.1, "listen_notify": False, **options}
    workers = [asyncio.create_task(app.run_worker_async(queues=[queue], **options)) for queue in QUEUES]
    await settle()
    return workers


async def main():
    workers = await start()
    os.kill(os.getpid(), signal.SIGTERM)
    await settle()
    tell("handlers of procrastinate", workers)
    for worker in workers:
        worker.cancel()
    await settle()

    workers = await start(install_signal_handlers=False)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: [worker.cancel() for worker in workers])
    os.kill(os.getpid(), signal.SIGTERM)
    await settle()
    tell("one handler of one's own", workers)


asyncio.run(main())
PYTHON
"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/seen"

diff "$folder/seen" - <<'SEEN'
handlers of procrastinate: ended after SIGTERM: deliveries
one handler of one's own: ended after SIGTERM: imports, deliveries
SEEN
