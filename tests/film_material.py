"""Films made in code: slides drawn line by line, a head that moves in the corner, a pointer that wanders."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 360)
Shot = tuple[float, Callable[[float], Image.Image]]  # seconds, and what is shown at a second of the film

REFRACTION = (
    "Refraction of light",
    "- Light slows down in glass",
    "- It bends towards the normal",
    "- Snell: n1 sin a = n2 sin b",
)
LENSES = ("Converging lenses", "- Parallel rays meet at the focus", "- A magnifier stands nearer than it")
MIRRORS = (
    "Mirrors",
    "- Angle in equals angle out",
    "- The image lies behind the glass",
    "- Left and right stay where they are",
)


def slide(lines: Sequence[str], *, most: int = 99, ground: str = "white", ink: str = "black") -> Image.Image:
    """A title and its points, as far as they have appeared."""
    canvas = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(canvas)
    for index, line in enumerate(lines[:most]):
        font = ImageFont.load_default(size=34 if index == 0 else 24)
        draw.text((36, 24 if index == 0 else 60 + 48 * index), line, fill=ink, font=font)
    return canvas


def with_pointer(image: Image.Image, second: float) -> Image.Image:
    image = image.copy()
    x, y = 320 + 240 * math.sin(0.9 * second), 190 + 120 * math.cos(0.7 * second)
    ImageDraw.Draw(image).polygon(
        [(x, y), (x, y + 17), (x + 5, y + 12), (x + 12, y + 12)], fill="black", outline="white"
    )
    return image


def with_head(image: Image.Image, second: float) -> Image.Image:
    """A speaker in the lower right corner, who moves and talks."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    draw.rectangle((500, 240, 639, 359), fill=(70, 80, 95))
    x, y = 570 + 22 * math.sin(1.3 * second), 292 + 8 * math.sin(2.1 * second)
    draw.ellipse((x - 30, y - 36, x + 30, y + 36), fill=(222, 180, 150))
    draw.ellipse((x - 10, y + 10, x + 10, y + 14 + 8 * abs(math.sin(4.7 * second))), fill=(120, 40, 40))
    draw.rectangle((x - 50, y + 38, x + 50, 359), fill=(40, 60, 120))
    return image


def talking_head(second: float) -> Image.Image:
    """A speaker before a wall with shelves, and no slide."""
    image = Image.new("RGB", SIZE, (188, 182, 170))
    draw = ImageDraw.Draw(image)
    for shelf in range(3):
        draw.rectangle((20, 60 + 90 * shelf, 180, 70 + 90 * shelf), fill=(110, 80, 50))
    x, y = 380 + 60 * math.sin(0.8 * second), 150 + 14 * math.sin(1.9 * second)
    draw.ellipse((x - 70, y - 90, x + 70, y + 90), fill=(222, 180, 150))
    draw.ellipse((x - 22, y + 30, x + 22, y + 40 + 18 * abs(math.sin(5.1 * second))), fill=(120, 40, 40))
    draw.rectangle((x - 140, y + 95, x + 140, 359), fill=(40, 60, 120))
    return image


def still(image: Image.Image) -> Callable[[float], Image.Image]:
    return lambda second: image


def building(lines: Sequence[str], step_s: float, start_s: float) -> Callable[[float], Image.Image]:
    """A slide whose points appear one after the other."""
    return lambda second: slide(lines, most=2 + int((second - start_s) / step_s))


def film(
    path: Path, *shots: Shot, fps: int = 5, codec: str = "libx264", key_every: int = 250, tone_hz: float | None = 440.0
) -> Path:
    """Writes the shots one after the other, with a tone unless there is to be no sound."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options={"g": str(key_every)})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        seconds = sum(length for length, _ in shots)
        sound = (
            container.add_stream("libopus" if "vp" in codec else "aac", rate=48_000, layout="mono") if tone_hz else None
        )
        for image in _pictures(shots, fps):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode(None))
        if sound is not None:
            wave = 0.3 * 32767 * np.sin(2 * np.pi * tone_hz * np.arange(int(seconds * 48_000)) / 48_000)
            for start in range(0, len(wave), 960):
                frame = av.AudioFrame.from_ndarray(
                    wave[None, start : start + 960].astype("<i2"), format="s16", layout="mono"
                )
                frame.sample_rate, frame.pts = 48_000, start
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def _pictures(shots: Sequence[Shot], fps: int):
    at = 0.0
    for length, draw in shots:
        for n in range(round(length * fps)):
            yield draw(at + n / fps)
        at += length
