"""Which voice speaks a language, and what every voice's sound has in common: mono float32, unclipped, no long silence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chatbot.settings import Settings
from chatbot.speech import ENGINES, Synthesizer
from knowledge.engines import load_engine
from knowledge.errors import CoursemateError
from knowledge.sound import Sound

_FRAME_S = 0.01
_QUIET = 0.006  # of the loudest sample: 44 dB below it
_LEAD_S, _TRAIL_S = 0.05, 0.12  # kept, so that neighbouring sentences do not run into each other
_log = logging.getLogger(__name__)


def choose_voice(synthesizers: Sequence[Synthesizer], language: str) -> Synthesizer | None:
    """The first that knows the language, set to it. None: the answer stays readable, with the notice `no_voice`."""
    for synthesizer in synthesizers:
        if language in synthesizer.languages:
            # An engine of many languages offers in_language, since `synthesize` is told none.
            bind = getattr(synthesizer, "in_language", None)
            return bind(language) if bind else synthesizer
    return None


def build_synthesizers(
    settings: Settings, report: Callable[[CoursemateError], None] = lambda error: _log.warning("%s", error)
) -> list[Synthesizer]:
    """The voices that the settings name and this machine has; `report` is told of each that it has not."""
    voices: list[Synthesizer] = []
    for name in settings.synthesizers:
        try:
            voices.append(load_engine("voice", ENGINES, name)(**_arguments(name, settings)))
        except CoursemateError as error:
            report(error)
    return voices


def tidy(samples: np.ndarray, rate: int) -> Sound:
    """An engine's samples as a Sound: silence at both ends cut to about a tenth of a second, peaks within -1..1."""
    samples = np.asarray(samples, dtype=np.float32).reshape(-1)
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak > 1.0:
        samples, peak = samples * np.float32(0.99 / peak), 0.99
    frame = max(1, int(rate * _FRAME_S))
    whole = len(samples) // frame * frame
    loud = np.flatnonzero(np.abs(samples[:whole]).reshape(-1, frame).max(axis=1, initial=0.0) > _QUIET * peak)
    if peak > 0 and len(loud):
        start = max(0, int(loud[0]) * frame - int(_LEAD_S * rate))
        end = (int(loud[-1]) + 1) * frame + int(_TRAIL_S * rate)
        samples = samples[start:end]
    return Sound(np.ascontiguousarray(samples), rate)


def _arguments(name: str, settings: Settings) -> dict[str, Any]:
    if name == "piper":
        return {"voices": settings.piper_voices, "offline": settings.offline}
    if name == "coqui":
        return {"models": settings.coqui_models, "offline": settings.offline}
    if name == "openai":
        voices = settings.served_voices
        return {"address": settings.speech_server_url, "model": settings.served_synthesizer, "voices": voices}
    return {}
