"""The moving picture of a recording, looked at in single moments. Knows nothing of what it shows.

Seconds count as a player counts them, from the first packet of the file, whichever stream it belongs to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from knowledge.sound import open_container

SMALL = (160, 90)  # width and height of a sample, whatever shape the film has
MOST_PIXELS = 40_000_000  # of one frame: 8K
_MOST_SAMPLES = 7_200
_NEAR_KEYS_S = 3.0  # key frames this near tell of every slide; others need not be decoded


class Film:
    """A film whose frames are decoded from the file as they are asked for; made by open_film."""

    def __init__(self, path: Path, duration_s: float, keys: Sequence[float]) -> None:
        self.path, self.duration_s = path, duration_s
        self._keys = keys  # the seconds of the key frames, rising

    def samples(self, every_s: float = 1.0) -> Iterator[tuple[float, np.ndarray]]:
        """Seconds, and what was shown then, small and grey: shape (90, 160), uint8.

        At most 7200 of them. A frame that stays is yielded as one array again and again. Where key frames lie near one
        another only they are decoded, which takes a tenth of the time.
        """
        every_s = max(every_s, self.duration_s / _MOST_SAMPLES)
        gaps = np.diff([*self._keys, self.duration_s])
        only_keys = len(self._keys) > 1 and float(gaps.max()) <= _NEAR_KEYS_S
        due, shown = 0.0, None
        with _opened(self.path) as (container, stream):
            stream.codec_context.skip_frame = "NONKEY" if only_keys else "NONREF"
            for time_s, frame in _frames(container, stream):
                while shown is not None and due < time_s:
                    yield due, shown
                    due += every_s
                if time_s >= due or shown is None or only_keys:
                    shown = frame.reformat(*SMALL, format="gray").to_ndarray()
        while shown is not None and due < self.duration_s:
            yield due, shown
            due += every_s

    def moments(self, times: Sequence[float]) -> Iterator[Image.Image]:
        """The pictures that are shown at these seconds, which must not fall; each in full size and upright."""
        for frame in self._shown_at(times):
            yield _upright(frame)

    def small_moments(self, times: Sequence[float]) -> Iterator[np.ndarray]:
        """What is shown at these seconds, which must not fall, as `samples` has it."""
        for frame in self._shown_at(times):
            yield frame.reformat(*SMALL, format="gray").to_ndarray()

    def _shown_at(self, times: Sequence[float]) -> Iterator:
        with _opened(self.path) as (container, stream):
            frames, shown, coming = _frames(container, stream), None, None
            for wanted in times:
                key = self._keys[max(0, bisect_right(self._keys, wanted) - 1)] if self._keys else 0.0
                if (
                    key > (shown[0] if shown else 0.0) + 1.0
                    and (coming is None or coming[0] < key)
                    and _seek(container, stream, key)
                ):
                    frames, shown, coming = _frames(container, stream), None, None
                while coming is None or coming[0] <= wanted:
                    shown, coming = coming or shown, next(frames, None)
                    if coming is None:
                        break
                if (found := shown or coming) is None:
                    return
                yield found[1]


@contextmanager
def open_film(path: Path) -> Iterator[Film | None]:
    """The film in a recording, or None where it has none: only sound, a cover picture, or frames that nobody can decode."""
    import av  # PyAV loads FFmpeg's libraries: only when there is something to decode

    film = None
    try:
        with _opened(path) as (container, stream):
            if stream is not None:
                film = _surveyed(path, container, stream)
    except (av.error.FFmpegError, ValueError, EOFError):
        film = None
    yield film


def _surveyed(path: Path, container, stream) -> Film | None:
    """Goes through the packets without decoding them: where the key frames are, and where it ends."""
    keys: list[float] = []
    end = 0.0
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        time_s = float(packet.pts * packet.time_base) - _start(container)
        end = max(end, time_s + float((packet.duration or 0) * packet.time_base))
        if packet.is_keyframe:
            keys.append(max(0.0, time_s))
    return Film(path, end, sorted(keys)) if end > 1.0 else None


@contextmanager
def _opened(path: Path):
    """The container and its film, or None for the film."""
    from av.stream import Disposition

    with path.open("rb") as file, open_container(file) as container:
        films = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        films = [stream for stream in films if 0 < stream.width * stream.height <= MOST_PIXELS]
        if films:
            films[0].thread_type = "AUTO"
        yield container, films[0] if films else None


def _frames(container, stream) -> Iterator[tuple[float, object]]:
    """Seconds and frames; damaged packets in the middle are skipped, as players do."""
    import av

    start = _start(container)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            if frame.pts is not None and frame.width * frame.height <= MOST_PIXELS:
                yield max(0.0, float(frame.pts * frame.time_base) - start), frame


def _seek(container, stream, second: float) -> bool:
    """Whether it went; a film without a directory is decoded on, from where it stands."""
    import av

    try:
        container.seek(int((second + _start(container)) / stream.time_base), stream=stream, backward=True)
    except (av.error.FFmpegError, OverflowError):
        return False
    return True


def _start(container) -> float:
    return (container.start_time or 0) / 1_000_000


def _upright(frame) -> Image.Image:
    image = frame.to_image()
    turn = round(getattr(frame, "rotation", 0) or 0) % 360
    return image.rotate(turn, expand=True) if turn else image
