"""The figures of a course found again in a student's picture: a photo of a slide, a crop, a screenshot.

Places that look alike vote for figures; for the first of them the geometry is sought that lays the figure over the picture,
and what counts is how well the two then agree, pixel by pixel: figures of one course share symbols and labels, so common
places alone say little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.course import Beside, Course
from knowledge.figure_features import NONE, WIDTH, Features, detail, features, grey
from knowledge.picture import Picture

_TABLE = """CREATE TABLE IF NOT EXISTS figure_features
(figure INTEGER PRIMARY KEY REFERENCES figures ON DELETE CASCADE, points BLOB NOT NULL, descriptors BLOB NOT NULL)"""
LIKE = 0.4  # agreement from which a figure is taken for the one shown
_VERIFIED = 12  # figures whose geometry is sought
_NEIGHBOURS = 6  # places that each place of the picture votes for
_VOTING, _PAIRED = 0.70, 0.75  # likeness of two places
_LEAST_PAIRS = 4  # that fix a homography
_SLACK = 4.0  # pixels
_MANY = 20_000  # places: beyond, they are looked up in cells
_UNDECIDED = 0.3  # of agreement: figures so near to the first are laid over more exactly
_REFINED = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A figure of the course and how well the picture agrees with it, 0..1."""

    figure_id: int
    agreement: float


def writer(found: Sequence[Features]) -> Beside:
    """What writes the features of a new document's figures, in order, into the course's transaction."""

    def write(course: Course, document: str, chunk_ids: Sequence[int]) -> None:
        course.rows(_TABLE)
        ids = course.rows(
            "SELECT figures.id FROM figures JOIN documents ON documents.id = document WHERE path = ? ORDER BY figures.id",
            document,
        )
        for (figure_id,), one in zip(ids, found, strict=True):
            course.rows(
                "INSERT OR REPLACE INTO figure_features VALUES (?, ?, ?)",
                figure_id,
                one.points.tobytes(),
                one.descriptors.tobytes(),
            )

    return write


def features_of(image: bytes) -> Features:
    """The features of a figure as stored."""
    return NONE if (shown := grey(image)) is None else features(shown)


def find_figures(course: Course, picture: Picture, k: int = 3) -> list[Match]:
    """The figures that the picture shows, best first; agreement is comparable between pictures."""
    shown = grey(picture.data)
    if shown is None or not (index := _index_of(course)).figures:
        return []
    seen = features(shown)
    laid = [
        one
        for figure_id in index.vote(seen)[:_VERIFIED]
        if (one := _lay(course, figure_id, index.figures[figure_id], seen, detail(shown)))
    ]
    laid.sort(key=lambda one: -one.agreement)
    if len(laid) > 1 and laid[0].agreement - laid[1].agreement < _UNDECIDED:
        for one in laid[:_REFINED]:
            one.refine()
        laid.sort(key=lambda one: -one.agreement)
    return [Match(one.figure_id, one.agreement) for one in laid[:k] if one.agreement > 0]


class _FigureIndex:
    """The features of all figures of a course at one revision."""

    def __init__(self, figures: dict[int, Features]) -> None:
        import faiss

        self.figures = figures
        owners = [np.full(len(one), figure_id, np.int64) for figure_id, one in figures.items()]
        self._owner = np.concatenate(owners) if owners else np.zeros(0, np.int64)
        self._places = faiss.IndexFlatIP(WIDTH)
        if not len(self._owner):
            return
        all_places = np.concatenate([one.unit for one in figures.values()])
        if len(all_places) > _MANY:
            cells = int(np.sqrt(len(all_places)))
            self._places = faiss.IndexIVFFlat(faiss.IndexFlatIP(WIDTH), WIDTH, cells, faiss.METRIC_INNER_PRODUCT)
            self._places.cp.min_points_per_centroid = 1
            self._places.train(all_places)
            self._places.nprobe = max(8, cells // 16)
        self._places.add(all_places)

    def vote(self, seen: Features) -> list[int]:
        """Figure ids, the one with most in common first. A place votes once for each figure."""
        if not len(seen) or not len(self._owner):
            return []
        likeness, places = self._places.search(seen.unit, min(_NEIGHBOURS, len(self._owner)))
        votes: dict[int, float] = {}
        for row, alike in zip(places, likeness, strict=True):
            best: dict[int, float] = {}
            for place, value in zip(row, alike, strict=True):
                if place >= 0:
                    best.setdefault(int(self._owner[place]), float(value))
            for figure_id, value in best.items():
                votes[figure_id] = votes.get(figure_id, 0.0) + max(0.0, value - _VOTING)
        return sorted(votes, key=votes.__getitem__, reverse=True)


def _index_of(course: Course) -> _FigureIndex:
    """Built when first needed and whenever the course has changed since."""
    revision = course.revision()
    known = course.kept.get("figures")
    if known is None or known[0] != revision:
        course.kept["figures"] = known = (revision, _FigureIndex(_stored(course)))
    return known[1]


def _stored(course: Course) -> dict[int, Features]:
    """The features of every figure; of a course made before they were kept, computed now."""
    found: dict[int, Features] = {}
    if course.rows("SELECT 1 FROM sqlite_master WHERE name = 'figure_features'"):
        for figure_id, points, descriptors in course.rows("SELECT figure, points, descriptors FROM figure_features"):
            places = np.frombuffer(points, np.float32).reshape(-1, 2)
            found[figure_id] = Features(places, np.frombuffer(descriptors, np.uint8).reshape(-1, WIDTH))
    for (figure_id,) in course.rows("SELECT id FROM figures"):
        if figure_id not in found:
            found[figure_id] = features_of(_image(course, figure_id))
    return found


def _image(course: Course, figure_id: int) -> bytes:
    return course.rows("SELECT image FROM figures WHERE id = ?", figure_id)[0][0]


class _Laid:
    """A figure laid over the picture. `warp` takes the figure's pixels to the picture's."""

    def __init__(self, figure_id: int, figure: np.ndarray, shown: np.ndarray, warp: np.ndarray) -> None:
        self.figure_id, self._figure, self._shown, self._warp = figure_id, figure, shown, warp
        self.agreement = self._agreement(warp)

    def refine(self) -> None:
        """Shifts the figure until it agrees best (Evangelidis and Psarakis, "ECC image alignment", PAMI 30(10), 2008)."""
        import cv2

        try:
            start = np.linalg.inv(self._warp).astype(np.float32)
            limits = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 25, 1e-4)
            found = cv2.findTransformECC(self._shown, self._figure, start, cv2.MOTION_HOMOGRAPHY, limits, None, 5)[1]
            self.agreement = max(self.agreement, self._agreement(np.linalg.inv(found)))
        except (cv2.error, np.linalg.LinAlgError):
            return  # it does not converge: what was found before stands

    def _agreement(self, warp: np.ndarray) -> float:
        """Correlation where both are, less when that is a small part of the picture."""
        import cv2

        size = self._shown.shape[::-1]
        laid = cv2.warpPerspective(self._figure, warp, size)
        both = cv2.warpPerspective(np.ones_like(self._figure), warp, size) > 0.5
        if both.sum() < 50:
            return 0.0
        ours, theirs = self._shown[both] - self._shown[both].mean(), laid[both] - laid[both].mean()
        strength = float(np.sqrt((ours**2).sum() * (theirs**2).sum()))
        correlation = float((ours * theirs).sum()) / strength if strength > 0 else 0.0
        return max(0.0, correlation) * min(1.0, float(both.mean()) / 0.5) ** 0.5


def _lay(course: Course, figure_id: int, figure: Features, seen: Features, shown: np.ndarray) -> _Laid | None:
    """Lays a figure over the picture by the places that both have, or None where they fix no geometry."""
    import cv2

    if min(len(figure), len(seen)) < _LEAST_PAIRS:
        return None
    alike = seen.unit @ figure.unit.T
    nearest = alike.argmax(axis=1)
    mutual = alike.argmax(axis=0)[nearest] == np.arange(len(seen))
    paired = mutual & (alike.max(axis=1) > _PAIRED)
    if paired.sum() < _LEAST_PAIRS:
        return None
    from_, to = figure.points[nearest[paired]], seen.points[paired]
    warp, _ = cv2.findHomography(from_.reshape(-1, 1, 2), to.reshape(-1, 1, 2), cv2.USAC_MAGSAC, _SLACK)
    image = grey(_image(course, figure_id)) if warp is not None else None
    return None if image is None else _Laid(figure_id, detail(image), shown, warp)
