"""A recorded lecture -> Document: what was said, in spans of some seconds that keep their times, and what was shown.

What is said stands under the slide that is shown meanwhile. Subtitles that lie beside the recording are taken for what
was said; without them it is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidSound, UnreadableDocument
from knowledge.language import detect_language, is_cjk
from knowledge.readers import Source
from knowledge.readers.film_slides import FilmSlide, read_film_slides
from knowledge.readers.subtitled import subtitles_beside
from knowledge.sound import decode_sound, measure_sound
from knowledge.transcription import Segment

LONGEST_S = 4 * 3600.0
MOST_BYTES = 2_000_000_000  # four hours of video at a usual rate
_SHORTEST, _LONGEST = 5.0, 25.0  # seconds of one block
_PAUSE = 2.0  # seconds of silence that part two blocks
_ENDS = (".", "!", "?", "。", "！", "？", "…", "”", '"')
_WATCHED = 0.3  # of the progress: the film; the rest is hearing


@dataclass(frozen=True, slots=True)
class _Speech:
    segments: tuple[Segment, ...]
    language: str
    duration_s: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Showing:
    """One of the times that a slide is shown; `figure` counts the slides from 1."""

    start_s: float
    end_s: float
    figure: int
    slide: FilmSlide
    first: bool


def read_recording(source: Source) -> Document:
    """Reads what is said and shown. Raises UnreadableDocument when it is no recording, is longer than LONGEST_S, or no
    transcriber is given and no subtitles lie beside it."""
    subtitles = subtitles_beside(source.path, source.language)
    if source.transcriber is None and subtitles is None:
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
    slides: list[FilmSlide] = []
    if source.seer is not None:
        slides = read_film_slides(source.path, source.seer, lambda share: source.progress(_WATCHED * share))
    speech = _speech(source, subtitles, silent=bool(slides))
    showings = _showings(slides)
    blocks = tuple(_blocks_under_slides(_blocks(speech.segments, showings), showings))
    shown = " ".join(slide.text for slide in slides)
    warnings = speech.warnings if speech.segments else (*speech.warnings, "Nobody was heard speaking in it.")
    return Document(
        path=source.name,
        title=Path(source.name).stem.replace("-", " ").replace("_", " "),
        kind="recording",
        language=speech.language if speech.segments else detect_language(shown, source.language),
        blocks=blocks,
        figures=tuple(_figure(number, slide) for number, slide in enumerate(slides, 1)),
        duration_s=speech.duration_s,
        warnings=warnings,
    )


def _speech(source: Source, subtitles: Path | None, *, silent: bool) -> _Speech:
    """What was said, read or heard. `silent`: there are slides, so that a film without sound is worth having too."""
    warnings: tuple[str, ...] = ()
    if subtitles is not None:
        from knowledge.readers.subtitles import segments_of

        try:
            segments = segments_of(subtitles)
        except UnreadableDocument as error:
            if source.transcriber is None:
                raise
            warnings = (f"{error} What is said was heard instead.",)
        else:
            language = detect_language(" ".join(segment.text for segment in segments), source.language)
            return _Speech(
                segments, language, _length(source, segments), (f"Read with the subtitles {subtitles.name}.",)
            )
    try:
        with source.path.open("rb") as file:
            sound = decode_sound(file, longest_s=LONGEST_S, name=source.name)
    except InvalidSound as error:
        if silent and error.code == "sound_unreadable":
            return _Speech((), source.language, _length(source, ()), (*warnings, "It has no sound."))
        raise _refused(source, error) from error
    # The course's language is a guess about this file, so the engine hears for itself which one is spoken.
    report: Callable[[float], None] = lambda share: source.progress(_WATCHED + (1 - _WATCHED) * share)  # noqa: E731
    transcript = source.transcriber.transcribe(sound, on_progress=report)
    return _Speech(transcript.segments, transcript.language, sound.duration_s, warnings)


def _length(source: Source, segments: Sequence[Segment]) -> float:
    """How long the recording is, without decoding it; refused in the same words as if it were."""
    try:
        with source.path.open("rb") as file:
            length = measure_sound(file, name=source.name)
    except InvalidSound as error:
        raise _refused(source, error) from error
    length = max(length, segments[-1].end_s if segments else 0.0)
    if length > LONGEST_S:
        raise _too_long(source)
    return length


def _refused(source: Source, error: InvalidSound) -> UnreadableDocument:
    if error.code == "sound_too_long":
        return _too_long(source)
    return UnreadableDocument(str(error), code=error.code, **error.details)


def _too_long(source: Source) -> UnreadableDocument:
    return UnreadableDocument(
        f"{source.name} lasts longer than {LONGEST_S / 3600:.0f} hours. Cut it and add the parts.",
        code="document_too_long",
        name=source.name,
        hours=int(LONGEST_S / 3600),
    )


def _showings(slides: Sequence[FilmSlide]) -> list[_Showing]:
    found = [
        _Showing(*span, figure, slide, span == slide.showings[0])
        for figure, slide in enumerate(slides, 1)
        for span in slide.showings
    ]
    return sorted(found, key=lambda showing: showing.start_s)


def _figure(number: int, slide: FilmSlide) -> Figure:
    start_s, end_s = slide.showings[0]
    return Figure(Locator(start_s=start_s, end_s=end_s, figure=number), slide.picture.data, slide.title, slide.text)


def _blocks_under_slides(said: Sequence[Block], showings: Sequence[_Showing]) -> Iterator[Block]:
    """Before what is said while a slide is shown, its title; and its text, once, when it is first shown."""
    waiting = list(showings)
    for block in [*said, None]:
        while waiting and (block is None or _middle(block) >= waiting[0].start_s):
            showing = waiting.pop(0)
            place = Locator(start_s=showing.start_s, end_s=showing.end_s, figure=showing.figure)
            yield Block(showing.slide.title, place, "heading", 1)
            if showing.first:
                yield Block(showing.slide.text, place, "picture")
        if block is not None:
            shown = _shown_at(_middle(block), showings)
            yield replace(block, locator=replace(block.locator, figure=shown.figure)) if shown else block


def _middle(block: Block) -> float:
    return (block.locator.start_s + block.locator.end_s) / 2


def _shown_at(second: float, showings: Sequence[_Showing]) -> _Showing | None:
    return next((showing for showing in showings if showing.start_s <= second < showing.end_s), None)


def _blocks(segments: Sequence[Segment], showings: Sequence[_Showing] = ()) -> list[Block]:
    """Segments merged into sentences of 5 to 25 seconds; a block's times are exactly its first and last segment's."""
    groups: list[list[Segment]] = []
    slides: list[_Showing | None] = []
    for segment in segments:
        if not segment.text.strip():
            continue
        slide = _shown_at((segment.start_s + segment.end_s) / 2, showings)
        if not groups or slides[-1] is not slide or _is_full(groups[-1], segment):
            groups.append([segment])
            slides.append(slide)
        else:
            groups[-1].append(segment)
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
