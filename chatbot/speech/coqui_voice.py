"""Voices through coqui-tts: a model a language, named in the settings; a local folder, or a name that coqui fetches."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.speech.voices import tidy
from knowledge.errors import EngineFailed, SettingsError
from knowledge.language import language_of_question
from knowledge.sound import Sound


class CoquiSynthesizer:
    """Reads the model of a language when it first speaks. `models` maps a language to a folder (a *.pth file and its
    config.json) or to a model's name, such as tts_models/en/ljspeech/vits.

    Raises SettingsError when no model is named, or one would have to be downloaded and `offline` forbids it.
    """

    def __init__(self, models: Mapping[str, str], *, offline: bool = False) -> None:
        if not models:
            raise SettingsError(
                "The voice coqui is chosen, but no model is named. Set coqui_models in settings.toml, such as "
                'coqui_models = { en = "tts_models/en/ljspeech/vits" }.',
                code="voice_unnamed",
                name="coqui",
                key="coqui_models",
            )
        for name in models.values():
            if offline and not Path(name).is_dir():
                raise SettingsError(
                    f"The coqui model {name} is no folder on this machine, and COURSEMATE_OFFLINE forbids downloads. "
                    "Name the folder that holds it in coqui_models.",
                    code="voice_would_download",
                    name="coqui",
                    path=name,
                )
        self._models = dict(models)
        self._loaded: dict[str, Any] = {}
        self.languages: tuple[str, ...] = tuple(self._models)

    def in_language(self, language: str) -> CoquiSynthesizer:
        bound = copy(self)
        bound.languages = (language,)
        return bound

    def synthesize(self, text: str) -> Sound:
        guess = language_of_question(text)
        language = guess if guess in self.languages else self.languages[0]
        name = self._models[language]
        try:
            if language not in self._loaded:
                self._loaded[language] = _load(name)
            model = self._loaded[language]
            samples = model.tts(text, split_sentences=False, **_choices(model, language))
        except Exception as error:  # torch, the downloader and the models raise all kinds: one sentence stays unspoken
            raise EngineFailed(
                f"The coqui model {name} could not speak: {error}. Check its name or folder, or name another.",
                code="voice_failed",
                name=name,
                reason=str(error),
            ) from error
        return tidy(np.asarray(samples, dtype=np.float32), int(model.synthesizer.output_sample_rate))


def _load(name: str) -> Any:
    from TTS.api import TTS

    folder = Path(name)
    if folder.is_dir():
        weights = sorted(folder.glob("*.pth"))
        if not weights:
            raise FileNotFoundError(f"{folder} holds no .pth file")
        return TTS(model_path=str(weights[0]), config_path=str(folder / "config.json"), progress_bar=False)
    return TTS(model_name=name, progress_bar=False)


def _choices(model: Any, language: str) -> dict[str, str]:
    """The arguments that this model asks for: a language if it has several, its first speaker if it has many."""
    chosen: dict[str, str] = {}
    if model.is_multi_lingual:
        names = model.languages or []
        chosen["language"] = next((name for name in names if name.split("-")[0] == language), language)
    if model.is_multi_speaker and model.speakers:
        chosen["speaker"] = model.speakers[0]
    return chosen
