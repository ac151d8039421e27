"""What a picture looks like, so that it is known again in a photograph: small places with a pattern of their own (SIFT).

Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004; compared by the square root of the
histograms (Arandjelović and Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

SIDE = 480  # pixels of the longer side at which pictures are compared
_MOST = 400  # places of a picture
WIDTH = 128  # of a descriptor
_LEAST_SIDE = 8
_FINE, _COARSE = 1.5, SIDE / 16  # of the blurs between which detail counts: neither noise nor light


@dataclass(frozen=True, slots=False)
class Features:
    """`points`: float32 (n, 2), in pixels at SIDE; `descriptors`: uint8 (n, WIDTH)."""

    points: np.ndarray
    descriptors: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def unit(self) -> np.ndarray:
        """Descriptors whose inner product says how alike two are, float32 (n, WIDTH)."""
        counts = self.descriptors.astype(np.float32)
        return np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-9))


NONE = Features(np.zeros((0, 2), np.float32), np.zeros((0, WIDTH), np.uint8))


def grey(data: bytes) -> np.ndarray | None:
    """A picture's lightness at SIDE, uint8; None when the bytes are no picture."""
    import cv2

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return None
    factor = SIDE / max(image.shape)
    size = tuple(max(_LEAST_SIDE, round(side * factor)) for side in image.shape[::-1])
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def features(image: np.ndarray) -> Features:
    """The places of a grey picture that can be told from others."""
    import cv2

    finder = cv2.SIFT_create(nfeatures=_MOST, contrastThreshold=0.01, edgeThreshold=20)
    points, descriptors = finder.detectAndCompute(image, None)
    if descriptors is None:
        return NONE
    places = np.array([point.pt for point in points[:_MOST]], np.float32)
    return Features(places, descriptors[:_MOST].astype(np.uint8))


def detail(image: np.ndarray) -> np.ndarray:
    """The picture without its noise and without its light, for comparing pixel by pixel; float32."""
    import cv2

    fine = cv2.GaussianBlur(image.astype(np.float32), (0, 0), _FINE)
    return fine - cv2.GaussianBlur(fine, (0, 0), _COARSE)
