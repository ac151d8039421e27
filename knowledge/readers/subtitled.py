"""Which subtitles belong to which recording: "a.srt", "a.vtt" and "a.en.vtt" to the "a.mp4" that lies beside them."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath

from knowledge.readers import FORMATS

SUBTITLES = (".srt", ".vtt")


def is_recording(name: str) -> bool:
    """Whether a file is named like a recording or a film."""
    return PurePosixPath(name).suffix.lower() in FORMATS["recording"].suffixes


def recordings_of(subtitles: PurePath) -> set[str]:
    """The paths, without ending and in lower case, of the recordings that a file belongs to: of "a.en.vtt", "a.en" and "a".

    Empty when it is not named like subtitles.
    """
    if subtitles.suffix.lower() not in SUBTITLES:
        return set()
    stem = subtitles.with_suffix("")
    return {path_without_ending(subtitles), path_without_ending(stem)}


def path_without_ending(path: PurePath) -> str:
    """What the paths of a recording and of its subtitles have in common."""
    return path.with_suffix("").as_posix().casefold()


def subtitles_beside(path: Path, language: str = "en") -> Path | None:
    """The subtitles of a recording: beside "a.mp4" lie "a.srt" or "a.en.vtt". Of several languages its own, if known."""
    found = []
    for file in sorted(path.parent.iterdir()):
        if file.suffix.lower() in SUBTITLES and file.is_file():
            stem = file.stem.casefold()
            tag = stem.removeprefix(f"{path.stem.casefold()}.")
            if stem == path.stem.casefold():
                found.append((1, file))
            elif tag != stem and "." not in tag:
                found.append((0 if tag.split("-")[0] == language else 2, file))
    return min(found)[1] if found else None
