"""What can be read in a picture: its words, their places, and whether there is more to see than words.

Reading is optical character recognition, so a drawing, a curve or a photo stays unseen; a Sight says when that is so,
and whoever answers can say it too. What a picture shows is a chat model's matter, and only if it has eyes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from knowledge.freed_memory import give_back_freed_memory
from knowledge.language import is_cjk
from knowledge.picture import Picture
from knowledge.reading_order import in_lines, in_reading_order

# Measured on some forty pictures (photos, screenshots, graphs, formulas; English, Chinese, French; two without any text):
# right lines score above 0.9 but for a few of one or two letters; of what is read into icons, textures and dashes, most
# scores below 0.7.
LOWEST_CONFIDENCE = 0.7
# RapidOCR by itself enlarges every picture until its shorter side has 736 pixels, which on a wide one costs seconds and
# makes letters of a graph's dashes; small pictures gain from being enlarged a little, large ones from being left alone.
_DETECTION = {"Det.limit_type": "max", "Det.limit_side_len": 1280}
# Its six lines at a time take 50 MB more than one, and no less time.
_LINES_AT_ONCE = {"Rec.rec_batch_num": 1}
_ENLARGE_TO = 800  # pixels of the longer side, though never more than twice
# RapidOCR's own test of which way up a line stands turns words such as "pupil" over ("lidnd", with little confidence); a
# line below this is read once more as it stands, and the surer reading is kept.
_SURE = 0.95
_SMALL = 256  # pixels of the longer side when a picture is searched for drawing
_MUCH_INK = 0.02  # share of the picture that is drawn and lies outside every text box


@dataclass(frozen=True, slots=True)
class TextBox:
    """A line of text in a picture; the box lies upright around it, in shares of the width and height (0..1)."""

    text: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Sight:
    """What was read in a picture. `unseen`: much of it is drawing or photo that the text does not tell."""

    boxes: tuple[TextBox, ...] = ()
    unseen: bool = False
    width: int = 1
    height: int = 1
    upside_down: bool = False

    @property
    def has_text(self) -> bool:
        return bool(self.boxes)

    @cached_property
    def text(self) -> str:
        """The text in reading order, a line for a line; columns one after the other, parted by an empty line."""
        return "\n\n".join(self.paragraphs)

    @cached_property
    def paragraphs(self) -> tuple[str, ...]:
        """The text in reading order, parted where a gap stands between lines or columns."""
        sign = -1 if self.upside_down else 1
        placed = [_Placed(box, sign * self.width, sign * self.height) for box in self.boxes]
        found: list[str] = []
        for stretch in in_reading_order(placed):
            lines: list[list[_Placed]] = in_lines(stretch)
            for index, line in enumerate(lines):
                text = _join_line(line)
                if index and not _far_apart(lines[index - 1], line):
                    found[-1] += "\n" + text
                else:
                    found.append(text)
        return tuple(found)


@runtime_checkable
class Seer(Protocol):
    def look(self, picture: Picture) -> Sight:
        """Reads a picture; one without text gives a Sight without boxes. Safe to call from several threads."""
        ...


class RapidSeer:
    """Reads English and Chinese with RapidOCR, whose weights lie in its package; nothing is ever fetched."""

    def __init__(self, *, lowest_confidence: float = LOWEST_CONFIDENCE) -> None:
        from rapidocr import RapidOCR

        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        self._lowest = lowest_confidence
        self._lock = threading.Lock()  # one picture at a time: it uses every core, and its sessions are shared
        self._ocr = RapidOCR(params={"Global.log_level": "error", "Global.text_score": 0.0, **_DETECTION, **_LINES_AT_ONCE})

    def look(self, picture: Picture) -> Sight:
        image = picture.to_image()
        factor = min(2.0, _ENLARGE_TO / max(image.size))
        if factor > 1:
            image = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)
        pixels = np.asarray(image)
        with self._lock:
            if self._ocr.text_det is None:  # models are loaded by the first picture: most courses' files hold few
                self._ocr.text_det = _sparing_detector(self._ocr.cfg.Det)
            boxes, upside_down = self._read(np.ascontiguousarray(pixels[:, :, ::-1]))  # RapidOCR takes BGR
            give_back_freed_memory()  # 140 MB, and there may be no other picture for long
        return Sight(boxes, _unseen(pixels, boxes), picture.width, picture.height, upside_down)

    def _read(self, pixels: np.ndarray) -> tuple[tuple[TextBox, ...], bool]:
        """The boxes worth keeping, and whether the picture stands on its head."""
        height, width = pixels.shape[:2]
        result = self._ocr(pixels, use_det=True, use_cls=True, use_rec=True)  # it remembers what the last call asked
        if result.boxes is None:
            return (), False
        boxes: list[TextBox] = []
        longest, upside_down = 0, False
        for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
            x0, y0 = np.clip(corners.min(axis=0), 0, (width, height))
            x1, y1 = np.clip(corners.max(axis=0), 0, (width, height))
            strip = pixels[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
            reading = (float(score), text)
            if y1 - y0 > 1.5 * (x1 - x0):
                turned = [self._read_line(strip, turns) for turns in (1, 3)] if len(text) > 1 else []
                reading = max([reading, *turned])
            elif score < _SURE or len(text) > longest:
                straight = self._read_line(strip)
                reading = max(reading, straight)
                if len(text) > longest:  # one long line tells for all which way up they stand
                    longest, upside_down = len(text), straight[0] < reading[0] - 0.1
            score, text = reading
            if score >= self._lowest and text.strip():
                place = (float(x0 / width), float(y0 / height), float(x1 / width), float(y1 / height))
                boxes.append(TextBox(text.strip(), score, *place))
        return tuple(boxes), upside_down

    def _read_line(self, strip: np.ndarray, turns: int = 0) -> tuple[float, str]:
        """Confidence and text of one line, turned by so many quarters, as it stands then."""
        turned = np.ascontiguousarray(np.rot90(strip, turns))
        result = self._ocr(turned, use_det=False, use_cls=False, use_rec=True)
        return (float(result.scores[0]), result.txts[0]) if result.txts else (0.0, "")


def _sparing_detector(settings: Any) -> Any:
    """RapidOCR's detector in a session that takes up to 140 MB for a page where its own takes 250, in as much time.

    Its own asks the C library for every layer's room, which is left with it in pieces. An arena packs it, and is given
    back when the picture is done. The last step of optimization keeps the weights a second time, and gains nothing.
    """
    import onnxruntime
    import rapidocr
    from omegaconf import OmegaConf

    options, at_the_end = onnxruntime.SessionOptions(), onnxruntime.RunOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    at_the_end.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    class Session(onnxruntime.InferenceSession):
        def run(self, output_names, input_feed, run_options=None):
            return super().run(output_names, input_feed, run_options or at_the_end)

    file = next(Path(rapidocr.__file__).parent.glob("models/*_det_*.onnx"))
    provider = ("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"})
    with_session = OmegaConf.create(OmegaConf.to_container(settings), flags={"allow_objects": True})
    with_session.session = Session(str(file), options, providers=[provider])
    return rapidocr.main.TextDetector(with_session)


class _Placed:
    """A text box in pixels: shares of width and height have no common measure. Negative sizes turn it upside down."""

    def __init__(self, box: TextBox, width: int, height: int) -> None:
        self.text = box.text
        self.x0, self.x1 = sorted((box.x0 * width, box.x1 * width))
        self.y0, self.y1 = sorted((box.y0 * height, box.y1 * height))


def _join_line(line: Sequence[_Placed]) -> str:
    """Boxes side by side as one line; a wide gap is kept as a tab, so that a table's columns can be told."""
    text = line[0].text
    for left, right in pairwise(line):
        height = min(left.y1 - left.y0, right.y1 - right.y0)
        gap = right.x0 - left.x1
        close = is_cjk(text[-1]) and is_cjk(right.text[0]) and gap < height
        text += ("" if close else "\t" if gap > 1.5 * height else " ") + right.text
    return text


def _far_apart(above: Sequence[_Placed], below: Sequence[_Placed]) -> bool:
    """Whether two lines belong to different paragraphs: more than a line's height lies between them."""
    gap = min(box.y0 for box in below) - max(box.y1 for box in above)
    return gap > 0.9 * min(box.y1 - box.y0 for box in (*above, *below))


def _unseen(image: np.ndarray, boxes: Sequence[TextBox]) -> bool:
    """Whether much is drawn outside the text: edges, counted on a small copy, in proportion to the picture."""
    step = max(1, max(image.shape[:2]) // _SMALL)
    grey = image.mean(axis=2)
    high, wide = (size // step * step for size in grey.shape)
    small = grey[:high, :wide].reshape(high // step, step, wide // step, step).mean(axis=(1, 3))
    if min(small.shape) < 8:
        return False
    ink = np.zeros(small.shape, bool)
    ink[:, 1:] |= np.abs(np.diff(small, axis=1)) > 24
    ink[1:, :] |= np.abs(np.diff(small, axis=0)) > 24
    for box in boxes:
        margin_x, margin_y = 2, max(2, round((box.y1 - box.y0) * small.shape[0] * 0.25))
        top, bottom = int(box.y0 * small.shape[0]) - margin_y, int(box.y1 * small.shape[0]) + margin_y + 1
        left, right = int(box.x0 * small.shape[1]) - margin_x, int(box.x1 * small.shape[1]) + margin_x + 1
        ink[max(0, top) : bottom, max(0, left) : right] = False
    return bool(ink.mean() > _MUCH_INK)
