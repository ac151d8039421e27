"""A run's items for an async response, without keeping the server's one thread from others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from anyio import to_thread

from ui.running import Run

STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_PATIENCE_S = 0.25  # how soon a reader who went away is noticed
_END = object()


async def batches_of(run: Run[Any]) -> AsyncIterator[list[Any]]:
    """What has arrived since the last batch, empty after a silence. Whoever leaves the loop stops the run."""
    batches = run.batches(_PATIENCE_S)
    try:
        while (batch := await to_thread.run_sync(_next, batches)) is not _END:
            yield batch
    finally:
        run.stop()


def _next(batches: Iterator[list[Any]]) -> Any:
    return next(batches, _END)
