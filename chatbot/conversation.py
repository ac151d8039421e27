"""The nouns of a conversation, and the events in which a turn is told. Plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from knowledge.documents import Locator, Passage
from knowledge.picture import Picture
from knowledge.sound import Sound

Status = Literal["answered", "not_found", "unclear"]
Way = Literal["explain", "hint", "check", "lesson", "practise"]


@dataclass(frozen=True, slots=True)
class Page:
    """What stands before the student's eyes beside the tutor: the page's title, the heading they are under, what they
    selected. Text from outside: data, never an instruction.
    """

    title: str = ""
    heading: str = ""
    selected: str = ""

    @property
    def subject(self) -> str:
        """What "this" is: what was selected, else the heading, else the title; at most MOST_OF_PAGE characters."""
        for words in (self.selected, self.heading, self.title):
            if words.strip():
                return " ".join(words.split())[:MOST_OF_PAGE]
        return ""


MOST_OF_PAGE = 400


@dataclass(frozen=True, slots=True)
class Turn:
    """What a student brings: typed words, a spoken question, a picture, or several of them.

    `language` ("en", "zh") is the screen's, a hint for hearing and for the answer; None lets the question decide. `page`
    gives a question such as "explain this" its meaning. `way` is how the student wants to be helped; how far that has come
    is read from the history, never from a turn. `learner` is who practises, as the record of learning knows them; empty:
    nobody in particular, of whom nothing is recorded.
    """

    question: str = ""
    sound: Sound | None = None
    picture: Picture | None = None
    speak: bool = False
    language: str | None = None
    page: Page | None = None
    way: Way = "explain"
    learner: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a way of tutoring has come after a turn: `step` of `of`, from 1, about `subject`. Kept with the answer.

    `key` is what must not be given away yet, and `waiting` the question whose answer comes next: neither is told to anybody.
    `asked` holds what was asked before, `graded` the one whose answer was graded last; `shown_at`, in seconds since 1970, is
    when the one that waits was shown.
    """

    way: Way
    step: int = 0
    of: int = 0
    subject: str = ""
    key: str = ""
    waiting: str = ""
    asked: tuple[str, ...] = ()
    limited: bool = False
    shown_at: float = 0.0
    graded: str = ""

    @property
    def more(self) -> bool:
        return self.step < self.of

    def to_json(self) -> dict[str, Any]:
        """What a screen shows of it."""
        return {"way": self.way, "step": self.step, "of": self.of, "more": self.more}


@dataclass(frozen=True, slots=True)
class Citation:
    """One place in the course that an answer rests on. `quote` stands there word for word; `n` is its marker."""

    n: int
    document: str
    title: str
    locator: Locator
    quote: str
    chunk_id: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        return {"n": self.n, "document": self.document, "locator": self.locator.to_json(), "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of a turn's stages, from its start for `first_*` and `total_ms`; None where a stage did not happen."""

    transcribe_ms: float | None = None
    look_ms: float | None = None
    retrieve_ms: float | None = None
    first_token_ms: float | None = None
    first_sound_ms: float | None = None
    total_ms: float | None = None
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    tokens_per_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {key: round(value, 1) if isinstance(value, float) else value for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tutor said, whole. With status "not_found", `text` says so and `nearest` holds the closest places; with
    "unclear", `text` asks what is meant and `topics` holds headings of the course that could be.
    """

    status: Status
    text: str
    language: str
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    question: str = ""
    heard: str | None = None
    seen: str | None = None
    notices: tuple[str, ...] = ()
    timings: Timings = Timings()
    progress: Progress | None = None
    topics: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form of the command line's and the API's contract."""
        return {
            "status": self.status,
            "answer": self.text,
            "citations": [citation.to_json() for citation in self.citations],
            "heard": self.heard,
            "seen": self.seen,
            "timings": self.timings.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier turn of the conversation, as the model is reminded of it. `seen`: the words in its picture."""

    question: str
    answer: str
    picture: Picture | None = None
    seen: str = ""
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The spoken question, transcribed. `language` as detected."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What could be read in the picture; `notices` are catalogue keys of what could not be seen."""

    text: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The stand-alone query, the passages that go to the model as they are shown to it, and the whole ranking."""

    query: str
    passages: tuple[Passage, ...]
    ranking: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation whose quote was checked."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Spoke:
    """One sentence as sound, in order from 1."""

    n: int
    sentence: str
    sound: Sound


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a turn: the whole answer, which replaces what was streamed."""

    answer: Answer


Event = Heard | Looked | Found | Said | Cited | Spoke | Done
