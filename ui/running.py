"""A generator at work in a thread of its own, so that whoever waits for it can leave or stop it at any moment."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from chatbot.stopping import Stop, Stopped, stoppable

Item = TypeVar("Item")
_END = object()


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class Run(Generic[Item]):
    """Starts at once. After `stop`, what waits inside the generator is woken, and it is closed by the thread that runs it."""

    def __init__(self, make: Callable[[], Iterator[Item]]) -> None:
        self._items: queue.SimpleQueue = queue.SimpleQueue()
        self._stop = Stop()
        self._left = threading.Event()
        self._make = make
        threading.Thread(target=self._work, name="coursemate-turn", daemon=True).start()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set

    def stop(self) -> None:
        """Ends `batches` at once; the work behind it ends with its next item, or where it asks for the present stop."""
        self._stop.set()
        self._items.put(_END)

    def leave(self) -> None:
        """Whoever read the batches will read no more, and has shown all it read."""
        self.stop()
        self._left.set()

    def wait_until_left(self, timeout_s: float) -> bool:
        return self._left.wait(timeout_s)

    def batches(self, patience_s: float) -> Iterator[list[Item]]:
        """All items that have arrived since the last batch; an empty batch when none came for `patience_s`.

        Ends after the last item or when stopped; raises what the generator raised.
        """
        while True:
            batch, last = self._collect(patience_s)
            if batch or last is None:
                yield batch
            if isinstance(last, _Raised):
                raise last.error
            if last is _END:
                return

    def _collect(self, patience_s: float) -> tuple[list[Item], object | None]:
        batch: list[Item] = []
        try:
            item = self._items.get(timeout=patience_s)
            while not (item is _END or isinstance(item, _Raised)):
                batch.append(item)
                item = self._items.get_nowait()
        except queue.Empty:
            return batch, None
        return batch, item

    def _work(self) -> None:
        items = self._make()
        try:
            with stoppable(self._stop):
                for item in items:
                    if self._stop.is_set:
                        break
                    self._items.put(item)
        except Stopped:
            pass  # as asked
        except BaseException as error:  # handed to whoever waits in `batches`, which raises it there
            self._items.put(_Raised(error))
        finally:
            with stoppable(self._stop):
                items.close()
            self._items.put(_END)
