"""Natural voices through piper: one .onnx file a language, with its .onnx.json beside it, named in the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.speech.voices import tidy
from knowledge.errors import EngineFailed, SettingsError
from knowledge.language import language_of_question
from knowledge.sound import Sound


class PiperSynthesizer:
    """Reads the voice of a language when it first speaks. What `in_language` returns shares it.

    Raises SettingsError when no voice is named or a voice's file is not there.
    """

    def __init__(self, voices: Mapping[str, Path], *, offline: bool = False) -> None:
        if not voices:
            raise SettingsError(
                "The voice piper is chosen, but no voice file is named. Set piper_voices in settings.toml, such as "
                'piper_voices = { en = "/path/to/voice.onnx" }.',
                code="voice_unnamed",
                name="piper",
                key="piper_voices",
            )
        for path in voices.values():
            _check_files(Path(path), offline)
        self._paths = dict(voices)
        self._loaded: dict[str, Any] = {}
        self.languages: tuple[str, ...] = tuple(self._paths)

    def in_language(self, language: str) -> PiperSynthesizer:
        bound = copy(self)
        bound.languages = (language,)
        return bound

    def synthesize(self, text: str) -> Sound:
        guess = language_of_question(text)
        language = guess if guess in self.languages else self.languages[0]
        path = Path(self._paths[language])
        try:
            if language not in self._loaded:
                self._loaded[language] = _load(path)
            chunks = list(self._loaded[language].synthesize(text))
        except Exception as error:  # onnxruntime and the phonemizers raise all kinds: one sentence stays unspoken
            raise EngineFailed(
                f"The piper voice {path} could not speak: {error}. Check the file and its .json, or name another voice.",
                code="voice_failed",
                name=str(path),
                reason=str(error),
            ) from error
        if not chunks:
            return Sound(np.zeros(0, np.float32), 22_050)
        return tidy(np.concatenate([chunk.audio_float_array for chunk in chunks]), chunks[0].sample_rate)


def _load(path: Path) -> Any:
    from piper import PiperVoice

    # Chinese voices look for a pronunciation model there, and fetch it; their default is the working folder.
    return PiperVoice.load(path, download_dir=path.parent)


def _check_files(path: Path, offline: bool) -> None:
    config = path.with_name(path.name + ".json")
    for file in (path, config):
        if not file.is_file():
            raise SettingsError(
                f"The piper voice file {file} is not there. Correct piper_voices in settings.toml.",
                code="voice_file_missing",
                name="piper",
                path=str(file),
            )
    if offline and not (path.parent / "g2pW").is_dir() and '"pinyin"' in json.dumps(_read(config).get("phoneme_type")):
        raise SettingsError(
            f"The piper voice {path} would download a pronunciation model, and COURSEMATE_OFFLINE forbids it. Put the "
            "folder g2pW beside the voice, or allow downloads once.",
            code="voice_would_download",
            name="piper",
            path=str(path),
        )


def _read(config: Path) -> dict[str, Any]:
    try:
        return json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(
            f"The piper voice description {config} is no JSON: {error}. Fetch the voice again.",
            code="voice_file_damaged",
            name="piper",
            path=str(config),
        ) from error
