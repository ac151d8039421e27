"""A library of 1,000 simulated courses, and how much of a recommendation is left when modalities are missing.

Every course has hidden subjects; its description, cover and recording are noisy views of them in three spaces. How a real
encoder behaves is not measured here, only what fusing does with what is there.
"""

from __future__ import annotations

import time
from statistics import fmean, median

import numpy as np

from benchmarks.report import Figure
from chatbot.learning.recommending import MODALITIES, CourseVectors, Shelf, Want

_COURSES, _SUBJECTS, _LENGTH, _LEARNERS, _K = 1000, 24, 256, 40, 10
_NOISE = {"description": 0.5, "cover": 0.9, "recording": 0.7}


def shelf_figures() -> list[Figure]:
    random = np.random.default_rng(11)
    spaces = {modality: random.normal(size=(_SUBJECTS, _LENGTH)) for modality in MODALITIES}
    subjects = random.dirichlet(np.full(_SUBJECTS, 0.15), _COURSES)

    def seen(about: np.ndarray, modality: str) -> np.ndarray:
        clear = about @ spaces[modality]
        noise = random.normal(size=_LENGTH)
        return clear / np.linalg.norm(clear) + _NOISE[modality] * noise / np.linalg.norm(noise)

    courses = [
        CourseVectors(f"k{n}", f"Course {n}", {modality: seen(about, modality) for modality in MODALITIES})
        for n, about in enumerate(subjects)
    ]
    learners = [_wants(random, spaces) for _ in range(_LEARNERS)]
    poorer = [_without_some(course, random) for course in courses]
    full, thin = Shelf(courses), Shelf(poorer)
    times, overlaps, averages = [], [], []
    for wants in learners:
        began = time.perf_counter()
        best = {found.name for found in full.recommend(wants, _K)}
        times.append((time.perf_counter() - began) * 1000)
        overlaps.append(len(best & {found.name for found in thin.recommend(wants, _K)}) / _K)
        averages.append(len(_average(courses, wants) & _average(poorer, wants)) / _K)
    return [
        Figure("recommendation from 1,000 courses", median(times), "ms", None, 100),
        Figure(
            f"first {_K} kept when every modality is missing with probability 1/3; beside averages that count it as zero",
            fmean(overlaps), "share", fmean(averages), smaller=False,
        ),
    ]  # fmt: skip


def _wants(random: np.random.Generator, spaces: dict[str, np.ndarray]) -> list[Want]:
    """Two or three interests and gaps, each one subject."""
    chosen = random.choice(_SUBJECTS, int(random.integers(2, 4)), replace=False)
    return [
        Want(f"s{s}", "gap" if n else "interest", {m: spaces[m][s] for m in MODALITIES}, float(random.uniform(0.3, 1)))
        for n, s in enumerate(chosen)
    ]


def _without_some(course: CourseVectors, random: np.random.Generator) -> CourseVectors:
    kept = [modality for modality in MODALITIES if random.random() > 1 / 3] or [str(random.choice(MODALITIES))]
    return CourseVectors(course.name, course.title, {modality: course.vectors[modality] for modality in kept})


def _average(courses: list[CourseVectors], wants: list[Want]) -> set[str]:
    """The usual fusion: the mean cosine over all three modalities, what is missing counted as zero."""
    scores = {
        course.name: sum(
            want.weight
            * float(want.vectors[m] @ vector)
            / float(np.linalg.norm(want.vectors[m]) * np.linalg.norm(vector))
            for want in wants
            for m, vector in course.vectors.items()
        )
        for course in courses
    }
    return set(sorted(scores, key=lambda name: -scores[name])[:_K])
