"""The slides in a filmed lecture: each once, in its last state, with its words and the seconds at which it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge.film import Film, open_film
from knowledge.picture import Picture, encode_picture
from knowledge.readers.shown_slides import Showing, find_slides
from knowledge.seeing import Seer, Sight

_LONGEST_SIDE = 1280  # pixels of a slide's picture: what a lecture is filmed in
_FEWEST_LETTERS = 12  # of a slide: fewer stand on a wall, a shirt or a channel's mark
_STEP_S = 0.25  # how exactly it is known when a slide appears
_LONGEST_TITLE = 90
_MOST_SLIDES = 400  # read of one film: an hour of flipping through still pictures costs no more than ten minutes
_SEARCHED = 0.4  # of the progress: looking through the film; the rest is reading


@dataclass(frozen=True, slots=True)
class FilmSlide:
    """A slide and its showings, (start_s, end_s) each, in their order."""

    title: str
    text: str
    picture: Picture
    showings: tuple[tuple[float, float], ...]


def read_film_slides(path: Path, seer: Seer, on_progress: Callable[[float], None] | None = None) -> list[FilmSlide]:
    """The slides in the order in which they first appear; none when the file has no film or the film shows no slide."""
    report = on_progress or (lambda share: None)
    with open_film(path) as film:
        if film is None:
            return []
        times, samples = _sampled(film, lambda share: report(_SEARCHED * share))
        showings = find_slides(samples)
        spans = _spans(film, showings, times, samples)
        best = sorted({showing.best: showing.slide for showing in showings}.items())[:_MOST_SLIDES]
        found: list[FilmSlide] = []
        for done, ((_, slide), image) in enumerate(
            zip(best, film.moments([times[at] for at, _ in best]), strict=False)
        ):
            picture = encode_picture(image, longest_side=_LONGEST_SIDE)
            sight = seer.look(picture)
            if sum(character.isalnum() for character in sight.text) >= _FEWEST_LETTERS:
                shown = tuple(span for showing, span in zip(showings, spans, strict=True) if showing.slide == slide)
                found.append(FilmSlide(_title(sight), sight.text, picture, shown))
            report(_SEARCHED + (1 - _SEARCHED) * (done + 1) / len(best))
    return _once_each(sorted(found, key=lambda slide: slide.showings[0]))


def _sampled(film: Film, report: Callable[[float], None]) -> tuple[list[float], list[np.ndarray]]:
    times: list[float] = []
    samples: list[np.ndarray] = []
    for time_s, sample in film.samples():
        times.append(time_s)
        samples.append(sample)
        if len(times) % 60 == 0:
            report(min(1.0, time_s / film.duration_s))
    return times, samples


def _spans(
    film: Film, showings: Sequence[Showing], times: Sequence[float], samples: Sequence[np.ndarray]
) -> list[tuple[float, float]]:
    """The seconds of each showing: between its first sample and the one before, the film is looked at more closely."""
    grids = [
        [] if showing.start == 0 else list(np.arange(times[showing.start - 1] + _STEP_S, times[showing.start], _STEP_S))
        for showing in showings
    ]
    looks = film.small_moments([moment for grid in grids for moment in grid])
    starts: list[float] = []
    for showing, grid in zip(showings, grids, strict=True):
        new = samples[showing.start].astype(np.int16)
        old = samples[max(0, showing.start - 1)].astype(np.int16)
        start = times[showing.start]
        for moment, look in [(moment, next(looks, None)) for moment in grid]:
            if look is not None and np.abs(look - new).sum() < np.abs(look - old).sum():
                start = min(start, moment)
        starts.append(round(float(start), 2))
    ends: list[float] = []
    for number, showing in enumerate(showings):
        following = showings[number + 1] if number + 1 < len(showings) else None
        if following is not None and following.start - showing.end <= 2:
            ends.append(starts[number + 1])
        else:
            ends.append(round(times[showing.end] if showing.end < len(times) else film.duration_s, 2))
    return list(zip(starts, ends, strict=True))


def _title(sight: Sight) -> str:
    """The largest line in the upper part, as titles are; else the first line."""
    upper = [box for box in sight.boxes if box.y1 < 0.4 and sum(map(str.isalpha, box.text)) > 2]
    title = max(upper, key=lambda box: box.y1 - box.y0).text if upper else sight.text.split("\n")[0]
    return " ".join(title.split())[:_LONGEST_TITLE]


def _once_each(slides: Sequence[FilmSlide]) -> list[FilmSlide]:
    """Joins slides that say the same, or of which the next one says all and more: a head before it hid the likeness."""
    found: list[FilmSlide] = []
    for slide in slides:
        words = set(slide.text.split())
        same = next(
            (n for n, other in enumerate(found) if _share(words, other) > 0.9 and _share(other, words) > 0.9), None
        )
        if same is None and found and _share(found[-1], words) > 0.9 and len(found[-1].text) < len(slide.text):
            same = len(found) - 1
        if same is None:
            found.append(slide)
            continue
        fuller = max(found[same], slide, key=lambda one: len(one.text))
        found[same] = replace(fuller, showings=_joined((*found[same].showings, *slide.showings)))
    return found


def _share(some: FilmSlide | set[str], others: FilmSlide | set[str]) -> float:
    """Of some words, how many are among the others."""
    one, other = (set(words.text.split()) if isinstance(words, FilmSlide) else words for words in (some, others))
    return len(one & other) / max(1, len(one))


def _joined(showings: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for start, end in sorted(showings):
        if found and start - found[-1][1] <= 2.0:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
