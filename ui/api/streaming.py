"""A run's items for an async response. Waiting takes no thread, so that a hundred streams wait as easily as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from ui.running import Run

STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_PATIENCE_S = 0.25  # how soon a reader who went away is noticed


async def batches_of(run: Run[Any]) -> AsyncIterator[list[Any]]:
    """What has arrived since the last batch, empty after a silence. Whoever leaves the loop stops the run."""
    loop, came = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        with suppress(RuntimeError):  # the server has ended, and with it whoever waits
            loop.call_soon_threadsafe(came.set)

    run.on_arrival(tell)
    over = False
    try:
        while not over:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await came.wait()
            except TimeoutError:
                yield []
                continue
            came.clear()
            batch, over = run.arrived()
            if batch:
                yield batch
    finally:
        run.stop()
