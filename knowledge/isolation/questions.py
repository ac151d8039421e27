"""What the reading process asks the engines here: what can be read in a picture, what is said in a sound."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from PIL import Image, JpegImagePlugin, PngImagePlugin  # noqa: F401 - the two formats that may come

from knowledge.isolation.wire import WireError, number, sight_to_wire, transcript_to_wire
from knowledge.picture import LONGEST_SIDE, Picture
from knowledge.sound import Sound


class Job(Protocol):
    """The engines that one reading may use."""

    seer: Any
    transcriber: Any
    progress: Callable[[float], None]


def look_or_listen(job: Job, header: dict[str, Any], attachments: list[bytes]) -> dict[str, Any]:
    """What the engine makes of a picture or a sound. Neither is taken on trust."""
    if header["kind"] == "look" and job.seer is not None:
        return sight_to_wire(job.seer.look(_picture(attachments)))
    if header["kind"] == "transcribe" and job.transcriber is not None:
        return transcript_to_wire(
            job.transcriber.transcribe(
                _sound(header, attachments),
                language=header["language"] if isinstance(header.get("language"), str) else None,
                hints=str(header.get("hints", "")),
                on_progress=job.progress,
            )
        )
    raise WireError(f"a request that was not to be made: {header['kind']!r}")


def _picture(attachments: list[bytes]) -> Picture:
    """The picture as sent, once it is certain what it is. Encoding it anew would cost letters, and win nothing."""
    try:
        image = Image.open(io.BytesIO(attachments[0]), formats=("PNG", "JPEG"))
        if max(image.size) > LONGEST_SIDE:  # ours never are
            raise WireError(f"a picture of {image.width} x {image.height}")
        image.load()
    except (IndexError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise WireError(f"a picture that is none: {error}") from error
    return Picture(attachments[0], f"image/{image.format.lower()}", image.width, image.height)


def _sound(header: dict[str, Any], attachments: list[bytes]) -> Sound:
    try:
        samples = np.frombuffer(attachments[0], "<i2").astype(np.float32)
    except (IndexError, ValueError) as error:
        raise WireError(f"a sound that is none: {error}") from error
    samples /= 32768.0
    return Sound(samples, max(1, int(number(header, "rate"))))
