"""Make the pictures and the spoken questions of the golden set: examples/sample-course.golden/.

    .venv/bin/pip install pillow numpy pypdfium2 hibari-tts==0.2.1 av matplotlib
    .venv/bin/python examples/build/build_golden_media.py     (after the reader, the slides and the eye)

The pictures look like what a student sends: a page photographed at an angle in uneven light, a crop, a slide on a
screen. Chance is seeded, so every build gives the same files. The one Chinese question is spoken by espeak-ng, and is
left as it is when espeak-ng is not installed.
"""

import io
import json
import shutil
import subprocess
import wave
from pathlib import Path

import av
import matplotlib.pyplot as plt
import numpy as np
import pypdfium2
from build_lecture import mp3
from build_slides import content, preview
from hibari import Hibari
from house import COURSE, EXAMPLES, font_file, prepare_matplotlib
from PIL import Image, ImageDraw, ImageFilter, ImageFont

OUT = EXAMPLES / "sample-course.golden"
EXERCISE = """3.  A ray of light travels in crown glass
(n = 1.52) and meets a layer of water
(n = 1.333) that lies on the glass.
From which angle of incidence on
is the ray totally reflected?"""


def page(number: int, box: tuple) -> Image.Image:
    """Part of a page of the reader; box in shares of its width and height."""
    whole = pypdfium2.PdfDocument(COURSE / "light-and-lenses.pdf")[number - 1].render(scale=2.6).to_pil().convert("RGB")
    w, h = whole.size
    return whole.crop((int(box[0] * w), int(box[1] * h), int(box[2] * w), int(box[3] * h)))


def slide(number: int) -> Image.Image:
    figure, data = preview(content()[number - 1], number), io.BytesIO()
    figure.savefig(data, format="png", dpi=96)
    plt.close(figure)
    return Image.open(data).convert("RGB")


def coefficients(size, corners):
    """The eight numbers of Pillow's perspective transform that puts the picture's corners at the given places."""
    w, h = size
    rows, right = [], []
    for (x, y), (u, v) in zip(corners, ((0, 0), (w, 0), (w, h), (0, h))):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.linalg.solve(np.array(rows, float), np.array(right, float))


def photographed(image: Image.Image, seed: int, lean=0.05, turn=0.0, table=(122, 104, 88), light=0.25) -> Image.Image:
    """The picture as a phone sees it lying on a table: turned, in perspective, with a shadow, noise and blur."""
    chance = np.random.default_rng(seed)
    w, h = image.size
    mx, my = int(w * 0.07), int(h * 0.07)
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)], float)
    corners += chance.uniform(-lean, lean, (4, 2)) * (w, h)
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    corners = (corners - (w / 2, h / 2)) @ np.array([[c, s], [-s, c]]) + (w / 2 + mx, h / 2 + my)
    size = (w + 2 * mx, h + 2 * my)
    numbers = coefficients(image.size, corners)
    warped = image.transform(size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC)
    mask = Image.new("L", image.size, 255).transform(size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC)
    pixels = np.asarray(Image.composite(warped, Image.new("RGB", size, table), mask), np.float32)
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    angle = chance.uniform(0, 2 * np.pi)
    shade = 1 - light * (0.5 + 0.5 * (x * np.cos(angle) + y * np.sin(angle)))
    pixels = pixels * shade[..., None] * np.array((1.0, 0.98, 0.93)) + chance.normal(0, 4, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def keep(image: Image.Image, name: str, longest=1280, quality=72) -> None:
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    path = OUT / name
    image.save(path, quality=quality) if name.endswith("jpg") else image.quantize(96, dither=Image.Dither.NONE).save(path, optimize=True)
    print(name, image.size, path.stat().st_size)
    assert path.stat().st_size < 250_000, name


def exercise() -> Image.Image:
    image = Image.new("RGB", (1100, 520), "#fdfcf8")
    draw = ImageDraw.Draw(image)
    draw.text((60, 36), "Exercise sheet 5", font=ImageFont.truetype(font_file("Sans-Bold"), 40), fill="#222222")
    draw.multiline_text((60, 130), EXERCISE, font=ImageFont.truetype(font_file("Serif"), 46), fill="#222222", spacing=20)
    return image


def pictures() -> None:
    eye = Image.open(COURSE / "eye-diagram.png").convert("RGB")
    keep(photographed(eye.crop((660, 330, 1400, 900)), 1, turn=-4), "fovea-photo.jpg")
    keep(photographed(page(8, (0.10, 0.14, 0.90, 0.44)), 2, turn=2), "lens-figure-photo.jpg")
    keep(slide(10), "binoculars-slide.png")
    keep(photographed(exercise(), 4, turn=3, lean=0.03), "exercise-photo.jpg")
    keep(photographed(page(5, (0.10, 0.23, 0.90, 0.47)), 5, turn=-6), "pool-figure-photo.jpg")
    keep(photographed(slide(9), 6, lean=0.07, table=(24, 24, 28), light=0.35), "newton-slide-photo.jpg")
    keep(photographed(page(4, (0.10, 0.52, 0.90, 0.80)), 7, turn=1.5), "index-table-photo.jpg")
    keep(page(6, (0.10, 0.17, 0.90, 0.43)), "prism-screenshot.png")


def wav(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())
    print(path.name, f"{len(samples) / rate:.1f} s", path.stat().st_size)


def at_16_khz(recording: bytes) -> tuple[np.ndarray, int]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    with av.open(io.BytesIO(recording)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)] + resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), 16_000


def spoken() -> None:
    voice = Hibari()
    pause = np.zeros(7200, np.float32)
    for line in (EXAMPLES / "sample-course.golden.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if "audio" not in entry:
            continue
        path = EXAMPLES / entry["audio"]
        if entry.get("language") == "zh":
            if shutil.which("espeak-ng"):
                sound = subprocess.run(["espeak-ng", "-v", "cmn", "-s", "130", "--stdout", entry["question"]], check=True, capture_output=True)
                wav(path, *at_16_khz(sound.stdout))
            continue
        samples = np.concatenate([pause, voice(entry["question"], seed=0), pause])
        mp3(path, samples) if path.suffix == ".mp3" else wav(path, samples, 24_000)
        if path.suffix == ".mp3":
            print(path.name, f"{len(samples) / 24_000:.1f} s", path.stat().st_size)


def main():
    prepare_matplotlib()
    OUT.mkdir(exist_ok=True)
    pictures()
    spoken()


if __name__ == "__main__":
    main()
