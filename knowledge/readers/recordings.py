"""A recorded lecture -> Document: what was said, in spans of some seconds that keep their times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from knowledge.documents import Block, Document, Locator
from knowledge.errors import InvalidSound, UnreadableDocument
from knowledge.language import is_cjk
from knowledge.readers import Source
from knowledge.sound import decode_sound
from knowledge.transcription import Segment

LONGEST_S = 4 * 3600.0
MOST_BYTES = 2_000_000_000  # four hours of video at a usual rate
_SHORTEST, _LONGEST = 5.0, 25.0  # seconds of one block
_PAUSE = 2.0  # seconds of silence that part two blocks
_ENDS = (".", "!", "?", "。", "！", "？", "…", "”", '"')


def read_recording(source: Source) -> Document:
    """Transcribes a recording. Raises UnreadableDocument when it is none, is longer than LONGEST_S, or no transcriber is given."""
    if source.transcriber is None:
        raise UnreadableDocument(
            f"{source.name} is a recording, and no speech recognition is at hand. Set up a transcriber and add it again.",
            code="document_needs_transcriber",
            name=source.name,
        )
    if source.path.stat().st_size > MOST_BYTES:
        raise UnreadableDocument(
            f"{source.name} is larger than {MOST_BYTES // 10**9} GB. Save its sound alone (MP3 or M4A) and add that.",
            code="document_too_large",
            name=source.name,
            limit=f"{MOST_BYTES // 10**9} GB",
        )
    try:
        with source.path.open("rb") as file:
            sound = decode_sound(file, longest_s=LONGEST_S, name=source.name)
    except InvalidSound as error:
        if error.code == "sound_too_long":
            raise UnreadableDocument(
                f"{source.name} lasts longer than {LONGEST_S / 3600:.0f} hours. Cut it and add the parts.",
                code="document_too_long",
                name=source.name,
                hours=int(LONGEST_S / 3600),
            ) from error
        raise UnreadableDocument(str(error), code=error.code, **error.details) from error
    # The course's language is a guess about this file, so the engine hears for itself which one is spoken.
    transcript = source.transcriber.transcribe(sound, on_progress=source.on_progress)
    blocks = tuple(_blocks(transcript.segments))
    return Document(
        path=source.name,
        title=Path(source.name).stem.replace("-", " ").replace("_", " "),
        kind="recording",
        language=transcript.language if blocks else source.language,
        blocks=blocks,
        duration_s=sound.duration_s,
        warnings=() if blocks else ("Nobody was heard speaking in it.",),
    )


def _blocks(segments: Sequence[Segment]) -> list[Block]:
    """Segments merged into sentences of 5 to 25 seconds; a block's times are exactly its first and last segment's."""
    groups: list[list[Segment]] = []
    for segment in segments:
        if not segment.text.strip():
            continue
        group = groups[-1] if groups else None
        if group is None or _is_full(group, segment):
            groups.append([segment])
        else:
            group.append(segment)
    return [
        Block(_text(group), Locator(start_s=group[0].start_s, end_s=group[-1].end_s), "transcript") for group in groups
    ]


def _is_full(group: Sequence[Segment], segment: Segment) -> bool:
    start, end = group[0].start_s, group[-1].end_s
    if segment.start_s - end > _PAUSE or segment.end_s - start > _LONGEST:
        return True
    return end - start >= _SHORTEST and group[-1].text.rstrip().endswith(_ENDS)


def _text(group: Sequence[Segment]) -> str:
    text = group[0].text.strip()
    for segment in group[1:]:
        piece = segment.text.strip()
        text += piece if is_cjk(text[-1:]) and is_cjk(piece[:1]) else f" {piece}"
    return text
