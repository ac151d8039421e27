"""POST /v1/audio/transcriptions and /v1/audio/speech: the ear and the voice of the tutor."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from knowledge.errors import InvalidInput
from knowledge.language import language_of_question
from knowledge.sound import Sound, decode_sound
from knowledge.transcription import Segment
from ui.api.visiting import Visiting
from ui.asking import Desk
from ui.gate.visitors import Visitor
from ui.words import LANGUAGES

_LONGEST_S = 600.0
_PAUSE_S = 0.2  # between sentences
# What OpenAI's clients may ask for -> container, codec, media type.
_PACKED = {
    "mp3": ("mp3", "libmp3lame", "audio/mpeg"), "opus": ("ogg", "libopus", "audio/ogg"), "flac": ("flac", "flac", "audio/flac"),
    "aac": ("adts", "aac", "audio/aac"),
}  # fmt: skip


class SpeechRequest(BaseModel):
    """`voice` may be a language ("en", "zh"); any other name leaves it to the text. One speed is spoken: 1."""

    input: str = Field(min_length=1, max_length=4096)
    model: str = ""
    voice: str = ""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Literal[1] = 1


def routes(desk: Desk, visiting: Visiting) -> APIRouter:
    router = APIRouter(prefix="/audio")
    program = Depends(visiting.program)

    @router.post("/transcriptions")
    def transcriptions(
        request: Request,
        file: Annotated[UploadFile, File()],
        model: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        prompt: Annotated[str, Form(max_length=1000)] = "",
        response_format: Annotated[Literal["json", "text", "verbose_json", "srt", "vtt"], Form()] = "json",
        visitor: Visitor = program,
    ) -> Response:
        visiting.count(request, visitor, "")
        sound = decode_sound(file.file, longest_s=_LONGEST_S, name=file.filename or "the recording")
        heard = desk.engines.get("transcriber").transcribe(sound, language=language or None, hints=prompt)
        return _heard(heard, sound.duration_s, response_format)

    @router.post("/speech")
    def speech(request: Request, asked: SpeechRequest, visitor: Visitor = program) -> Response:
        visiting.count(request, visitor, "")
        language = asked.voice if asked.voice in LANGUAGES else language_of_question(asked.input, "en")
        spoken = [spoke.sound for spoke in desk.tutor.read_aloud(asked.input, language)]
        if not spoken:
            raise InvalidInput(f"No voice here speaks {language!r}.", code="no_voice_for", language=language)
        return _packed(_joined(spoken), asked.response_format)

    return router


def _heard(heard, seconds: float, form: str) -> Response:
    if form in ("srt", "vtt"):
        return Response(_subtitles(heard.segments, form), media_type="text/plain; charset=utf-8")
    if form == "text":
        return Response(f"{heard.text}\n", media_type="text/plain; charset=utf-8")
    told: dict[str, Any] = {"text": heard.text}
    if form == "verbose_json":
        segments = [{"id": n, "start": s.start_s, "end": s.end_s, "text": s.text} for n, s in enumerate(heard.segments)]
        told |= {"task": "transcribe", "language": heard.language, "duration": round(seconds, 3), "segments": segments}
    return JSONResponse(told)


def _subtitles(segments: Sequence[Segment], form: str) -> str:
    point = "," if form == "srt" else "."
    lines = [
        f"{f'{n}{chr(10)}' if form == 'srt' else ''}{_time(s.start_s, point)} --> {_time(s.end_s, point)}\n{s.text}\n"
        for n, s in enumerate(segments, start=1)
    ]
    return ("WEBVTT\n\n" if form == "vtt" else "") + "\n".join(lines)


def _time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    return f"{milliseconds // 3_600_000:02}:{milliseconds // 60_000 % 60:02}:{milliseconds // 1000 % 60:02}{point}{milliseconds % 1000:03}"


def _joined(sounds: Sequence[Sound]) -> Sound:
    pause = np.zeros(int(_PAUSE_S * sounds[0].rate), np.float32)
    pieces = [piece for sound in sounds for piece in (sound.samples, pause)]
    return Sound(np.concatenate(pieces[:-1]), sounds[0].rate)


def _packed(sound: Sound, form: str) -> Response:
    if form == "wav":
        return Response(sound.to_wav(), media_type="audio/wav")
    if form == "pcm":  # as OpenAI's: 16 bits, little-endian, without a header; ours says its rate
        pcm = (np.clip(sound.samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        return Response(pcm, media_type=f"audio/pcm;rate={sound.rate}")
    container, codec, media_type = _PACKED[form]
    return Response(_encoded(sound, container, codec), media_type=media_type)


def _encoded(sound: Sound, container: str, codec: str) -> bytes:
    import av  # PyAV loads FFmpeg's libraries: only when there is something to encode

    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        rate = 48_000 if codec == "libopus" else sound.rate
        stream = file.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray((np.clip(sound.samples, -1.0, 1.0) * 32767).astype(np.int16)[None], "s16", "mono")
        frame.sample_rate = sound.rate
        for part in (frame, None):
            file.mux(stream.encode(part))
    return out.getvalue()
