"""Sound as a value: decoded once from untrusted bytes, mono float32. Knows nothing of what is said in it."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from knowledge.errors import InvalidSound

HEARING_RATE = 16_000  # Hz; what Whisper and Silero take
# What a recording may be packed in. FFmpeg would also open play lists, which name further files and addresses.
CONTAINERS = "wav,w64,mp3,aac,ogg,flac,aiff,caf,amr,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2"


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Mono samples, float32 in -1..1, shape (n,); `rate` in Hz."""

    samples: np.ndarray
    rate: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate

    def to_wav(self) -> bytes:
        """The sound as a 16-bit PCM WAV file."""
        pcm = (np.clip(self.samples, -1.0, 1.0) * 32767).astype("<i2")
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(pcm.tobytes())
        return out.getvalue()


def decode_sound(data: bytes | BinaryIO, *, longest_s: float, name: str = "the recording") -> Sound:
    """Decodes what people record in (WAV, MP3, Ogg, WebM, MP4 and their like) to 16 kHz mono, from bytes or an open file.

    Raises InvalidSound when it is no sound, holds no sample, or lasts longer than `longest_s`; decoding stops there, so
    a small file that unpacks to hours costs no memory. A recording is held once: four hours take 920 MB.
    """
    import av  # PyAV loads FFmpeg's libraries: only when there is something to decode
    from av.audio.resampler import AudioResampler

    file = io.BytesIO(data) if isinstance(data, bytes) else data
    samples, most = _Samples(), int(longest_s * HEARING_RATE)
    try:
        with open_container(file) as container:
            if not container.streams.audio:
                raise av.error.InvalidDataError(0, "no audio stream")
            resampler = AudioResampler(format="s16", layout="mono", rate=HEARING_RATE)
            for frame in _frames(container, resampler):
                samples.append(frame)
                if samples.count > most:
                    raise InvalidSound(
                        f"{name} lasts longer than {longest_s:.0f} seconds. Ask in a shorter recording, or add it to "
                        "the course as a lecture.",
                        code="sound_too_long",
                        name=name,
                        seconds=int(longest_s),
                    )
    except (av.error.FFmpegError, ValueError, EOFError) as error:
        raise _no_sound(name) from error
    if samples.count == 0:
        raise _no_sound(name)
    return Sound(samples.whole(), HEARING_RATE)


def joined(sounds: Sequence[Sound], pause_s: float = 0.15) -> Sound | None:
    """Sounds of one rate one after the other, with a pause between two. None if there are none."""
    if not sounds:
        return None
    pause = np.zeros(int(pause_s * sounds[0].rate), np.float32)
    pieces = [piece for sound in sounds for piece in (sound.samples, pause)]
    return Sound(np.concatenate(pieces[:-1]), sounds[0].rate)


class Resampler:
    """Mono 16-bit samples of any rate -> 16 kHz float32, piece by piece, nothing lost between two pieces."""

    def __init__(self, rate: int) -> None:
        from av.audio.resampler import AudioResampler

        self._rate = rate
        same = rate == HEARING_RATE
        self._resampler = None if same else AudioResampler(format="s16", layout="mono", rate=HEARING_RATE)

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """int16, shape (n,), to float32; a little may be kept back for the next piece."""
        pieces = [samples] if self._resampler is None else self._resample(samples)
        return np.concatenate([np.zeros(0, np.float32), *pieces]).astype(np.float32) / np.float32(32768)

    def _resample(self, samples: np.ndarray) -> list[np.ndarray]:
        from av import AudioFrame

        if not len(samples):
            return []
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples, "<i2").reshape(1, -1), "s16", "mono")
        frame.sample_rate = self._rate
        return [piece.to_ndarray().reshape(-1) for piece in self._resampler.resample(frame)]


def measure_sound(file: BinaryIO, *, name: str = "the recording") -> float:
    """The seconds that a recording says it lasts, 0 when it does not say. Raises InvalidSound when it is none."""
    import av

    try:
        with open_container(file) as container:
            if not (container.streams.audio or container.streams.video):
                raise _no_sound(name)
            return (container.duration or 0) / av.time_base
    except (av.error.FFmpegError, ValueError, EOFError) as error:
        raise _no_sound(name) from error


def open_container(file: BinaryIO):
    """PyAV's container, of nothing but CONTAINERS."""
    import av

    return av.open(file, mode="r", metadata_errors="ignore", container_options={"format_whitelist": CONTAINERS})


class _Samples:
    """Pieces of 16 bits, put together as float32 in one piece of memory that grows where it lies."""

    def __init__(self) -> None:
        self.count = 0
        self._room = np.empty(HEARING_RATE * 60, np.float32)

    def append(self, piece: np.ndarray) -> None:
        end = self.count + len(piece)
        if end > len(self._room):  # nobody else knows the array yet, so it may move
            self._room.resize(max(end, len(self._room) * 5 // 4), refcheck=False)
        np.multiply(piece, np.float32(1 / 32768), out=self._room[self.count : end], casting="unsafe")
        self.count = end

    def whole(self) -> np.ndarray:
        self._room.resize(self.count, refcheck=False)
        return self._room


def _frames(container, resampler):
    """Resampled pieces as int16 arrays; damaged packets in the middle are skipped, as players do."""
    import av

    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            frame.pts = None  # recorders write uneven timestamps, which the resampler would refuse
            for piece in resampler.resample(frame):
                yield piece.to_ndarray().reshape(-1)
    for piece in resampler.resample(None):
        yield piece.to_ndarray().reshape(-1)


def _no_sound(name: str) -> InvalidSound:
    return InvalidSound(
        f"{name} is not a sound that can be read. Record it again, or send WAV, MP3, Ogg, WebM or M4A.",
        code="sound_unreadable",
        name=name,
    )
