"""Subtitles (SRT, WebVTT) -> what was said and when. Captions that roll, each repeating the line before, are said once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from knowledge.documents import Block, Document, Locator
from knowledge.errors import UnreadableDocument
from knowledge.language import detect_language, is_cjk
from knowledge.readers import Source
from knowledge.readers.plain_text import text_of
from knowledge.transcription import Segment

SUFFIXES = (".vtt", ".srt")
_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_CUE = re.compile(rf"^\s*{_TIME}\s*--?>\s*{_TIME}")
_TAG = re.compile(r"<[^<>\n]*>|\{\\[^{}\n]*\}")
_SOUND = re.compile(r"^[\[(（【♪♫][^\])）】]*[\])）】♪♫]$|^[♪♫\s]+$")  # [Music], (laughter): nobody says it
_SKIPPED = re.compile(r"^(?:NOTE|STYLE|REGION)(?:\s|$)")
_GAP = 2.0  # seconds: a line repeated after a longer pause is said again


def read_subtitles(source: Source) -> Document:
    """Reads a file of subtitles as the transcript that it is. Raises UnreadableDocument when it holds no times."""
    segments = _segments(source)
    blocks = tuple(Block(s.text, Locator(start_s=s.start_s, end_s=s.end_s), "transcript") for s in segments)
    return Document(
        path=source.name,
        title=Path(source.name).stem.replace("-", " ").replace("_", " "),
        kind="subtitles",
        language=detect_language(" ".join(segment.text for segment in segments), source.language),
        blocks=blocks,
        duration_s=segments[-1].end_s if segments else None,
        warnings=() if blocks else ("The subtitles hold no words.",),
    )


def segments_of(path: Path) -> tuple[Segment, ...]:
    """What is said in a file of subtitles, in order of time, each word once. Raises UnreadableDocument."""
    return _segments(Source(path, path.name, path.parent))


def _segments(source: Source) -> tuple[Segment, ...]:
    lines = text_of(source).split("\n")
    if not any(_CUE.match(line) for line in lines):
        raise UnreadableDocument(
            f"{source.name} is named like subtitles, but holds no times. Export it again as SRT or VTT and add that.",
            code="document_not_its_type",
            name=source.name,
            type="subtitles (SRT, VTT)",
        )
    cues = sorted(_cues(lines), key=lambda cue: (cue[0], cue[1]))
    return tuple(_said_once(cues))


def _cues(lines: list[str]) -> Iterator[tuple[float, float, list[str]]]:
    """Start, end and lines of every caption; one whose end comes before its start has no time and is left out."""
    place = 0
    while place < len(lines):
        match = _CUE.match(lines[place])
        place += 1
        if match is None:
            if _SKIPPED.match(lines[place - 1]):
                while place < len(lines) and lines[place].strip():
                    place += 1
            continue
        words = []
        while place < len(lines) and lines[place].strip() and not _CUE.match(lines[place]):
            words.append(lines[place])
            place += 1
        if place < len(lines) and _CUE.match(lines[place]) and words and words[-1].strip().isdecimal():
            words.pop()  # the number of a caption that follows without an empty line
        start, end = _seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])
        said = [text for line in words if (text := _plain(line))]
        if said and end >= start:
            yield start, end, said


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    """Exact to the millisecond as written."""
    milliseconds = int((fraction or "0").ljust(3, "0"))
    return (int(hours or 0) * 3_600_000 + int(minutes) * 60_000 + int(seconds) * 1000 + milliseconds) / 1000


def _plain(line: str) -> str:
    """The words of a line, without its tags, and without what names a sound."""
    text = " ".join(unescape(_TAG.sub("", line)).replace("\\N", " ").replace("\u200b", "").split())
    text = re.sub(r"^(?:>>+|[-–—])\s*", "", text)  # the mark of another speaker
    return "" if _SOUND.match(text) else text


def _said_once(cues: Iterable[tuple[float, float, list[str]]]) -> Iterator[Segment]:
    """Captions as segments. Of a caption that goes on with words still on the screen, only the new words are its own.

    A caption that says nothing new makes the one before it last as long as it does.
    """
    last: Segment | None = None
    shown = ""  # the words of the caption before, the repeated ones too
    for start, end, lines in cues:
        text = _joined(lines)
        near = last is not None and start - last.end_s <= _GAP
        new = _without_repeated(shown, text) if near else text
        shown = text
        if last is not None and near and not new:
            last = Segment(last.start_s, max(last.end_s, end), last.text)
            continue
        if last is not None:
            # two captions at one time are two speakers or a rolling caption; a segment ends where the next begins
            yield last if last.end_s <= start or new == text else Segment(last.start_s, max(last.start_s, start), last.text)
        last = Segment(start, end, new)
    if last is not None:
        yield last


def _without_repeated(before: str, now: str) -> str:
    """What a caption adds to the one before: nothing if it is its end, all if it begins anew."""
    if before.endswith(now) or (now in before and len(now) > 3):
        return ""
    if now.startswith(before):
        return now[len(before) :].strip()
    words, spaced = (before, now), " " in before and " " in now
    old, new = (part.split() if spaced else list(part) for part in words)
    for length in range(min(len(old), len(new)) - 1, 1 if spaced else 3, -1):
        if old[-length:] == new[:length]:
            return (" " if spaced else "").join(new[length:])
    return now


def _joined(lines: list[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        text += line if is_cjk(text[-1:]) and is_cjk(line[:1]) else f" {line}"
    return text
