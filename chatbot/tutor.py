"""Tutor.ask: one turn from question to cited answer, told as events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from statistics import fmean

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.citations import NOTHING, cite, nearest_places
from chatbot.citations import Cited as Checked
from chatbot.clarifying import WHAT_IS_MEANT, names_nothing, topics_for
from chatbot.conversation import (
    Answer,
    Cited,
    Done,
    Event,
    Exchange,
    Found,
    Heard,
    Looked,
    Said,
    Spoke,
    Timings,
    Turn,
)
from chatbot.course_reading import shelf_of
from chatbot.guessing import Lookups, likely_passages
from chatbot.hearing.terms import course_terms
from chatbot.intake import check_turn, clean_question, nothing_heard
from chatbot.learning.practice import Practice
from chatbot.loading import Engines, build_retriever
from chatbot.prompting import (
    LANGUAGES,
    answering_rules,
    build_messages,
    first_step,
    judging_rules,
    stands_before,
    task_answer,
    within_budget,
    words_within,
)
from chatbot.reading_ahead import NOTHING_AHEAD, READ, Ahead, laid_out, planned
from chatbot.repeating import without_question
from chatbot.rewriting import is_about, is_open, stand_alone, translate, translate_sentence
from chatbot.settings import Settings
from chatbot.speaking import Speaker
from chatbot.ways import taught
from chatbot.ways.hints import hint
from chatbot.ways.limits import Limits, read_limits
from chatbot.ways.scene import Findings, Reply, Scene, Telling
from chatbot.withholding import EARLY, JUDGEMENTS, LEANING, Withheld, confidence, is_near, sureness, until_repeated
from knowledge.course import Course
from knowledge.courtesy import Courtesy
from knowledge.documents import Passage
from knowledge.language import language_of_question
from knowledge.retrieval import Query, Retriever
from knowledge.standing import standing_alone
from knowledge.weights import load_catalogue
from prompts import render

_RANKED = 10  # passages; the first of them are shown to the model
_SHOWN = 4  # of them, as many as fit
_SPARE = 2  # passages that are read ahead beside as many as are shown: one of the likelier may turn out wrong
_SEEN_TOKENS = 160  # of the words in a picture that the model is shown; all of them are searched for

NOT_FOUND_TEXT = {
    "en": "The course does not say this.",
    "zh": "课程里没有讲到这一点。",
}


class Tutor:
    """Answers questions on courses with the engines it is given. Holds no conversation: the caller brings the history."""

    shown = _SHOWN

    def __init__(
        self, engines: Engines, settings: Settings, courtesy: Courtesy | None = None, practice: Practice | None = None
    ) -> None:
        """With a `practice`, what a known learner answers in a conversation goes into their record."""
        self._engines = engines
        self._settings = settings
        self._courtesy = courtesy or Courtesy()
        self._practice = practice
        self._lookups = Lookups(_RANKED)
        chosen = settings.least_confidence
        self._least_confidence = load_catalogue().least_confidence(settings.profile) if chosen is None else chosen

    def ask(
        self, course: Course, turn: Turn, history: Sequence[Exchange] = (), ahead: Ahead = NOTHING_AHEAD
    ) -> Iterator[Event]:
        """One turn. Closing the generator stops the model; failures are raised, never answered.

        `ahead` is the last that `prepare` told while this question was typed.
        """
        with self._courtesy.turn():
            yield from self._ask(course, turn, history, ahead)

    def _ask(self, course: Course, turn: Turn, history: Sequence[Exchange], ahead: Ahead) -> Iterator[Event]:
        """The turn, straight down."""
        work = _Work(turn, clock=_Clock())
        chat = self._chat(course)
        retriever = build_retriever(self._engines)

        # Listen: the spoken question becomes text, and joins what was typed.
        work.question = clean_question(turn.question, most_characters=self._settings.most_question_characters)
        check_turn(turn, work.question)
        if turn.sound is not None:
            yield self._listen(work, course)
        work.language = language_of_question(work.question, turn.language or course.language)

        # Look: the words in the picture, and whether the model sees the rest.
        if turn.picture is not None:
            yield self._look(work, chat)

        # Ask back where nobody could tell what is meant.
        if self._is_unclear(work, history):
            yield from self._ask_back(work, course)
            return

        # Another way than explaining, if the student chose one.
        limits = read_limits(course.folder)
        scene = self._scene(work, course, chat, retriever, history, limits)
        if turn.way != "explain":
            yield from self._teach(work, taught(scene))
            return

        # Find the places in the course that bear on it; write the answer from them, unless the course does not say; check
        # what it rests on. When that leads nowhere, try once more in the course's own language.
        tried: list[_Prompt] = []
        checked = NOTHING
        for query in self._queries(work, course, chat, retriever, history):
            prompt = self._find(work, course, chat, retriever, query, history, ahead)
            tried.append(prompt)
            yield Found(query.text, prompt.passages, prompt.found)
            work.text = ""
            allowed = limits.over(prompt.found)
            if "explain" not in allowed.ways or self._goes_on_limited(work, history):
                work.notices.append("way_limited")
                yield from self._teach(work, hint(scene))
                return
            if is_near(prompt.found) and (shown := self._enough(work, chat, prompt)):
                yield from self._write(work, chat, shown)
                checked = self._cite(work, course, chat, retriever, shown)
                if not checked.citations and len(shown.passages) < len(prompt.passages):
                    # Sure of the first passages, and yet nothing stands in them: once more from all.
                    yield Found(query.text, prompt.passages, prompt.found)
                    work.text = ""
                    yield from self._write(work, chat, prompt)
                    checked = self._cite(work, course, chat, retriever, prompt)
            if checked.citations:
                break
        if checked.citations and checked.uncited:
            work.notices.append("partly_uncited")
        yield from (Cited(citation) for citation in checked.citations)
        if work.turn.speak and not checked.citations:
            yield from self._spoken(work, self.read_aloud(NOT_FOUND_TEXT[work.language], work.language))
        yield Done(self._answer(work, checked, tried[0].found))

    def prepare(
        self, course: Course, turn: Turn, history: Sequence[Exchange] = (), ahead: Ahead = NOTHING_AHEAD
    ) -> Iterator[Ahead]:
        """Reads ahead, while nobody waits, for a question that is still being typed: passages that it will probably need,
        then what judging and answering it as it stands would read. Tells what it is about to read, for the next draft or
        the question to build on. A wrong guess is only forgotten; a question of anybody else comes first.
        """
        chat = self._chat(course)
        retriever = build_retriever(self._engines)
        work = _Work(turn, clock=_Clock())
        work.question = clean_question(turn.question, most_characters=self._settings.most_question_characters)
        work.language = language_of_question(work.question, turn.language or course.language)
        if not work.question:
            chat.prepare(build_messages("", (), ()))
            return
        history = () if is_open(work.question) else history
        query = self._query(work, history)
        ended = turn.question[-1:].isspace()
        likely = likely_passages(f"{query.text} " if ended else query.text, course, self._lookups.of(course, retriever))
        if not is_near(likely) or stands_before(self._earlier(work, history), sees=chat.sees):
            return
        ahead = self._plan(likely, course, chat, ahead)
        yield ahead
        if chat.prepare(ahead.opening(len(ahead.passages))) is None:
            return
        prompt = self._find(work, course, chat, retriever, query, history, ahead)
        judged: list[float] = []
        for shown in self._steps(work, chat, prompt):
            chances = chat.prepare(self._judging(work, shown), JUDGEMENTS)
            if chances is None:
                return
            sure = sureness(chances)
            work.judged = sure is not None
            judged += [] if sure is None else [sure]
            if self._is_sure(work, judged, early=shown is not prompt):
                chat.prepare(self._answering(work, shown))
                return

    def read_aloud(self, text: str, language: str) -> Iterator[Spoke]:
        """The text sentence by sentence as sound; nothing when no voice knows the language."""
        with Speaker(self._engines.get("voice"), language) as speaker:
            speaker.hear(text)
            yield from speaker.rest()

    # -- stages

    def _chat(self, course: Course) -> ChatModel:
        """The model, for which what was read of the course before counts as read."""
        chat: ChatModel = self._engines.get("chat")
        if self._settings.course_cache_mb:
            chat.recall(shelf_of(course), self._settings.course_cache_mb)
        return chat

    def _listen(self, work: _Work, course: Course) -> Heard:
        with work.clock.measure("transcribe_ms"):
            transcript = self._engines.get("transcriber").transcribe(work.turn.sound, hints=course_terms(course))
        if not transcript.text:
            raise nothing_heard()
        work.heard = transcript.text
        work.question = f"{work.question} {transcript.text}".strip()
        return Heard(transcript.text, transcript.language)

    def _look(self, work: _Work, chat: ChatModel) -> Looked:
        with work.clock.measure("look_ms"):
            sight = self._engines.get("seer").look(work.turn.picture)
        work.seen = sight.text
        if not chat.sees:
            work.notices.append("picture_words_only" if sight.text else "picture_not_seen")
        return Looked(sight.text, tuple(work.notices))

    def _is_unclear(self, work: _Work, history: Sequence[Exchange]) -> bool:
        """Whether "this" is asked about and there is nothing that it could be. The other ways ask for themselves."""
        turn = work.turn
        shown = turn.picture is not None or bool(turn.page and turn.page.subject)
        return turn.way in ("explain", "hint") and not history and not shown and names_nothing(work.question)

    def _ask_back(self, work: _Work, course: Course) -> Iterator[Event]:
        work.text = WHAT_IS_MEANT[work.language]
        work.clock.mark("first_token_ms")
        yield from self._aloud(work, iter([Said(work.text)]))
        yield Done(
            Answer(
                "unclear", work.text, work.language, question=work.question, heard=work.heard, notices=tuple(work.notices),
                timings=work.clock.timings(), topics=topics_for(course, work.language),
            )
        )  # fmt: skip

    def _queries(
        self, work: _Work, course: Course, chat: ChatModel, retriever: Retriever, history: Sequence[Exchange]
    ) -> Iterator[Query]:
        """The question as it should be searched for; then, if that led nowhere, in the language of the course. That one comes
        first where what is found is not in the language of the question.

        Not in every language that some document has: what a small model makes of a foreign term finds things that only
        sound alike, and those who ask in the course's language should not wait for it.
        """
        own = self._query(work, history)
        if not own.text or course.language == work.language or course.language not in LANGUAGES:
            yield own
            return
        found = retriever.retrieve(course, own, self.shown)
        at_home = own.picture is not None or not found or language_of_question(found[0].text) == work.language
        for translated in (False, True) if at_home else (True, False):
            work.translated = translated
            yield replace(own, text=translate(own.text, course.language, chat)) if translated else own

    def _query(self, work: _Work, history: Sequence[Exchange]) -> Query:
        """The question in its own words, standing alone."""
        alone = stand_alone(work.question, history, work.turn.page)
        work.goes_on = alone != work.question
        work.about_page = is_about(work.turn.page, work.question, history)
        goes_back = work.goes_on and history and not work.about_page
        seen = work.seen or (history[-1].seen if goes_back else "")
        picture = work.turn.picture or (history[-1].picture if goes_back else None)
        return Query(alone, seen, picture)

    def _find(
        self, work: _Work, course: Course, chat: ChatModel, retriever: Retriever, query: Query, history, ahead: Ahead
    ) -> _Prompt:
        """The prompt with as much of the ranking as the budget allows, what was read ahead of the question first."""
        earlier = self._earlier(work, history)
        about = f"{query.text} {query.seen}"
        with work.clock.measure("retrieve_ms"):
            found = retriever.retrieve(course, query, _RANKED)
            best = standing_alone(course, found[: self.shown])
            passages = within_budget(
                best, about, most_tokens=self._settings.passage_tokens, count_tokens=chat.count_tokens, most=self.shown
            )
            pictured = work.turn.picture is not None or stands_before(earlier, sees=chat.sees)
            _, read = (NOTHING_AHEAD, ()) if pictured else self._of_use(chat, ahead, best)
            if read:
                ranked = (*best, *found[self.shown :])
                most = self._settings.passage_tokens
                passages = laid_out(read, ranked, passages, about, most_tokens=most, count_tokens=chat.count_tokens)
            elif not pictured:
                read = Ahead(passages).read_by(chat, most_left=READ)
        seen = words_within(query.seen, _SEEN_TOKENS, chat.count_tokens)
        question = query.text if work.translated else work.question
        if work.about_page and not work.translated:
            question = f"{question}\n({work.turn.page.subject})".strip()
        known = {passage.chunk_id for passage in read}
        there = len(list(takewhile(lambda passage: passage.chunk_id in known, passages)))
        whole = self._whole(course, passages, found)
        return _Prompt(work, question, passages, whole, found, earlier, seen, chat.sees, there)

    def _of_use(self, chat: ChatModel, ahead: Ahead, best: Sequence[Passage]) -> tuple[Ahead, tuple[Passage, ...]]:
        """What was planned for the drafts of a question, and the passages of it that were read; nothing where another than the
        best one stands first, and that was read before anybody asked.
        """
        first = ahead.passages[0].chunk_id if ahead.passages else None
        if ahead.passages and best and first != best[0].chunk_id and self._was_read(chat, best):
            return NOTHING_AHEAD, ()
        return ahead, ahead.read_by(chat)

    def _was_read(self, chat: ChatModel, best: Sequence[Passage]) -> bool:
        """Whether nothing is left to read of a prompt with the best passage alone but the question."""
        return bool(Ahead(tuple(best[:1])).read_by(chat, most_left=READ))

    def _earlier(self, work: _Work, history: Sequence[Exchange]) -> tuple[Exchange, ...]:
        """The turns that the model is reminded of: none for a question that stands alone, where they would only be read."""
        return () if work.translated or not work.goes_on or work.about_page else tuple(history)

    def _whole(self, course: Course, shown: Sequence[Passage], found: Sequence[Passage]) -> tuple[Passage, ...]:
        """The passages that are shown, uncut and without what was put before them: a quote must stand in the source as it is."""
        uncut = {passage.chunk_id: passage for passage in found}
        others = [passage.chunk_id for passage in shown if passage.chunk_id not in uncut]
        uncut |= course.passages(others) if others else {}
        return tuple(uncut[passage.chunk_id] for passage in shown)

    def _plan(self, likely: Sequence[Passage], course: Course, chat: ChatModel, ahead: Ahead) -> Ahead:
        room = min(2 * self._settings.passage_tokens, chat.context_tokens // 2)
        best = standing_alone(course, likely[:_RANKED])
        if self._was_read(chat, best):
            return Ahead(tuple(best[:1]))
        ahead, read = self._of_use(chat, ahead, best)
        return Ahead(planned(ahead.passages, len(read), best, room, self.shown + _SPARE, chat.count_tokens))

    # -- the other ways

    def _scene(self, work: _Work, course: Course, chat: ChatModel, retriever: Retriever, history, limits: Limits) -> Scene:
        def find(about: str) -> Findings:
            """Searches for what is not always what was just said: the problem of a ladder of hints is that of its first turn."""
            work.question = about
            with_picture = work.turn.picture if work.seen else None
            prompt = self._find(work, course, chat, retriever, Query(about, work.seen or "", with_picture), (), NOTHING_AHEAD)
            return Findings(prompt.passages, prompt.whole, prompt.found, prompt.messages)

        likeness = partial(retriever.likeness, course)
        return Scene(
            course, work.turn, work.question, work.seen or "", work.language, history, limits, chat, find, likeness,
            self._practice,
        )

    def _goes_on_limited(self, work: _Work, history: Sequence[Exchange]) -> bool:
        """Whether a question leans on a turn before it that stood under a limit."""
        before = history[-1].progress if history else None
        return work.goes_on and before is not None and before.limited

    def _teach(self, work: _Work, telling: Telling) -> Iterator[Event]:
        """Tells what a way says: its text is whole and checked before the first word of it is shown."""
        reply: Reply = yield from telling
        work.notices += reply.notices
        work.text = reply.text if reply.found else NOT_FOUND_TEXT[work.language]
        work.clock.mark("first_token_ms")
        yield from self._aloud(work, iter([Said(work.text)]))
        yield from (Cited(one) for one in reply.citations)
        status = "answered" if reply.found else "not_found"
        yield Done(
            Answer(
                status, work.text, work.language, reply.citations, question=work.question, heard=work.heard, seen=work.seen,
                notices=tuple(work.notices), timings=work.clock.timings(), progress=reply.progress,
            )
        )  # fmt: skip

    def _enough(self, work: _Work, chat: ChatModel, prompt: _Prompt) -> _Prompt | None:
        """The prompt with as many of its passages as answer the question, in the model's own judgement; None if all of them
        do not.
        """
        judged: list[float] = []
        for shown in self._steps(work, chat, prompt):
            sure = confidence(chat, self._judging(work, shown))
            work.judged = sure is not None
            if sure is None:
                return prompt
            judged.append(sure)
            if self._is_sure(work, judged, early=shown is not prompt):
                return shown
        return None

    def _steps(self, work: _Work, chat: ChatModel, prompt: _Prompt) -> Iterator[_Prompt]:
        """The prompt with its first passages alone, if that saves reading, then the whole."""
        if work.turn.picture is None:
            n = first_step(prompt.passages, prompt.found, chat.count_tokens, prompt.read)
            if n < len(prompt.passages):
                yield replace(prompt, passages=prompt.passages[:n], whole=prompt.whole[:n])
        yield prompt

    def _is_sure(self, work: _Work, judged: Sequence[float], *, early: bool = False) -> bool:
        """By the last judgement, or by the mean of all: two that are nearly sure are as good as one that is. A model that cannot
        judge is not asked twice.
        """
        leaning = work.goes_on or work.turn.picture is not None
        least = self._least_confidence * (LEANING if leaning else 1.0)
        return not judged or max(judged[-1], fmean(judged)) >= (least and least + early * (1 - least) * EARLY)

    def _cite(self, work: _Work, course: Course, chat: ChatModel, retriever: Retriever, prompt: _Prompt) -> Checked:
        rendered = partial(translate_sentence, chat=chat) if work.translated else None
        return cite(work.text, prompt.whole, partial(retriever.likeness, course), rendered)

    def _judging(self, work: _Work, prompt: _Prompt) -> list[Message]:
        if work.turn.picture is not None or prompt.history:
            return prompt.messages(render("task_judge" if work.turn.picture is None else "task_judge_picture"))
        return prompt.messages(rules=judging_rules())

    def _answering(self, work: _Work, prompt: _Prompt) -> list[Message]:
        """Behind earlier turns or a picture the model forgets the rules above them, and says the last answer again."""
        if work.judged and not work.translated and not prompt.history and work.turn.picture is None:
            return prompt.messages(rules=answering_rules(work.language))
        return prompt.messages(task_answer(work.language, may_decline=not work.judged, across=work.translated))

    def _write(self, work: _Work, chat: ChatModel, prompt: _Prompt) -> Iterator[Event]:
        """Asked in the student's own words: a small model answers in the language of the question, not in that of the task."""
        asked = replace(prompt, question=work.question) if work.translated else prompt
        messages = self._answering(work, asked)
        sampling = Sampling(most_tokens=self._settings.answer_tokens)
        yield from self._aloud(work, self._stream(work, chat, messages, sampling, prompt))

    def _aloud(self, work: _Work, told: Iterator[Said]) -> Iterator[Said | Spoke]:
        """What is told, and for who wants to hear it its sound beside it."""
        if not work.turn.speak:
            yield from told
            return
        with Speaker(self._engines.get("voice"), work.language) as speaker:
            for said in told:
                speaker.hear(said.text)
                yield said
                yield from self._spoken(work, speaker.ready())
            yield from self._spoken(work, speaker.rest())
        if speaker.voice is None and "no_voice" not in work.notices:
            work.notices.append("no_voice")

    def _stream(self, work: _Work, chat: ChatModel, messages, sampling: Sampling, prompt: _Prompt) -> Iterator[Said]:
        foreign = [] if not work.translated else [p.text for p in prompt.passages if language_of_question(p.text) != work.language]
        pieces = chat.stream(messages, sampling)
        try:
            told = until_repeated(Withheld().let_through(work.clock.count(pieces)), foreign)
            for piece in without_question(told, (work.question, prompt.question)):
                work.text += piece
                yield Said(piece)
        finally:
            pieces.close()
            if usage := getattr(chat, "usage", None):
                work.clock.put("prompt_tokens", usage.prompt_tokens)

    def _spoken(self, work: _Work, spoken: Iterator[Spoke]) -> Iterator[Spoke]:
        for spoke in spoken:
            work.clock.mark("first_sound_ms")
            work.spoken += 1
            yield replace(spoke, n=work.spoken)

    def _answer(self, work: _Work, checked, found) -> Answer:
        answered = bool(checked.citations)
        return Answer(
            status="answered" if answered else "not_found",
            text=checked.text if answered else NOT_FOUND_TEXT[work.language],
            language=work.language,
            citations=checked.citations,
            nearest=() if answered else nearest_places(found),
            question=work.question,
            heard=work.heard,
            seen=work.seen,
            notices=tuple(work.notices),
            timings=work.clock.timings(),
        )


@dataclass(slots=True)
class _Work:
    """What a turn has gathered so far; `text` is the answer as the model writes it."""

    turn: Turn
    clock: _Clock
    question: str = ""
    language: str = "en"
    heard: str | None = None
    seen: str | None = None
    text: str = ""
    goes_on: bool = False
    about_page: bool = False
    translated: bool = False
    judged: bool = False
    spoken: int = 0  # sentences, over all tries
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """All of a prompt but its task. `whole` are its passages as they stand in the course, `found` the whole ranking, and the
    first `read` passages were read already.
    """

    work: _Work
    question: str
    passages: Sequence[Passage]
    whole: Sequence[Passage]
    found: Sequence[Passage]
    history: Sequence[Exchange]
    seen: str
    sees: bool
    read: int = 0

    def messages(self, task: str = "", *, rules: str = "") -> list[Message]:
        return build_messages(
            self.question,
            self.passages,
            self.history,
            task=task,
            rules=rules,
            seen=self.seen,
            picture=self.work.turn.picture,
            sees=self.sees,
        )


class _Clock:
    """Milliseconds of a turn, from its making."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._values: dict[str, float] = {}
        self._tokens = 0
        self._writing_s = 0.0

    def mark(self, name: str) -> None:
        self._values.setdefault(name, self._now())

    def measure(self, name: str) -> _Stage:
        return _Stage(self, name)

    def count(self, pieces: Iterator[str]) -> Iterator[str]:
        """Passes pieces on; notes when the first came, how many there were and how fast."""
        for piece in pieces:
            self.mark("first_token_ms")
            self._tokens += 1
            self._writing_s = (self._now() - self._values["first_token_ms"]) / 1000
            yield piece

    def put(self, name: str, value: float) -> None:
        self._values[name] = value

    def timings(self) -> Timings:
        speed = (self._tokens - 1) / self._writing_s if self._tokens > 1 and self._writing_s > 0 else None
        return replace(
            Timings(**self._values), total_ms=self._now(), answer_tokens=self._tokens or None, tokens_per_s=speed
        )

    def _now(self) -> float:
        return (time.perf_counter() - self._start) * 1000


class _Stage:
    def __init__(self, clock: _Clock, name: str) -> None:
        self._clock, self._name = clock, name

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._clock.put(self._name, (time.perf_counter() - self._began) * 1000)
