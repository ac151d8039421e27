"""A hundred languages through the program espeak-ng: robotic, tiny, everywhere. Runs it once a sentence."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave
from copy import copy

import numpy as np

from chatbot.speech.voices import tidy
from knowledge.errors import EngineFailed, MissingExtra
from knowledge.language import language_of_question
from knowledge.sound import Sound

_PROGRAM = "espeak-ng"
_TIMEOUT_S = 20
_INSTALL = "apt install espeak-ng (Debian, Ubuntu), dnf install espeak-ng (Fedora), brew install espeak-ng (macOS)"
_CODES = {"cmn": "zh"}  # espeak-ng's own names, where ISO 639-1 has another
_PREFERRED = {"en": "en-us"}  # of voices that espeak-ng ranks alike


class EspeakSynthesizer:
    """Speaks 22.05 kHz in every language that the program reports, or in the one that it is bound to.

    Unbound, it tells Chinese from English by the letters. Raises MissingExtra when the program is not there.
    """

    def __init__(self) -> None:
        path = shutil.which(_PROGRAM)
        if path is None:
            raise MissingExtra(
                f"The voice espeak needs the program {_PROGRAM}, not installed here. Install it with: {_INSTALL}",
                code="voice_missing_program",
                name="espeak",
                program=_PROGRAM,
                command=_INSTALL,
            )
        self._path = path
        self._voices = _parse_voices(self._run("--voices").decode("utf-8", "replace"))
        self.languages: tuple[str, ...] = tuple(self._voices)

    def in_language(self, language: str) -> EspeakSynthesizer:
        bound = copy(self)
        bound.languages = (language,)
        return bound

    def synthesize(self, text: str) -> Sound:
        one = self.languages[0] if len(self.languages) == 1 else language_of_question(text)
        # "[[" would begin phonemes; a line break, a pause as at a sentence's end.
        spoken = " ".join(text.replace("[[", "[").split())
        return _decode(self._run("-v", self._voices.get(one, "en"), "-b", "1", "--stdin", "--stdout", text=spoken))

    def _run(self, *arguments: str, text: str = "") -> bytes:
        try:
            done = subprocess.run(
                [self._path, *arguments], input=text.encode(), capture_output=True, timeout=_TIMEOUT_S, check=True
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(f"it took longer than {_TIMEOUT_S} seconds") from error
        except (subprocess.CalledProcessError, OSError) as error:
            said = getattr(error, "stderr", None)
            raise _failed(said.decode("utf-8", "replace").strip() if said else str(error)) from error
        return done.stdout


def _parse_voices(table: str) -> dict[str, str]:
    """ISO 639-1 code -> the name of its best voice, from the table that `--voices` prints."""
    best: dict[str, tuple[int, str]] = {}
    for row in re.finditer(r"^\s*(\d+)\s+([a-z]{2,3})(\S*)\s", table, re.MULTILINE):
        rank, root, rest = int(row[1]), row[2], row[3]
        code = _CODES.get(root, root)
        if len(code) != 2:
            continue
        rank -= _PREFERRED.get(code) == root + rest
        if code not in best or rank < best[code][0]:
            best[code] = (rank, root + rest)
    return {code: name for code, (_, name) in best.items()}


def _decode(data: bytes) -> Sound:
    if not data:  # nothing to say
        return Sound(np.zeros(0, np.float32), 22_050)
    try:
        with wave.open(io.BytesIO(data)) as file:  # the header of a stream claims more than there is
            rate, pcm = file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise _failed("what it wrote is no WAV") from error
    return tidy(np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / 32768.0, rate)


def _failed(reason: str) -> EngineFailed:
    return EngineFailed(
        f"The voice espeak could not speak: {reason}. The answer stays readable; try: {_PROGRAM} hello",
        code="voice_failed",
        name="espeak",
        reason=reason,
    )
