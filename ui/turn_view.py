"""What the screen knows of one turn, and how each step changes it. Plain values; rendering.py draws them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chatbot.conversation import Answer, Citation, Cited, Done, Found, Heard, Looked, Progress, Said, Spoke
from knowledge.documents import Why
from knowledge.errors import CoursemateError
from knowledge.evidence import strength
from knowledge.picture import Picture
from knowledge.sound import Sound
from ui.asking import Begun, Queued, Step, Waiting


@dataclass(frozen=True, slots=True)
class TurnView:
    """`stage` is one of: sent, waiting, queued, listening, looking, searching, thinking, writing, done, stopped, failed.

    `evidence` is strong, fair or weak, and `reasons` say why each chunk was found: both are known of a turn that was
    followed, not of one from the store.
    """

    course: str
    question: str = ""
    spoken: bool = False
    picture: Picture | None = None
    stage: str = "sent"
    loading: tuple[Any, ...] = ()
    before: int = 0  # questions in the line before this one
    heard: str | None = None
    seen: str | None = None
    notices: tuple[str, ...] = ()
    text: str = ""
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    found: bool = True  # False: the course does not say
    unclear: bool = False  # the text asks what was meant, and `topics` could be it
    topics: tuple[str, ...] = ()
    evidence: str = ""
    reasons: Mapping[int, Why] = field(default_factory=dict)
    language: str = ""
    sounds: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()  # what is said in each of them, as the model wrote it
    error: CoursemateError | None = None
    conversation: str = ""
    progress: Progress | None = None
    number: int = 0  # tells one turn of a page from the next

    @property
    def finished(self) -> bool:
        return self.stage in ("done", "stopped", "failed")


def advance(view: TurnView, step: Step, keep_sound: Callable[[Sound], str]) -> TurnView:
    """The view after one step. `keep_sound` puts a sound where the page can fetch it and returns the address."""
    match step:
        case Begun(conversation=conversation, turn=turn):
            stage = "listening" if turn.sound else "looking" if turn.picture else "searching"
            return replace(view, conversation=conversation, picture=turn.picture, stage=stage)
        case Waiting(loading=loading):
            return replace(view, stage="waiting", loading=loading)
        case Queued(before=before):
            return replace(view, stage="queued", before=before)
        case Heard(text=text):
            return replace(view, heard=text, stage="looking" if view.picture else "searching")
        case Looked(text=text, notices=notices):
            return replace(view, seen=text, notices=notices, stage="searching")
        case Found(passages=passages, ranking=ranking):
            looked_at = ranking or passages
            reasons = {passage.chunk_id: passage.why for passage in looked_at if passage.why}
            # a second search begins the answer anew
            return replace(view, text="", stage="thinking", evidence=strength(looked_at), reasons=reasons)
        case Said(text=text):
            return replace(view, text=view.text + text, stage="writing")
        case Cited(citation=citation):
            return replace(view, citations=(*view.citations, citation))
        case Spoke(sentence=sentence, sound=sound):
            return replace(view, sounds=(*view.sounds, keep_sound(sound)), sentences=(*view.sentences, sentence))
        case Done(answer=answer):
            return with_answer(view, answer)
    return view


def with_answer(view: TurnView, answer: Answer) -> TurnView:
    """The view of a finished turn, whether it has just ended or comes from the store."""
    return replace(
        view,
        stage="stopped" if "stopped" in answer.notices else "done",
        heard=answer.heard or view.heard,
        seen=answer.seen or view.seen,
        notices=tuple(notice for notice in answer.notices if notice != "stopped"),
        text=answer.text,
        citations=answer.citations,
        nearest=answer.nearest,
        found=answer.status != "not_found",
        unclear=answer.status == "unclear",
        topics=answer.topics,
        language=answer.language,
        progress=answer.progress,
    )
