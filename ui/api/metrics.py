"""GET /metrics for Prometheus: how many questions, how long they took, what was refused. Counts, never words.

Read on this machine, or with a key: how much a course is asked is nobody else's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chatbot.conversation import Done, Said
from knowledge.errors import CoursemateError
from ui.api.visiting import Visiting
from ui.asking import Step
from ui.teaching.access import at_this_machine

_SECONDS = (0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120)


class Metrics:
    """One set an application, in a registry of its own."""

    def __init__(self, engines) -> None:
        self._registry = CollectorRegistry()
        own = {"registry": self._registry, "namespace": "coursemate"}
        self._turns = Counter("turns", "Turns that ended, by how", ("course", "ending"), **own)
        self._open = Gauge("turns_open", "Turns that are being answered or wait", **own)
        self._first = Histogram("first_word_seconds", "From the question to the answer's first word", buckets=_SECONDS, **own)
        self._whole = Histogram("turn_seconds", "From the question to the end of its answer", buckets=_SECONDS, **own)
        self._refused = Counter("refused", "Requests that were refused, by the error's code", ("code",), **own)
        Gauge("ready", "Whether typed questions can be answered", **own).set_function(lambda: float(engines.ready))

    def watch(self, course: str, steps: Iterator[Step]) -> Iterator[Step]:
        """The same steps, counted on their way. Closing this closes them."""
        began, first, ending = time.perf_counter(), True, "stopped"
        self._open.inc()
        try:
            for step in steps:
                if isinstance(step, Said) and first:
                    first = False
                    self._first.observe(time.perf_counter() - began)
                if isinstance(step, Done):
                    ending = step.answer.status
                yield step
        except CoursemateError:
            ending = "failed"
            raise
        finally:
            steps.close()  # a generator: whoever leaves us leaves it
            self._open.dec()
            self._turns.labels(course, ending).inc()
            self._whole.observe(time.perf_counter() - began)

    def refused(self, error: CoursemateError) -> None:
        self._refused.labels(error.code).inc()

    def told(self) -> bytes:
        return generate_latest(self._registry)


def routes(metrics: Metrics, visiting: Visiting) -> APIRouter:
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def read(request: Request) -> Response:
        if not at_this_machine(request.client.host if request.client else "", request.headers):
            visiting.program(request)
        return Response(metrics.told(), media_type=CONTENT_TYPE_LATEST)

    return router
